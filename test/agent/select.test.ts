import { describe, expect, test } from 'vitest';
import { selectChecks } from '../../agent/select.ts';
import { benchmarkVersions, crosswalk } from '../../checks/benchmark.ts';
import { checks } from '../../checks/index.ts';
import { type Options, selectionOf } from './reports.ts';

function select(options: Options = {}): string[] {
  return selectChecks(selectionOf(options)).chosen.map(({ id }) => id);
}

/** Checks that no version of the benchmark has. */
const own = checks.map(({ id }) => id).filter((id) => !crosswalk.has(id));

describe('without options', () => {
  test.each(benchmarkVersions)('benchmark %s: its controls and our own checks, each once', (benchmark) => {
    const chosen = select({ benchmark });
    const members = [...crosswalk].filter(([, places]) => places[benchmark] !== undefined).map(([id]) => id);
    expect(chosen.toSorted()).toEqual([...members, ...own].toSorted());
    expect(new Set(chosen).size).toBe(chosen.length);
  });

  test('the number of controls of each version', () => {
    const counts = benchmarkVersions.map((benchmark) => select({ benchmark }).length - own.length);
    expect(Object.fromEntries(benchmarkVersions.map((version, index) => [version, counts[index]]))).toEqual({
      '1.1.0': 105,
      '1.2.0': 115,
      '1.3.1': 116,
      '1.4.0': 117,
      '1.5.0': 117,
      '1.6.0': 117,
      '1.7.0': 117,
      '1.8.0': 118,
    });
  });
});

describe('by name', () => {
  test('an id, a number, several of both', () => {
    expect(select({ check: ['daemon/icc-disabled'] })).toEqual(['daemon/icc-disabled']);
    expect(select({ check: ['5.5'] })).toEqual(['container/no-privileged']);
    expect(select({ check: ['5.5', 'daemon/icc-disabled', '5.5'] })).toEqual(['daemon/icc-disabled', 'container/no-privileged']);
  });

  test('a number means what the chosen benchmark means by it', () => {
    expect(select({ check: ['2.16'] })).toEqual(['daemon/live-restore']);
    expect(select({ check: ['2.16'], benchmark: '1.7.0' })).toEqual(['daemon/userland-proxy-disabled']);
    expect(select({ check: ['5.4'], benchmark: '1.1.0' })).toEqual(['container/no-privileged']);
  });

  test('a glob over ids or numbers', () => {
    expect(select({ check: ['swarm/*'] })).toEqual(checks.map(({ id }) => id).filter((id) => id.startsWith('swarm/')));
    expect(select({ check: ['7.?'] }).toSorted()).toEqual(select({ section: ['swarm'] }).toSorted());
    expect(select({ check: ['*/no-privileged'] })).toEqual(['container/no-privileged']);
  });

  test('everything but * and ? is literal', () => {
    expect(() => select({ check: ['5x5'] })).toThrow('no check is called 5x5');
    expect(() => select({ check: ['(container|daemon)/*'] })).toThrow('no check is called');
    expect(() => select({ check: ['['] })).toThrow('no check is called [');
  });

  test('an exact name reaches past benchmark and profile, a glob does not', () => {
    expect(select({ check: ['daemon/no-devicemapper'], benchmark: '1.7.0' })).toEqual(['daemon/no-devicemapper']);
    expect(select({ check: ['daemon/no-*'], benchmark: '1.7.0' })).not.toContain('daemon/no-devicemapper');
    expect(select({ check: ['container/selinux-options'], profile: 'level-1' })).toEqual(['container/selinux-options']);
    expect(select({ check: ['container/*'], profile: 'level-1' })).not.toContain('container/selinux-options');
    expect(select({ check: ['*'] })).toEqual(select());
    expect(select({ check: ['*', 'enterprise/ucp-ldap'] })).toEqual([...select(), 'enterprise/ucp-ldap']);
  });

  test('an unknown name tells the nearest', () => {
    expect(() => select({ check: ['daemon/ic-disabled'] })).toThrow(
      'no check is called daemon/ic-disabled, did you mean daemon/icc-disabled?',
    );
    expect(() => select({ check: ['no-privilged'] })).toThrow('did you mean container/no-privileged');
    expect(() => select({ skip: ['container/xyzzy-plugh'] })).toThrow(/^no check is called container\/xyzzy-plugh$/);
  });

  test('a number that is of other versions tells which', () => {
    expect(() => select({ check: ['7.10'] })).toThrow(
      'no check is called 7.10 in benchmark 1.8.0; elsewhere it is swarm/data-plane-separated (in 1.1.0)',
    );
    expect(() => select({ check: ['9.9'] })).toThrow('no check is called 9.9 in benchmark 1.8.0 (hullguard checks lists them)');
  });
});

describe('narrowed', () => {
  test('by section', () => {
    expect(select({ section: ['swarm', 'operations'] })).toEqual(
      select().filter((id) => /^(ops|swarm)\//.test(id) && id !== 'swarm/mode-off-unless-needed'),
    );
    expect(select({ section: ['containers'] })).toContain('swarm/mode-off-unless-needed');
    expect(select({ section: ['swarm'], benchmark: '1.5.0' })).toContain('swarm/mode-off-unless-needed');
    expect(select({ section: ['enterprise'] })).toEqual([]);
  });

  test('by an unknown section', () => {
    expect(() => select({ section: ['container'] })).toThrow(
      'unknown section container, did you mean containers? (sections: host, daemon, ',
    );
  });

  test('by profile: level 1 leaves level 2 out and keeps our own', () => {
    const chosen = select({ profile: 'level-1' });
    expect(chosen).not.toContain('daemon/userns-remap');
    expect(chosen).toContain('daemon/icc-disabled');
    expect(chosen).toEqual(expect.arrayContaining(own));
  });

  test('by profile: levels are those of the chosen benchmark', () => {
    expect(select({ profile: 'level-1', benchmark: '1.1.0' })).toContain('host/audit-docker-socket');
    expect(select({ profile: 'level-1', benchmark: '1.8.0' })).not.toContain('host/audit-docker-socket');
  });

  test('by severity', () => {
    const order = ['low', 'medium', 'high', 'critical'] as const;
    for (const minSeverity of order) {
      const allowed = order.slice(order.indexOf(minSeverity));
      const chosen = selectChecks(selectionOf({ minSeverity })).chosen;
      expect(chosen.length).toBeGreaterThan(0);
      expect(chosen.every(({ severity }) => allowed.includes(severity))).toBe(true);
    }
  });

  test('by skipping, which wins over being named', () => {
    expect(select({ skip: ['container/*', '2.2'] })).toEqual(
      select().filter((id) => !id.startsWith('container/') && id !== 'daemon/icc-disabled'),
    );
    expect(select({ check: ['2.2'], skip: ['2.2'] })).toEqual([]);
  });
});

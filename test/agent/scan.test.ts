import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inBenchmarkOrder, judge, sectionOf } from '../../agent/scan.ts';
import { benchmarkVersions, crosswalk } from '../../checks/benchmark.ts';
import { type Check, type Evidence, type Judgement, manual, type Outcome } from '../../checks/check.ts';
import { checks } from '../../checks/index.ts';
import { defaultPolicy } from '../../facts/policy.ts';

const outcomes: readonly Outcome[] = ['pass', 'fail', 'review', 'not-applicable', 'error'];
const nothing = { facts: { policy: defaultPolicy }, missing: {} };

function check(verdict: () => Judgement, needs: Check['needs'] = []): Check {
  const about = { title: 'T', severity: 'low', stride: ['T'], surface: 'host', rationale: 'R', fix: 'F', impact: 'none' } as const;
  return { id: 'host/made-up', ...about, needs, judge: verdict };
}

function observed(...kinds: readonly Outcome[]): Evidence[] {
  return kinds.map((outcome, index) => ({ resource: `r${index}`, expected: 'good', actual: `${outcome} ${index}`, outcome, source: 's' }));
}

function status(...kinds: readonly Outcome[]): string {
  return judge(
    check(() => observed(...kinds)),
    nothing,
    '1.8.0',
  ).status;
}

describe('status', () => {
  test('of one observation', () => {
    expect(outcomes.map((outcome) => status(outcome))).toEqual(['pass', 'fail', 'manual', 'not-applicable', 'error']);
  });

  test('of many is the worst: fail, error, review, pass, not applicable', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...outcomes), { minLength: 1 }), (kinds) => {
        const worst = (['fail', 'error', 'review', 'pass', 'not-applicable'] as const).find((kind) => kinds.includes(kind));
        expect(status(...kinds)).toBe(worst === 'review' ? 'manual' : worst);
      }),
    );
  });

  test('is pass only where nothing else but what does not apply was seen', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...outcomes)), (kinds) => {
        const good = kinds.includes('pass') && kinds.every((kind) => kind === 'pass' || kind === 'not-applicable');
        expect(status(...kinds) === 'pass').toBe(good);
      }),
    );
  });

  test('of nothing at all is not applicable', () => {
    expect(
      judge(
        check(() => []),
        nothing,
        '1.8.0',
      ),
    ).toMatchObject({ status: 'not-applicable', reason: 'there is nothing to judge' });
    expect(
      judge(
        check(() => ({ notApplicable: 'no swarm' })),
        nothing,
        '1.8.0',
      ),
    ).toMatchObject({ status: 'not-applicable', reason: 'no swarm', evidence: [] });
  });
});

describe('reason', () => {
  const reason = (...kinds: readonly Outcome[]): string | null =>
    judge(
      check(() => observed(...kinds)),
      nothing,
      '1.8.0',
    ).reason;

  test('of an error and of what does not apply is the first such observation', () => {
    expect(reason('pass', 'error', 'error')).toBe('error 1');
    expect(reason('not-applicable', 'not-applicable')).toBe('not-applicable 0');
  });

  test('of a failure says how much could not be seen', () => {
    expect(reason('fail', 'error', 'pass', 'error')).toBe('2 of 4 could not be read');
    expect(reason('fail', 'pass')).toBeNull();
    expect(reason('pass')).toBeNull();
    expect(reason('review', 'pass')).toBeNull();
  });
});

describe('what a check needs', () => {
  test('each reason once where facts are missing for the same one', () => {
    const missing = { engine: 'no engine', containers: 'no engine', audit: 'no auditctl' };
    const finding = judge(
      check(() => observed('pass'), ['engine', 'containers', 'audit', 'files']),
      { ...nothing, missing },
      '1.8.0',
    );
    expect(finding).toMatchObject({ status: 'error', evidence: [], reason: 'no engine; no auditctl; the fact files was not collected' });
  });

  test('a check that throws is an error and says so', () => {
    const finding = judge(
      check(() => {
        throw new TypeError('x is not a function');
      }),
      nothing,
      '1.8.0',
    );
    expect(finding).toMatchObject({
      status: 'error',
      evidence: [],
      reason: 'the check itself failed: x is not a function (please report this)',
    });
  });

  test.each(checks.map((each) => [each.id, each] as const))('%s judges nothing where nothing could be read', (_id, each) => {
    const finding = judge(each, { facts: {}, missing: {} }, '1.8.0');
    expect(finding.status).toBe(each.needs.length === 0 ? (each.manual ? 'manual' : 'not-applicable') : 'error');
  });
});

describe('place', () => {
  test('number, level and section are those of the chosen benchmark', () => {
    const place = (id: string, benchmark: (typeof benchmarkVersions)[number]): unknown => {
      const found = checks.find((each) => each.id === id) ?? manual({ ...check(() => []), procedure: '' });
      const { control, level, section } = judge(found, nothing, benchmark);
      return [control, level, section];
    };
    expect(place('daemon/live-restore', '1.8.0')).toEqual(['2.16', 1, 'daemon']);
    expect(place('daemon/no-devicemapper', '1.7.0')).toEqual([null, null, 'daemon']);
    expect(place('swarm/mode-off-unless-needed', '1.5.0')).toEqual(['7.1', 1, 'swarm']);
    expect(place('swarm/mode-off-unless-needed', '1.8.0')).toEqual(['5.1', 1, 'containers']);
    expect(place('host/audit-docker-socket', '1.1.0')).toEqual(['1.9', 1, 'host']);
    expect(place('host/audit-docker-socket', '1.8.0')).toEqual(['1.1.9', 2, 'host']);
  });

  test('a check of our own belongs to the section its id names', () => {
    expect(['image/x', 'container/x', 'ops/x', 'daemon/x', 'community/x'].map((id) => sectionOf({ id }, null))).toEqual([
      'images',
      'containers',
      'operations',
      'daemon',
      'community',
    ]);
  });
});

describe('order', () => {
  test.each(benchmarkVersions)('as benchmark %s numbers them, whatever the order they come in', (benchmark) => {
    const findings = checks.map((each) => judge(each, nothing, benchmark));
    const sorted = inBenchmarkOrder(findings);
    expect(inBenchmarkOrder(findings.toReversed()).map(({ control }) => control)).toEqual(sorted.map(({ control }) => control));
    const numbers = sorted.flatMap(({ control }) => (control === null ? [] : [control.split('.').map(Number)]));
    for (const [index, number] of numbers.entries()) {
      const before = numbers[index - 1] ?? [];
      expect(before.map((part) => String(part).padStart(3, '0')).join() < number.map((part) => String(part).padStart(3, '0')).join()).toBe(
        true,
      );
    }
    expect(numbers.length).toBe([...crosswalk.values()].filter((places) => places[benchmark] !== undefined).length);
  });

  test('our own come after the numbered ones of their section', () => {
    const sorted = inBenchmarkOrder(checks.map((each) => judge(each, nothing, '1.8.0')));
    const daemon = sorted.filter(({ section }) => section === 'daemon').map(({ control }) => control);
    expect(daemon.slice(daemon.indexOf(null)).every((control) => control === null)).toBe(true);
    expect(daemon.at(0)).toBe('2.1');
  });
});

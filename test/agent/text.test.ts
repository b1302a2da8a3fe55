import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Report } from '../../agent/report.ts';
import { listed, plural, wrap } from '../../agent/reporters/layout.ts';
import type { RenderOptions } from '../../agent/reporters/reporter.ts';
import { text } from '../../agent/reporters/text.ts';
import { HostError } from '../../facts/host.ts';
import { careless, report } from './reports.ts';

const plain: RenderOptions = { all: false, quiet: false, color: false, width: 80 };

function lines(made: Report, options: Partial<RenderOptions> = {}): string[] {
  return text(made, { ...plain, ...options }).split('\n');
}

const noEngine = {
  api: {
    '/info': new HostError('unreachable', 'cannot connect to unix:///var/run/docker.sock: there is no such socket (is Docker running?)'),
  },
};
const many = { containers: Array.from({ length: 500 }, (_, number) => careless(`worker-${number}`, number)) };

describe('wrapping', () => {
  const words = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '-', '/'), minLength: 1, maxLength: 30 }), { minLength: 1 });

  test('keeps every word, and no line longer than asked unless one word is', () => {
    fc.assert(
      fc.property(words, fc.integer({ min: 20, max: 120 }), (all, width) => {
        const wrapped = wrap(all.join(' '), width, '   ', ' * ');
        expect(
          wrapped
            .map((line) => line.slice(3))
            .join(' ')
            .split(' '),
        ).toEqual(all);
        expect(wrapped[0]?.startsWith(' * ')).toBe(true);
        for (const line of wrapped) expect(line.length <= width || !line.slice(3).includes(' ')).toBe(true);
      }),
    );
  });

  test('no line has room for the word the next one begins with', () => {
    fc.assert(
      fc.property(words, fc.integer({ min: 20, max: 120 }), (all, width) => {
        const wrapped = wrap(all.join(' '), width, '  ');
        for (const [index, line] of wrapped.slice(1).entries()) {
          expect((wrapped[index]?.length ?? 0) + 1 + (line.trim().split(' ')[0]?.length ?? 0)).toBeGreaterThan(width);
        }
      }),
    );
  });

  test('a number keeps its percent sign', () => {
    expect(wrap('Score 53 % of', 8, '')).toEqual(['Score', '53 % of']);
  });

  test.each([
    [['container a', 'container b'], 'container a, b'],
    [['container a', 'image b'], 'container a, image b'],
    [['/a', '/b'], '/a, /b'],
    [['dockerd'], 'dockerd'],
    [[], ''],
  ])('%j are listed as %s', (resources, text) => {
    expect(listed(resources)).toBe(text);
  });

  test('one and many', () => {
    expect([0, 1, 2].map((count) => plural(count, 'check'))).toEqual(['0 checks', '1 check', '2 checks']);
  });
});

describe.each([40, 80, 120])('at %i columns', (width) => {
  test.each([
    ['a hardened host', {}],
    ['a careless host', { containers: [careless('web', 1)], images: [{}], daemonJson: '{"icc": 1,\n}' }],
    ['a host whose engine does not answer', noEngine],
    ['500 careless containers', many],
  ])('%s: no line is longer, unless one word is', async (_what, literal) => {
    const made = await report(literal);
    for (const all of [false, true]) {
      for (const line of lines(made, { width, all })) {
        expect(line.length <= width || line.trim().split(' ').length <= 2, line).toBe(true);
        expect(line).toBe(line.trimEnd());
      }
    }
  });
});

describe('what is shown', () => {
  test('failures with evidence and fix, the worst first, then the summary and what to do next', async () => {
    const shown = lines(await report({ daemonJson: { icc: true }, info: { LiveRestoreEnabled: false } }), { width: 120 });
    const text = shown.join('\n');
    expect(shown[0]).toMatch(/^hullguard \d+\.\d+\.\d+: CIS Docker 1\.8\.0, level-2, \d{4}-\d\d-\d\d \d\d:\d\d UTC$/);
    expect(shown[1]).toBe('testhost: Docker 28.5.2 (API 1.51) at unix:///var/run/docker.sock; Debian GNU/Linux 13 (trixie), Linux 6.12.0');
    expect(text.indexOf('High (')).toBeLessThan(text.indexOf('Medium ('));
    expect(text.indexOf('Medium (')).toBeLessThan(text.indexOf('Low ('));
    expect(text).toContain(
      '  2.16   Containers keep running while the daemon restarts  [daemon/live-restore]\n         dockerd: live-restore=false (default)\n         Fix: ',
    );
    expect(text).toMatch(
      /\d+ failed, \d+ passed, \d+ for a person, \d+ not applicable, 0 not judged\. Score \d+ %\s+of \d+ judged\.\nNext: hullguard plan\s+shows what would mend 3 of them, and what that would break\n\s+hullguard checks \S+\s+explains the first of them/,
    );
  });

  test('what passed and what does not apply only with --all', async () => {
    const made = await report();
    const [few, all] = [lines(made).join('\n'), lines(made, { all: true }).join('\n')];
    expect(few).not.toContain('Passed (');
    expect(few).not.toContain('Not applicable (');
    expect(few).toContain('hullguard audit --all  shows what passed, too');
    expect(all).toContain(`Passed (${made.summary.pass})`);
    expect(all).toContain(`Not applicable (${made.summary['not-applicable']})`);
    expect(all).not.toContain('hullguard audit --all  shows');
  });

  test('with --quiet failures, what could not be judged, and the summary', async () => {
    const quiet = lines(await report({ ...noEngine, daemonJson: { icc: true } }), { quiet: true }).join('\n');
    expect(quiet).toMatch(/^(Critical|High|Medium|Low) \(/);
    expect(quiet).toContain('Could not be judged (');
    expect(quiet).not.toMatch(/For a person to decide|Next:|hullguard \d/);
    expect(quiet.trimEnd().split('\n').at(-1)).toMatch(/Score \d+ %|judged\.$/);
  });

  test('other engines that were found, and how to audit them', async () => {
    const files = { '/run/podman/podman.sock': { kind: 'socket' } } as const;
    expect(lines(await report({ files }), { width: 120 })).toContain(
      'Also found: unix:///run/podman/podman.sock (podman socket); audit it with --docker-host unix:///run/podman/podman.sock',
    );
  });

  test('an engine that does not answer is no other one to audit', async () => {
    const podman = { '/run/podman/podman.sock': { kind: 'socket' } } as const;
    const silent = { '/version': new HostError('denied', 'permission denied') };
    const found = lines(await report({ files: podman, api: silent }), { width: 120 }).join('\n');
    expect(found).toMatch(
      /: no engine answered; .*\nFound: unix:\/\/\/var\/run\/docker.sock \(default socket[^)]*\)\nFound: .*podman socket\)\n/,
    );
    const asked = lines(await report({ endpoint: 'unix:///asked.sock', files: podman, api: silent }), { width: 120 }).join('\n');
    expect(asked).toContain(': no engine answered at unix:///asked.sock; ');
    expect(asked).not.toContain('found: unix:///asked.sock');
    expect(asked).toContain('Also found: unix:///run/podman/podman.sock');
  });

  test('nothing but text where there is no terminal; colours where there is', async () => {
    const made = await report({ containers: [careless('web', 1)] });
    expect(lines(made).join('')).not.toContain('\u001b');
    const colored = text(made, { ...plain, color: true });
    expect(colored).toContain('\u001b[1m');
    expect(stripVTControlCharacters(colored)).toBe(text(made, plain));
  });

  test('a text of 64 kB buries nothing', async () => {
    const made = await report({ containers: [{ ...careless('x', 1), Name: `/${'A'.repeat(65_536)}` }] });
    const shown = lines(made, { all: true });
    expect(shown.join('\n')).toContain(`${'A'.repeat(280)}`);
    expect(Math.max(...shown.map(({ length }) => length))).toBeLessThan(700);
  });

  test('names of the host cannot act on the terminal', async () => {
    const made = await report({ containers: [{ ...careless('x', 1), Name: '/\u001b[2Jevil\n\u202eName' }], info: { Name: 'host\u0007' } });
    const shown = text(made, { ...plain, all: true });
    expect(shown.replaceAll('\n', '')).not.toMatch(/\p{Cc}|\p{Cf}/u);
    expect(shown).toContain('\\x1b[2Jevil\\n\\u202eName');
  });
});

describe('grouping', () => {
  test('one missing engine is one reason for all that need it', async () => {
    const made = await report({ ...noEngine, dockerd: null });
    const shown = lines(made, { width: 120 });
    const start = shown.findIndex((line) => line.startsWith('Could not be judged'));
    const reasons = shown.slice(start + 1, shown.indexOf('', start)).filter((line) => /^ {2}\S/.test(line));
    expect(reasons).toEqual([
      '  cannot connect to unix:///var/run/docker.sock: there is no such socket (is Docker running?)',
      '  its value is unknown: no dockerd process is visible from here',
      '  whether there is any is unknown: no dockerd process is visible from here',
    ]);
  });

  test('equal observations of many containers are one line that counts the rest', async () => {
    const shown = lines(await report(many, { check: ['container/no-privileged'] }), { width: 120 });
    expect(shown.map((line) => line.trim()).join(' ')).toContain(
      'container worker-0, worker-1, worker-10, worker-100, worker-101 and 495 more:',
    );
  });

  test('500 careless containers stay readable', async () => {
    const made = await report(many);
    expect(lines(made, { width: 80 }).length).toBeLessThan(250);
    expect(lines(made, { width: 80, quiet: true }).length).toBeLessThan(220);
  });

  test('many different observations are cut, and counted', async () => {
    const containers = Array.from({ length: 20 }, (_, number) => ({
      ...careless(`c${number}`, number),
      HostConfig: { PidsLimit: 0, Memory: 2 ** 40 + number * 2 ** 30 },
    }));
    const shown = lines(await report({ containers }, { check: ['container/memory-limit'] }), { width: 120 }).join('\n');
    expect(shown).toContain('and 14 more observations (--report json has all)');
  });

  test('a fault three checks share is told once, with the fix of each at hand', async () => {
    const commands = { 'auditctl -s': { stdout: 'enabled 0\npid 0\n' } };
    const shown = lines(await report({ commands }, { section: ['host'] }), { width: 120 }).join('\n');
    expect(shown.match(/auditing is switched off/g)?.length).toBeLessThanOrEqual(2);
    expect(shown).toContain('Fix: hullguard checks ID tells for each, such as: ');
  });
});

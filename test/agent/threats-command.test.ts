import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { threats } from '../../checks/threats.ts';
import { schemaTester } from '../json-schema.ts';
import { hullguard, inScratch } from './hullguard.ts';

const hosts = path.join(import.meta.dirname, '../hosts');
const insecure = path.join(hosts, 'trixie-insecure.facts.json');
const hardened = path.join(hosts, 'trixie-hardened.facts.json');

async function shown(...args: readonly string[]) {
  const outcome = await hullguard(['threats', '--facts', insecure, '--report', 'json', ...args]);
  return { ...outcome, document: JSON.parse(outcome.stdout) };
}

test.each(['bookworm', 'trixie', 'sid'])('what an operator would mend first on %s-insecure', async (suite) => {
  const { code, stdout } = await hullguard(['threats', '--quiet', '--facts', path.join(hosts, `${suite}-insecure.facts.json`)], {
    width: 120,
  });
  expect(code).toBe(1);
  expect([...stdout.matchAll(/^ \d\. .*\[(.*)\]/gm)].map(([, check]) => check)).toEqual([
    'daemon/tls-authentication',
    'files/docker-sock-mode',
    'files/containerd-sock-mode',
    'files/docker-sock-owner',
    'container/no-privileged',
  ]);
});

describe('as text', () => {
  test('the grid counts checks that fail and that mitigate', async () => {
    const { stdout } = await hullguard(['threats', '--facts', insecure, '--quiet']);
    expect(stdout.split('\n').slice(0, 4)).toEqual([
      '                  S      T      R      I      D      E',
      'client          2/3    3/3    3/3    3/3      -    4/6',
      'host            0/1  23/28  15/16      -    1/5  10/20',
      'daemon          1/1   2/12    3/4    6/7    4/9  10/16',
    ]);
    expect(stdout).toContain('\nFix these five first, of 80 failing checks\n 1. Every TCP listener');
  });

  test('a threat with what fails, and what stays uncovered', async () => {
    const { stdout } = await hullguard(['threats', '--facts', insecure, '--stride', 'r', '--surface', 'daemon']);
    expect(stdout).toContain(
      [
        'Daemon (2 open)',
        '  R open: An intruder rewrites or removes the logs of containers and engine,',
        '    which lie on the host broken into.  [daemon/repudiation-logs]',
        '    Fails: daemon/remote-logging, daemon/log-level-info; 1 pass',
        '    Uncovered: Whether the log of dockerd itself leaves the host; and it names',
        '      no users.',
      ].join('\n'),
    );
    expect(stdout).not.toMatch(/^(client|Host)/m);
    expect(stdout).toContain('Fix these three first, of 3 failing checks');
  });

  test('what is guarded against only if asked for', async () => {
    const [brief, whole] = [await hullguard(['threats', '--facts', hardened]), await hullguard(['threats', '--facts', hardened, '--all'])];
    expect(brief.stdout).not.toContain('guarded: ');
    expect(whole.stdout).toContain('  S guarded: Anybody who reaches a TCP port');
    expect(whole.stdout).toContain('    Nothing here to attack, by swarm/overlay-encrypted\n');
    expect(whole.stdout).toContain('Fix this one, of 1 failing check');
  });

  test('nothing about threats whose checks were not asked for', async () => {
    const { code, stdout } = await hullguard(['threats', '--facts', hardened, '--check', 'daemon/icc-disabled', '--surface', 'daemon']);
    expect([code, stdout.match(/^ {2}[A-Z] \w+:/gm)]).toEqual([0, null]);
    expect(stdout).toContain('Nothing to fix first.');
  });

  test('in colour on a terminal, in no file', async () => {
    await inScratch(async (directory) => {
      const file = path.join(directory, 'threats.txt');
      const { stdout } = await hullguard(['threats', '--facts', insecure, '--report', 'text', '--report', `text=${file}`], { color: true });
      expect(stdout).toContain('\u001b[31m    1/1\u001b[39m');
      expect(fs.readFileSync(file, 'utf8')).not.toContain('\u001b');
      expect((await hullguard(['threats', '--facts', insecure, '--no-color'], { color: true })).stdout).not.toContain('\u001b');
    });
  });

  test('no line is longer than the terminal', async () => {
    const { stdout } = await hullguard(['threats', '--facts', insecure, '--all'], { width: 60 });
    for (const line of stdout.split('\n').filter((each) => !/\[\S+\],?$/.test(each))) expect(line.length, line).toBeLessThanOrEqual(60);
  });
});

describe('as JSON', () => {
  test('it fits the published schema, and has every threat and every failing check', async () => {
    const { code, document } = await shown();
    expect(code).toBe(1);
    expect(schemaTester((await hullguard(['schema', 'threats'])).stdout)(document)).toBeNull();
    expect(document.threats.map(({ id }: { id: string }) => id)).toEqual(threats.map(({ id }) => id));
    expect(document.priorities).toHaveLength(80);
    for (const { score, severity, exposure, ease, weight } of document.priorities)
      expect(score).toBeCloseTo(severity * exposure * ease * weight, 3);
  });

  test('the schema refuses what is not in it', async () => {
    const fits = schemaTester((await hullguard(['schema', 'threats'])).stdout);
    const { document } = await shown();
    expect(fits({ ...document, threats: [{ ...document.threats[0], state: 'closed' }] })).not.toBeNull();
    expect(fits({ ...document, more: 1 })).not.toBeNull();
  });
});

describe('the exit status is that of the audit', () => {
  test.each([
    [0, [hardened, '--fail-on', 'high']],
    [1, [hardened]],
    [0, [insecure, '--fail-on', 'none']],
  ])('%d', async (code, [facts = '', ...args]) => {
    expect((await hullguard(['threats', '--facts', facts, ...args])).code).toBe(code);
  });

  test.each([
    [['--surface', 'deamon'], /^hullguard: unknown surface deamon, did you mean daemon\? \(one of client, host, daemon, .*\)\n$/],
    [['--stride', 'X'], /^hullguard: unknown stride X \(one of S, T, R, I, D, E\)\n$/],
    [['--check', 'daemon/nothing'], /no check is called daemon\/nothing/],
  ])('2, and nothing is looked at: %j', async (args, message) => {
    const { code, stdout, stderr } = await hullguard(['threats', '--facts', insecure, ...args]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });

  test('3 where the facts are missing', async () => {
    await inScratch(async (directory) => {
      const file = path.join(directory, 'facts.json');
      const { facts, ...rest } = JSON.parse(fs.readFileSync(insecure, 'utf8'));
      fs.writeFileSync(file, JSON.stringify({ ...rest, facts: { ...facts, containers: undefined } }));
      expect((await hullguard(['threats', '--facts', file])).code).toBe(3);
    });
  });
});

test('a site weighs threats and adds its own', async () => {
  await inScratch(async (directory) => {
    const file = path.join(directory, 'config.yaml');
    fs.writeFileSync(
      file,
      `threats:
  weights: {'*': 0, site/*: 2, site/late: 0.5}
  add:
    - {id: site/stolen, surface: host, stride: I, threat: "A \\e[2Jbackup is stolen.", checks: [container/no-sshd]}
    - {id: site/late, surface: host, stride: D, threat: A delivery is late., checks: [], uncovered: The courier.}
`,
    );
    const { document } = await shown('--config', file);
    const of = (wanted: string) => document.threats.find(({ id }: { id: string }) => id === wanted);
    expect(of('site/stolen')).toMatchObject({ weight: 2, state: 'open', failing: ['container/no-sshd'], uncovered: null });
    expect(of('site/late')).toMatchObject({ weight: 0.5, state: 'uncovered', uncovered: 'The courier.' });
    expect(of('daemon/spoofing-tcp')).toMatchObject({ weight: 0 });
    expect(document.priorities[0]).toMatchObject({ check: 'container/no-sshd', weight: 2, score: 3.2 });
    expect(document.priorities[1]).toMatchObject({ score: 0 });
    const { stdout } = await hullguard(['threats', '--facts', insecure, '--config', file]);
    expect(stdout).toContain('I open: A \\x1b[2Jbackup is stolen.  [site/stolen]');
    expect(stdout).toContain('Fix this one, of 80 failing checks');
  });
});

/** hullguard waive, hullguard attest, and audits with what they wrote. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Report } from '../../agent/report.ts';
import { readDecisions } from '../../agent/state/decisions-file.ts';
import { auditFacts, hullguard, inScratch, type Outcome } from './hullguard.ts';
import { careless } from './reports.ts';

const NOWHERE = ['--docker-host', 'unix:///nonexistent/docker.sock'];
const CHECK = 'container/no-privileged';
const MANUAL = 'image/signed-artifacts-validated';
const about = ['--reason', 'tape', '--owner', 'anna', '--expires', '2999-12-31'];
const says = ['--statement', 'verified', '--by', 'anna', '--expires', '2999-12-31'];

/** Runs it with a file of its own, called FILE; nothing may be left in its place. */
function refused(args: readonly string[]): Promise<Outcome> {
  return inScratch(async (directory) => {
    const outcome = await hullguard([...args, '--file', path.join(directory, 'waivers.yaml'), ...NOWHERE]);
    expect(fs.readdirSync(directory)).toEqual([]);
    return outcome;
  });
}

describe('wrong usage writes nothing', () => {
  test.each<[readonly string[], string | RegExp]>([
    [['waive', CHECK, ...about.slice(2)], /required option '--reason <text>' not specified/],
    [['waive', CHECK, ...about.slice(0, 4)], /required option '--expires <date>' not specified/],
    [['waive', CHECK, ...about, '--reason', ' '], '--reason: expected some words'],
    [['waive', CHECK, ...about, '--expires', 'tomorrow'], '--expires: expected a date such as 2027-01-31'],
    [['waive', CHECK, ...about, '--expires', '2020-01-31'], '--expires: 2020-01-31 is over: expected the last day on which it counts'],
    [['waive', CHECK, ...about, '--image', 'nginx'], '--image: expected sha256: and 64 hexadecimal digits'],
    [['waive', CHECK, ...about, '--container', 'a', '--path', '/b'], '--container and --path: a waiver is limited by one of them'],
    [
      ['waive', 'container/no-privilegd', ...about],
      /^hullguard: no check has the id container\/no-privilegd, did you mean container\/no-privileged/,
    ],
    [['waive', '5.5', ...about], 'no check has the id 5.5 (hullguard checks 5.5 tells the id)'],
    [['waive', MANUAL, ...about], `nothing was written: ${MANUAL} is for a person to decide: hullguard attest ${MANUAL}`],
    [['attest', MANUAL, ...says.slice(2)], /required option '--statement <text>' not specified/],
    [['attest', MANUAL, ...says, '--evidence', '/nonexistent'], /^hullguard: --evidence: ENOENT/],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await refused(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(typeof message === 'string' ? new RegExp(`^hullguard: ${message.replace(/[.()]/g, '\\$&')}\n$`) : message);
  });

  test('nor what cannot be judged', async () => {
    const { code, stderr } = await refused(['waive', CHECK, ...about]);
    expect([code, stderr]).toEqual([
      3,
      expect.stringMatching(/^hullguard: nothing was written: container\/no-privileged could not be judged: /),
    ]);
  });
});

test('an attestation is written with its evidence, and answers', () =>
  inScratch(async (directory) => {
    const [file, evidence] = [path.join(directory, 'waivers.yaml'), path.join(directory, 'scan.txt')];
    fs.writeFileSync(evidence, 'fine');
    const { code, stdout, stderr } = await hullguard(['attest', MANUAL, ...says, '--evidence', evidence, '--file', file, ...NOWHERE]);
    expect([code, stdout, stderr]).toEqual([0, `${MANUAL} is attested by anna until 2999-12-31\n`, '']);
    expect(readDecisions([file], false).decisions.attestations).toMatchObject([{ by: 'anna', evidence: { file: evidence } }]);
    const only = ['--check', MANUAL, '--waivers', file];
    const answered = await auditFacts({}, only);
    expect(answered.stdout).toMatch(/Attested \(1\)\n.*\n.*\n +attested by anna on \S+, until 2999-12-31: verified\n/);
    expect(answered.stdout).not.toContain('For a person to decide');
    fs.writeFileSync(evidence, 'not fine');
    const open = await auditFacts({}, only);
    expect(open.stdout).toContain('For a person to decide (1)');
    expect(open.stdout.replace(/\s+/g, ' ')).toContain(`the attestation of anna no longer counts: its evidence ${evidence} has changed`);
  }));

describe('an audit with waivers', () => {
  /** Audits two careless containers with waivers of that text. */
  function audited(waivers: string, ...args: readonly string[]): Promise<Outcome> {
    return inScratch((directory) => {
      const file = path.join(directory, 'waivers.yaml');
      fs.writeFileSync(file, waivers);
      return auditFacts({ containers: [careless('web', 1), careless('db', 2)] }, ['--check', CHECK, '--waivers', file, ...args], {
        width: 100,
      });
    });
  }
  const waiver = (more: string, reason = 'tape'): string =>
    `waivers:\n  - {id: w-1, check: ${CHECK}, reason: ${JSON.stringify(reason)}, owner: anna, ${more}}\n`;

  test('ends with 0 where all that fails is waived, with 1 where one is not', async () => {
    expect((await audited('')).code).toBe(1);
    expect((await audited(waiver('expires: 2999-12-31'))).code).toBe(0);
    expect((await audited(waiver('expires: 2020-12-31'))).code).toBe(1);
    const part = await audited(waiver('expires: 2999-12-31, container: web'));
    expect(part.code).toBe(1);
    expect(part.stdout).toMatch(
      /Critical \(1\)\n.*\n +container db: Privileged=true\n +container web: Privileged=true \[accepted by anna until 2999-12-31: tape\]\n/,
    );
    expect(part.stdout).toContain('1 failed, 0 passed');
  });

  test('shows them', async () => {
    const whole = await audited(waiver('expires: 2999-12-31'));
    expect(whole.stdout).toMatch(
      /^Failed, and waived \(1\)\n {2}5\.5 .*\n {9}container db, web: Privileged=true\n {9}accepted by anna until 2999-12-31: tape$/m,
    );
    expect(whole.stdout).toContain('1 failed (1 of them waived), 0 passed');
    expect(whole.stdout).not.toContain('hullguard plan');
    const over = await audited(waiver('expires: 2020-12-31'));
    expect(over.stdout).toMatch(
      /^Waivers to look at \(1\)\n {2}w-1 on container\/no-privileged, of anna, has expired 2020-12-31: what it\s+covered fails$/m,
    );
  });

  test('says nothing that could act on a terminal', async () => {
    const evil = '\u001b[2J\u202e\u0007red';
    for (const format of ['text', 'json']) {
      const { stdout } = await audited(waiver('expires: 2999-12-31', evil), '--report', format);
      expect(stdout).not.toMatch(/[^\P{C}\n]/u);
      expect(stdout).toContain('red');
    }
  });

  test('that cannot be understood is refused, with the place', async () => {
    const { code, stdout, stderr } = await audited(waiver('expires: never'));
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^hullguard: .*waivers\.yaml: line 2, column \d+: waivers\.0\.expires: expected a date such as 2027-01-31\n$/);
  });

  test.runIf(process.geteuid?.() === 0)('of a file that others may write says so, goes on without, and ends with 3', () =>
    inScratch(async (directory) => {
      const file = path.join(directory, 'waivers.yaml');
      fs.writeFileSync(file, waiver('expires: 2999-12-31'));
      fs.chmodSync(file, 0o666);
      const { code, stdout, stderr } = await auditFacts({ containers: [careless('web', 1)] }, [
        ...['--check', CHECK, '--waivers', file, '--report', 'json'],
      ]);
      expect(code).toBe(3);
      expect(stderr).toContain(`no waiver in it counts: ${file}: everybody may write to it`);
      expect(JSON.parse(stdout) as Report).toMatchObject({ findings: [{ status: 'fail', waiver: null }], waivers: [] });
    }),
  );
});

describe('the page about them', () => {
  const page = fs.readFileSync(path.join(import.meta.dirname, '../../docs/waivers.md'), 'utf8');

  test('has a file that is valid', () =>
    inScratch((directory) => {
      const file = path.join(directory, 'waivers.yaml');
      fs.writeFileSync(file, /```yaml waivers\n([\s\S]*?)```/.exec(page)?.[1] ?? 'none');
      const { waivers, attestations } = readDecisions([file], false).decisions;
      expect([waivers.length, attestations.length]).toEqual([2, 1]);
    }));

  test('has commands that are understood', async () => {
    const lines = (/```sh\n([\s\S]*?)```/.exec(page)?.[1] ?? '').trim().split('\n');
    expect(lines).toHaveLength(3);
    for (const line of lines) {
      const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
      expect(words.slice(0, 2)).toEqual(['sudo', 'hullguard']);
      const { stderr } = await refused(words.slice(2).map((word) => (word.endsWith('.pdf') ? '/nonexistent' : word)));
      expect(stderr).toMatch(/could not be judged|nothing was written|--evidence: ENOENT/);
    }
  });
});

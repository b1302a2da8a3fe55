import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatFacts } from '../../../agent/facts-file.ts';
import type { ImportDocument } from '../../../agent/import/document.ts';
import { habitOf, habitual, matches } from '../../../agent/import/habits.ts';
import { checks } from '../../../checks/index.ts';
import { HostError } from '../../../facts/host.ts';
import type { HostLiteral } from '../../fake-host.ts';
import { schemaTester } from '../../json-schema.ts';
import { hullguard, inScratch, type Outcome, record } from '../hullguard.ts';
import { CONTROL } from '../recorded.ts';
import { careless } from '../reports.ts';

const facts = path.resolve(import.meta.dirname, '../../hosts/trixie-insecure.facts.json');

/** Imports a log beside recorded facts; `FACTS` and `LOG` stand for the files. */
function run(log: string, host: HostLiteral | null = null, args: readonly string[] = []): Promise<Outcome> {
  return inScratch(async (directory) => {
    const [logFile, factsFile] = [path.join(directory, 'log'), path.join(directory, 'facts.json')];
    fs.writeFileSync(logFile, log);
    if (host !== null) fs.writeFileSync(factsFile, formatFacts(await record(host)));
    return hullguard(['import', logFile, '--facts', host === null ? facts : factsFile, ...args], { width: 120 });
  });
}

async function document(log: string, host: HostLiteral | null = null): Promise<ImportDocument> {
  const { stdout } = await run(log, host, ['--report', 'json']);
  const value = JSON.parse(stdout);
  expect(schemaTester((await hullguard(['schema', 'import'])).stdout)(value)).toBeNull();
  return value;
}

async function why(log: string, host: HostLiteral | null = null): Promise<string> {
  return (await document(log, host)).findings.map((finding) => finding.why.join(' + ')).join('\n');
}

const dead = (name: string, id: number) => ({ ...careless(name, id), State: { Running: false, Status: 'exited', Pid: 0 } });

describe('what both say', () => {
  test('differs with the reason: a known fault of docker-bench-security, and what was seen here', async () => {
    const log = `[PASS] 5.5 - Ensure that privileged containers are not used
[PASS] 2.17 - daemon-wide custom seccomp profile
[PASS] 5.26 - restricted from acquiring additional privileges
[WARN] 5.17 - IPC namespace
[NOTE] 5.23 - exec commands with the privileged option
[WARN] 3.18 - daemon.json permissions
[WARN] 1.1.13 - /etc/sysconfig/docker
[WARN] 4.3 - unnecessary packages`;
    expect((await why(log)).split('\n')).toEqual([
      'no reason is known; the host may have changed, or be another',
      'no reason is known; the host may have changed, or be another',
      expect.stringMatching(
        /^docker-bench-security looks at running containers only, and \d+ of \d+ that fail here do not run \+ docker-bench-security may be wrong in this: the daemon’s setting satisfies it/,
      ),
      'no reason is known; the host may have changed, or be another',
      'there it is printed, but not judged',
      'docker-bench-security may be wrong in this: it does not follow a symbolic link, whose own mode is 777',
      expect.stringMatching(
        /^docker-bench-security may be wrong in this: it looks for the path in auditctl -l.* \+ it does not apply here$/,
      ),
      'hullguard leaves it to a person',
    ]);
  });

  test('the age of a log counts where nothing else is known', async () => {
    const log = JSON.stringify({
      dockerbenchsecurity: '1.6.0',
      start: 1659371395,
      tests: [{ id: '5.5', desc: 'privileged containers', result: 'PASS' }],
    });
    expect(await why(log)).toMatch(
      /^no reason is known; the host may have changed, or be another: its log is of 2022-08-01, our look at it of 20\d\d-\d\d-\d\d$/,
    );
  });

  test('all that fail here may be stopped, where docker-bench-security does not look', async () => {
    const host = { containers: [dead('old', 1)] };
    expect(await why('[PASS] 5.11 - memory usage\n[WARN] 4.5 - content trust', host)).toContain(
      'docker-bench-security looks at running containers only, and all that fail here do not run',
    );
  });

  test('containers that it names and that are not here are told', async () => {
    const log =
      '[WARN] 5.5 - privileged containers\n    * Container running in Privileged mode: gone\n    * Container running in Privileged mode: web';
    expect(await why(log, { containers: [{ Id: '1', Name: '/web', HostConfig: { Privileged: false } }] })).toBe('not on this host: gone');
  });

  test('of an image it names nothing is said: it may have other names here', async () => {
    const log = '[WARN] 4.6 - HEALTHCHECK instruction\n    * No Healthcheck found: [other:1 other:1]';
    const { findings } = await document(log, { images: [{ Id: '1', RepoTags: ['app:1', 'other:1'] }] });
    expect(findings[0]).toMatchObject({ named: ['other:1'] });
    expect(findings[0]?.why.join()).not.toContain('not on this host');
  });

  test('Aqua’s halves look at one place only', async () => {
    const host = { daemonJson: { 'no-new-privileges': true } };
    expect(await why('[FAIL] 2.17.b containers are restricted from acquiring new privileges', host)).toMatch(
      /^Aqua’s docker-bench looks at daemon\.json only in 2\.17\.b: what is set in dockerd’s command line fails there/,
    );
  });

  test('is the same where both find it, or where it does not apply', async () => {
    const log = '[WARN] 2.2 - network traffic is restricted\n[PASS] 7.5 - auto-lock mode\n[INFO] 4.3 - unnecessary packages';
    expect(await document(log)).toMatchObject({
      summary: { findings: 3, same: 3, different: 0, unknown: 0 },
      findings: [{ ours: { status: 'fail' } }, { ours: { status: 'not-applicable' } }, { ours: { status: 'manual' } }],
    });
  });
});

describe('exit status', () => {
  test.each([
    ['what it speaks of is in order here', '[WARN] 5.17 - IPC namespace', 0],
    ['some of it fails here', '[PASS] 2.2 - network traffic is restricted', 1],
    ['something cannot be told', '[WARN] 2.2 - network traffic is restricted\n[WARN] 9.99 - colours', 3],
    ['nothing in it', 'hello', 2],
    ['cut short', '{"tests": [{"id": "5.1"', 2],
  ])('%s', async (_, log, code) => {
    expect((await run(log)).code).toBe(code);
  });

  test('something cannot be judged', async () => {
    const { code, stdout } = await run('[WARN] 5.5 - privileged containers', {
      endpoint: null,
      api: { '/containers/json?all=1': new HostError('denied', 'no permission'), '/info': new HostError('denied', 'no permission') },
    });
    expect([code, stdout]).toEqual([3, expect.stringMatching(/^Not told or not judged \(1\)$/m)]);
  });

  test.each([
    [['import'], "error: missing required argument 'file'\n(hullguard import --help tells what there is)\n"],
    [['import', '/nonexistent'], /^hullguard: \/nonexistent: cannot read the log: ENOENT/],
    [['import', '/etc'], 'hullguard: /etc: the log must be a file\n'],
    [['import', facts, '--release', '1.6.2'], /^hullguard: --release 1\.6\.2: unknown, did you mean .*1\.6\.1\? \(releases: 1\.1\.0, /],
    [
      ['import', facts, '--facts', 'a', '--against', 'b'],
      'hullguard: --facts and --against both say where the verdicts come from: name one\n',
    ],
    [['import', facts, '--facts', 'a', '--root', '/'], /^hullguard: --docker-host and --root look at a host; --facts does not/],
    [['import', facts, '--report', 'xml'], /^hullguard: unknown report format xml/],
  ] as const)('%j', async (args, message) => {
    const { code, stdout, stderr } = await hullguard(args);
    expect([code, stdout]).toEqual([2, '']);
    if (typeof message === 'string') expect(stderr).toBe(message);
    else expect(stderr).toMatch(message);
  });
});

test('a file that is no log of one host is not read', async () => {
  await inScratch(async (directory) => {
    const file = path.join(directory, 'log');
    fs.writeFileSync(file, '');
    fs.truncateSync(file, 17 << 20);
    expect(await hullguard(['import', file])).toEqual({
      code: 2,
      stdout: '',
      stderr: `hullguard: ${file}: the log is larger than 16 MiB\n`,
    });
  });
});

test('the verdicts may come from a report; what it lacks is said to be lacking', async () => {
  const outcome = await inScratch(async (directory) => {
    const [log, report] = [path.join(directory, 'log'), path.join(directory, 'report.json')];
    fs.writeFileSync(log, '[WARN] 2.2 - network traffic is restricted\n[WARN] 4.5 - content trust');
    await hullguard(['audit', '--facts', facts, '--check', 'daemon/*', '--report', `json=${report}`]);
    return hullguard(['import', log, '--against', report, '--report', 'json', '--release', 'v1.6.1']);
  });
  expect(outcome.code).toBe(3);
  expect(JSON.parse(outcome.stdout)).toMatchObject({
    source: { how: 'asked', numbering: 'docker-bench-security 1.6.1' },
    ours: { from: 'report' },
    findings: [
      { check: 'daemon/icc-disabled', control: '2.2', same: true },
      { check: 'image/content-trust', ours: null, same: null, note: 'our report has no verdict on it' },
    ],
  });
});

test('the text tells all that the JSON does', async () => {
  const { stdout } = await run('[FAIL] 5.18 SSH\n   * Container running sshd: web', null);
  expect(stdout).toMatch(
    /: findings\nWhose numbers it uses cannot be told\nBeside recorded facts lab, 20\d\d-.* UTC; numbers in front are those of CIS Docker 1\.8\.0\n/,
  );
  expect(stdout).toMatch(
    /^ {2}5\.7 {4}Containers run no SSH server {2}\[container\/no-sshd\]\n {9}line 1: FAIL 5\.18 SSH \(web\)\n {9}hullguard: fail, since container sshd: sshd\n {9}Note: no version means that by 5\.18/m,
  );
  expect(stdout).toMatch(/^1 finding: 1 said alike, 0 otherwise, 0 not told or not judged\.$/m);
});

test('nothing that is imported acts on a terminal, in any output', async () => {
  const evil = 'privileged containers \u001b]0;x\u0007\u202etxet\u2028 <b>';
  const log = JSON.stringify({
    dockerbenchsecurity: '\u001b[2J',
    tests: [{ id: '5.5', desc: evil, result: 'PASS\u001b[1m', items: ['\u001b[31mred\u009b'] }],
  });
  for (const format of ['text', 'json']) {
    const { stdout } = await run(log, null, ['--report', format, '--all']);
    expect(stdout).not.toMatch(CONTROL);
    expect(stdout).toContain('container/no-privileged');
  }
  const { stderr } = await run('{"tests": [{"id": "\u001b[2J", "result": ""}]}'.replaceAll('\u001b', '\\u001b'));
  expect(stderr).not.toMatch(CONTROL);
});

describe('known faults', () => {
  test('are of checks that there are, and no row hides another', () => {
    for (const pattern of habitual)
      expect(
        checks.filter(({ id }) => matches(pattern, id)),
        pattern,
      ).not.toEqual([]);
    expect(new Set(habitual).size).toBe(habitual.length);
  });

  test.each([
    ['container/no-host-pid', 'passes', /container:ID/],
    ['container/no-host-devices', 'passes', /device requests/],
    ['host/audit-var-lib-docker', 'passes', /excludes it/],
    ['files/etc-docker-mode', 'passes', /606 passes for 644/],
    ['files/registry-certs-mode', 'passes', /\*\.crt only/],
    ['files/registry-certs-mode', 'warns', /symbolic link/],
  ] as const)('%s %s', (check, direction, told) => {
    expect(habitOf(check, direction)).toMatch(told);
  });

  test('nothing is said where nothing is known', () => {
    expect(habitOf('container/no-privileged', 'warns')).toBeNull();
  });
});

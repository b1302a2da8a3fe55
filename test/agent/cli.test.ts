import { describe, expect, test } from 'vitest';
import { formats } from '../../agent/choices.ts';
import { crosswalk } from '../../checks/benchmark.ts';
import { checks } from '../../checks/index.ts';
import about from '../../package.json' with { type: 'json' };
import { schemaTester } from '../json-schema.ts';
import { hullguard } from './hullguard.ts';

const commands = [[], ['audit'], ['threats'], ['checks'], ['import'], ['config'], ['config', 'check'], ['schema']];

describe('help', () => {
  test.each(commands.map((command) => [command.join(' '), command] as const))('hullguard %s --help', async (name, command) => {
    const { code, stdout, stderr } = await hullguard([...command, '--help']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(new RegExp(`^Usage: hullguard ${name}`));
    expect(stdout).toMatch(/\nExamples:\n {2}(sudo )?hullguard /);
    for (const line of stdout.split('\n'))
      expect(line.length <= 80 || line.startsWith('  sudo hullguard') || line.startsWith('  hullguard'), line).toBe(true);
  });

  test('names every command and every option of the audit', async () => {
    const [all, audit] = [(await hullguard(['--help'])).stdout, (await hullguard(['audit', '--help'])).stdout];
    for (const name of ['audit', 'checks', 'config', 'schema']) expect(all).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
    const options =
      'report check skip section profile benchmark min-severity fail-on all config docker-host root facts save-facts timeout no-color quiet verbose help';
    for (const name of options.split(' ')) expect(audit).toMatch(new RegExp(`--${name}\\b`));
    expect(audit).toMatch(
      /\nExit status:\n {2}0 {2}nothing failed .*\n {2}1 {2}something failed\n {2}2 {2}wrong usage .*\n {2}3 {2}something could not/,
    );
  });

  test('without a command, as a mistake', async () => {
    const { code, stdout, stderr } = await hullguard([]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^Usage: hullguard/);
    expect(await hullguard(['config'])).toMatchObject({ code: 2, stderr: expect.stringMatching(/^Usage: hullguard config/) });
  });

  test('by the command of that name', async () => {
    expect(await hullguard(['help', 'audit'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Usage: hullguard audit/) });
  });
});

test('--version', async () => {
  expect(await hullguard(['--version'])).toEqual({ code: 0, stdout: `${about.version}\n`, stderr: '' });
});

/** Where what is wrong with words, not with what they mean. */
const HELP = /\(hullguard[a-z -]* --help tells what there is\)\n$/;

describe('wrong usage ends with 2, says what is wrong, and does nothing', () => {
  test.each([
    [['adit'], "error: unknown command 'adit'\n(Did you mean audit?)\n"],
    [['xyzzy'], "error: unknown command 'xyzzy'\n"],
    [['config', 'chek'], "error: unknown command 'chek'\n(Did you mean check?)\n"],
    [['audit', '--chek', 'x'], "error: unknown option '--chek'\n(Did you mean --check?)\n"],
    [['audit', '--json'], "error: unknown option '--json'\n"],
    [['audit', 'daemon/icc-disabled'], /^error: too many arguments for 'audit'\. Expected 0 arguments but got 1/],
    [['audit', '--check'], "error: option '--check <pattern>' argument missing\n"],
    [
      ['audit', '--check', ''],
      "error: option '--check <pattern>' argument '' is invalid. expected a name, or names separated by commas.\n",
    ],
    [['audit', '--check', 'a,,b'], /argument 'a,,b' is invalid/],
    [['audit', '--skip', ' '], /argument ' ' is invalid/],
    [
      ['audit', '--profile', 'level-3'],
      /^hullguard: no profile is called level-3, did you mean level-1 or level-2\? \(profiles: level-1, level-2, stride:S/,
    ],
    [['audit', '--benchmark', '1.9.0'], /argument '1\.9\.0' is invalid\. Allowed choices are 1\.1\.0, .*1\.8\.0\./],
    [['audit', '--min-severity', 'none'], /Allowed choices are low, medium, high, critical\./],
    [['audit', '--fail-on', 'never'], /Allowed choices are low, medium, high, critical, none\./],
    [
      ['audit', '--timeout', '0'],
      "error: option '--timeout <seconds>' argument '0' is invalid. expected seconds, above 0 and at most 86400.\n",
    ],
    [['audit', '--timeout', '30s'], /argument '30s' is invalid/],
    [['audit', '--timeout', '86401'], /argument '86401' is invalid/],
    [['audit', '--facts', 'f', '--root', '/'], "error: option '--facts <file>' cannot be used with option '--root <dir>'\n"],
    [
      ['audit', '--facts', 'f', '--docker-host', 'unix:///x'],
      "error: option '--facts <file>' cannot be used with option '--docker-host <url>'\n",
    ],
    [['audit', '--report', 'sarfi'], `hullguard: unknown report format sarfi, did you mean sarif? (formats: ${formats.join(', ')})\n`],
    [['audit', '--report', '=report.json'], `hullguard: unknown report format  (formats: ${formats.join(', ')})\n`],
    [['plan', '--report', 'sarif=x'], 'hullguard: plan has no report format sarif (formats: text, json); audit has\n'],
    [['apply', '--report', 'csv'], 'hullguard: apply has no report format csv (formats: text, json); audit has\n'],
    [['plan', '--report', 'jsn'], 'hullguard: unknown report format jsn, did you mean json? (formats: text, json)\n'],
    [
      ['audit', '--report', 'json', '--report', 'text'],
      'hullguard: only one document can go to standard output: give the others a file, as in --report json=report.json\n',
    ],
    [
      ['audit', '--save-facts', '-'],
      'hullguard: only one document can go to standard output: give the others a file, as in --report json=report.json\n',
    ],
    [['audit', '--report', 'json=a', '--report', 'text=a'], 'hullguard: two documents are to be written to a\n'],
    [['audit', '--report', 'csv', '--compare', 'a'], /^hullguard: --compare is told in text and html only: add --report text/],
    [['audit', '--report', 'json=a', '--report', 'text=./a'], 'hullguard: two documents are to be written to ./a\n'],
    [['audit', '--section', 'deamon'], /^hullguard: unknown section deamon, did you mean daemon\? \(sections: host, daemon/],
    [['audit', '--check', '2.2', '--section', 'host'], 'hullguard: the options that choose checks leave none\n'],
    [['audit', '--root', '/nonexistent'], 'hullguard: --root /nonexistent: there is no such directory\n'],
    [['audit', '--root', '/etc/passwd'], 'hullguard: --root /etc/passwd: there is no such directory\n'],
    [['audit', '--root', ''], 'hullguard: --root : there is no such directory\n'],
    [
      ['audit', '--docker-host', 'nonsense'],
      'hullguard: --docker-host nonsense: expected unix:///PATH, tcp://HOST:PORT or https://HOST:PORT\n',
    ],
    [
      ['audit', '--docker-host', 'ssh://root@host'],
      'hullguard: --docker-host ssh://root@host: an engine behind ssh is audited on its own host: run hullguard there\n',
    ],
    [['audit', '--config', '/nonexistent.yaml'], /^hullguard: \/nonexistent\.yaml: cannot read the configuration: ENOENT/],
    [['audit', '--facts', '/nonexistent.json'], /^hullguard: \/nonexistent\.json: cannot read the facts file: ENOENT/],
    [['checks', 'daemon/ic-disabled'], 'hullguard: no check is called daemon/ic-disabled, did you mean daemon/icc-disabled?\n'],
    [['checks', '9.99'], /^hullguard: no version of the benchmark or of docker-bench-security has a control 9\.99/],
    [['checks', '--benchmark', '2'], /argument '2' is invalid/],
    [['schema', 'reprot'], /argument 'reprot' is invalid|Allowed choices are config, waivers, report, facts/],
    [['schema'], "error: missing required argument 'document'\n"],
    [['config', 'check', '/nonexistent.yaml'], /^hullguard: \/nonexistent\.yaml: cannot read the configuration: ENOENT/],
  ] as const)('%j', async (args, message) => {
    const { code, stdout, stderr } = await hullguard(args);
    expect([code, stdout]).toEqual([2, '']);
    const said = stderr.replace(HELP, '');
    expect(stderr !== said).toBe(stderr.startsWith('error: '));
    if (typeof message === 'string') expect(said).toBe(message);
    else expect(said).toMatch(message);
  });

  test.each([
    [['xyzzy'], 'hullguard'],
    [['audit', '--json'], 'hullguard audit'],
    [['history', 'verify', '--json', 'too', 'many'], 'hullguard history verify'],
  ])('%j: %s --help tells more', async (args, command) => {
    expect((await hullguard(args)).stderr).toContain(`\n(${command} --help tells what there is)\n`);
  });

  test('an address in DOCKER_HOST that is none', async () => {
    expect(await hullguard(['audit'], { environment: { DOCKER_HOST: 'nonsense' } })).toEqual({
      code: 2,
      stdout: '',
      stderr: 'hullguard: DOCKER_HOST nonsense: expected unix:///PATH, tcp://HOST:PORT or https://HOST:PORT\n',
    });
  });

  test('what is echoed cannot act on the terminal', async () => {
    const { stderr } = await hullguard(['audit', '--check', 'daemon/\u001b[2J']);
    expect(stderr).toBe('hullguard: no check is called daemon/\\x1b[2J\n');
  });
});

describe('checks', () => {
  test('lists those of a benchmark and our own, in order, with number and severity', async () => {
    const { stdout } = await hullguard(['checks', '--benchmark', '1.6.0']);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^CIS +severity +check +title \(CIS Docker 1\.6\.0\)$/);
    expect(lines).toHaveLength(1 + checks.filter(({ id }) => crosswalk.get(id)?.['1.6.0'] !== undefined || !crosswalk.has(id)).length);
    expect(stdout).toMatch(/^2\.2 +high +daemon\/icc-disabled +Containers on the default bridge cannot reach each other$/m);
    expect(stdout).not.toContain('daemon/no-devicemapper');
  });

  test.each(checks.map(({ id }) => [id]))('explains %s', async (id) => {
    const { code, stdout } = await hullguard(['checks', id]);
    expect(code).toBe(0);
    for (const label of ['Why', 'Fix', 'Costs', 'Severity', 'Threats', 'Reads', 'CIS Docker'])
      expect(stdout).toMatch(new RegExp(`^${label} +\\S`, 'm'));
    for (const line of stdout.split('\n')) expect(line.length <= 80 || line.trim().split(' ').length <= 2, line).toBe(true);
  });

  test('a number: what each version means by it', async () => {
    const { stdout } = await hullguard(['checks', '2.16']);
    for (const [check, versions] of [
      ['daemon/seccomp-profile', 'CIS Docker 1.1.0; docker-bench-security 1.3.3, 1.3.4.'],
      ['daemon/no-experimental', 'CIS Docker 1.2.0; docker-bench-security 1.3.5.'],
      ['daemon/userland-proxy-disabled', 'CIS Docker 1.3.1 to 1.7.0; docker-bench-security 1.3.6 to 1.6.1.'],
      ['daemon/live-restore', 'CIS Docker 1.8.0.'],
      ['swarm/manager-count', 'CIS for Docker 1.12.0, 1.13.0; docker-bench-security 1.2.0 to 1.3.2.'],
    ])
      expect(stdout).toMatch(new RegExp(`^2\\.16: ${check}\n  .+\\.\n  ${versions?.replaceAll('.', '\\.')}$`, 'm'));
  });

  test('a number of another tool: halves of Aqua’s, community checks of docker-bench-security', async () => {
    expect((await hullguard(['checks', '2.17.b'])).stdout).toBe(
      '2.17.b: daemon/no-new-privileges\n  Containers start without a way to new privileges by default.\n  Aqua docker-bench cis-1.2.\n\nhullguard checks CHECK explains one.\n',
    );
    expect((await hullguard(['checks', 'c.2'])).stdout).toMatch(/^c\.2: community\/legacy-registry-v1-disabled\n/);
  });
});

describe('schema', () => {
  test.each(['config', 'report', 'facts', 'import'])('of %s is JSON Schema 2020-12', async (name) => {
    const { code, stdout } = await hullguard(['schema', name]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: `hullguard ${name}`,
      type: 'object',
    });
    expect(schemaTester(stdout)([])).not.toBeNull();
  });
});

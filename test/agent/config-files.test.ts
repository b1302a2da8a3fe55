/** Several files as one configuration: how they add up, and where mistakes are. */
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadFiles, writeFiles } from './configured.ts';
import { hullguard, inScratch } from './hullguard.ts';

describe('files add up', () => {
  test.each<[string, Readonly<Record<string, string>>, object]>([
    [
      'of two words the later one counts',
      { 'config.yaml': 'failOn: low\ntimeout: 5\n', 'conf.d/a.yaml': 'failOn: high\n' },
      { failOn: 'high', timeout: 5 },
    ],
    [
      'by the order of their names, whatever wrote them first',
      { 'conf.d/90-z.yaml': 'timeout: 90\n', 'conf.d/10-a.yaml': 'timeout: 10\n', 'config.yaml': 'timeout: 1\n' },
      { timeout: 90 },
    ],
    [
      'maps key by key, however deep',
      {
        'config.yaml': 'policy: {swarm: {needed: true, managers: 3}, maxUnusedImages: 1}\n',
        'conf.d/a.yaml': 'policy: {swarm: {managers: 5}, defaultUlimits: {nofile: 1}}\n',
        'conf.d/b.yaml': 'policy: {defaultUlimits: {nproc: 2}}\n',
      },
      { policy: { swarm: { needed: true, managers: 5 }, maxUnusedImages: 1, defaultUlimits: { nofile: 1, nproc: 2 } } },
    ],
    [
      'lists one after the other',
      {
        'config.yaml': 'policy: {allowedHostPorts: [80]}\n',
        'conf.d/a.yaml': 'policy: {allowedHostPorts: [443]}\n',
        'conf.d/b.yaml': 'policy: {allowedHostPorts: [25]}\n',
      },
      { policy: { allowedHostPorts: [80, 443, 25] } },
    ],
    [
      'a list tagged !override takes the place of those before it, and those after it add to it',
      { 'config.yaml': 'skip: ["5.1"]\n', 'conf.d/a.yaml': 'skip: !override ["5.2"]\n', 'conf.d/b.yaml': 'skip: ["5.3"]\n' },
      { skip: ['5.2', '5.3'] },
    ],
    ['a list tagged !override in the only file is a list', { 'config.yaml': 'skip: !override\n  - "5.2"\n' }, { skip: ['5.2'] }],
    [
      'the words of a command are one value',
      { 'config.yaml': 'apply: {restartCommand: [/bin/a, b]}\n', 'conf.d/a.yaml': 'apply: {restartCommand: [/bin/c]}\n' },
      { apply: { restartCommand: ['/bin/c'] } },
    ],
    [
      'what is commented out says nothing',
      { 'config.yaml': 'skip: ["5.1"]\npolicy: {trustedUsers: [a]}\n', 'conf.d/a.yaml': 'skip:\npolicy:\n  trustedUsers:\n' },
      { skip: ['5.1'], policy: { trustedUsers: ['a'] } },
    ],
    [
      'profiles of one file extend those of another',
      { 'config.yaml': 'profile: b\nprofiles: {a: {extends: level-1}}\n', 'conf.d/x.yaml': 'profiles: {b: {extends: a}}\n' },
      { profiles: { a: { extends: 'level-1' }, b: { extends: 'a' } } },
    ],
    ['without config.yaml', { 'conf.d/a.yaml': 'timeout: 7\n' }, { timeout: 7 }],
    [
      'hidden files, and what editors leave, are none of them',
      { 'config.yaml': '', 'conf.d/.a.yaml': 'x: 1', 'conf.d/a.yaml~': 'x: 1', 'conf.d/a.yaml.dpkg-old': 'x: 1', 'conf.d/README': 'x: 1' },
      { timeout: 30 },
    ],
  ])('%s', (_what, files, expected) => {
    expect(loadFiles(files)).toMatchObject(expected);
  });
});

describe('a mistake is told with the file it stands in', () => {
  test.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    [
      'each in its own, in the order of the files',
      {
        'config.yaml': 'timeout: 5\nfailOn: never\n',
        'conf.d/b.yaml': '\n\npolciy: {}\n',
        'conf.d/a.yaml': 'policy:\n  trustedUser: [a]\n',
      },
      [
        'DIR/config.yaml: line 2, column 9: failOn: expected one of "low"|"medium"|"high"|"critical"|"none"',
        'DIR/conf.d/a.yaml: line 2, column 3: unknown key policy.trustedUser, did you mean trustedUsers?',
        'DIR/conf.d/b.yaml: line 3, column 1: unknown key polciy, did you mean policy?',
      ],
    ],
    [
      'an item of a list that another file began',
      { 'config.yaml': 'skip:\n  - "5.1"\n', 'conf.d/a.yaml': '# more\nskip: ["5.2", nothing/here]\n' },
      ['DIR/conf.d/a.yaml: line 2, column 15: skip.2: no check is called nothing/here'],
    ],
    [
      'what a group lacks, where it was said last',
      { 'config.yaml': 'agent:\n  webhook:\n    minSeverity: low\n' },
      ['DIR/config.yaml: line 3, column 5: agent.webhook.url: expected string, received undefined'],
    ],
    [
      'an unknown parent and a circle, beside an unknown key',
      {
        'config.yaml': 'profiles:\n  a:\n    extends: b\n  c:\n    extends: lvl-1\n    excludes: []\n',
        'conf.d/a.yaml': 'profiles:\n  b:\n    extends: a\n    exclude: ["9.9"]\n',
      },
      [
        'DIR/config.yaml: line 3, column 14: profiles.a.extends: a circle: a extends b extends a',
        'DIR/config.yaml: line 5, column 14: profiles.c.extends: no profile is called lvl-1, did you mean level-1? (profiles: a, c, b, level-1, level-2, stride:S, stride:T, stride:R, stride:I, stride:D, stride:E)',
        'DIR/config.yaml: line 6, column 5: unknown key profiles.c.excludes, did you mean exclude?',
        'DIR/conf.d/a.yaml: line 4, column 15: profiles.b.exclude.0: no check is called 9.9 in benchmark 1.8.0 (hullguard checks lists them)',
      ],
    ],
    [
      'text that is no YAML, in several files, before all else',
      { 'config.yaml': 'failOn: low\nfailOn: high\n', 'conf.d/a.yaml': 'skip: *x\n', 'conf.d/b.yaml': 'x: 1\n\ty: 2\n' },
      [
        'DIR/config.yaml: line 2, column 1: Map keys must be unique',
        'DIR/conf.d/b.yaml: line 2, column 1: Tabs are not allowed as indentation',
      ],
    ],
    [
      'a file that is not read',
      { 'config.yaml': '', 'conf.d/a.yml': '' },
      ['DIR/conf.d/a.yml: is not read: let its name end in .yaml, or take it away'],
    ],
    [
      'neither config.yaml nor conf.d',
      {},
      ["DIR/config.yaml: cannot read the configuration: ENOENT: no such file or directory, open 'DIR/config.yaml'"],
    ],
  ])('%s', (_what, files, expected) => {
    expect(loadFiles(files)).toBe(expected.join('\n'));
  });
});

describe('what could use up the machine is refused at once, in words', () => {
  const level = (number: number): string =>
    `l${number}: &l${number} [${Array(9)
      .fill(number === 0 ? 'x' : `*l${number - 1}`)
      .join(', ')}]`;
  test.each([
    [
      'aliases that multiply',
      Array.from({ length: 12 }, (_, number) => level(number)).join('\n'),
      'DIR/config.yaml: line 2, column 10: aliases that multiply, to more than 100 copies or without end: write the values out',
    ],
    [
      'an alias to what it stands in',
      'skip: &a [*a]\n',
      'DIR/config.yaml: line 1, column 11: aliases that multiply, to more than 100 copies or without end: write the values out',
    ],
    ['brackets without end', `skip: ${'['.repeat(50_000)}`, /^DIR\/config\.yaml: line 1, column \d+: nested too deeply$/],
    ['5 MiB', `#${'x'.repeat(5 << 20)}`, 'DIR/config.yaml: the configuration is larger than 4 MiB'],
  ])('%s', (_what, content, message) => {
    const begun = performance.now();
    const said = loadFiles({ 'config.yaml': content });
    expect(performance.now() - begun).toBeLessThan(5000);
    expect(said).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
  });
});

describe('on the command line', () => {
  const files = {
    'config.yaml': 'timeout: 5\nskip: ["5.1"]\n',
    'conf.d/a.yaml': '\nskip: ["5.2"]\nagent: {webhook: {url: "https://example.com/hunter2"}}\n',
  };

  test('config check tells each file it has read, for a directory and for the file in it', async () => {
    await inScratch(async (directory) => {
      writeFiles(directory, files);
      const valid = `${directory}/config.yaml: valid\n${directory}/conf.d/a.yaml: valid\n`;
      expect(await hullguard(['config', 'check', directory])).toEqual({ code: 0, stdout: valid, stderr: '' });
      expect((await hullguard(['config', 'check', path.join(directory, 'config.yaml')])).stdout).toBe(valid);
    });
  });

  test('HULLGUARD_CONFIG names it where no option does', async () => {
    await inScratch(async (directory) => {
      writeFiles(directory, { ...files, 'other.yaml': 'timeout: nine\n' });
      const environment = { HULLGUARD_CONFIG: path.join(directory, 'other.yaml') };
      const { code, stderr } = await hullguard(['audit', '--facts', '/nowhere'], { environment });
      expect([code, stderr]).toEqual([2, expect.stringContaining('other.yaml: line 1, column 10: timeout: expected number')]);
      expect((await hullguard(['config', 'check', directory], { environment })).code).toBe(0);
      const { stderr: named } = await hullguard(['audit', '--config', directory, '--facts', '/nowhere'], { environment });
      expect(named).toContain('/nowhere: cannot read the facts');
    });
  });

  test('config show tells what counts and who says so, and no token', async () => {
    await inScratch(async (directory) => {
      writeFiles(directory, files);
      const { code, stdout } = await hullguard(['config', 'show', directory]);
      expect(code).toBe(0);
      const lines = stdout.trimEnd().split('\n');
      expect(lines).toContain(`timeout: 5  # ${directory}/config.yaml:1`);
      expect(lines).toContain(`skip: ["5.1","5.2"]  # ${directory}/config.yaml:2, ${directory}/conf.d/a.yaml:2`);
      expect(lines).toContain('failOn: "low"  # default');
      expect(lines).toContain(`agent.webhook.url: "https://example.com/…"  # ${directory}/conf.d/a.yaml:3`);
      expect(stdout).not.toContain('hunter2');
    });
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Audit, audit, coverage, parseRule, parseRules, parseStatus } from '../../facts/audit.ts';
import { HostError } from '../../facts/host.ts';
import { type FakeFile, fakeHost, type HostLiteral } from '../fake-host.ts';

const watch = { action: 'always', path: '/etc/docker', recursive: true, permissions: 'wa', narrowed: false };
const noDefault = { '/etc/audit/rules.d/docker.rules': null };

describe('parseRule', () => {
  test.each([
    ['-w /etc/docker -p wa -k docker', {}],
    ['-w /etc/docker/ -p wa', {}],
    ['-w /etc/docker -k docker', { permissions: 'rwxa' }],
    ['-w /etc/docker -p r', { permissions: 'r' }],
    ['-a always,exit -F dir=/etc/docker -F perm=wa -F key=docker', {}],
    ['-a exit,always -F dir=/etc/docker -F perm=wa', {}],
    ['-a always,exit -F path=/etc/docker -F perm=wa', { recursive: false }],
    ['-a always,exit -S all -F dir=/etc/docker -F perm=wa', {}],
    ['-a always,exit -F arch=b64 -S unlink,rename -F path=/etc/docker -F perm=wa -k x', { recursive: false, narrowed: true }],
    ['-a always,exit -F arch=b64 -S unlink -F dir=/etc/docker', { permissions: '', narrowed: true }],
    ['-a always,exit -F dir=/etc/docker -F perm=wa -F auid>=1000', { narrowed: true }],
    ['-a always,exit -F dir=/etc/docker -F perm=wa -F exe=/usr/bin/vi', { narrowed: true }],
    ['-a always,exit -F dir=/etc/docker -F perm=wa -C auid!=obj_uid', { narrowed: true }],
    ['-a never,exit -F dir=/etc/docker', { action: 'never', permissions: 'rwxa' }],
    ['-A never,exit -F dir=/etc/docker -F perm=r', { action: 'never', permissions: 'r' }],
    ['-a never,exit -S all', { action: 'never', path: '/', permissions: 'rwxa' }],
    ['-a never,exit -F auid=unset', { action: 'never', path: '/', permissions: 'rwxa', narrowed: true }],
  ])('%s', (line, expected) => {
    expect(parseRule(line)).toEqual({ ...watch, line, ...expected });
  });

  test.each([
    '',
    'No rules',
    '# -w /etc/docker -p wa',
    '#-w /etc/docker -p wa -k docker',
    '-D',
    '-b 8192',
    '-e 2',
    '-a never,task',
    '-a always,exit -F arch=b64 -S execve -k exec',
    '-a never,exclude -F msgtype=CWD',
    '-a never,exit -F arch=b64 -S adjtimex',
    '-a always,exit -F path!=/etc/docker',
  ])('%s watches no file', (line) => {
    expect(parseRule(line)).toBeNull();
  });

  const words = fc.array(
    fc.oneof(fc.constantFrom('-w', '-a', '-A', '-F', '-S', '-C', '-p', 'never,exit', 'always,exit', 'path=/x', 'perm=wa'), fc.string()),
  );
  test('never throws, and coverage by whatever it reads does not either', () => {
    fc.assert(
      fc.property(words, fc.string(), (line, path) => {
        const rules = parseRules([line.join(' ')]);
        expect(coverage(rules, path)).toBeTypeOf('object');
      }),
    );
  });
});

describe('parseRules', () => {
  const [a, b] = ['-w /a -p wa', '-w /b -p wa'];
  test.each([
    ['keeps their order', [a, 'No rules', b], ['/a', '/b']],
    ['drops what stands before -D', [a, '-D', b], ['/b']],
    ['puts -A first', [a, '-A always,exit -F path=/c -F perm=wa'], ['/c', '/a']],
    ['takes lines with blanks around', [`  ${a}\t`], ['/a']],
  ])('%s', (_, lines, paths) => {
    expect(parseRules(lines).map(({ path }) => path)).toEqual(paths);
  });
});

describe('coverage of /etc/docker/daemon.json', () => {
  test.each([
    ['the file itself', ['-w /etc/docker/daemon.json -p wa']],
    ['more permissions than asked for', ['-w /etc/docker/daemon.json -p rwxa']],
    ['permissions in another order', ['-w /etc/docker/daemon.json -p aw']],
    ['a watch on a directory above', ['-w /etc -p wa']],
    ['a watch on everything', ['-w / -p wa']],
    ['a dir= rule above', ['-a always,exit -F dir=/etc/docker -F perm=wa']],
    ['two rules that share the work', ['-w /etc/docker/daemon.json -p w', '-w /etc/docker -p a']],
    ['an exclusion behind the rule', ['-w /etc/docker -p wa', '-a never,exit -F dir=/etc/docker']],
    ['an exclusion of something else', ['-a never,exit -F dir=/etc/docker/certs.d', '-w /etc/docker -p wa']],
    ['an exclusion of reading', ['-a never,exit -F dir=/etc/docker -F perm=r', '-w /etc/docker -p wa']],
  ])('%s', (_, lines) => {
    expect(coverage(parseRules(lines), '/etc/docker/daemon.json')).toHaveProperty('rule');
  });

  test.each([
    ['no rule', [], 'no rule'],
    ['a sibling with the same beginning', ['-w /etc/docker/daemon.json.bak -p wa'], 'no rule'],
    ['a directory with the same beginning', ['-w /etc/dock -p wa'], 'no rule'],
    ['path= on a directory, which does not recurse', ['-a always,exit -F path=/etc/docker -F perm=wa'], 'no rule'],
    ['a file below', ['-w /etc/docker/daemon.json/x -p wa'], 'no rule'],
    ['reading only', ['-w /etc/docker -p r'], 'does not record writes'],
    ['writing, but no attributes', ['-w /etc/docker -p w'], 'does not record writes and attribute changes'],
    ['one system call', ['-a always,exit -S unlink -F dir=/etc/docker'], 'only for some'],
    ['32-bit programs only', ['-a always,exit -F arch=b32 -F dir=/etc/docker -F perm=wa'], 'only for some'],
    [
      'an exclusion of one user first',
      ['-a never,exit -F dir=/etc/docker -F auid=1000', '-w /etc/docker -p wa'],
      'excluded for some users',
    ],
    ['users only', ['-a always,exit -F dir=/etc/docker -F perm=wa -F auid>=1000'], 'only for some users'],
    ['an exclusion first', ['-a never,exit -F dir=/etc/docker', '-w /etc/docker -p wa'], 'excluded by'],
    ['an exclusion of attribute changes', ['-a never,exit -F dir=/etc -F perm=a', '-w /etc/docker -p wa'], 'excluded by'],
    ['an exclusion of calls nobody can weigh', ['-a never,exit -S unlink -F dir=/etc', '-w /etc/docker -p wa'], 'excluded by'],
    ['an exclusion of everything', ['-a never,exit -S all', '-w /etc/docker -p wa'], 'excluded by'],
  ])('%s', (_, lines, gap) => {
    expect(coverage(parseRules(lines), '/etc/docker/daemon.json')).toEqual({ gap: expect.stringContaining(gap) });
  });
});

describe('parseStatus', () => {
  test.each([
    ['audit 3', 'enabled 1\nfailure 1\npid 593\nrate_limit 0\nbacklog_limit 8192\nloginuid_immutable 0 unlocked\n', 1, 593],
    ['locked', 'enabled 2\nfailure 2\npid 10\n', 2, 10],
    ['switched off, no daemon', 'enabled 0\nfailure 1\npid 0\n', 0, 0],
    ['all in one line', 'AUDIT_STATUS: enabled=1 flag=1 pid=1036 rate_limit=0 backlog_limit=320', 1, 1036],
  ])('%s', (_, output, enabled, auditdPid) => {
    expect(parseStatus(output)).toEqual({ enabled, auditdPid });
  });

  test.each(['', 'Cannot open netlink audit socket', 'pid 1'])('%j is no status', (output) => {
    expect(() => parseStatus(output)).toThrow(HostError);
  });
});

describe('collect', () => {
  const collect = (literal: HostLiteral): Promise<Audit> => audit.collect(fakeHost(literal), {});
  const rules = (files: { readonly [path: string]: FakeFile | string | null }): Promise<Audit> =>
    collect({ files: { ...noDefault, ...files } });

  test('rules.d comes before audit.rules, in the order of names; its -D is moved first by augenrules', async () => {
    const { disk, diskFiles } = await rules({
      '/etc/audit/audit.rules': '-w /old -p wa\n',
      '/etc/audit/rules.d/20-b.rules': '-w /b -p wa\n-D\n',
      '/etc/audit/rules.d/10-a.rules': '# -w /comment -p wa\n-w /a -p wa\n',
      '/etc/audit/rules.d/README': '-w /readme -p wa\n',
    });
    expect(diskFiles).toEqual(['/etc/audit/rules.d/10-a.rules', '/etc/audit/rules.d/20-b.rules']);
    expect(disk.map(({ path }) => path)).toEqual(['/a', '/b']);
  });

  test('audit.rules is what a reboot brings where rules.d is empty or not there; there -D counts', async () => {
    const { disk, diskFiles } = await rules({ '/etc/audit/audit.rules': '-w /old -p wa\n-D\n-w /new -p wa\n' });
    expect([diskFiles, disk.map(({ path }) => path)]).toEqual([['/etc/audit/audit.rules'], ['/new']]);
    expect(await rules({ '/etc/audit/rules.d/x': '' })).toMatchObject({ disk: [], diskFiles: [] });
  });

  test.each<[string, { readonly [path: string]: string }, boolean]>([
    ['rules in audit.rules alone', { '/etc/audit/audit.rules': '-D\n-a always,exit -F arch=b64 -S execve -k exec\n' }, true],
    ['a watch in audit.rules alone', { '/etc/audit/audit.rules': '-w /etc/shadow -p wa\n' }, true],
    ['audit.rules without rules', { '/etc/audit/audit.rules': '## generated\n-D\n-b 8192\n-f 1\n--backlog_wait_time 60000\n' }, false],
    ['audit.rules made from rules.d', { '/etc/audit/audit.rules': '-w /a -p wa\n', '/etc/audit/rules.d/a.rules': '-w /a -p wa\n' }, false],
    ['nothing', {}, false],
  ])('whether audit.rules is written by hand: %s', async (_, files, handWritten) => {
    expect((await rules(files)).handWritten).toBe(handWritten);
  });

  test('directories that are made at boot before rules are loaded', async () => {
    const { bootDirectories } = await rules({
      '/etc/tmpfiles.d/a.conf': 'd /run/containerd 0711 root root -\n# d /run/comment\nf /run/file 0644 - - -\nD!  /run/x/ 0755\n',
      '/etc/tmpfiles.d/b.conf': 'd\t"/run/a" - - -\nd /run/x\nd %t/unknown\n',
      '/etc/tmpfiles.d/README': 'd /run/readme\n',
    });
    expect(bootDirectories).toEqual(['/run/a', '/run/containerd', '/run/x']);
    expect((await rules({})).bootDirectories).toEqual([]);
  });

  test('links above a watched path are followed, a link in its place is not', async () => {
    const { kernel } = await collect({
      commands: { 'auditctl -l': { stdout: '-w /var/run/docker.sock -p wa\n-w /var/run -p wa\n-w /nowhere/x -p wa\n-w / -p wa\n' } },
    });
    expect(kernel.map(({ path }) => path)).toEqual(['/run/docker.sock', '/var/run', '/nowhere/x', '/']);
  });

  test.each([
    ['loaded', true, { commands: { 'auditctl -l': { stdout: '-a never,task\n' } } }],
    ['loaded, in the older spelling', true, { commands: { 'auditctl -l': { stdout: '-a task,never -F key=off\n' } } }],
    ['on disk', true, { files: { '/etc/audit/rules.d/10-no.rules': '-a task,never\n' } }],
    ['for one user only', false, { commands: { 'auditctl -l': { stdout: '-a never,task -F uid=1000\n' } } }],
    ['in a comment', false, { files: { '/etc/audit/rules.d/10-no.rules': '# -a task,never\n' } }],
    ['nowhere', false, {}],
  ] as const)('a rule that exempts every task: %s', async (_, exempt, literal) => {
    expect((await collect(literal)).tasksExempt).toBe(exempt);
  });

  test('a kernel without auditing is told apart from one that does not answer', async () => {
    const silent = { status: 1, stderr: 'Error - audit support not in kernel\nCannot open netlink audit socket\n' };
    expect(await collect({ commands: { 'auditctl -s': silent } })).toMatchObject({ supported: false, enabled: 0, kernel: [] });
  });

  test.each([
    ['auditctl is missing', { commands: { 'auditctl -s': 'missing' } }, 'missing', 'install auditd'],
    ['not permitted', { commands: { 'auditctl -s': { status: 1, stderr: 'Operation not permitted' } } }, 'denied', 'CAP_AUDIT_CONTROL'],
    ['not root', { commands: { 'auditctl -s': { status: 4, stderr: 'You must be root to run this program.' } } }, 'denied', 'needs root'],
    ['it says nothing', { commands: { 'auditctl -l': { status: 255 } } }, 'io', 'exit status 255'],
    ['it hangs', { commands: { 'auditctl -s': 'timeout' } }, 'timeout', 'timeout'],
    ['it prints garbage', { commands: { 'auditctl -s': { stdout: 'hello' } } }, 'invalid', 'does not say whether'],
    ['a rule file is closed to us', { files: { '/etc/audit/rules.d/docker.rules': { error: 'denied' } } }, 'denied', 'docker.rules'],
  ] as const)('%s: that is an error, not a missing rule', async (_, literal, code, message) => {
    await expect(collect(literal)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });
});

import { describe, expect, test } from 'vitest';
import type { Change } from '../../remediations/plan.ts';
import type { FakeFile, HostLiteral } from '../fake-host.ts';
import { answerOf, answersOf, answerTo, changesOf } from './answers.ts';

const RULES = '/etc/audit/rules.d/50-hullguard.rules';
const TMPFILES = '/etc/tmpfiles.d/hullguard.conf';
const DAEMON_JSON = '/etc/docker/daemon.json';

const written = (...lines: string[]): Change => ({ kind: 'lines', path: RULES, lines });
const loaded = (rule: string): Change => ({ kind: 'audit-rule', rule });
const made = (...lines: string[]): Change => ({ kind: 'lines', path: TMPFILES, lines });
const ours = (path: string): string => `-w ${path} -p wa -k hullguard`;
const containerd = 'd /run/containerd 0711 root root -';

interface Rules {
  readonly kernel?: readonly string[];
  readonly disk?: readonly string[];
  readonly enabled?: number;
  readonly files?: { readonly [path: string]: FakeFile | string | null };
}

/** A host with these rules, loaded and in one file of the site's own. */
function audited({ kernel = [], disk = [], enabled = 1, files = {} }: Rules): HostLiteral {
  return {
    commands: { 'auditctl -s': { stdout: `enabled ${enabled}\npid 1\n` }, 'auditctl -l': { stdout: `${kernel.join('\n')}\n` } },
    files: { '/etc/audit/rules.d/docker.rules': `-D\n${disk.join('\n')}\n`, ...files },
  };
}

describe('a rule on a file', () => {
  const site = '-w /etc/docker  -p wa -k site';
  test.each<[string, Rules, readonly Change[]]>([
    ['that nobody has', {}, [written(ours(DAEMON_JSON)), loaded(ours(DAEMON_JSON))]],
    ['that is on disk: that very line is loaded', { disk: [site] }, [loaded('-w /etc/docker -p wa -k site')]],
    [
      'that two lines on disk share: what is not loaded of them',
      { disk: ['-w /etc/docker -p w -k site', '-w /etc/docker -p a -k site'], kernel: ['-w /etc/docker -p w -k site'] },
      [loaded('-w /etc/docker -p a -k site')],
    ],
    ['that is loaded: only the line', { kernel: [site] }, [written(ours(DAEMON_JSON))]],
    [
      'that auditctl 3 lists as covering it, while the line on disk does not',
      { kernel: ['-w /etc/docker -p wa -k site'], disk: ['-a always,exit -F path=/etc/docker -F perm=wa -k site'] },
      [written(ours(DAEMON_JSON)), loaded(ours(DAEMON_JSON))],
    ],
    [
      'beside others that do not cover it',
      { kernel: ['-w /etc/shadow -p wa'], disk: ['-w /etc/docker -p r'] },
      [written(ours(DAEMON_JSON)), loaded(ours(DAEMON_JSON))],
    ],
    [
      'where ours is the first file: loading it twice must not end at the rule that exists',
      { files: { '/etc/audit/rules.d/docker.rules': null } },
      [written('-D', ours(DAEMON_JSON)), loaded(ours(DAEMON_JSON))],
    ],
    [
      'where audit.rules holds no rules',
      { files: { '/etc/audit/rules.d/docker.rules': null, '/etc/audit/audit.rules': '-D\n-b 8192\n' } },
      [written('-D', ours(DAEMON_JSON)), loaded(ours(DAEMON_JSON))],
    ],
  ])('%s', async (_, rules, changes) => {
    expect(await answerOf('host/audit-daemon-json', audited(rules))).toEqual({ changes, impact: 'none' });
  });

  test('behind a link', async () => {
    const files = { [DAEMON_JSON]: { kind: 'link', link: '/srv/d.json' }, '/srv/d.json': '{}' } as const;
    expect(changesOf(await answerOf('host/audit-daemon-json', audited({ files })))).toEqual([
      written(ours('/srv/d.json')),
      loaded(ours('/srv/d.json')),
    ]);
  });

  test('that two checks ask for is one rule', async () => {
    const files = { '/usr/bin/containerd-shim': { kind: 'link', link: 'containerd-shim-runc-v2' } } as const;
    const [one, two] = await Promise.all(
      ['host/audit-containerd-shim', 'host/audit-containerd-shim-runc-v2'].map((id) => answerOf(id, audited({ files }))),
    );
    expect(one).toEqual(two);
  });
});

describe('locked rules', () => {
  const waits = 'takes effect after a reboot: the audit rules are locked (auditctl -s: enabled 2)';
  test.each<[string, Rules, object]>([
    ['are written, and wait', {}, { changes: [written(ours(DAEMON_JSON))], waits }],
    ['wait where they are on disk', { disk: ['-w /etc/docker -p wa'] }, { changes: [], waits }],
    ['are only written where they are loaded', { kernel: ['-w /etc/docker -p wa'] }, { changes: [written(ours(DAEMON_JSON))] }],
  ])('%s', async (_, rules, expected) => {
    expect(await answerOf('host/audit-daemon-json', audited({ ...rules, enabled: 2 }))).toEqual({ impact: 'none', ...expected });
  });
});

describe('a path below /run, which is empty at boot', () => {
  const sock = '/run/containerd/containerd.sock';
  test.each<[string, string, Rules, readonly Change[]]>([
    ['a socket', 'containerd-sock', {}, [made(containerd), written(ours(sock)), loaded(ours(sock))]],
    ['a directory', 'run-containerd', {}, [made(containerd), written(ours('/run/containerd')), loaded(ours('/run/containerd'))]],
    ['a socket directly in /run', 'docker-socket', {}, [written(ours('/run/docker.sock')), loaded(ours('/run/docker.sock'))]],
    [
      'one that the site has made in time',
      'containerd-sock',
      { files: { '/etc/tmpfiles.d/site.conf': containerd } },
      [written(ours(sock)), loaded(ours(sock))],
    ],
    [
      'a rule that was refused at boot',
      'containerd-sock',
      { disk: ['-w /run/containerd -p wa -k site'] },
      [made(containerd), loaded('-w /run/containerd -p wa -k site')],
    ],
    ['a rule on all of /run', 'containerd-sock', { disk: ['-w /run -p wa'] }, [loaded('-w /run -p wa')]],
  ])('%s', async (_, check, rules, changes) => {
    expect(changesOf(await answerOf(`host/audit-${check}`, audited(rules)))).toEqual(changes);
  });

  const supervised: HostLiteral = {
    ...audited({
      files: { '/run/containerd/containerd.sock': null, '/run/docker/containerd/containerd.sock': { kind: 'socket' } },
    }),
    dockerd: { flags: [] },
    info: { Containerd: null },
  };
  test('a directory whose maker gives it who knows which mode is for a person', async () => {
    expect(await answerOf('host/audit-containerd-sock', supervised)).toEqual({
      refused: expect.stringMatching(
        /^\/run\/docker is not there yet .* by a line "d \/run\/docker MODE root root -" in \/etc\/tmpfiles.d/,
      ),
    });
  });

  test('and no obstacle once that person has had it made', async () => {
    const files = { ...supervised.files, '/etc/tmpfiles.d/x.conf': 'd /run/docker 0711\nd /run/docker/containerd 0711\n' };
    expect(changesOf(await answerOf('host/audit-containerd-sock', { ...supervised, files }))).toHaveLength(2);
  });

  test('the directory of a user comes and goes', async () => {
    const answer = await answerTo({ kind: 'audit-rule', path: '/run/user/1000/docker.sock' }, audited({}));
    expect(answer).toEqual({ refused: expect.stringContaining('comes and goes with the session of its user') });
  });
});

describe('refused', () => {
  test.each<[string, Rules, string]>([
    [
      'an exclusion that comes first',
      { kernel: ['-a never,exit -F dir=/etc/docker'], disk: ['-a never,exit -F dir=/etc/docker'] },
      'another rule would still come first: excluded by "-a never,exit -F dir=/etc/docker"; take it away, or put a rule for /etc/docker/daemon.json before it',
    ],
    ['an exclusion that only the kernel has', { kernel: ['-a never,exit -F dir=/etc'] }, 'excluded by "-a never,exit -F dir=/etc"'],
    [
      'rules in audit.rules alone, which augenrules would drop',
      { files: { '/etc/audit/rules.d/docker.rules': null, '/etc/audit/audit.rules': '-D\n-w /etc/shadow -p wa\n' } },
      'move them into a file there, such as /etc/audit/rules.d/30-site.rules',
    ],
    [
      'a line that cannot be taken apart',
      { disk: ['-w /etc/docker -p wa -k "two words"'] },
      'the rule on disk has quotes in it: load it with auditctl -w /etc/docker -p wa -k "two words"',
    ],
  ])('%s', async (_, rules, reason) => {
    expect(await answerOf('host/audit-daemon-json', audited(rules))).toEqual({ refused: expect.stringContaining(reason) });
  });

  test('not rules in audit.rules that are merely not loaded', async () => {
    const files = { '/etc/audit/rules.d/docker.rules': null, '/etc/audit/audit.rules': '-w /etc/docker -p wa\n' };
    expect(changesOf(await answerOf('host/audit-daemon-json', audited({ files })))).toEqual([loaded('-w /etc/docker -p wa')]);
  });

  test.each(['/srv/my docker', '/srv/a"b', "/srv/a'b", '/srv/a\\b', '/srv/a\nb', '/srv/a\u0001b'])('the path %j', async (path) => {
    const answer = await answerTo({ kind: 'audit-rule', path }, audited({}));
    expect(answer).toEqual({ refused: expect.stringContaining('a line of audit rules cannot say a path with') });
  });

  test('without auditctl there is no fact, and no goal', async () => {
    await expect(answersOf('host/audit-daemon-json', { commands: { 'auditctl -s': 'missing' } })).rejects.toThrow('install auditd');
  });
});

test('the data directory costs something, and where the log can be spared', async () => {
  const answer = await answerOf('host/audit-var-lib-docker', audited({}));
  expect(answer).toMatchObject({ changes: [written(ours('/var/lib/docker')), loaded(ours('/var/lib/docker'))] });
  expect(answer).toHaveProperty('effects', [
    {
      effect: expect.stringMatching(/^about six audit records for each file.*"-a never,exit -F dir=\/var\/lib\/docker\/overlay2".*unseen$/),
      resources: ['/var/lib/docker'],
    },
  ]);
});

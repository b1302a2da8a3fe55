import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Change } from '../../remediations/plan.ts';
import type { FakeFile, HostLiteral } from '../fake-host.ts';
import { answerOf, answersOf, answerTo, changesOf } from './answers.ts';

type Files = NonNullable<HostLiteral['files']>;

const SOCKET = '/run/docker.sock';
const UNIT = '/usr/lib/systemd/system/docker.socket';
const DROP_IN = '/etc/systemd/system/docker.socket.d/50-hullguard.conf';
const root = { uid: 0, gid: 0 };
const socket = (file: FakeFile): FakeFile => ({ kind: 'socket', mode: 0o660, gid: 998, ...file });
const tls = (key: string, files: Files): HostLiteral => ({ dockerd: { flags: ['-H', 'fd://', '--tlskey', key] }, files });

function access(path: string, before: FakeFile, after: FakeFile): Change {
  const both = { mode: 0o644, ...root };
  const pick = ({ mode = both.mode, uid = both.uid, gid = both.gid }: FakeFile) => ({ mode, uid, gid });
  return { kind: 'access', path, before: pick(before), after: pick({ ...before, ...after }) };
}

describe('what is changed', () => {
  test.each<[string, string, HostLiteral, Change]>([
    [
      'a mode',
      'files/etc-default-docker-mode',
      { files: { '/etc/default/docker': { mode: 0o666, gid: 100 } } },
      access('/etc/default/docker', { mode: 0o666, gid: 100 }, { mode: 0o644 }),
    ],
    [
      'an owner',
      'files/etc-default-docker-owner',
      { files: { '/etc/default/docker': { mode: 0o666, uid: 1000, gid: 100 } } },
      access('/etc/default/docker', { mode: 0o666, uid: 1000, gid: 100 }, root),
    ],
    [
      'a directory',
      'files/etc-docker-mode',
      { files: { '/etc/docker': { kind: 'directory', mode: 0o775 } } },
      access('/etc/docker', { mode: 0o775 }, { mode: 0o755 }),
    ],
    [
      'the file behind a link',
      'files/daemon-json-mode',
      { files: { '/etc/docker/daemon.json': { kind: 'link', link: '/srv/d.json' }, '/srv/d.json': { content: '{}', mode: 0o606 } } },
      access('/srv/d.json', { mode: 0o606 }, { mode: 0o604 }),
    ],
    [
      'a socket',
      'files/containerd-sock-mode',
      { files: { '/run/containerd/containerd.sock': { kind: 'socket', mode: 0o666 } } },
      access('/run/containerd/containerd.sock', { mode: 0o666 }, { mode: 0o660 }),
    ],
  ])('%s', async (_, id, host, change) => {
    expect(await answerOf(id, host)).toMatchObject({ changes: [change], impact: 'none' });
  });

  test('whatever the mode was, the check passes afterwards', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 0o7777 }), async (mode) => {
        const host = (now: number): HostLiteral => ({ files: { '/etc/default/docker': { mode: now } } });
        const [answer] = await answersOf('files/etc-default-docker-mode', host(mode));
        expect(answer !== undefined).toBe((mode & ~0o644) !== 0);
        const [change] = answer === undefined ? [] : changesOf(answer);
        const after = change?.kind === 'access' ? change.after.mode : mode;
        expect(await answersOf('files/etc-default-docker-mode', host(after))).toEqual([]);
      }),
    );
  });
});

describe('a socket that systemd makes', () => {
  const made = (unit: string, file: FakeFile, files: Files = {}): HostLiteral => ({
    files: { [UNIT]: `[Socket]\nListenStream=/run/docker.sock\n${unit}`, [SOCKET]: socket(file), ...files },
  });
  const lines = (line: string): Change => ({ kind: 'lines', path: DROP_IN, lines: ['[Socket]', line] });

  test.each<[string, string, HostLiteral, readonly Change[]]>([
    ['with a wide mode', 'mode', made('SocketMode=0666\n', { mode: 0o666 }), [lines('SocketMode=0660')]],
    ['with no mode said, which is 0666', 'mode', made('', { mode: 0o666 }), [lines('SocketMode=0660')]],
    ['with a good mode, and changed by hand', 'mode', made('SocketMode=0660\n', { mode: 0o666 }), []],
    ['with a tighter mode', 'mode', made('SocketMode=0600\n', { mode: 0o666 }), []],
    [
      'by its older name',
      'mode',
      { files: { [UNIT]: 'ListenStream=/var/run/docker.sock\n', [SOCKET]: socket({ mode: 0o666 }) } },
      [lines('SocketMode=0660')],
    ],
    [
      'with a wide mode in a drop-in that ours outranks',
      'mode',
      made('', { mode: 0o666 }, { '/etc/systemd/system/docker.socket.d/10-site.conf': 'SocketMode=0666\n' }),
      [lines('SocketMode=0660')],
    ],
    ['with another user', 'owner', made('SocketUser=alice\n', { uid: 1000 }), [lines('SocketUser=root')]],
    ['with root by number', 'owner', made('SocketUser=0\n', { uid: 1000 }), []],
    ['with root, and changed by hand', 'owner', made('', { uid: 1000 }), []],
    ['that dockerd makes itself', 'mode', { dockerd: { flags: [] }, files: { [SOCKET]: socket({ mode: 0o666 }) } }, []],
    [
      'that is not the one of the unit',
      'mode',
      {
        dockerd: { flags: ['-H', 'fd://', '-H', 'unix:///srv/d.sock'] },
        files: { [UNIT]: 'ListenStream=/run/docker.sock\n', '/srv/d.sock': socket({ mode: 0o666 }) },
      },
      [],
    ],
  ])('%s', async (_, what, host, more) => {
    const changes = changesOf(await answerOf(`files/docker-sock-${what}`, host));
    expect(changes[0]?.kind).toBe('access');
    expect(changes.slice(1)).toEqual(more);
  });

  test('a drop-in that outranks ours is named, and mended by hand', async () => {
    const override = '/etc/systemd/system/docker.socket.d/override.conf';
    const host = made('SocketMode=0660\n', { mode: 0o666 }, { [override]: '[Socket]\nSocketMode=0666\n' });
    expect(await answerOf('files/docker-sock-mode', host)).toEqual({
      refused: `${override} sets SocketMode and outranks a drop-in of hullguard's: write SocketMode=0660 there, and run systemctl daemon-reload`,
    });
  });
});

describe('refused', () => {
  const rootless: HostLiteral = {
    dockerd: { flags: [], uid: 1000, environment: 'HOME=/home/alice\0' },
    info: { SecurityOptions: ['name=rootless'] },
  };
  const home: Files = { [SOCKET]: null, '/run/user/1000/docker.sock': { kind: 'socket', uid: 1000 } };
  test.each<[string, string, HostLiteral, string]>([
    [
      'a parent directory that others can write to',
      'files/daemon-json-mode',
      { files: { '/etc/docker': { kind: 'directory', mode: 0o777 }, '/etc/docker/daemon.json': { content: '{}', mode: 0o666 } } },
      '/etc/docker is 0777 root:root, so others can put another file in the place of /etc/docker/daemon.json: mend the directory first',
    ],
    [
      'the same, of an owner',
      'files/daemon-json-owner',
      { files: { '/etc/docker': { kind: 'directory', uid: 1000 }, '/etc/docker/daemon.json': { content: '{}', uid: 1000 } } },
      '/etc/docker is 0755 alice:root',
    ],
    [
      'a key that is reached through a link',
      'files/tls-key-mode',
      tls('/etc/docker/key.pem', {
        '/etc/docker/key.pem': { kind: 'link', link: '/etc/acme/key.pem' },
        '/etc/acme/key.pem': { mode: 0o640 },
      }),
      '/etc/docker/key.pem is a link to /etc/acme/key.pem, which another tool keeps',
    ],
    [
      'a store that is never written to',
      'files/daemon-json-mode',
      {
        files: {
          '/etc/docker/daemon.json': { kind: 'link', link: '/nix/store/abc-daemon.json' },
          '/nix/store/abc-daemon.json': { content: '{}', mode: 0o664 },
        },
      },
      '/nix/store/abc-daemon.json lies in /nix/store, whose own tool decides about it',
    ],
    [
      'a snap',
      'files/docker-service-mode',
      {
        commands: { systemctl: { stdout: 'Id=docker.service\nFragmentPath=/snap/docker/1/docker.service\nDropInPaths=\n' } },
        files: { '/snap/docker/1/docker.service': { content: '', mode: 0o666 } },
      },
      'lies in /snap',
    ],
    [
      'a file of a rootless daemon',
      'files/daemon-json-mode',
      { ...rootless, files: { ...home, '/home/alice/.config/docker/daemon.json': { content: '{}', uid: 1000, mode: 0o666 } } },
      'belongs to alice, and the daemon is rootless: whoever runs it has to change that',
    ],
  ])('%s', async (_, id, host, reason) => {
    expect(await answerOf(id, host)).toEqual({ refused: expect.stringContaining(reason) });
  });

  test('a file that is gone since', async () => {
    const answer = await answerTo({ kind: 'file-mode', path: '/etc/gone', mode: 0o644 }, {});
    expect(answer).toEqual({ refused: '/etc/gone: it is not there any more' });
  });

  test('not what is root’s on a host with a rootless daemon', async () => {
    const host = { ...rootless, files: { '/etc/default/docker': { mode: 0o666 } } };
    expect(changesOf(await answerOf('files/etc-default-docker-mode', host))).toHaveLength(1);
  });
});

describe('who notices', () => {
  const groups = { '/etc/group': 'root:x:0:\ndocker:x:998:\nusers:x:100:alice\nssl-cert:x:110:\n' };
  test.each<[string, string, HostLiteral, readonly string[]]>([
    ['nobody', 'files/etc-default-docker-mode', { files: { '/etc/default/docker': { mode: 0o646 } } }, []],
    [
      'users who reach the socket by its wide mode',
      'files/docker-sock-mode',
      { files: { [SOCKET]: socket({ mode: 0o666 }) } },
      ['only root and the group docker reach the engine'],
    ],
    [
      'the owner and the group of the socket',
      'files/docker-sock-owner',
      { files: { [SOCKET]: socket({ uid: 1000, gid: 100 }) } },
      ["alice no longer reaches the engine as the socket's owner", 'the group users loses access'],
    ],
    [
      'containerd, which makes its socket anew',
      'files/containerd-sock-owner',
      { files: { '/run/containerd/containerd.sock': { kind: 'socket', mode: 0o660, gid: 998 } } },
      [
        'the group docker loses access',
        'containerd makes it anew at each start, owned as uid and gid in [grpc] of /etc/containerd/config.toml say',
      ],
    ],
    [
      'services that share a key',
      'files/tls-key-mode',
      tls('/certs/k.pem', { ...groups, '/certs/k.pem': { mode: 0o640, gid: 110 } }),
      ['services that share it through the group ssl-cert can no longer read it'],
    ],
    [
      'a group that loses what its mode gave it',
      'files/daemon-json-mode',
      { files: { ...groups, '/etc/docker/daemon.json': { content: '{}', mode: 0o664, gid: 100 } } },
      ['the group users loses access'],
    ],
    [
      'the package of a unit',
      'files/docker-service-mode',
      { files: { '/usr/lib/systemd/system/docker.service': { content: '', mode: 0o666 } } },
      [
        'its package sets owner and mode again at the next upgrade: dpkg-statoverride --add root root 0644 /usr/lib/systemd/system/docker.service (with the path as dpkg -S tells it) keeps them on Debian',
      ],
    ],
  ])('%s', async (_, id, host, expected) => {
    const answer = await answerOf(id, host);
    const effects = 'effects' in answer ? (answer.effects ?? []) : [];
    expect(effects.map(({ effect }) => effect)).toEqual(expected);
    for (const { resources } of effects)
      expect(resources).toEqual(changesOf(answer).flatMap((change) => ('path' in change ? [change.path] : [])));
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Daemon } from '../../facts/daemon.ts';
import type { Processes } from '../../facts/processes.ts';
import { parseShow, parseSocket, type Units, units } from '../../facts/units.ts';
import { type FakeFile, fakeHost, type HostLiteral } from '../fake-host.ts';

describe('parseShow', () => {
  test('one block a unit; a unit without a file is left out', () => {
    const output = [
      'Id=docker.service\nFragmentPath=/usr/lib/systemd/system/docker.service\nDropInPaths=/etc/systemd/system/docker.service.d/a.conf /run/systemd/system/docker.service.d/b.conf\n',
      'Id=docker.socket\nFragmentPath=\nDropInPaths=\n',
      'Id=containerd.service\nFragmentPath=/lib/systemd/system/containerd.service\nDropInPaths=\n',
    ].join('\n');
    expect([...parseShow(output).values()]).toEqual([
      {
        name: 'docker.service',
        path: '/usr/lib/systemd/system/docker.service',
        dropIns: ['/etc/systemd/system/docker.service.d/a.conf', '/run/systemd/system/docker.service.d/b.conf'],
      },
      { name: 'containerd.service', path: '/lib/systemd/system/containerd.service', dropIns: [] },
    ]);
  });

  test('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => void expect(parseShow(text)).toBeInstanceOf(Map)));
  });
});

describe('parseSocket', () => {
  test.each([
    ['[Socket]\nListenStream=/run/docker.sock\nSocketGroup=docker\n', { listens: ['/run/docker.sock'], group: 'docker' }],
    ['ListenStream=%t/docker.sock\nListenStream = 2375 \n', { listens: ['/run/docker.sock', '2375'] }],
    [
      'ListenStream=/a\nSocketGroup=docker\nListenStream=\nListenStream=[::]:2375\nSocketGroup=wheel',
      { listens: ['[::]:2375'], group: 'wheel' },
    ],
    ['#ListenStream=2375\n;SocketGroup=x\nListenDatagram=1\n', {}],
    ['SocketGroup=docker\nSocketGroup=\n', {}],
    ['SocketMode=0660\nSocketUser=alice\n', { mode: 0o660, user: 'alice' }],
    ['SocketMode=600\nSocketMode = 0640 \nSocketUser=alice\nSocketUser=\n', { mode: 0o640 }],
    ['SocketMode=0660\nSocketMode=\n', {}],
    ['SocketMode=u=rw\n', {}],
    ['# SocketMode=0600\n', {}],
    ['', {}],
  ])('%j', (content, said) => {
    expect(parseSocket(content)).toEqual({ listens: [], group: null, user: 'root', mode: 0o666, ...said });
  });

  test('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => void expect(parseSocket(text).listens).toBeInstanceOf(Array)));
  });
});

describe('collect', () => {
  interface Running {
    readonly uid?: number;
    readonly unit?: string | null;
    readonly environment?: Readonly<Record<string, string>> | null;
  }
  function collect(literal: HostLiteral, running?: Running): Promise<Units> {
    const process = { pid: 100, uid: 0, unit: 'docker.service', environment: {}, ...running };
    const from = { daemon: { process } as unknown as Daemon, processes: { dockerd: [process] } as unknown as Processes };
    return units.collect(fakeHost(literal), running === undefined ? {} : from);
  }
  const socket = (path: string | null): Units['socket'] => ({
    ...{ name: 'docker.socket', path, dropIns: [], listens: [], group: null },
    ...{ user: 'root', mode: 0o666, setBy: {} },
  });

  test('systemd is asked first', async () => {
    const stdout =
      'Id=docker.service\nFragmentPath=/run/systemd/generator/docker.service\nDropInPaths=\n\nId=docker.socket\nFragmentPath=/etc/x.socket\nDropInPaths=/etc/x.conf\n';
    const found = await collect({
      commands: { 'systemctl show --property=Id,FragmentPath,DropInPaths docker.service docker.socket': { stdout } },
      files: {
        '/etc/x.socket': 'ListenStream=/run/docker.sock\nSocketGroup=docker\nSocketMode=0600',
        '/etc/x.conf': 'SocketGroup=wheel\n',
      },
    });
    expect(found.service).toEqual({ name: 'docker.service', path: '/run/systemd/generator/docker.service', dropIns: [] });
    expect(found.socket).toEqual({
      name: 'docker.socket',
      path: '/etc/x.socket',
      dropIns: ['/etc/x.conf'],
      listens: ['/run/docker.sock'],
      group: 'wheel',
      user: 'root',
      mode: 0o600,
      setBy: { ListenStream: '/etc/x.socket', SocketGroup: '/etc/x.conf', SocketMode: '/etc/x.socket' },
    });
  });

  test.each([
    ['is missing', 'missing' as const],
    ['fails', { status: 1, stderr: 'System has not been booted with systemd' }],
    ['hangs', 'timeout' as const],
  ])('where systemctl %s, the directories must do, /etc before /usr', async (_, systemctl) => {
    const files = {
      '/etc/systemd/system/docker.service': '',
      '/etc/systemd/system/docker.service.d/b.conf': '',
      '/run/systemd/system/docker.service.d/a.conf': '',
    };
    expect(await collect({ commands: { systemctl }, files: { ...files, '/etc/systemd/system/docker.service.d/README': '' } })).toEqual({
      service: {
        name: 'docker.service',
        path: '/etc/systemd/system/docker.service',
        dropIns: ['/etc/systemd/system/docker.service.d/b.conf', '/run/systemd/system/docker.service.d/a.conf'],
      },
      socket: socket('/usr/lib/systemd/system/docker.socket'),
      flags: [],
    });
  });

  test('where /lib is a link to /usr/lib, a drop-in is one, not two', async () => {
    const files: { [path: string]: FakeFile | string } = {
      '/lib': { kind: 'link', link: 'usr/lib' },
      '/usr/lib/systemd/system/docker.service.d/a.conf': '',
    };
    expect((await collect({ files })).service.dropIns).toEqual(['/usr/lib/systemd/system/docker.service.d/a.conf']);
  });

  test('a masked unit is none', async () => {
    const files = {
      '/etc/systemd/system/docker.socket': { kind: 'link', link: '/dev/null' },
      '/dev/null': { kind: 'other', mode: 0o666 },
    } as const;
    expect((await collect({ files })).socket).toEqual(socket(null));
  });

  test('a host without systemd has no units', async () => {
    const files = { '/usr/lib/systemd/system/docker.service': null, '/usr/lib/systemd/system/docker.socket': null };
    expect(await collect({ files })).toEqual({
      service: { name: 'docker.service', path: null, dropIns: [] },
      socket: socket(null),
      flags: [],
    });
  });

  test.each<[string, Running, string, string | null]>([
    [
      'the unit the daemon runs in',
      { unit: 'snap.docker.dockerd.service' },
      'snap.docker.dockerd.service',
      '/etc/systemd/system/snap.docker.dockerd.service',
    ],
    ['not that of a shell it was started from', { unit: 'ssh.service' }, 'docker.service', '/usr/lib/systemd/system/docker.service'],
    ['no unit', { unit: null }, 'docker.service', '/usr/lib/systemd/system/docker.service'],
    ['rootless', { uid: 1000, environment: { HOME: '/home/alice' } }, 'docker.service', '/home/alice/.config/systemd/user/docker.service'],
    ['rootless, XDG', { uid: 1000, environment: { XDG_CONFIG_HOME: '/cfg' } }, 'docker.service', '/cfg/systemd/user/docker.service'],
    ['rootless, whose home is closed to us', { uid: 1000, environment: null }, 'docker.service', null],
  ])('%s', async (_, running, name, path) => {
    const files = Object.fromEntries(
      [
        '/etc/systemd/system/snap.docker.dockerd.service',
        '/home/alice/.config/systemd/user/docker.service',
        '/cfg/systemd/user/docker.service',
      ].map((unit) => [unit, '']),
    );
    expect((await collect({ files }, running)).service).toMatchObject({ name, path });
  });

  test('a unit that systemd knows and that is gone from disk listens nowhere we know', async () => {
    const stdout = 'Id=docker.socket\nFragmentPath=/etc/gone.socket\nDropInPaths=\n';
    expect((await collect({ commands: { systemctl: { stdout } } })).socket).toEqual(socket('/etc/gone.socket'));
  });

  test('a directory that cannot be listed is an error, for it may hold a drop-in', async () => {
    await expect(
      collect({ files: { '/etc/systemd/system/docker.service.d': { kind: 'directory', error: 'denied' } } }),
    ).rejects.toMatchObject({ code: 'denied' });
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { collectFacts } from '../../agent/collect.ts';
import { type FileFact, type FileRole, type Files, granted, parseAccessLists } from '../../facts/files.ts';
import { type FakeFile, fakeHost, fakePolicy, type HostLiteral } from '../fake-host.ts';

async function collect(literal: HostLiteral): Promise<Files> {
  const { facts } = await collectFacts(fakeHost(literal), { policy: fakePolicy(), wanted: ['files'], signal: AbortSignal.timeout(5000) });
  if (facts.files === undefined) throw new Error('no files');
  return facts.files;
}

async function paths(role: FileRole, literal: HostLiteral): Promise<string[]> {
  return (await collect(literal))[role].map(({ path }) => path);
}

const socket: FakeFile = { kind: 'socket', mode: 0o660 };
const rootless: HostLiteral = {
  dockerd: { flags: [], uid: 1000, environment: 'HOME=/home/alice\0' },
  info: { SecurityOptions: ['name=seccomp,profile=builtin', 'name=rootless'] },
  files: { '/run/docker.sock': null, '/run/user/1000/docker.sock': { ...socket, uid: 1000 } },
};

describe('where each file is', () => {
  test.each<[string, FileRole, HostLiteral, string[]]>([
    [
      'the unit and its drop-ins',
      'docker-service',
      { files: { '/etc/systemd/system/docker.service.d/a.conf': '' } },
      ['/usr/lib/systemd/system/docker.service', '/etc/systemd/system/docker.service.d/a.conf'],
    ],
    ['no unit', 'docker-socket-unit', { files: { '/usr/lib/systemd/system/docker.socket': null } }, []],
    [
      'units that cannot be read',
      'docker-service',
      { files: { '/etc/systemd/system/docker.service': { error: 'denied' } } },
      ['/usr/lib/systemd/system/docker.service'],
    ],
    [
      'A3 the file that --config-file names',
      'daemon-json',
      { dockerd: { flags: ['--config-file', '/srv/d.json'] }, files: { '/srv/d.json': '{}' } },
      ['/srv/d.json'],
    ],
    ['rootless', 'daemon-json', rootless, ['/home/alice/.config/docker/daemon.json']],
    ['rootless', 'etc-docker', rootless, ['/home/alice/.config/docker']],
    [
      'A3 fd:// is what the socket unit says',
      'docker-sock',
      { files: { '/usr/lib/systemd/system/docker.socket': 'ListenStream=/run/a.sock\nListenStream=2375\n' } },
      ['/run/a.sock', '/run/docker.sock'],
    ],
    ['fd:// without a socket unit', 'docker-sock', {}, ['/run/docker.sock']],
    [
      'A3 every unix socket',
      'docker-sock',
      { dockerd: { flags: ['-H', 'unix:///var/run/docker.sock', '-H', 'unix:///srv//d.sock', '-H', 'tcp://127.0.0.1:2376'] } },
      ['/run/docker.sock', '/srv/d.sock'],
    ],
    ['rootless', 'docker-sock', rootless, ['/run/user/1000/docker.sock']],
    ['the socket that was asked for', 'docker-sock', { dockerd: null, endpoint: 'unix:///run/two.sock' }, ['/run/two.sock']],
    ['no engine at all', 'docker-sock', { dockerd: null, files: { '/run/docker.sock': null } }, ['/run/docker.sock']],
    ['containerd by the API', 'containerd-sock', { info: { Containerd: { Address: '/run/c.sock' } } }, ['/run/c.sock']],
    [
      'containerd by the flag',
      'containerd-sock',
      { dockerd: { flags: ['--containerd', '/run/flag.sock'] }, info: { Containerd: null } },
      ['/run/flag.sock'],
    ],
    [
      'containerd that dockerd started itself',
      'containerd-sock',
      {
        dockerd: { flags: [] },
        info: { Containerd: null },
        files: { '/run/containerd/containerd.sock': null, '/run/docker/containerd/containerd.sock': socket },
      },
      ['/run/docker/containerd/containerd.sock'],
    ],
    [
      'no containerd',
      'containerd-sock',
      { dockerd: { flags: [] }, info: { Containerd: null }, files: { '/run/containerd/containerd.sock': null } },
      ['/run/containerd/containerd.sock'],
    ],
    ['a static install', 'dockerd', { files: { '/usr/bin/dockerd': null, '/usr/local/bin/dockerd': {} } }, ['/usr/local/bin/dockerd']],
    ['snap', 'runc', { files: { '/usr/bin/runc': null, '/snap/docker/current/bin/runc': {} } }, ['/snap/docker/current/bin/runc']],
    ['no such program', 'containerd-shim', {}, ['/usr/bin/containerd-shim']],
    ['the runtime the API names', 'runc', { info: { Runtimes: { runc: { path: '/opt/runc' } } } }, ['/opt/runc']],
    ['userns-remap', 'docker-root', {}, ['/var/lib/docker']],
    [
      'a data root that only looks remapped',
      'docker-root',
      { info: { DockerRootDir: '/srv/docker/1.2', SecurityOptions: [] }, daemonJson: {} },
      ['/srv/docker/1.2'],
    ],
    [
      'a data root of the file, the API being silent',
      'docker-root',
      { daemonJson: { 'data-root': '/srv/docker' }, api: { '/info': null } },
      ['/srv/docker'],
    ],
    ['no TLS', 'tls-key', {}, []],
    ['a key by flag', 'tls-key', { dockerd: { flags: ['--tlskey', '/certs/k.pem'] } }, ['/certs/k.pem']],
    ['a key by file', 'tls-key', { dockerd: { flags: [] }, daemonJson: { tlskey: '/certs/k.pem' } }, ['/certs/k.pem']],
    ['TLS without a word on certificates', 'tls-ca', { dockerd: { flags: ['--tlsverify'] } }, ['/root/.docker/ca.pem']],
    ['tlsverify=false switches TLS on, too', 'tls-ca', { dockerd: { flags: ['--tlsverify=false'] } }, ['/root/.docker/ca.pem']],
    [
      'DOCKER_CERT_PATH',
      'tls-cert',
      { dockerd: { flags: ['--tls'], environment: 'DOCKER_CERT_PATH=/certs\0HOME=/x\0' } },
      ['/certs/cert.pem'],
    ],
    ['DOCKER_CONFIG', 'tls-cert', { dockerd: { flags: ['--tls'], environment: 'DOCKER_CONFIG=/cfg\0HOME=/x\0' } }, ['/cfg/cert.pem']],
    ['another home', 'tls-cert', { dockerd: { flags: ['--tls'], environment: 'HOME=/home/ci\0' } }, ['/home/ci/.docker/cert.pem']],
  ])('%s: %s', async (_, role, literal, expected) => {
    expect(await paths(role, literal)).toEqual(expected);
  });
});

describe('what each file is', () => {
  const file = async (literal: HostLiteral, role: FileRole = 'daemon-json'): Promise<FileFact | undefined> =>
    (await collect(literal))[role][0];

  test('owner, mode and kind of the file itself, not of a link to it', async () => {
    const files: HostLiteral['files'] = {
      '/etc/docker/daemon.json': { kind: 'link', link: '../real.json' },
      '/etc/real.json': { content: '{}', mode: 0o4640, uid: 7, gid: 8 },
    };
    expect(await file({ files })).toMatchObject({
      path: '/etc/docker/daemon.json',
      target: '/etc/real.json',
      status: 'present',
      kind: 'file',
      mode: 0o4640,
      uid: 7,
      gid: 8,
      writableParents: [],
    });
  });

  test('missing, unreadable, or at a place that nobody knows', async () => {
    expect(await file({ daemonJson: null })).toMatchObject({ status: 'missing', problem: null });
    expect(await file({ files: { '/etc/docker': { kind: 'directory', error: 'denied' } } })).toMatchObject({
      status: 'unreadable',
      problem: expect.stringContaining('denied'),
    });
    expect(await file({ ...rootless, dockerd: { ...rootless.dockerd, environment: '' } })).toMatchObject({
      status: 'unreadable',
      path: '~/.config/docker/daemon.json',
    });
    expect(await file({ dockerd: { flags: ['--tlscacert=ca.pem'] } }, 'tls-ca')).toMatchObject({
      status: 'unreadable',
      problem: expect.stringContaining('from where'),
    });
  });

  test.each<[string, FakeFile, boolean]>([
    ['root’s, 0755', { mode: 0o755 }, false],
    ['world-writable', { mode: 0o777 }, true],
    ['world-writable and sticky, as /tmp', { mode: 0o1777 }, false],
    ['writable by a group', { mode: 0o775, gid: 100 }, true],
    ['writable by the group root', { mode: 0o775, gid: 0 }, false],
    ['somebody else’s, whatever its mode', { mode: 0o555, uid: 1000 }, true],
    ['sticky, but somebody else’s', { mode: 0o1777, uid: 1000 }, true],
  ])('a directory above it: %s', async (_, directory, writable) => {
    const parents = (await file({ files: { '/etc/docker': { kind: 'directory', ...directory } } }))?.writableParents;
    expect(parents?.map(({ path }) => path)).toEqual(writable ? ['/etc/docker'] : []);
  });

  test('the root directory is a directory above it, too', async () => {
    expect((await file({ files: { '/': { kind: 'directory', mode: 0o777 } } }))?.writableParents).toEqual([
      { path: '/', mode: 0o777, uid: 0, gid: 0 },
    ]);
  });

  test('A3 certificates are all files of all registries, whatever they are called', async () => {
    const files: HostLiteral['files'] = {
      '/etc/docker/certs.d/b.example:5000/ca.crt': '',
      '/etc/docker/certs.d/b.example:5000/client.key': '',
      '/etc/docker/certs.d/a b/client.cert': '',
      '/etc/docker/certs.d/a b/old/ca.crt': '',
      '/etc/docker/certs.d/README': '',
      '/etc/docker/certs.d/c': { kind: 'link', link: '/srv/certs' },
      '/srv/certs/ca.crt': '',
      '/etc/docker/certs.d/empty': { kind: 'directory' },
      '/etc/docker/certs.d/secret/ca.crt': '',
      '/etc/docker/certs.d/secret': { kind: 'directory', error: 'io' },
    };
    const found = (await collect({ files }))['registry-certs'];
    expect(found.map(({ path, target, status }) => [path, target === path ? status : target])).toEqual([
      ['/etc/docker/certs.d/a b/client.cert', 'present'],
      ['/etc/docker/certs.d/b.example:5000/ca.crt', 'present'],
      ['/etc/docker/certs.d/b.example:5000/client.key', 'present'],
      ['/etc/docker/certs.d/c/ca.crt', '/srv/certs/ca.crt'],
      ['/etc/docker/certs.d/secret', 'unreadable'],
    ]);
  });
});

describe('access lists', () => {
  const output =
    '# file: /run/docker.sock\n# owner: root\n# group: docker\nuser::rw-\nuser:bob:rw-\nuser:eve:rwx\t\t\t#effective:r--\ngroup::rw-\ngroup:ops:rw-\nmask::rw-\nother::---\ndefault:user:ann:rwx\n\n' +
    '# file: /etc/a: b\nuser::rw-\ngroup::r--\nmask::r--\nother::r--\n\n';

  test('named entries, by path', () => {
    expect([...parseAccessLists(output)]).toEqual([
      ['/run/docker.sock', ['user:bob:rw-', 'user:eve:rwx\t\t\t#effective:r--', 'group:ops:rw-']],
      ['/etc/a: b', []],
    ]);
    fc.assert(fc.property(fc.string(), (text) => void expect(parseAccessLists(text)).toBeInstanceOf(Map)));
  });

  test.each([
    ['user:bob:rw-', 6],
    ['group:ops:r-x', 5],
    ['user:eve:rwx\t\t\t#effective:r--', 4],
    ['user:nobody:---', 0],
  ])('%j grants %i', (entry, bits) => {
    expect(granted(entry)).toBe(bits);
  });

  test.each([
    ['asked for all files at once', { stdout: output }, ['user:bob:rw-', 'user:eve:rwx\t\t\t#effective:r--', 'group:ops:rw-'], []],
    ['silent about files without', { stdout: '' }, [], []],
    ['failing for some', { status: 1, stdout: output }, ['user:bob:rw-', 'user:eve:rwx\t\t\t#effective:r--', 'group:ops:rw-'], null],
    ['missing', 'missing' as const, null, null],
  ])('getfacl %s', async (_, getfacl, ofSocket, ofOthers) => {
    const files = await collect({ commands: { getfacl } });
    expect([files['docker-sock'][0]?.acl, files['daemon-json'][0]?.acl]).toEqual([ofSocket, ofOthers]);
  });

  test('a host without any of the files needs no getfacl', async () => {
    const host = fakeHost({ dockerd: null, commands: { getfacl: { stdout: output } } });
    const empty = { ...host, lstat: (path: string) => (path === '/' ? host.lstat('/') : null) };
    const { facts } = await collectFacts(empty, { policy: fakePolicy(), wanted: ['files'], signal: AbortSignal.timeout(5000) });
    expect(
      Object.values(facts.files ?? {})
        .flat()
        .filter(({ status }) => status !== 'missing'),
    ).toEqual([]);
  });
});

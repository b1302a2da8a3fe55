import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { configFileOf, type Engines, engines, isRemote, listensAt } from '../../facts/engines.ts';
import { type Dockerd, processes } from '../../facts/processes.ts';
import { type FakeFile, fakeHost, type HostLiteral } from '../fake-host.ts';
import { procFiles } from '../hardened-host.ts';

type Files = { readonly [path: string]: FakeFile | string | null };

async function collect(literal: HostLiteral): Promise<Engines> {
  const host = fakeHost(literal);
  return engines.collect(host, { processes: await processes.collect(host, {}) });
}

/** Endpoint → how it was found. */
async function found(literal: HostLiteral): Promise<Record<string, string>> {
  return Object.fromEntries((await collect(literal)).found.map(({ endpoint, how }) => [endpoint, how]));
}

const socket = (uid = 0): FakeFile => ({ kind: 'socket', uid });
const noSocket: Files = { '/run/docker.sock': null };
function dockerd(pid: number, words: string, options: { readonly uid?: number; readonly environ?: string } = {}): Record<string, FakeFile> {
  return procFiles(pid, 'dockerd', { cmdline: `${['dockerd', ...words.split(' ').filter(Boolean)].join('\0')}\0`, ...options });
}

describe('which engines there are', () => {
  test('the default socket and the daemon behind it are one engine, whose configuration file is known', async () => {
    expect(await collect({})).toEqual({
      found: [{ endpoint: 'unix:///var/run/docker.sock', how: 'default socket', configFile: '/etc/docker/daemon.json' }],
      selected: 'unix:///var/run/docker.sock',
      remote: false,
    });
  });

  test.each<[string, HostLiteral, Record<string, string>]>([
    ['an extra -H', { dockerd: { flags: ['-H', 'fd://', '-H', 'unix:///srv/d.sock'] } }, { 'unix:///srv/d.sock': 'dockerd (pid 100)' }],
    [
      'hosts over several lines of the file',
      { dockerd: { flags: [] }, daemonJson: '{"hosts": [\n"unix:///a.sock",\n"tcp://10.0.0.1:2376"\n]}' },
      { 'unix:///a.sock': 'dockerd (pid 100)', 'tcp://10.0.0.1:2376': 'dockerd (pid 100)' },
    ],
    ['an address without a scheme', { dockerd: { flags: ['-H', '10.0.0.1:2375'] } }, { 'tcp://10.0.0.1:2375': 'dockerd (pid 100)' }],
    [
      'no word on hosts, and a broken file',
      { dockerd: { flags: [] }, daemonJson: '{', files: noSocket },
      { 'unix:///var/run/docker.sock': 'dockerd (pid 100)' },
    ],
    [
      'no word on hosts, and a file closed to us',
      { dockerd: { flags: [] }, files: { '/etc/docker/daemon.json': { error: 'denied' } } },
      {},
    ],
    [
      'a rootless daemon',
      { dockerd: { flags: [], uid: 1000 }, files: noSocket },
      { 'unix:///run/user/1000/docker.sock': 'dockerd (pid 100)' },
    ],
    [
      'one with a runtime directory of its own',
      { dockerd: { flags: ['-H', 'fd://'], uid: 1000, environment: 'XDG_RUNTIME_DIR=/tmp/x\0' }, files: noSocket },
      { 'unix:///tmp/x/docker.sock': 'dockerd (pid 100)' },
    ],
    [
      'a rootless daemon that we do not see',
      { dockerd: null, files: { ...noSocket, '/run/user/1000/docker.sock': socket(1000) } },
      { 'unix:///run/user/1000/docker.sock': 'rootless socket' },
    ],
    ['podman', { files: { '/run/podman/podman.sock': socket() } }, { 'unix:///run/podman/podman.sock': 'podman socket' }],
    [
      'rootless podman',
      { files: { '/run/user/1000/podman/podman.sock': socket(1000) } },
      { 'unix:///run/user/1000/podman/podman.sock': 'podman socket' },
    ],
    [
      'several daemons',
      { files: dockerd(200, '-H unix:///run/two.sock --config-file=/etc/two.json') },
      { 'unix:///run/two.sock': 'dockerd (pid 200)' },
    ],
    [
      'a daemon in a container',
      { files: { ...dockerd(200, '-H unix:///run/inner.sock'), '/proc/200/status': 'Uid:\t0\t0\t0\t0\nNSpid:\t200\t1\n' } },
      {},
    ],
    [
      'a plain file in the socket’s place',
      { dockerd: null, files: { '/run/docker.sock': 'x', '/run/user/0/docker.sock': socket() } },
      { 'unix:///run/user/0/docker.sock': 'rootless socket' },
    ],
    [
      'a socket that only its user may look at',
      { files: { '/run/user/1000': { kind: 'directory' }, '/run/user/1000/docker.sock': { error: 'denied' } } },
      {},
    ],
  ])('%s', async (_, literal, others) => {
    const { 'unix:///var/run/docker.sock': usual, ...rest } = await found(literal);
    const { 'unix:///var/run/docker.sock': expected = 'default socket', ...more } = others;
    expect(rest).toEqual(more);
    if (literal.files?.['/run/docker.sock'] === undefined) expect(usual).toBe(expected);
  });

  const context = (name: string, host: unknown): string => JSON.stringify({ Name: name, Endpoints: { docker: { Host: host } } });
  test('contexts of the user, the broken ones left out', async () => {
    const meta = '/root/.docker/contexts/meta';
    const files = {
      [`${meta}/a/meta.json`]: context('desktop', 'unix:///root/.docker/desktop/docker.sock'),
      [`${meta}/b/meta.json`]: '{ broken',
      [`${meta}/c/meta.json`]: context('prod', 'tcp://prod.example:2376'),
      [`${meta}/d/meta.json`]: context('empty', ''),
      [`${meta}/e/meta.json`]: context('odd', 7),
      [`${meta}/f/meta.json`]: { error: 'denied' as const },
      [`${meta}/g/meta.json`]: context('default', 'unix:///var/run/docker.sock'),
    };
    expect(await found({ files })).toEqual({
      'unix:///var/run/docker.sock': 'default socket',
      'unix:///root/.docker/desktop/docker.sock': 'context desktop',
      'tcp://prod.example:2376': 'context prod',
    });
  });

  test('podman in Docker’s place is one engine', async () => {
    const files: Files = { '/run/docker.sock': { kind: 'link', link: '/run/podman/podman.sock' }, '/run/podman/podman.sock': socket() };
    expect((await collect({ dockerd: null, files })).found).toMatchObject([
      { endpoint: 'unix:///var/run/docker.sock', how: 'default socket' },
    ]);
  });
});

describe('which of them is under audit', () => {
  const contextOnly: Files = { '/root/.docker/contexts/meta/a/meta.json': '{"Name":"x","Endpoints":{"docker":{"Host":"tcp://x:1"}}}' };
  test.each<[string, HostLiteral, string | null]>([
    ['what was asked for', { endpoint: 'unix:///run/two.sock' }, 'unix:///run/two.sock'],
    ['the default socket', { files: dockerd(200, '-H unix:///run/two.sock') }, 'unix:///var/run/docker.sock'],
    [
      'the daemon’s own address, where it listens elsewhere',
      { dockerd: { flags: ['-H', 'tcp://0.0.0.0:2375'] }, files: noSocket },
      'tcp://0.0.0.0:2375',
    ],
    [
      'root’s daemon before one that anybody may have started',
      {
        dockerd: { flags: ['-H', 'unix:///tmp/evil.sock'], uid: 1000 },
        files: { ...noSocket, ...dockerd(200, '-H unix:///run/root.sock') },
      },
      'unix:///run/root.sock',
    ],
    [
      'D28 none is none: a context or podman is not taken for it',
      { dockerd: null, files: { ...noSocket, ...contextOnly, '/run/podman/podman.sock': socket() } },
      null,
    ],
    ['without processes, the socket', { files: { '/proc/stat': 'btime 1', '/proc/100/stat': null } }, 'unix:///var/run/docker.sock'],
  ])('%s', async (_, literal, selected) => {
    expect(await collect(literal)).toMatchObject({ selected, remote: false });
  });

  test('without a process list the sockets remain', async () => {
    expect(await engines.collect(fakeHost(), {})).toMatchObject({ selected: 'unix:///var/run/docker.sock' });
  });

  test.each([
    [null, false],
    ['unix:///run/docker.sock', false],
    ['tcp://127.0.0.1:2375', false],
    ['tcp://127.1.2.3:2375', false],
    ['tcp://localhost:2375', false],
    ['tcp://[::1]:2375', false],
    ['tcp://0.0.0.0:2375', false],
    ['tcp://192.0.2.1:2376', false],
    ['tcp://:2375', false],
    ['tcp://192.0.2.2:2376', true],
    ['tcp://[2001:db8::1]:2376', true],
    ['https://docker.example', true],
    ['ssh://user@docker.example', true],
    ['ssh://user@localhost', false],
    ['tcp://127.0.0.1.example:2375', true],
  ])('%s is on another host: %s', (requestedEndpoint, remote) => {
    expect(isRemote({ requestedEndpoint, addresses: ['192.0.2.1'] })).toBe(remote);
  });
});

const daemon: Dockerd = { pid: 100, argv: ['dockerd'], uid: 0, startedAt: 0, nested: false, environment: {}, unit: null, proxies: false };

test.each<[string, Partial<Dockerd>, string | null]>([
  ['root', {}, '/etc/docker/daemon.json'],
  ['A0.6 --config-file with a blank', { argv: ['dockerd', '--config-file', '/srv/d.json'] }, '/srv/d.json'],
  [
    'snap',
    { argv: ['dockerd', '--config-file=/var/snap/docker/current/config/daemon.json'] },
    '/var/snap/docker/current/config/daemon.json',
  ],
  ['an empty name', { argv: ['dockerd', '--config-file='] }, '/etc/docker/daemon.json'],
  ['rootless', { uid: 1000, environment: { HOME: '/home/a' } }, '/home/a/.config/docker/daemon.json'],
  ['rootless, XDG', { uid: 1000, environment: { HOME: '/home/a', XDG_CONFIG_HOME: '/cfg' } }, '/cfg/docker/daemon.json'],
  ['rootless, without a home', { uid: 1000, environment: {} }, null],
  ['rootless, closed to us', { uid: 1000, environment: null }, null],
])('configuration file: %s', (_, rest, path) => {
  expect(configFileOf({ ...daemon, ...rest })).toBe(path);
});

describe('listensAt', () => {
  test.each<[string, Files, string, boolean]>([
    ['its socket, by another path', {}, 'unix:///run/docker.sock', true],
    ['another socket', { '/run/two.sock': socket() }, 'unix:///run/two.sock', false],
    ['the same path in another mount namespace', { '/proc/100/root/run/docker.sock': socket() }, 'unix:///run/docker.sock', false],
    [
      'a mount namespace that we may not look into',
      { '/proc/100/root/run/docker.sock': { error: 'denied' } },
      'unix:///run/docker.sock',
      true,
    ],
    [
      'a mount namespace that shows the path elsewhere, as rootlesskit does',
      { '/proc/100/root/run/docker.sock': null },
      'unix:///run/docker.sock',
      true,
    ],
    ['a socket that is gone', noSocket, 'unix:///var/run/docker.sock', true],
    ['TCP', {}, 'tcp://127.0.0.1:2375', false],
  ])('%s', (_, files, endpoint, listens) => {
    expect(listensAt(fakeHost({ files }), daemon, endpoint)).toBe(listens);
  });

  test('TCP by its exact address', () => {
    expect(listensAt(fakeHost(), { ...daemon, argv: ['dockerd', '-H', '127.0.0.1:2375'] }, 'tcp://127.0.0.1:2375')).toBe(true);
  });
});

test('any endpoint can be asked for', () => {
  fc.assert(
    fc.property(fc.string(), (requestedEndpoint) => void expect(isRemote({ requestedEndpoint, addresses: [] })).toBeTypeOf('boolean')),
  );
});

import { describe, expect, test } from 'vitest';
import type { FakeFile, HostLiteral } from '../fake-host.ts';
import { procFiles } from '../hardened-host.ts';
import { collectDaemon, silent } from './effective.ts';

function dockerd(pid: number, words: string, uid = 0): Record<string, FakeFile> {
  return procFiles(pid, 'dockerd', {
    uid,
    cmdline: `${['dockerd', ...words.split(' ').filter(Boolean)].join('\0')}\0`,
    environ: 'HOME=/home/alice\0',
  });
}

const second: HostLiteral['files'] = {
  ...dockerd(200, '-H unix:///run/two.sock --config-file /etc/two.json'),
  '/run/two.sock': { kind: 'socket' },
  '/etc/two.json': '{"log-level": "warn"}',
};
const rootlessInfo = { SecurityOptions: ['name=seccomp,profile=builtin', 'name=rootless'] };
const rootlessSocket: HostLiteral['files'] = { '/run/docker.sock': null, '/run/user/1000/docker.sock': { kind: 'socket', uid: 1000 } };

describe('the process behind the engine under audit', () => {
  test.each<[string, HostLiteral, number | null]>([
    ['the only daemon', {}, 100],
    ['the only daemon, the API being closed to us', silent, 100],
    [
      'the only daemon, which listens elsewhere than on the socket that is there',
      { ...silent, dockerd: { flags: ['-H', 'tcp://0.0.0.0:2375'] } },
      100,
    ],
    ['not the only daemon, when another engine was asked for', { ...silent, endpoint: 'unix:///run/two.sock' }, null],
    ['A0.21 of two, the one at the default socket', { files: second }, 100],
    ['A0.21 of two, the one at the socket that was asked for', { files: second, endpoint: 'unix:///run/two.sock' }, 200],
    [
      'of two, the one with the engine’s data root, the engine being reached by TCP',
      { endpoint: 'tcp://127.0.0.1:2375', files: dockerd(200, '-H unix:///run/two.sock --data-root /srv/two') },
      100,
    ],
    [
      'of two, the other one by its data root',
      {
        endpoint: 'tcp://127.0.0.1:2375',
        info: { DockerRootDir: '/srv/two/100000.100000' },
        files: dockerd(200, '-H unix:///run/two.sock --data-root=/srv/two/'),
      },
      200,
    ],
    [
      'the older name of the data root',
      { dockerd: { flags: ['-H', 'tcp://10.0.0.1:1', '-g', '/graph'] }, info: { DockerRootDir: '/graph' } },
      100,
    ],
    ['neither of two that claim the same socket', { files: dockerd(200, '-H fd://') }, null],
    [
      'none for an engine of another name behind a proxy, though every data root is alike',
      { endpoint: 'unix:///run/proxy.sock', info: { Name: '3f2a77dind', DockerRootDir: '/var/lib/docker' } },
      null,
    ],
    ['none with another data root', { dockerd: { flags: ['-H', 'tcp://10.0.0.1:1', '--data-root=/srv'] } }, null],
    ['none in sight', { dockerd: null }, null],
    [
      'not one in a container of its own',
      { dockerd: null, files: { ...dockerd(200, ''), '/proc/200/status': 'Uid:\t0\t0\t0\t0\nNSpid:\t200\t1\n' } },
      null,
    ],
    [
      'not one in another mount namespace, with a socket of the same name',
      { files: { '/proc/100/root/run/docker.sock': { kind: 'socket' }, '/proc/100/cmdline': 'dockerd\0-H\0fd://\0--data-root=/inner\0' } },
      null,
    ],
    ['not one of this host, for an engine of another', { endpoint: 'tcp://docker.example:2376' }, null],
    ['A0.5 not a program of some user that is called dockerd', { files: dockerd(50, '-H fd:// --userland-proxy=false', 1000) }, 100],
    [
      'not even when root’s is out of sight',
      { dockerd: null, files: dockerd(50, '-H unix:///var/run/docker.sock --userland-proxy=false', 1000) },
      null,
    ],
    ['a rootless daemon', { info: rootlessInfo, dockerd: { flags: [], uid: 1000 }, files: rootlessSocket }, 100],
    ['a rootless daemon, the API being closed to us', { ...silent, dockerd: { flags: [], uid: 1000 }, files: rootlessSocket }, 100],
    [
      'not root’s daemon, for a rootless engine',
      { info: rootlessInfo, endpoint: 'unix:///run/user/1000/docker.sock', files: { '/run/user/1000/docker.sock': { kind: 'socket' } } },
      null,
    ],
    [
      'of two rootless ones, that of the user',
      {
        info: rootlessInfo,
        endpoint: 'unix:///run/user/1000/docker.sock',
        dockerd: null,
        files: { ...rootlessSocket, ...dockerd(200, '', 1000), ...dockerd(300, '', 1001) },
      },
      200,
    ],
  ])('%s', async (_, literal, pid) => {
    expect((await collectDaemon(literal)).process?.pid ?? null).toBe(pid);
  });

  test('its own command line and file are read, not the other’s', async () => {
    const daemon = await collectDaemon({ files: second, endpoint: 'unix:///run/two.sock' });
    expect(daemon).toMatchObject({ configFile: { path: '/etc/two.json' }, settings: { 'log-level': { value: 'warn', origin: 'file' } } });
  });

  test.each<[string, HostLiteral, string]>([
    ['no process list', { files: { '/proc/stat': { error: 'denied' } } }, 'the process list cannot be read'],
    ['no daemon', { dockerd: null }, 'no dockerd process is visible from here'],
    [
      'daemons of other engines',
      { endpoint: 'unix:///run/three.sock', info: { DockerRootDir: '/three' } },
      'none of the dockerd processes here serves unix:///run/three.sock',
    ],
  ])('why there is none: %s', async (_, literal, reason) => {
    expect((await collectDaemon(literal)).unseen).toContain(reason);
  });

  test.each<[string, HostLiteral, boolean]>([
    ['by the API', { info: rootlessInfo, dockerd: null }, true],
    ['not by the API', {}, false],
    ['by the process, the API being closed to us', { ...silent, dockerd: { flags: [], uid: 1000 }, files: rootlessSocket }, true],
    ['not by the process', silent, false],
  ])('rootless %s', async (_, literal, rootless) => {
    expect((await collectDaemon(literal)).rootless).toBe(rootless);
  });
});

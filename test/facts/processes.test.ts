import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Processes,
  parseBootTime,
  parseContainerId,
  parseStat,
  parseStatusNumbers,
  parseUnit,
  processes,
} from '../../facts/processes.ts';
import { fakeHost, type HostLiteral } from '../fake-host.ts';
import { procFiles } from '../hardened-host.ts';

const ID = 'c0ffee'.padEnd(64, '0');
const OTHER = 'f00d'.padEnd(64, '1');

describe('parsers of /proc', () => {
  test.each([
    ['1 (systemd) S 0 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 33 0 0', { name: 'systemd', parent: 0, startTicks: 33 }],
    ['71 (a) b) c) R 70 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 4711 0 0', { name: 'a) b) c', parent: 70, startTicks: 4711 }],
    ['', null],
    ['no such process', null],
  ])('stat %j', (stat, expected) => {
    expect(parseStat(stat)).toEqual(expected);
  });

  test.each([
    ['cgroup v2, systemd', `0::/system.slice/docker-${ID}.scope\n`, ID],
    ['cgroup v2, cgroupfs', `0::/docker/${ID}\n`, ID],
    ['cgroup v1', `12:pids:/docker/${ID}\n11:memory:/docker/${ID}\n0::/system.slice/containerd.service\n`, ID],
    ['rootless', `0::/user.slice/user-1000.slice/user@1000.service/user.slice/docker-${ID}.scope`, ID],
    ['a container in a container', `0::/docker/${ID}/docker/${OTHER}`, OTHER],
    ['podman', `0::/machine.slice/libpod-${ID}.scope/container`, ID],
    ['a service', '0::/system.slice/docker.service', null],
    ['more digits than an id has', `0::/docker/${ID}0`, null],
    ['fewer', `0::/docker/${ID.slice(1)}`, null],
    ['nothing', '', null],
  ])('container of a cgroup: %s', (_, cgroup, id) => {
    expect(parseContainerId(cgroup)).toBe(id);
  });

  test.each([
    ['0::/system.slice/docker.service\n', 'docker.service'],
    ['0::/system.slice/snap.docker.dockerd.service', 'snap.docker.dockerd.service'],
    ['1:name=systemd:/system.slice/docker.service\n0::/system.slice/docker.service\n', 'docker.service'],
    ['0::/user.slice/user-1000.slice/user@1000.service/app.slice/docker.service', 'docker.service'],
    ['0::/system.slice/docker.service/init', 'docker.service'],
    ['0::/user.slice/user-0.slice/session-3.scope', null],
    ['0::/system.services/x', null],
  ])('unit of %j', (cgroup, unit) => {
    expect(parseUnit(cgroup)).toBe(unit);
  });

  test.each([
    ['Uid:\t1000\t1001\t1002\t1003\n', 'Uid', [1000, 1001, 1002, 1003]],
    ['Name:\tx\nNSpid:\t4242\t7\n', 'NSpid', [4242, 7]],
    ['Name:\tx\n', 'NSpid', []],
  ])('status %j', (status, key, numbers) => {
    expect(parseStatusNumbers(status, key)).toEqual(numbers);
  });

  test('boot time is in seconds', () => {
    expect(parseBootTime('cpu 1 2 3\nbtime 1750000000\nprocesses 5\n')).toBe(1_750_000_000_000);
    expect(parseBootTime('')).toBe(0);
  });

  test('none of them throws on any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect([
          parseStat(text),
          parseContainerId(text),
          parseUnit(text),
          parseStatusNumbers(text, 'Uid'),
          parseBootTime(text),
        ]).toHaveLength(5);
      }),
    );
  });
});

describe('collect', () => {
  const collect = (literal: HostLiteral): Promise<Processes> => processes.collect(fakeHost(literal), {});
  const daemons = async (literal: HostLiteral): Promise<Processes['dockerd']> => (await collect(literal)).dockerd;

  test('the daemon, with its words, times and unit', async () => {
    const environment = 'HOME=/root\0DOCKER_TLS_VERIFY=1\0SECRET=x\0HOMEX\0=y\0DOCKER_CERT_PATH=/a=b\nc\0';
    expect(await daemons({ dockerd: { flags: ['-H', 'fd://', ''], environment } })).toEqual([
      {
        pid: 100,
        argv: ['/usr/bin/dockerd', '-H', 'fd://', ''],
        uid: 0,
        startedAt: 1_750_000_010_000,
        nested: false,
        environment: { HOME: '/root', DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: '/a=b\nc' },
        unit: 'docker.service',
        proxies: false,
      },
    ]);
  });

  test('A0.5 what only mentions dockerd is no daemon: the program counts, not the command line', async () => {
    const files = {
      ...procFiles(200, 'vi', { cmdline: 'vi\0/etc/dockerd\0' }),
      ...procFiles(201, 'journalctl', { cmdline: 'journalctl\0-u\0dockerd\0' }),
    };
    expect((await daemons({ files })).map(({ pid }) => pid)).toEqual([100]);
  });

  test('a daemon in a container of its own is marked, one that ends while we look is left out', async () => {
    const nested = { ...procFiles(200, 'dockerd', { cmdline: 'dockerd\0' }), '/proc/200/status': 'Uid:\t0\t0\t0\t0\nNSpid:\t200\t1\n' };
    const ending = { ...procFiles(300, 'dockerd', { cmdline: '' }), '/proc/300/status': null };
    const found = await daemons({ dockerd: null, files: { ...nested, ...ending } });
    expect(found.map(({ pid, nested }) => [pid, nested])).toEqual([[200, true]]);
  });

  test('an environment that is closed to us is unknown, not empty', async () => {
    expect(await daemons({ files: { '/proc/100/environ': { error: 'denied' } } })).toMatchObject([{ environment: null }]);
  });

  test.each([
    ['its own child', 100, true],
    ['that of a daemon in some container', 999, false],
  ])('a docker-proxy is evidence when it is %s', async (_, parent, proxies) => {
    const files = { '/proc/400/stat': `400 (docker-proxy) S ${parent} 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1000 0 0` };
    expect(await daemons({ files })).toMatchObject([{ proxies }]);
  });

  test('processes of containers by container, each name once; kernel threads and vanished ones left out', async () => {
    const cgroup = `/system.slice/docker-${ID}.scope`;
    const files = {
      ...procFiles(500, 'nginx', { cgroup }),
      ...procFiles(501, 'nginx', { cgroup }),
      ...procFiles(502, 'sshd', { cgroup }),
      ...procFiles(503, 'gone', { cgroup }),
      '/proc/503/cgroup': null,
      '/proc/504/stat': `504 (kworker) S 2 0 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1 0 0`,
      '/proc/504/cgroup': `0::${cgroup}`,
      '/proc/505/stat': { error: 'missing' as const },
    };
    expect((await collect({ files })).containers).toEqual({ [ID]: { names: ['nginx', 'sshd'] } });
  });

  test('without /proc nothing is known', async () => {
    await expect(collect({ files: { '/proc/stat': { error: 'denied' } } })).rejects.toMatchObject({ code: 'denied' });
  });
});

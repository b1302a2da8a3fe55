import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { memoryFile } from '../../facts/usage.ts';
import { CONTAINER, outOfSight, stopped } from '../checks/rows.ts';
import type { HostLiteral } from '../fake-host.ts';
import { collectFact, faulty, record } from './collecting.ts';

const V1 = `12:cpu,cpuacct:/docker/${CONTAINER}\n9:memory:/docker/${CONTAINER}\n1:name=systemd:/docker/${CONTAINER}\n`;

describe('where the kernel tells what a container uses', () => {
  test.each<[string, string, string | null]>([
    ['cgroup v2, systemd', `0::/system.slice/docker-${CONTAINER}.scope\n`, `/system.slice/docker-${CONTAINER}.scope/memory.current`],
    ['cgroup v2, cgroupfs', `0::/docker/${CONTAINER}\n`, `/docker/${CONTAINER}/memory.current`],
    ['an init system below it', `0::/docker/${CONTAINER}/init.scope\n`, `/docker/${CONTAINER}/memory.current`],
    ['cgroup v1', V1, `/memory/docker/${CONTAINER}/memory.usage_in_bytes`],
    ['both', `${V1}0::/docker/${CONTAINER}\n`, `/memory/docker/${CONTAINER}/memory.usage_in_bytes`],
    ['a stranger', `0::/docker/${'b'.repeat(64)}\n`, null],
    ['outside our cgroup namespace', `0::/../../docker/${CONTAINER}\n`, null],
    ['cgroup v1 without memory', `1:name=systemd:/docker/${CONTAINER}\n`, null],
    ['nothing', '', null],
  ])('%s', (_, cgroup, path) => {
    expect(memoryFile(cgroup, CONTAINER)).toBe(path === null ? null : `/sys/fs/cgroup${path}`);
  });

  test('any text is read', () => {
    fc.assert(fc.property(fc.string(), (text) => void expect(memoryFile(text, CONTAINER)).toBeNull()));
  });
});

describe('the fact', () => {
  const memory = `/sys/fs/cgroup/system.slice/docker-${CONTAINER}.scope/memory.current`;
  test.each<[string, HostLiteral, Record<string, number>]>([
    ['running', { files: { [memory]: '1048576\n' } }, { [CONTAINER]: 1048576 }],
    [
      'running, cgroup v1',
      { files: { '/proc/4242/cgroup': V1, [`/sys/fs/cgroup/memory/docker/${CONTAINER}/memory.usage_in_bytes`]: '4096\n' } },
      { [CONTAINER]: 4096 },
    ],
    ['stopped', { containers: [{ State: stopped }] }, {}],
    ['out of sight', { files: outOfSight }, {}],
    ['a file that is not there', { files: { [memory]: null } }, {}],
    ['a file that is closed to us', { files: { [memory]: { error: 'denied' } } }, {}],
    ['a file that says something else', { files: { [memory]: 'max\n' } }, {}],
  ])('%s', async (_, host, expected) => {
    expect(await collectFact('usage', { containers: [{}], ...host })).toEqual({ memory: expected });
  });

  test('a fault of our own is thrown', async () => {
    await expect(record('usage', faulty({ containers: [{}] }, '/memory.current'))).rejects.toThrow(TypeError);
  });
});

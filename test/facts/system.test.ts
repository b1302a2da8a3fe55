import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Engine } from '../../facts/engine.ts';
import { HostError } from '../../facts/host.ts';
import { parseOsRelease, type System, system } from '../../facts/system.ts';
import { fakeHost, type HostLiteral } from '../fake-host.ts';

describe('parseOsRelease', () => {
  test.each([
    ['NAME="Debian"\nPRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n', 'Debian GNU/Linux 13 (trixie)'],
    ["PRETTY_NAME='Arch Linux'", 'Arch Linux'],
    ['PRETTY_NAME=Flatcar', 'Flatcar'],
    ['NAME=x', ''],
    ['', ''],
  ])('%j', (content, name) => {
    expect(parseOsRelease(content)).toBe(name);
  });

  test('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => void expect(parseOsRelease(text)).toBeTypeOf('string')));
  });
});

describe('collect', () => {
  const collect = (literal: HostLiteral, engine?: Engine): Promise<System> => system.collect(fakeHost(literal), engine ? { engine } : {});
  const bare = { '/proc/sys/kernel/hostname': null, '/proc/sys/kernel/osrelease': null, '/etc/os-release': null };

  test('a usual host', async () => {
    expect(await collect({})).toMatchObject({
      hostname: 'testhost',
      os: 'Debian GNU/Linux 13 (trixie)',
      kernel: '6.12.0',
      memory: 8 * 2 ** 30,
      unprivilegedPortStart: 1024,
      selinux: false,
    });
  });

  test('what the host does not tell comes from the engine, or is unknown', async () => {
    const info = { Name: 'far', OperatingSystem: 'Alpine Linux', KernelVersion: '6.6' };
    expect(await collect({ files: bare }, { info } as Engine)).toMatchObject({ hostname: 'far', os: 'Alpine Linux', kernel: '6.6' });
    expect(await collect({ files: { ...bare, '/etc/hostname': 'near\n' } })).toMatchObject({
      hostname: 'near',
      os: 'unknown',
      kernel: 'unknown',
    });
  });

  test.each([
    ['0\n', 0],
    ['80\n', 80],
    ['garbage\n', 1024],
    [null, 1024],
  ])('first unprivileged port: %j', async (content, port) => {
    const files = { '/proc/sys/net/ipv4/ip_unprivileged_port_start': content };
    expect((await collect({ files })).unprivilegedPortStart).toBe(port);
  });

  test('memory of another host is what its engine tells', async () => {
    const { memory, ...host } = fakeHost();
    const far = { ...host, memory: async () => Promise.reject(new HostError('unreachable', 'on another host')) };
    expect(await memory()).toBe(8 * 2 ** 30);
    expect((await system.collect(far, { engine: { info: { MemTotal: 7 } } as Engine })).memory).toBe(7);
    await expect(system.collect(far, { engine: { info: { MemTotal: 0 } } as Engine })).rejects.toMatchObject({ code: 'unreachable' });
  });

  test('SELinux that nobody can look for is unknown', async () => {
    expect((await collect({ files: { '/sys/fs/selinux/enforce': { error: 'denied' } } })).selinux).toBeNull();
  });

  test('SELinux is on where its file system is there', async () => {
    expect((await collect({ files: { '/sys/fs/selinux/enforce': '1' } })).selinux).toBe(true);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mounts, parseMountInfo } from '../../facts/mounts.ts';
import { fakeHost, type HostLiteral } from '../fake-host.ts';

describe('parseMountInfo', () => {
  test.each([
    [
      '28 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro',
      { mountPoint: '/', filesystem: 'ext4', source: '/dev/sda1', device: '8:1', root: '/' },
    ],
    [
      '36 28 8:2 / /var/lib/docker rw - xfs /dev/mapper/vg-docker rw',
      { mountPoint: '/var/lib/docker', filesystem: 'xfs', source: '/dev/mapper/vg-docker', device: '8:2', root: '/' },
    ],
    [
      '40 28 0:32 /@docker /var/lib/docker rw shared:5 master:2 propagate_from:2 - btrfs /dev/sdb rw,subvol=/@docker',
      { mountPoint: '/var/lib/docker', filesystem: 'btrfs', source: '/dev/sdb', device: '0:32', root: '/@docker' },
    ],
    [
      '41 28 0:40 / /mnt/my\\040disk\\011\\134 rw - nfs4 server:/a\\040b rw',
      { mountPoint: '/mnt/my disk\t\\', filesystem: 'nfs4', source: 'server:/a b', device: '0:40', root: '/' },
    ],
    ['42 28 0:5 / /- rw - tmpfs - rw', { mountPoint: '/-', filesystem: 'tmpfs', source: '-', device: '0:5', root: '/' }],
  ])('%s', (line, expected) => {
    expect(parseMountInfo(`${line}\n`)).toEqual([expected]);
  });

  test('lines of another shape are left out, on any text', () => {
    expect(parseMountInfo('')).toEqual([]);
    expect(parseMountInfo('36 28 8:2 / /var/lib/docker rw')).toEqual([]);
    fc.assert(fc.property(fc.string(), (text) => void expect(parseMountInfo(text)).toBeInstanceOf(Array)));
  });
});

describe('collect', () => {
  const line = (mountPoint: string): string => `1 0 8:1 / ${mountPoint} rw - ext4 /dev/sda1 rw\n`;
  const tables = { '/proc/100/mountinfo': line('/dockerd'), '/proc/1/mountinfo': line('/init'), '/proc/self/mountinfo': line('/self') };
  const process = { pid: 100, uid: 0, startedAt: 0, unit: null };
  async function collect(files: HostLiteral['files'] = {}, seen: typeof process | null = process): Promise<string[]> {
    const daemon = { process: seen } as Parameters<typeof mounts.collect>[1]['daemon'];
    const found = await mounts.collect(fakeHost({ files: { ...tables, ...files } }), daemon === undefined ? {} : { daemon });
    return found.mounts.map(({ mountPoint }) => mountPoint);
  }

  test('the table of dockerd, which may live in a mount namespace of its own', async () => {
    expect(await collect()).toEqual(['/dockerd']);
  });

  test('else that of init, else our own', async () => {
    expect(await collect({}, null)).toEqual(['/init']);
    expect(await collect({ '/proc/100/mountinfo': { error: 'denied' } })).toEqual(['/init']);
    expect(await collect({ '/proc/100/mountinfo': null, '/proc/1/mountinfo': { error: 'denied' } })).toEqual(['/self']);
  });

  test('a read that fails in another way is no reason to look elsewhere', async () => {
    await expect(collect({ '/proc/100/mountinfo': { error: 'io' } })).rejects.toMatchObject({ code: 'io' });
    await expect(collect({ '/proc/100/mountinfo': null, '/proc/1/mountinfo': null, '/proc/self/mountinfo': null })).rejects.toMatchObject({
      code: 'missing',
    });
  });
});

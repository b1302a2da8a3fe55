import { separatePartition } from '../../../checks/host/separate-partition.ts';
import { HostError } from '../../../facts/host.ts';
import { testCheck } from '../../check-tester.ts';
import type { HostLiteral } from '../../fake-host.ts';

const ROOT = '28 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw';

/** The mount table of dockerd, below the root file system. */
function mounted(lines: readonly string[], rest: HostLiteral = {}): HostLiteral {
  return { ...rest, files: { '/proc/100/mountinfo': [ROOT, ...lines].join('\n'), ...rest.files } };
}

const docker = '36 28 8:2 / /var/lib/docker rw - xfs /dev/sda2 rw';
const elsewhere: HostLiteral = { info: { DockerRootDir: '/srv/docker/100000.100000' }, files: { '/srv/docker': { kind: 'directory' } } };

testCheck(separatePartition, {
  'a file system of its own': { host: mounted([docker]), status: 'pass', says: 'xfs on /dev/sda2' },
  'a plain directory': { host: mounted([]), status: 'fail', says: 'a plain directory' },
  'the file system of a directory above is not its own': { host: mounted(['36 28 8:2 / /var/lib rw - xfs /dev/sda2 rw']), status: 'fail' },
  'a longer path that begins alike': { host: mounted(['36 28 8:2 / /var/lib/docker2 rw - xfs /dev/sda2 rw']), status: 'fail' },
  'a mount of something in it': {
    host: mounted(['36 28 0:50 / /var/lib/docker/overlay2/x/merged rw - overlay overlay rw']),
    status: 'fail',
  },
  'a data root elsewhere, below it the one for remapped users': {
    host: mounted(['36 28 8:2 / /srv/docker rw - xfs /dev/sda2 rw'], elsewhere),
    status: 'pass',
  },
  'A1 a data root elsewhere, the usual place mounted': { host: mounted([docker], elsewhere), status: 'fail' },
  'A1 a host called userns is not remapped': {
    host: mounted(['36 28 8:2 / /srv/1.2 rw - xfs /dev/sda2 rw'], {
      daemonJson: {},
      info: { Name: 'userns', DockerRootDir: '/srv/1.2', SecurityOptions: ['name=seccomp,profile=builtin'] },
      files: { '/srv/1.2': { kind: 'directory' } },
    }),
    status: 'pass',
  },
  'a link to a mount point': {
    host: mounted(['36 28 8:2 / /data/docker rw - xfs /dev/sda2 rw'], {
      files: { '/var/lib/docker': { kind: 'link', link: '/data/docker' }, '/data/docker': { kind: 'directory' } },
    }),
    status: 'pass',
  },
  'a bind mount of another directory counts': {
    host: mounted(['36 28 8:1 /data/docker /var/lib/docker rw - ext4 /dev/sda1 rw']),
    status: 'pass',
  },
  'a subvolume counts': { host: mounted(['36 28 8:1 /@docker /var/lib/docker rw - btrfs /dev/sda1 rw,subvol=/@docker']), status: 'pass' },
  'the directory that dockerd mounts on itself does not': {
    host: mounted(['36 28 8:1 /var/lib/docker /var/lib/docker rw - ext4 /dev/sda1 rw']),
    status: 'fail',
    says: 'mounted on itself',
  },
  'nor below a file system of /var': {
    host: mounted(['30 28 8:3 / /var rw - ext4 /dev/sda3 rw', '36 30 8:3 /lib/docker /var/lib/docker rw - ext4 /dev/sda3 rw']),
    status: 'fail',
    says: 'mounted on itself',
  },
  'the last of two mounts is the one in view': {
    host: mounted([docker, '37 36 0:60 / /var/lib/docker rw - tmpfs tmpfs rw']),
    status: 'pass',
    says: 'tmpfs',
  },
  'A1 images in containerd’s own store are not bounded by it': {
    host: mounted([docker], { info: { Driver: 'overlayfs' } }),
    status: 'pass',
    says: 'containerd’s own directory',
  },
  'A1 from inside a container, whose own mounts say nothing about the host': {
    host: { dockerd: null, files: { '/proc/1/mountinfo': docker } },
    status: 'error',
    says: 'no dockerd process is visible',
  },
  'an engine in a virtual machine': {
    host: mounted([docker], { files: { '/var/lib/docker': null } }),
    status: 'not-applicable',
    says: 'not visible from here',
  },
  'a mount table that cannot be read': {
    host: mounted([], { files: { '/proc/100/mountinfo': { error: 'io' } } }),
    status: 'error',
    says: 'mountinfo',
  },
  'an engine that does not answer': {
    host: mounted([docker], { api: { '/info': new HostError('denied', 'permission denied') } }),
    status: 'error',
    says: 'permission denied',
  },
});

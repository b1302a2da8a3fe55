import { noDockerSocket, noHostDevices, noSensitiveHostMounts, noSharedPropagation } from '../../../checks/containers/mounts.ts';
import { HostError } from '../../../facts/host.ts';
import { type Row, type Rows, testCheck } from '../../check-tester.ts';
import type { HostLiteral, Literal } from '../../fake-host.ts';
import { containerErrors, hostConfig, stopped, stoppedConfig } from '../rows.ts';

function bind(Source: string, rest: Literal = {}): Literal {
  return { Type: 'bind', Source, Destination: '/mnt', RW: true, Propagation: 'rprivate', ...rest };
}

function mounting(mount: Literal | readonly Literal[], rest: HostLiteral = {}): HostLiteral {
  return { ...rest, containers: [{ Mounts: [mount].flat() }] };
}

type Files = NonNullable<HostLiteral['files']>;

const volume = (Name: string): Literal => ({
  Type: 'volume',
  Name,
  Source: `/var/lib/docker/volumes/${Name}/_data`,
  Destination: '/usr',
  RW: true,
});
/** A local volume that is a host directory under another name. */
const backed = (device: string, o = 'bind'): HostLiteral =>
  mounting(volume('v'), { volumes: [{ Name: 'v', Driver: 'local', Options: { type: 'none', o, device } }] });
const link = (path: string, target: string): Files => ({ [path]: { kind: 'link', link: target } });

const sensitive = ['/', '/boot', '/dev', '/etc', '/lib', '/lib64', '/proc', '/sys', '/usr'];
const below = ['/etc/shadow', '/root', '/root/.ssh', '/var/run', '/run/systemd', '/var/lib/docker', '/var/lib/containerd', '/bin'];
const above = ['/var', '/var/lib'];
const harmless = ['/srv', '/srv/etc', '/home/alice', '/etcetera', '/usr2', '/var/lib/docker-backup', '/var/log'];

function each(paths: readonly string[], row: (path: string) => Row): { [name: string]: Row } {
  return Object.fromEntries(paths.map((path) => [path, row(path)]));
}

/** One volume plugin that hangs is enough for it. */
const unlisted = { api: { '/volumes': new HostError('timeout', 'GET /volumes: no answer') } };
const unresolved: Rows = {
  'a volume where the engine cannot list volumes': {
    host: mounting(volume('v'), unlisted),
    status: 'error',
    says: 'what the volume v is made of is unknown: GET /volumes: no answer',
  },
  'a volume of which nothing is known beside a bind that fails': { host: mounting([volume('v'), bind('/run')], unlisted), status: 'fail' },
  'a volume of which nothing is known beside a harmless bind': { host: mounting([volume('v'), bind('/srv')], unlisted), status: 'error' },
};

testCheck(noSensitiveHostMounts, {
  ...containerErrors(),
  ...unresolved,
  'a harmless bind where the engine cannot list volumes': { host: mounting(bind('/srv'), unlisted), status: 'pass' },
  ...each([...sensitive, ...below, ...above], (path) => ({ host: mounting(bind(path)), status: 'fail', says: 'on /mnt' })),
  ...each(harmless, (path) => ({ host: mounting(bind(path)), status: 'pass' })),
  'the engine’s own data, wherever it lies': {
    host: mounting(bind('/srv/docker/overlay2'), { info: { DockerRootDir: '/srv/docker' } }),
    status: 'fail',
    says: '/srv/docker/overlay2 on /mnt',
  },
  'read-only, which docker-bench passes (A5 5.6)': {
    host: mounting(bind('/proc', { RW: false })),
    status: 'fail',
    says: '/proc on /mnt (read-only)',
  },
  'a link to /etc': {
    host: mounting(bind('/srv/conf'), { files: link('/srv/conf', '/etc') }),
    status: 'fail',
    says: '/etc (as /srv/conf) on /mnt',
  },
  'a link in a directory above': { host: mounting(bind('/srv/lib/x'), { files: link('/srv/lib', '/usr/lib') }), status: 'fail' },
  'a path that is closed to us': { host: mounting(bind('/etc/x'), { files: { '/etc/x': { error: 'denied' } } }), status: 'fail' },
  'a bind-backed local volume of /etc': { host: backed('/etc'), status: 'fail', says: '/etc (as /var/lib/docker/volumes/v/_data) on /usr' },
  'a bind-backed local volume, other options with it': { host: backed('/usr/lib', 'ro,rbind'), status: 'fail' },
  'a bind-backed local volume of harmless data': { host: backed('/srv/data'), status: 'pass' },
  'an ordinary volume on /usr of the container (A5 5.6)': { host: mounting(volume('data')), status: 'not-applicable' },
  'a harmless bind on /etc of the container (A5 5.6)': { host: mounting(bind('/srv/data', { Destination: '/etc' })), status: 'pass' },
  'an ordinary volume beside a bind-backed one': {
    host: mounting(volume('data'), { volumes: [{ Name: 'v', Driver: 'local', Options: { o: 'bind', device: '/etc' } }] }),
    status: 'not-applicable',
  },
  'a file server’s volume': {
    host: mounting(volume('v'), {
      volumes: [{ Name: 'v', Driver: 'local', Options: { type: 'nfs', o: 'addr=192.0.2.9', device: ':/etc' } }],
    }),
    status: 'not-applicable',
  },
  'a tmpfs on /etc': { host: mounting({ Type: 'tmpfs', Source: '', Destination: '/etc' }), status: 'not-applicable' },
  'text does not run across two mounts (A5 5.6)': {
    host: mounting([bind('/srv/a', { Destination: '/etc' }), bind('/home/b')]),
    status: 'pass',
  },
  ...each(['/etc/ssl', '/etc/ssl/certs/ca.pem'], (path) => ({
    host: mounting(bind(path), { policy: { allowedMounts: ['/etc/ssl'] } }),
    status: 'pass',
    says: `${path} on /mnt (by policy.allowedMounts)`,
  })),
  'above what the policy allows': { host: mounting(bind('/etc'), { policy: { allowedMounts: ['/etc/ssl'] } }), status: 'fail' },
  'writable, where the policy allows reading': {
    host: mounting(bind('/etc/ssl'), { policy: { allowedMounts: ['/etc/ssl:ro'] } }),
    status: 'fail',
  },
  'read-only, as the policy allows it': {
    host: mounting(bind('/etc/ssl', { RW: false }), { policy: { allowedMounts: ['/etc/ssl:ro'] } }),
    status: 'pass',
  },
  'a link that the policy names': {
    host: mounting(bind('/etc/localtime'), {
      files: link('/etc/localtime', '/usr/share/zoneinfo/UTC'),
      policy: { allowedMounts: ['/etc/localtime'] },
    }),
    status: 'pass',
  },
  'a link below what the policy names, which leads out of it': {
    host: mounting(bind('/srv/app/link'), { files: link('/srv/app/link', '/etc'), policy: { allowedMounts: ['/srv/app'] } }),
    status: 'fail',
  },
  'what a rule about its image allows': {
    host: mounting(bind('/sys'), { policy: { containers: [{ image: 'registry.example/', allowedMounts: ['/sys'] }] } }),
    status: 'pass',
    says: '(by policy.containers: image registry.example/)',
  },
  'a path that is sensitive here': {
    host: mounting(bind('/srv/secrets/db'), { policy: { sensitivePaths: ['/srv/secrets'] } }),
    status: 'fail',
    says: '/srv/secrets/db on /mnt',
  },
  'no mount': { host: { containers: [{}] }, status: 'not-applicable', says: 'no bind mounts' },
  stopped: { host: { containers: [{ State: stopped, Mounts: [bind('/etc')] }] }, status: 'fail', says: 'container is exited' },
});

const rootlessSocket: Files = { '/run/user/1000/docker.sock': { kind: 'socket' } };

testCheck(noDockerSocket, {
  ...containerErrors(),
  ...unresolved,
  'no mount': { host: { containers: [{}] }, status: 'pass' },
  'another bind': { host: mounting(bind('/srv/data')), status: 'pass' },
  ...each(['/run/docker.sock', '/var/run/docker.sock', '/run/containerd/containerd.sock', '/run/podman/podman.sock'], (path) => ({
    host: mounting(bind(path)),
    status: 'fail',
    says: '.sock',
  })),
  ...each(['/run', '/var/run', '/', '/run/containerd'], (path) => ({
    host: mounting(bind(path)),
    status: 'fail',
    says: `${path === '/var/run' ? '/run' : path}`,
  })),
  'read-only does not help': { host: mounting(bind('/run/docker.sock', { RW: false })), status: 'fail', says: 'read-only' },
  'by a link': { host: mounting(bind('/srv/api'), { files: link('/srv/api', '/run/docker.sock') }), status: 'fail' },
  'by a bind-backed local volume': { host: backed('/var/run'), status: 'fail' },
  'a socket at another place (A5 5.32)': {
    host: mounting(bind('/srv/engine'), { dockerd: { flags: ['-H', 'fd://', '-H', 'unix:///srv/engine/api.sock'] } }),
    status: 'fail',
  },
  'a rootless engine’s': { host: mounting(bind('/run/user/1000/docker.sock')), status: 'fail' },
  'the directory of a rootless engine’s, the engine under audit being another': {
    host: mounting(bind('/run/user/1000'), { files: rootlessSocket }),
    status: 'fail',
  },
  'the directory of a user without an engine': { host: mounting(bind('/run/user/1001'), { files: rootlessSocket }), status: 'pass' },
  'a file whose name only holds the words (A5 5.32)': { host: mounting(bind('/srv/docker.sock.d/readme')), status: 'pass' },
  'an ordinary volume': { host: mounting(volume('docker.sock')), status: 'pass' },
  stopped: { host: { containers: [{ State: stopped, Mounts: [bind('/run/docker.sock')] }] }, status: 'fail', says: 'container is exited' },
});

testCheck(noSharedPropagation, {
  ...containerErrors(),
  rprivate: { host: mounting(bind('/srv')), status: 'pass' },
  'a volume, which has none': { host: mounting(volume('v')), status: 'pass' },
  slave: { host: mounting(bind('/srv', { Propagation: 'rslave' })), status: 'pass' },
  shared: { host: mounting(bind('/srv', { Propagation: 'shared' })), status: 'fail', says: '/srv on /mnt is shared' },
  rshared: { host: mounting(bind('/srv', { Propagation: 'rshared' })), status: 'fail', says: 'is rshared' },
  'no mount': { host: { containers: [{}] }, status: 'not-applicable', says: 'no mounts' },
  stopped: { host: { containers: [{ State: stopped, Mounts: [bind('/srv', { Propagation: 'shared' })] }] }, status: 'fail' },
});

const fuse = (CgroupPermissions: string) => ({ Devices: [{ PathOnHost: '/dev/fuse', PathInContainer: '/dev/fuse', CgroupPermissions }] });
const gpu = { DeviceRequests: [{ Driver: '', Count: -1, Capabilities: [['gpu']] }] };

testCheck(noHostDevices, {
  ...containerErrors(),
  none: { host: hostConfig({ Devices: null }), status: 'pass' },
  'a device': { host: hostConfig(fuse('rwm')), status: 'fail', says: '/dev/fuse (rwm)' },
  'a device under another name inside': {
    host: hostConfig({ Devices: [{ PathOnHost: '/dev/sda', PathInContainer: '/dev/null', CgroupPermissions: 'r' }] }),
    status: 'fail',
    says: '/dev/sda',
  },
  'a listed device': { host: hostConfig(fuse('rwm'), { policy: { allowedDevices: ['/dev/fuse'] } }), status: 'pass' },
  'a device listed for reading': { host: hostConfig(fuse('r'), { policy: { allowedDevices: ['/dev/fuse:r'] } }), status: 'pass' },
  'more permissions than listed': {
    host: hostConfig(fuse('rwm'), { policy: { allowedDevices: ['/dev/fuse:r'] } }),
    status: 'fail',
    says: '/dev/fuse (rwm)',
  },
  'a graphics processor (A5 5.18)': { host: hostConfig(gpu), status: 'fail', says: 'gpu' },
  'a listed graphics processor': { host: hostConfig(gpu, { policy: { allowedDevices: ['gpu'] } }), status: 'pass' },
  'a request that says nothing': { host: hostConfig({ DeviceRequests: [{}] }), status: 'fail', says: 'devices' },
  'a request by driver': { host: hostConfig({ DeviceRequests: [{ Driver: 'cdi' }] }), status: 'fail', says: 'cdi' },
  'a cgroup rule (A5 5.18)': { host: hostConfig({ DeviceCgroupRules: ['c 42:* rmw'] }), status: 'fail', says: 'rule "c 42:* rmw"' },
  'a listed cgroup rule': {
    host: hostConfig({ DeviceCgroupRules: ['c 42:* rmw'] }, { policy: { allowedDevices: ['c 42:* rmw'] } }),
    status: 'pass',
  },
  'privileged, with Devices empty': { host: hostConfig({ Privileged: true, Devices: [] }), status: 'fail', says: 'every device' },
  stopped: { host: stoppedConfig(fuse('rwm')), status: 'fail', says: 'container is exited' },
});

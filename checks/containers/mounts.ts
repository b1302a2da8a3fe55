/** What of the host containers can reach through files: directories, sockets, devices. */
import type { Container } from '../../facts/containers.ts';
import type { Facts } from '../../facts/index.ts';
import { isWithin } from '../../facts/paths.ts';
import { fail, notApplicable, pass, unknown, type Verdict } from '../check.ts';
import { eachContainer } from '../families/each-container.ts';
import { rule } from './allowed.ts';

/** Directories whose contents decide what the host runs, or hold its secrets. The benchmark's nine, and what holds the same power today. */
const SENSITIVE = '/boot /dev /etc /lib /lib64 /proc /sys /usr /bin /sbin /root /run /var/run /var/lib/docker /var/lib/containerd'.split(
  ' ',
);

type Mount = Container['Mounts'][number];

function describe({ HostPath, Source, Destination, RW }: Mount): string {
  const path = HostPath ?? Source;
  return `${path}${path === Source || Source === '' ? '' : ` (as ${Source})`} on ${Destination}${RW ? '' : ' (read-only)'}`;
}

/** Where on the host a mount leads, with links followed and as it was written. A volume's own directory is the engine's affair. */
function hostPaths({ Type, HostPath, Source }: Mount): string[] {
  if (HostPath === null) return [];
  return Type === 'bind' ? [HostPath, Source] : [HostPath];
}

/** A volume may be a host directory under another name. */
function unresolvedOf(mounts: readonly Mount[]): Verdict | undefined {
  const mount = mounts.find(({ Unresolved }) => Unresolved !== undefined);
  return mount && unknown(`what the volume ${mount.Name} is made of is unknown: ${mount.Unresolved}`);
}

/** What lies above a directory contains it. */
function overlaps(path: string, directory: string): boolean {
  return isWithin(path, directory) || isWithin(directory, path);
}

export const noSensitiveHostMounts = eachContainer({
  id: 'container/no-sensitive-host-mounts',
  title: 'Containers mount no sensitive host directory',
  severity: 'high',
  stride: ['E', 'T', 'I'],
  rationale: 'Through such a mount a container reads the secrets of the host, or rewrites what it runs.',
  fix: 'Recreate without the mount; mount the one file or directory it needs, or use a volume. What it needs is named in policy.allowedMounts.',
  expected: 'no bind mount of a system directory, or of what is in it or above it',
  needs: ['engine', 'policy'],
  judge(container, facts) {
    const { Mounts } = container;
    const unresolved = unresolvedOf(Mounts);
    if (Mounts.every(({ HostPath }) => HostPath === null)) return unresolved ?? notApplicable('no bind mounts');
    const { allowed, refused, by } = sensitiveMounts(container, facts);
    if (refused.length > 0) return fail(refused.map(describe).join('; '));
    return unresolved ?? pass(allowed.length > 0 ? `${allowed.map(describe).join('; ')}${by}` : 'none');
  },
  recreate(container, facts) {
    const { Mounts } = container;
    const sensitive = sensitiveMounts(container, facts).refused;
    return {
      Mounts: Mounts.filter((mount) => !sensitive.includes(mount)),
      advice: `mount only the one file or directory it needs in place of ${paths(sensitive)}, or use a volume`,
    };
  },
});

function sensitiveMounts(container: Container, { engine: { info }, policy }: Pick<Facts, 'engine' | 'policy'>) {
  // With userns-remap the engine's directory is one below its data root, and shares its fate.
  const directories = [...SENSITIVE, info.DockerRootDir, ...policy.sensitivePaths].filter((directory) => directory.startsWith('/'));
  const sensitive = container.Mounts.filter((mount) =>
    hostPaths(mount).some((path) => directories.some((directory) => overlaps(path, directory))),
  );
  return rule(sensitive, container, policy, 'allowedMounts', mayMount);
}

/** `/etc/ssl`, or `/etc/ssl:ro` for no more than reading. What a link below it leads to is another matter, unless the link itself is named. */
function mayMount(entry: string, { HostPath, Source, RW }: Mount): boolean {
  const [path = '', mode] = entry.split(':');
  return (mode !== 'ro' || !RW) && (Source === path || isWithin(HostPath ?? '', path));
}

function paths(mounts: readonly Mount[]): string {
  return mounts.map(({ Source, HostPath }) => Source || HostPath).join(', ');
}

/** Where engines listen, whatever this host's own says of itself. */
const SOCKETS = [
  '/run/docker.sock',
  '/run/containerd/containerd.sock',
  '/run/docker/containerd/containerd.sock',
  '/run/podman/podman.sock',
  '/run/crio/crio.sock',
];
const SOCKET_NAMES = /\/(docker|containerd|podman|crio)\.sock$/;

function socketsOf({ files, engines }: Pick<Facts, 'files' | 'engines'>): string[] {
  const known = [...files['docker-sock'], ...files['containerd-sock']].flatMap((file) => [file.path, file.target]);
  const found = engines.found.map(({ endpoint }) => endpoint.replace(/^unix:\/\//, '')).filter((path) => path.startsWith('/'));
  return [...SOCKETS, ...known, ...found];
}

export const noDockerSocket = eachContainer({
  id: 'container/no-docker-socket',
  title: 'Containers cannot reach the engine’s socket',
  severity: 'critical',
  stride: ['E', 'S'],
  rationale: 'With the socket, read-only or not, a container can start another one with the host’s files in it.',
  fix: 'Recreate without the mount, or put a proxy in front that lets through only what is needed.',
  expected: 'no mount of an engine socket or of a directory that holds one',
  needs: ['files', 'engines'],
  judge({ Mounts }, facts) {
    const found = socketMounts(Mounts, facts);
    return found.length > 0 ? fail(found.map(describe).join('; ')) : (unresolvedOf(Mounts) ?? pass('none'));
  },
  recreate({ Mounts }, facts) {
    const found = socketMounts(Mounts, facts);
    return {
      Mounts: Mounts.filter((mount) => !found.includes(mount)),
      advice: 'if it has to ask the engine, put a proxy in front of the socket that lets through only what it needs',
    };
  },
});

function socketMounts(mounts: readonly Mount[], facts: Pick<Facts, 'files' | 'engines'>): Mount[] {
  const sockets = socketsOf(facts);
  return mounts.filter((mount) => {
    const ways = hostPaths(mount).map((path) => path.replace(/^\/var\/run(\/|$)/, '/run$1'));
    return ways.some((path) => SOCKET_NAMES.test(path) || sockets.some((socket) => isWithin(socket, path)));
  });
}

export const noSharedPropagation = eachContainer({
  id: 'container/no-shared-propagation',
  title: 'Mounts in containers do not propagate to the host',
  severity: 'medium',
  stride: ['T'],
  rationale: 'What the container mounts would appear on the host.',
  fix: 'Recreate without the shared or rshared mount option.',
  expected: 'no shared or rshared mount',
  judge({ Mounts }) {
    if (Mounts.length === 0) return notApplicable('no mounts');
    const shared = Mounts.filter(isShared);
    return shared.length === 0 ? pass('none') : fail(shared.map((mount) => `${describe(mount)} is ${mount.Propagation}`).join('; '));
  },
  // What the engine gives a mount when nobody asks.
  recreate: ({ Mounts }) => ({ Mounts: Mounts.map((mount) => (isShared(mount) ? { ...mount, Propagation: 'rprivate' } : mount)) }),
});

function isShared({ Propagation }: Mount): boolean {
  return Propagation === 'shared' || Propagation === 'rshared';
}

export const noHostDevices = eachContainer({
  id: 'container/no-host-devices',
  title: 'Containers have no host device they do not need',
  severity: 'high',
  stride: ['E', 'T'],
  rationale: 'A raw device gives access below the file system, permissions and all.',
  fix: 'Recreate without --device, --gpus and --device-cgroup-rule, or name the device in policy.allowedDevices.',
  expected: 'no device beyond policy.allowedDevices',
  needs: ['policy'],
  judge(container, { policy }) {
    if (container.HostConfig.Privileged) return fail('privileged: every device of the host');
    const { allowed, refused, by } = devicesOf(container, policy);
    const shown = (devices: readonly Device[]): string => devices.map(({ text }) => text).join(', ');
    return refused.length > 0 ? fail(shown(refused)) : pass(allowed.length === 0 ? 'none' : shown(allowed) + by);
  },
  recreate(container, { policy }) {
    const { Devices, DeviceRequests, DeviceCgroupRules } = container.HostConfig;
    const allowed = devicesOf(container, policy).allowed.map(({ item }) => item);
    return {
      HostConfig: {
        Privileged: false,
        Devices: Devices.filter((device) => allowed.includes(device)),
        DeviceRequests: DeviceRequests.filter((request) => allowed.includes(request)),
        DeviceCgroupRules: DeviceCgroupRules.filter((entry) => allowed.includes(entry)),
      },
    };
  },
});

type Options = Container['HostConfig'];

interface Device {
  readonly item: unknown;
  readonly text: string;
  readonly isNamed: (entry: string) => boolean;
}

function devicesOf(container: Container, policy: Facts['policy']) {
  const { Devices, DeviceRequests, DeviceCgroupRules } = container.HostConfig;
  const devices: Device[] = [
    ...Devices.map((item) => ({
      item,
      text: `${item.PathOnHost} (${item.CgroupPermissions})`,
      isNamed: (entry: string) => permits(entry, item),
    })),
    ...DeviceRequests.map((item) => ({ item, text: requestName(item), isNamed: (entry: string) => entry === requestName(item) })),
    ...DeviceCgroupRules.map((item) => ({ item, text: `rule "${item}"`, isNamed: (entry: string) => entry === item })),
  ];
  return rule(devices, container, policy, 'allowedDevices', (entry, { isNamed }) => isNamed(entry));
}

function requestName({ Driver, Capabilities }: Options['DeviceRequests'][number]): string {
  return Driver || Capabilities.flat().join('+') || 'devices';
}

/** `/dev/fuse`, or `/dev/sda:r` for no more than reading. */
function permits(entry: string, { PathOnHost, CgroupPermissions }: Options['Devices'][number]): boolean {
  const [, path, most = 'rwm'] = /^(.*?)(?::([rwm]+))?$/.exec(entry) ?? [];
  return path === PathOnHost && [...CgroupPermissions].every((permission) => most.includes(permission));
}

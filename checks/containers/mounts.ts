/** What of the host containers can reach through files: directories, sockets, devices. */
import type { Container } from '../../facts/containers.ts';
import type { Facts } from '../../facts/index.ts';
import { isWithin } from '../../facts/paths.ts';
import { fail, notApplicable, pass, passIf, unknown, type Verdict } from '../check.ts';
import { eachContainer } from '../families/each-container.ts';

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
  fix: 'Recreate without the mount; mount the one file or directory it needs, or use a volume.',
  expected: 'no bind mount of a system directory, or of what is in it or above it',
  needs: ['engine'],
  judge({ Mounts }, { engine }) {
    const unresolved = unresolvedOf(Mounts);
    if (Mounts.every(({ HostPath }) => HostPath === null)) return unresolved ?? notApplicable('no bind mounts');
    const sensitive = sensitiveMounts(Mounts, engine);
    return sensitive.length > 0 ? fail(sensitive.map(describe).join('; ')) : (unresolved ?? pass('none'));
  },
  recreate({ Mounts }, { engine }) {
    const sensitive = sensitiveMounts(Mounts, engine);
    return {
      Mounts: Mounts.filter((mount) => !sensitive.includes(mount)),
      advice: `mount only the one file or directory it needs in place of ${paths(sensitive)}, or use a volume`,
    };
  },
});

function sensitiveMounts(mounts: readonly Mount[], { info }: Facts['engine']): Mount[] {
  // With userns-remap the engine's directory is one below its data root, and shares its fate.
  const directories = [...SENSITIVE, info.DockerRootDir].filter((directory) => directory.startsWith('/'));
  return mounts.filter((mount) => hostPaths(mount).some((path) => directories.some((directory) => overlaps(path, directory))));
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
  judge({ HostConfig: { Privileged, Devices, DeviceRequests, DeviceCgroupRules } }, { policy }) {
    if (Privileged) return fail('privileged: every device of the host');
    const allows = allowedBy(policy);
    const devices = [
      ...Devices.filter((device) => !allows.device(device)).map(
        ({ PathOnHost, CgroupPermissions }) => `${PathOnHost} (${CgroupPermissions})`,
      ),
      ...DeviceRequests.filter((request) => !allows.request(request)).map(requestName),
      ...DeviceCgroupRules.filter((rule) => !allows.rule(rule)).map((rule) => `rule "${rule}"`),
    ];
    return passIf(devices.length === 0, devices.length === 0 ? 'none' : devices.join(', '));
  },
  recreate({ HostConfig: { Devices, DeviceRequests, DeviceCgroupRules } }, { policy }) {
    const allows = allowedBy(policy);
    return {
      HostConfig: {
        Privileged: false,
        Devices: Devices.filter(allows.device),
        DeviceRequests: DeviceRequests.filter(allows.request),
        DeviceCgroupRules: DeviceCgroupRules.filter(allows.rule),
      },
    };
  },
});

type Options = Container['HostConfig'];

function allowedBy({ allowedDevices }: Facts['policy']) {
  const named = (name: string): boolean => allowedDevices.includes(name);
  return {
    device: (device: Options['Devices'][number]): boolean => allowedDevices.some((entry) => permits(entry, device)),
    request: (request: Options['DeviceRequests'][number]): boolean => named(requestName(request)),
    rule: named,
  };
}

function requestName({ Driver, Capabilities }: Options['DeviceRequests'][number]): string {
  return Driver || Capabilities.flat().join('+') || 'devices';
}

/** `/dev/fuse`, or `/dev/sda:r` for no more than reading. */
function permits(entry: string, { PathOnHost, CgroupPermissions }: Options['Devices'][number]): boolean {
  const [, path, most = 'rwm'] = /^(.*?)(?::([rwm]+))?$/.exec(entry) ?? [];
  return path === PathOnHost && [...CgroupPermissions].every((permission) => most.includes(permission));
}

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
    // With userns-remap the engine's directory is one below its data root, and shares its fate.
    const directories = [...SENSITIVE, engine.info.DockerRootDir].filter((directory) => directory.startsWith('/'));
    const binds = Mounts.filter((mount) => mount.HostPath !== null);
    const unresolved = unresolvedOf(Mounts);
    if (binds.length === 0) return unresolved ?? notApplicable('no bind mounts');
    const sensitive = binds.filter((mount) => hostPaths(mount).some((path) => directories.some((directory) => overlaps(path, directory))));
    return sensitive.length > 0 ? fail(sensitive.map(describe).join('; ')) : (unresolved ?? pass('none'));
  },
});

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
    const sockets = socketsOf(facts);
    const found = Mounts.filter((mount) => {
      const paths = hostPaths(mount).map((path) => path.replace(/^\/var\/run(\/|$)/, '/run$1'));
      return paths.some((path) => SOCKET_NAMES.test(path) || sockets.some((socket) => isWithin(socket, path)));
    });
    return found.length > 0 ? fail(found.map(describe).join('; ')) : (unresolvedOf(Mounts) ?? pass('none'));
  },
});

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
    const shared = Mounts.filter(({ Propagation }) => Propagation === 'shared' || Propagation === 'rshared');
    return shared.length === 0 ? pass('none') : fail(shared.map((mount) => `${describe(mount)} is ${mount.Propagation}`).join('; '));
  },
});

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
    const named = (name: string): boolean => policy.allowedDevices.includes(name);
    const devices = [
      ...Devices.filter((device) => !policy.allowedDevices.some((entry) => permits(entry, device))).map(
        ({ PathOnHost, CgroupPermissions }) => `${PathOnHost} (${CgroupPermissions})`,
      ),
      ...DeviceRequests.map(({ Driver, Capabilities }) => Driver || Capabilities.flat().join('+') || 'devices').filter(
        (name) => !named(name),
      ),
      ...DeviceCgroupRules.filter((rule) => !named(rule)).map((rule) => `rule "${rule}"`),
    ];
    return passIf(devices.length === 0, devices.length === 0 ? 'none' : devices.join(', '));
  },
});

/** `/dev/fuse`, or `/dev/sda:r` for no more than reading. */
function permits(entry: string, { PathOnHost, CgroupPermissions }: Container['HostConfig']['Devices'][number]): boolean {
  const [, path, most = 'rwm'] = /^(.*?)(?::([rwm]+))?$/.exec(entry) ?? [];
  return path === PathOnHost && [...CgroupPermissions].every((permission) => most.includes(permission));
}

/** What of a container's configuration bears on its security, as digests: what was waived is told from what it has become. Pure. */
import { containerName } from '../checks/families/each-container.ts';
import type { Container } from '../facts/containers.ts';
import { sha256 } from '../facts/digest.ts';

/** The parts that are told apart, so that a person hears what has changed. */
export const parts = ['image', 'user', 'privileges', 'namespaces', 'mounts', 'limits', 'ports'] as const;
export type Configuration = Readonly<Record<(typeof parts)[number], string>>;

/**
 * The same for a container made anew with the same options: neither its id nor what the engine names by chance is in it. `all`: the containers
 * whose namespaces it may share, by id.
 */
export function configurationOf(container: Container, all: ReadonlyMap<string, Container>): Configuration {
  const { Image, Config, HostConfig } = container;
  return {
    image: digest(Image),
    user: digest({ user: Config.User, groups: HostConfig.GroupAdd }),
    privileges: digest(privilegesOf(HostConfig)),
    namespaces: digest(namespacesOf(container, all)),
    mounts: digest({ mounts: container.Mounts.map(mountOf), tmpfs: HostConfig.Tmpfs }),
    limits: digest(limitsOf(HostConfig)),
    ports: digest({ all: HostConfig.PublishAllPorts, bindings: HostConfig.PortBindings }),
  };
}

/** The parts that differ. */
export function changedParts(before: Configuration, after: Configuration): string[] {
  return parts.filter((part) => before[part] !== after[part]);
}

type HostConfig = Container['HostConfig'];

function privilegesOf(config: HostConfig): unknown {
  const { Privileged, SecurityOpt, ReadonlyRootfs, Devices, DeviceRequests, DeviceCgroupRules, Sysctls, Runtime } = config;
  const capability = (name: string): string => name.toUpperCase().replace(/^CAP_/, '');
  const capabilities = { added: config.CapAdd.map(capability), dropped: config.CapDrop.map(capability) };
  // The paths themselves differ from engine to engine.
  const unmasked = config.MaskedPaths?.length === 0;
  return { Privileged, SecurityOpt, unmasked, ReadonlyRootfs, Devices, DeviceRequests, DeviceCgroupRules, Sysctls, Runtime, capabilities };
}

function namespacesOf({ HostConfig, NetworkSettings }: Container, all: ReadonlyMap<string, Container>): unknown {
  const { NetworkMode, PidMode, IpcMode, UTSMode, UsernsMode, CgroupnsMode, CgroupParent } = HostConfig;
  // Which container it joins is told by an id, and that one may have been made anew as well.
  const named = (mode: string): string => {
    const other = mode.startsWith('container:') ? all.get(mode.slice('container:'.length)) : undefined;
    return other === undefined ? mode : `container:${containerName(other)}`;
  };
  const network = NetworkMode === 'default' ? 'bridge' : named(NetworkMode);
  const networks = Object.keys(NetworkSettings?.Networks ?? {});
  const others = { uts: UTSMode, users: UsernsMode, cgroups: CgroupnsMode, cgroup: CgroupParent };
  return { network, networks, pid: named(PidMode), ipc: named(IpcMode), ...others };
}

/** A volume that nobody has named has another name each time. */
function mountOf({ Type, Name, Source, Destination, RW, Propagation, HostPath }: Container['Mounts'][number]): unknown {
  const name = /^[0-9a-f]{64}$/.test(Name) ? '' : Name;
  return { Type, name, source: Type === 'bind' ? Source : '', Destination, RW, Propagation, HostPath };
}

function limitsOf(config: HostConfig): unknown {
  const { Memory, MemorySwap, MemoryReservation, NanoCpus, CpuPeriod, CpuQuota, CpuShares, CpusetCpus, ShmSize } = config;
  const numbers = { Memory, MemorySwap, MemoryReservation, NanoCpus, CpuPeriod, CpuQuota, CpuShares, CpusetCpus, ShmSize };
  return { ...numbers, PidsLimit: config.PidsLimit ?? 0, RestartPolicy: config.RestartPolicy ?? null, Ulimits: config.Ulimits };
}

function digest(value: unknown): string {
  return sha256(canonical(value)).slice(0, 32);
}

/** JSON in which neither the order of keys nor that of a list counts: all lists here are sets of options. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).toSorted().join()}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return `{${entries.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join()}}`;
}

import { defineCollector } from './collector.ts';
import { withShownWords } from './command-words.ts';
import { ask, type Engine, inOrder } from './engine.ts';
import { addSessions, EXEC_REQUESTS, execSession, keepSessions } from './exec-sessions.ts';
import { forEach } from './for-each.ts';
import { attempt, type Host, HostError, hasCode, reasonOf } from './host.ts';
import { normalise, resolvePath } from './paths.ts';
import { type Processes, parseStatusNumbers, readInContainer } from './processes.ts';
import * as z from './schema.ts';
import { securityOptions } from './security-options.ts';

const portBindings = z.dictionary(z.list(z.object({ HostIp: z.text, HostPort: z.text })));

const mount = z.object({ Type: z.text, Name: z.text, Source: z.text, Destination: z.text, RW: z.flag, Propagation: z.text });

/** Its command is what somebody typed, passwords and all. */
const config = z.pipe(
  z.object({
    Image: z.text,
    User: z.text,
    Env: z.variableNames,
    Healthcheck: z.healthcheck,
    Labels: z.labels,
    Hostname: z.text,
    WorkingDir: z.text,
    Entrypoint: z.list(z.string()),
    Cmd: z.list(z.string()),
    Tty: z.flag,
    OpenStdin: z.flag,
    StopSignal: z.text,
    StopTimeout: z.nullish(z.number()),
  }),
  z.transform(withShownWords),
);

const network = z.object({
  Aliases: z.list(z.string()),
  Links: z.list(z.string()),
  IPAMConfig: z.nullish(z.object({ IPv4Address: z.text, IPv6Address: z.text })),
});

/**
 * What `docker inspect` says of a container, as far as a check asks for it, in the engine's own names. Keys that every engine sends, and that
 * would read as harmless when absent, are asked for.
 */
const inspected = z.object({
  Id: z.string(),
  Name: z.string(),
  Created: z.text,
  Image: z.text,
  AppArmorProfile: z.text,
  ProcessLabel: z.text,
  MountLabel: z.text,
  ExecIDs: z.list(z.string()),
  State: z.object({
    Status: z.text,
    Running: z.flag,
    Pid: z.integer,
    Health: z.nullish(z.object({ Status: z.text })),
  }),
  Config: config,
  HostConfig: z.object({
    Privileged: z.boolean(),
    CapAdd: z.list(z.string()),
    CapDrop: z.list(z.string()),
    SecurityOpt: securityOptions,
    ReadonlyRootfs: z.flag,
    NetworkMode: z.string(),
    PidMode: z.string(),
    IpcMode: z.string(),
    UTSMode: z.string(),
    UsernsMode: z.string(),
    CgroupnsMode: z.text,
    /** Empty where nothing of /proc is hidden (`systempaths=unconfined`, which is not among SecurityOpt); null where the engine does not say. */
    MaskedPaths: z.nullish(z.array(z.string())),
    CgroupParent: z.text,
    Memory: z.integer,
    /** Memory and swap together; -1 for as much swap as there is. */
    MemorySwap: z.integer,
    MemoryReservation: z.integer,
    NanoCpus: z.integer,
    CpuPeriod: z.integer,
    CpuQuota: z.integer,
    CpuShares: z.integer,
    CpusetCpus: z.text,
    PidsLimit: z.nullish(z.number()),
    RestartPolicy: z.nullish(z.object({ Name: z.text, MaximumRetryCount: z.integer })),
    Ulimits: z.list(z.object({ Name: z.string(), Soft: z.integer, Hard: z.integer })),
    Devices: z.list(z.object({ PathOnHost: z.text, PathInContainer: z.text, CgroupPermissions: z.text })),
    DeviceRequests: z.list(z.object({ Driver: z.text, Count: z.integer, Capabilities: z.list(z.list(z.string())) })),
    DeviceCgroupRules: z.list(z.string()),
    PublishAllPorts: z.boolean(),
    PortBindings: portBindings,
    LogConfig: z.nullish(z.object({ Type: z.text, Config: z.labels })),
    AutoRemove: z.flag,
    /** `/db:/web/database`: this container, `web`, knows `db` by the name `database`. */
    Links: z.list(z.string()),
    Tmpfs: z.dictionary(z.text),
    ExtraHosts: z.list(z.string()),
    Dns: z.list(z.string()),
    DnsSearch: z.list(z.string()),
    GroupAdd: z.list(z.string()),
    Sysctls: z.dictionary(z.text),
    ShmSize: z.integer,
    Runtime: z.text,
    Init: z.flag,
  }),
  Mounts: z.list(mount),
  NetworkSettings: z.nullish(z.object({ Ports: portBindings, Networks: z.dictionary(network) })),
});

const kernelView = z.object({
  /** Effective user of the first process inside its user namespace; null when the mapping is out of our sight. */
  uid: z.nullable(z.int()),
  /** The same user outside. */
  hostUid: z.int(),
  noNewPrivileges: z.boolean(),
  /** 0 off, 1 strict, 2 filter. */
  seccomp: z.int(),
});

const schema = z.object({
  containers: z.array(
    z.extend(inspected, {
      /**
       * Each mount with the host path really behind it, links and bind-backed volumes resolved; null for an ordinary volume or tmpfs.
       * `Unresolved` says why it cannot be told what a volume is.
       */
      Mounts: z.array(z.extend(mount, { HostPath: z.nullable(z.string()), Unresolved: z.optional(z.string()) })),
      /** What the kernel says of the running container's first process; null when stopped or out of sight. */
      Kernel: z.nullable(kernelView),
      /** Names of its processes; null when stopped or out of sight. */
      Processes: z.nullable(z.array(z.string())),
      /** Exec sessions that were looked at. */
      Execs: z.array(execSession),
    }),
  ),
  /** Containers the engine listed but could not describe. */
  unreadable: z.array(z.object({ Id: z.string(), Name: z.string(), reason: z.string() })),
});

export type Containers = z.infer<typeof schema>;
export type Container = Containers['containers'][number];

const listed = z.array(z.object({ Id: z.string(), Names: z.list(z.string()) }));

/** Requests at once: where the engine stops getting faster (measured on 20.10). */
const CONCURRENCY = 8;

export const containers = defineCollector<typeof schema, { engine: Engine }, { processes: Processes }>({
  describes: 'all containers, running or not: their configuration, and what the kernel says of their processes',
  watch: { events: ['container'] },
  schema,
  needs: ['engine'],
  after: ['processes'],
  async collect(host, { engine, processes }) {
    const entries = await ask(host, engine.endpoint, '/containers/json?all=1', listed);
    const found: Containers = { containers: [], unreadable: [] };
    await forEach(entries, CONCURRENCY, async (entry) => {
      try {
        found.containers.push(await inspect(host, entry.Id, { engine, processes }));
      } catch (error) {
        if (!(error instanceof HostError)) throw error;
        const reason = hasCode(error, 'not-found') ? 'removed between list and inspect (audit again)' : reasonOf(error);
        found.unreadable.push({ Id: entry.Id, Name: entry.Names[0] ?? entry.Id, reason });
      }
    });
    found.containers.sort(byName);
    found.unreadable.sort(byName);
    await addSessions(host, engine.endpoint, found.containers, EXEC_REQUESTS);
    return found;
  },
});

/** One order, however they came to be known: two have the same name where one is renamed while they are read. */
function byName(left: { readonly Name: string; readonly Id: string }, right: { readonly Name: string; readonly Id: string }): number {
  const [one, other] = left.Name === right.Name ? [left.Id, right.Id] : [left.Name, right.Name];
  return one < other ? -1 : 1;
}

interface Around {
  readonly engine: Engine;
  readonly processes: Processes | undefined;
}

async function inspect(host: Host, id: string, { engine, processes }: Around): Promise<Container> {
  const container = await ask(host, engine.endpoint, `/containers/${id}/json`, inspected);
  const mounted = inOrder(container.Mounts, ({ Destination }) => Destination);
  const Mounts = mounted.map((entry) => ({ ...entry, ...hostPathOf(host, entry, engine) }));
  return { ...container, Mounts, ...kernelFacts(host, container, processes), Execs: [] };
}

/**
 * The same fact with these containers looked at again, one request each; those that are gone are left out, and of those that cannot be described, why: one
 * must not hide the others.
 */
export async function refreshContainers(host: Host, before: Containers, ids: readonly string[], around: Around): Promise<Containers> {
  const others = <T extends { readonly Id: string }>(entries: readonly T[]): T[] => entries.filter(({ Id }) => !ids.includes(Id));
  const found: Container[] = [];
  const unreadable: Containers['unreadable'] = [];
  await forEach(ids, CONCURRENCY, async (id) => {
    try {
      found.push(await inspect(host, id, around));
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      const Name = [...before.containers, ...before.unreadable].find(({ Id }) => Id === id)?.Name ?? id;
      if (!hasCode(error, 'not-found')) unreadable.push({ Id: id, Name, reason: reasonOf(error) });
    }
  });
  keepSessions(found, before.containers);
  await addSessions(host, around.engine.endpoint, found, EXEC_REQUESTS);
  const all = [...others(before.containers), ...found];
  return {
    containers: all.toSorted(byName),
    unreadable: [...others(before.unreadable), ...unreadable].toSorted(byName),
  };
}

/** A bind source may be a link, and a local volume with the option `bind` is a host directory under another name. */
function hostPathOf(
  host: Host,
  { Type, Name, Source }: z.infer<typeof mount>,
  engine: Engine,
): Pick<Container['Mounts'][number], 'HostPath' | 'Unresolved'> {
  if (Type === 'volume' && engine.volumes === null)
    return { HostPath: null, Unresolved: engine.volumesProblem ?? 'the volumes were not listed' };
  const path = Type === 'bind' ? Source : engine.volumes?.find((volume) => Type === 'volume' && volume.Name === Name)?.Options['device'];
  if (!path?.startsWith('/')) return { HostPath: null };
  return { HostPath: attempt(() => resolvePath(host, path).path, normalise(path)) };
}

function kernelFacts(
  host: Host,
  { Id, State }: z.infer<typeof inspected>,
  processes: Processes | undefined,
): Pick<Container, 'Kernel' | 'Processes'> {
  const seen = processes?.containers[Id];
  if (!State.Running || seen === undefined) return { Kernel: null, Processes: null };
  return { Kernel: readKernel(host, Id, State.Pid), Processes: seen.names };
}

function readKernel(host: Host, id: string, pid: number): Container['Kernel'] {
  return readInContainer(host, id, pid, () => {
    const status = host.read(`/proc/${pid}/status`);
    const hostUid = parseStatusNumbers(status, 'Uid')[1] ?? 0;
    return {
      uid: mapUid(host.read(`/proc/${pid}/uid_map`), hostUid),
      hostUid,
      noNewPrivileges: parseStatusNumbers(status, 'NoNewPrivs')[0] === 1,
      seccomp: parseStatusNumbers(status, 'Seccomp')[0] ?? 0,
    };
  });
}

/** A user's number inside a namespace, by its uid_map (lines of inside, outside, count). */
export function mapUid(uidMap: string, outside: number): number | null {
  for (const line of uidMap.split('\n')) {
    const [inside = Number.NaN, from = Number.NaN, count = 0] = line.trim().split(/\s+/).map(Number);
    if (outside >= from && outside < from + count) return inside + (outside - from);
  }
  return null;
}

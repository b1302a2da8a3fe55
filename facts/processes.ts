import { defineCollector } from './collector.ts';
import { attempt, type Host } from './host.ts';
import * as z from './schema.ts';
import { hasPassword } from './secrets.ts';

const dockerd = z.object({
  pid: z.int(),
  argv: z.array(z.string()),
  /** User outside any user namespace; not 0 for a rootless daemon. */
  uid: z.int(),
  /** Milliseconds since the epoch. */
  startedAt: z.number(),
  /** It runs in a PID namespace of its own, so inside some container. */
  nested: z.boolean(),
  /** Variables that set daemon options; null when not permitted to read them. */
  environment: z.nullable(z.record(z.string(), z.string())),
  /** The systemd unit it belongs to. */
  unit: z.nullable(z.string()),
  /** It has started a docker-proxy: the userland proxy is on, and a port is published. */
  proxies: z.boolean(),
});

const process = z.object({
  /** Names of all its processes, as the kernel has them (at most 15 characters). */
  names: z.array(z.string()),
});

const schema = z.object({
  dockerd: z.array(dockerd),
  /** Container id → its processes, as seen from the host. */
  containers: z.record(z.string(), process),
});

export type Processes = z.infer<typeof schema>;
export type Dockerd = z.infer<typeof dockerd>;

/** Variables of dockerd's environment that change its settings, and hold no secret. */
const OPTION_VARIABLES = ['DOCKER_TLS_VERIFY', 'DOCKER_CERT_PATH', 'DOCKER_CONFIG', 'HOME', 'XDG_CONFIG_HOME', 'XDG_RUNTIME_DIR'];

/** The kernel's clock ticks per second in /proc/PID/stat: 100 on every Linux ABI (USER_HZ). */
const TICKS_PER_SECOND = 100;

export const processes = defineCollector({
  describes: 'the running Docker daemons and the processes of each container, read from /proc',
  watch: { events: ['container'] },
  schema,
  async collect(host) {
    const bootedAt = parseBootTime(host.read('/proc/stat'));
    const found: Processes = { dockerd: [], containers: {} };
    const proxied = new Set<number>();
    for (const pid of host.list('/proc').filter((name) => /^\d+$/.test(name))) {
      const stat = parseStat(attempt(() => host.read(`/proc/${pid}/stat`), ''));
      if (stat === null) continue; // it ended while we looked
      if (stat.name === 'dockerd') {
        const daemon = readDockerd(host, Number(pid), bootedAt + (stat.startTicks / TICKS_PER_SECOND) * 1000);
        if (daemon !== null) found.dockerd.push(daemon);
      }
      if (stat.name === 'docker-proxy') proxied.add(stat.parent);
      if (stat.parent === 2 || pid === '2') continue; // kernel threads
      const container = parseContainerId(attempt(() => host.read(`/proc/${pid}/cgroup`), ''));
      if (container === null) continue;
      const names = found.containers[container]?.names ?? [];
      found.containers[container] = { names: names.includes(stat.name) ? names : [...names, stat.name] };
    }
    for (const daemon of found.dockerd) daemon.proxies = proxied.has(daemon.pid);
    return found;
  },
});

function readDockerd(host: Host, pid: number, startedAt: number): Dockerd | null {
  const argv = attempt(() => host.read(`/proc/${pid}/cmdline`), '')
    .split('\0')
    .slice(0, -1)
    .map(withoutSecret);
  const status = attempt(() => host.read(`/proc/${pid}/status`), null);
  if (argv.length === 0 || status === null) return null;
  const environment = attempt(() => host.read(`/proc/${pid}/environ`), null);
  return {
    pid,
    argv,
    startedAt,
    uid: parseStatusNumbers(status, 'Uid')[1] ?? 0,
    nested: parseStatusNumbers(status, 'NSpid').length > 1,
    environment: environment === null ? null : parseEnvironment(environment),
    unit: parseUnit(attempt(() => host.read(`/proc/${pid}/cgroup`), '')),
    proxies: false,
  };
}

/** A word of a command line as it may be shown: log drivers take tokens as options, and an address may have a password in it. */
function withoutSecret(word: string, index: number, all: readonly string[]): string {
  const [, before = '', name = '', value = ''] = /^(--log-opt=)?([^=]*)=(.*)$/s.exec(word) ?? [];
  const isOption = before !== '' || all[index - 1] === '--log-opt';
  if (isOption && !(name.endsWith('-address') && !value.includes('@'))) return `${before}${name}=(not shown)`;
  return hasPassword(word) ? word.replace(/:\/\/[^/\s]*@/g, '://(not shown)@') : word;
}

/** Boot time in milliseconds since the epoch, from /proc/stat. */
export function parseBootTime(stat: string): number {
  return Number(/^btime (\d+)$/m.exec(stat)?.[1] ?? 0) * 1000;
}

/** The fields we use of /proc/PID/stat. The name may hold spaces and parentheses, so it ends at the last one. */
export function parseStat(stat: string): { name: string; parent: number; startTicks: number } | null {
  const end = stat.lastIndexOf(')');
  if (end < 0) return null;
  const fields = stat.slice(end + 2).split(' ');
  return { name: stat.slice(stat.indexOf('(') + 1, end), parent: Number(fields[1]), startTicks: Number(fields[19]) };
}

/** When the kernel started a process, in milliseconds since the epoch. Throws HostError. */
export function startTime(host: Host, pid: number): number | null {
  const stat = parseStat(host.read(`/proc/${pid}/stat`));
  return stat === null ? null : parseBootTime(host.read('/proc/stat')) + (stat.startTicks / TICKS_PER_SECOND) * 1000;
}

/**
 * What is read of a process that the engine says is of a container; null where that is out of sight, or it is not. An engine in a PID namespace of its own
 * counts differently: its number would lead us to a stranger.
 */
export function readInContainer<T>(host: Host, id: string, pid: number, read: () => T): T | null {
  return attempt(() => (parseContainerId(host.read(`/proc/${pid}/cgroup`)) === id ? read() : null), null);
}

/** Numbers of one line of /proc/PID/status, such as `Uid:	real effective saved filesystem`. */
export function parseStatusNumbers(status: string, key: string): number[] {
  const line = new RegExp(`^${key}:\\s*(.*)$`, 'm').exec(status)?.[1];
  return line === undefined ? [] : line.split(/\s+/).filter(Boolean).map(Number);
}

/** The id of the container a cgroup belongs to: the last 64 hexadecimal digits in it (`/docker/ID`, `docker-ID.scope`). */
export function parseContainerId(cgroup: string): string | null {
  return cgroup.match(/(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g)?.at(-1) ?? null;
}

/** The systemd service a cgroup belongs to; the innermost, for a user's services lie in `user@1000.service`. */
export function parseUnit(cgroup: string): string | null {
  return [...cgroup.matchAll(/\/([^/\n]+\.service)(?=\/|$)/gm)].at(-1)?.[1] ?? null;
}

function parseEnvironment(environ: string): Record<string, string> {
  const pairs = environ.split('\0').map((pair) => /^([^=]+)=(.*)$/s.exec(pair)?.slice(1) ?? []);
  return Object.fromEntries(pairs.filter(([name]) => OPTION_VARIABLES.includes(name ?? '')));
}

/** Values that dockerd, or the containers, would not work with on this host. Many of them dockerd itself accepts, and fails later. */
import type { Goals } from '../checks/check.ts';
import { show } from '../checks/families/daemon-setting.ts';
import { containerName } from '../checks/families/each-container.ts';
import type { Container } from '../facts/containers.ts';
import { entriesOf, sameSetting } from '../facts/daemon.ts';
import { isLoopbackRange } from '../facts/daemon-live.ts';
import { daemonOptions } from '../facts/dockerd-options.ts';
import { majorVersion } from '../facts/engine.ts';
import type { Json } from '../facts/json.ts';
import type { Known } from './daemon-setting.ts';
import type { Applied } from './plan.ts';

type Judge = (value: Json, facts: Known, impact: Applied) => string | null;

const BY_KEY: Readonly<Record<string, Judge>> = {
  icc: (_, facts, impact) =>
    withoutRules(facts, 'dockerd does not start with icc=false as well') ?? (impact === 'none' ? null : keptContainers(facts)),
  'userland-proxy': (_, facts) => withoutRules(facts, 'without the proxy as well nothing would forward published ports'),
  'live-restore': (_, { swarm }) =>
    swarm.state === 'inactive'
      ? null
      : `the host is in a swarm (${swarm.state}), with which live restore does not go together: dockerd would take it now, and not start again`,
  ip6tables: (_, { engine }) =>
    majorVersion(engine.version.Version) >= 27
      ? null
      : `engine ${engine.version.Version} filters IPv6 in experimental mode only, and may not start with it: upgrade to 27 or later`,
  experimental: (_, { daemon, engine }) =>
    majorVersion(engine.version.Version) < 27 && isOrWillBe(daemon, 'ip6tables', true)
      ? `ip6tables=true needs experimental mode before engine 27 (this is ${engine.version.Version}): take it out of ${daemon.configFile.path} first, or upgrade`
      : null,
  'insecure-registries': (_, facts) => usedRegistries(facts),
  'default-ulimits': (value) => badUlimits(value),
};

export function valueRefusal({ key, value }: Goals['daemon-setting'], facts: Known, impact: Applied): string | null {
  return BY_KEY[key]?.(value, facts, impact) ?? null;
}

/** Keys of which dockerd takes every value that its validator takes: they may come into force by the way, as the plan says. */
const HARMLESS = [
  'debug',
  'experimental',
  'icc',
  'insecure-registries',
  'ip6tables',
  'iptables',
  'live-restore',
  'no-new-privileges',
  'registry-mirrors',
  'userland-proxy',
];

/**
 * What else stands in the file and would be in force with what is asked for. It may move data, lock people out, or keep dockerd from starting,
 * which could not even be taken back, for the file of before has it, too. So somebody has to have tried it. SIGHUP brings little of it.
 */
export function companionRefusal({ daemon: { settings, configFile } }: Known, impact: Applied): string | null {
  // What the engine calls otherwise than the file does, as a data root under userns-remap, is no news to it.
  if (configFile.settled || impact === 'none') return null;
  const coming = Object.entries(settings).flatMap(([key, { pending }]) => {
    const comes = impact === 'reload' ? key === 'authorization-plugins' : !HARMLESS.includes(key);
    return comes && pending !== undefined && !isDefault(key, pending) ? [show(key, pending)] : [];
  });
  if (impact === 'restart') coming.push(...configFile.others);
  if (coming.length === 0) return null;
  return `${configFile.path} has ${coming.join(', ')}, which dockerd is not known to run with and would take as well: restart it yourself when all is ready for that, or take it out, and plan again`;
}

function isDefault(key: string, value: Json): boolean {
  const fallback = daemonOptions.find((option) => option.key === key)?.default;
  return fallback !== undefined && sameSetting(key, value, fallback);
}

function isOrWillBe(daemon: Known['daemon'], key: string, value: Json): boolean {
  return daemon.settings[key]?.value === value || daemon.settings[key]?.pending === value;
}

function withoutRules({ daemon }: Known, why: string): string | null {
  if (!isOrWillBe(daemon, 'iptables', false)) return null;
  return `iptables=false, in force or written, and ${why}: apply daemon/iptables-enabled first`;
}

/** Containers that run when dockerd starts keep the default bridge as it is. */
function keptContainers({ daemon, containers: { containers, unreadable } }: Known): string | null {
  const kept = [...runningOf(containers), ...unreadable].map(containerName);
  if (daemon.settings['live-restore']?.value !== true || kept.length === 0) return null;
  return `with live restore ${kept.join(', ')} would run on through the restart, and as long as a container runs the engine leaves the default bridge as it is: stop them first, or switch live-restore off`;
}

export function runningOf(containers: readonly Container[]): Container[] {
  return containers.filter(({ State }) => State.Running);
}

/** The registries in force that are not verified, those of loopback left out. */
export function insecureRegistries({ daemon }: Pick<Known, 'daemon'>): string[] {
  const value = daemon.settings['insecure-registries']?.value;
  return (Array.isArray(value) ? value.map(String) : []).filter((entry) => !isLoopbackRange(entry));
}

function usedRegistries(facts: Known): string | null {
  const insecure = insecureRegistries(facts);
  const users = runningOf(facts.containers.containers).flatMap((container) => {
    const registry = registryOf(container.Config.Image);
    const entry = insecure.find((candidate) => candidate === registry || isInRange(registry, candidate));
    return entry === undefined ? [] : [`${containerName(container)} (${container.Config.Image})`];
  });
  if (users.length === 0) return null;
  return `images of running containers come from such a registry, and could not be pulled again: ${users.join(', ')}; give the registry a certificate, and take it out of insecure-registries yourself`;
}

/** `registry.example:5000`; images without a registry's name come from Docker's. */
export function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/');
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost') ? first : 'docker.io';
}

/** Whether a registry that is named by its IPv4 address lies in a range. */
function isInRange(registry: string, range: string): boolean {
  const [network = '', length] = range.split('/');
  const [address, base] = [toNumber(registry.replace(/:\d+$/, '')), toNumber(network)];
  if (length === undefined || address === null || base === null) return false;
  const size = 2 ** (32 - Number(length));
  return Math.floor(address / size) === Math.floor(base / size);
}

function toNumber(address: string): number | null {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(address)) return null;
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** Limits that Linux has. dockerd takes any name, and then starts no container. */
const ULIMITS = 'core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack'.split(' ');
/** The kernel's own highest number of open files, unless somebody raised it. */
const NR_OPEN = 1_048_576;

function badUlimits(value: Json): string | null {
  for (const [name, limit] of entriesOf(value)) {
    const { Name, Hard, Soft } = Object.fromEntries(entriesOf(limit));
    const problem = !ULIMITS.includes(name)
      ? 'Linux has no limit of that name'
      : Name !== name || !isCount(Hard) || !isCount(Soft)
        ? `expected {"Name": "${name}", "Hard": …, "Soft": …}`
        : height(Soft) > height(Hard)
          ? 'its soft limit is above its hard one'
          : name === 'nofile' && height(Hard) > NR_OPEN
            ? `more than ${NR_OPEN} open files is more than the kernel allows`
            : null;
    if (problem !== null)
      return `default-ulimits ${name}: ${problem}, and no container would start: correct daemon.json or policy.defaultUlimits first`;
  }
  return null;
}

function isCount(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= -1;
}

/** -1 is no limit at all. */
function height(limit: number): number {
  return limit < 0 ? Number.POSITIVE_INFINITY : limit;
}

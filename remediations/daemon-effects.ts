/** Who notices that dockerd gets another setting, and who that it is restarted. */
import { show } from '../checks/families/daemon-setting.ts';
import { containerName } from '../checks/families/each-container.ts';
import type { Container } from '../facts/containers.ts';
import type { Facts } from '../facts/index.ts';
import type { Known } from './daemon-setting.ts';
import { insecureRegistries, registryOf, runningOf } from './daemon-values.ts';
import type { Effect } from './remediation.ts';

/** What the new value of a key means for containers and people, beside the restart that it may take. */
export function settingEffects(key: string, facts: Known): Effect[] {
  const effects = BY_KEY[key]?.(facts) ?? [];
  return effects.filter(({ resources }) => resources.length > 0);
}

const BY_KEY: Readonly<Record<string, (facts: Known) => Effect[]>> = {
  icc: ({ containers }) => iccEffects(runningOf(containers.containers)),
  iptables: ({ containers }) => [
    {
      effect: 'get Docker’s packet filter rules again: networks are kept apart, and published ports pass by the host’s own INPUT rules',
      resources: names(runningOf(containers.containers)),
    },
  ],
  ip6tables: ({ containers }) => [
    {
      effect: 'get Docker’s packet filter rules for IPv6: what is not published can no longer be reached by its own address',
      resources: names(runningOf(containers.containers)),
    },
  ],
  'userland-proxy': proxyEffects,
  'no-new-privileges': ({ containers }) => [
    {
      effect: 'keep the old default, also when they start again, until they are made anew',
      resources: names(containers.containers.filter(({ HostConfig }) => !HostConfig.SecurityOpt.some(isNoNewPrivileges))),
    },
    { effect: 'setuid programs such as sudo, su and ping do not work in them, unless they opt out', resources: ['new containers'] },
  ],
  'default-ulimits': ({ daemon, containers }) => [
    {
      effect:
        daemon.settings['live-restore']?.value === true
          ? 'keep the limits they run with until their next start (docker inspect shows the new ones at once)'
          : 'start again with the new limits, where they have none of their own',
      resources: names(runningOf(containers.containers)),
    },
  ],
  'insecure-registries': registryEffects,
  'live-restore': () => [{ effect: 'is refused as long as live restore is on', resources: ['docker swarm init'] }],
  experimental: () => [{ effect: 'no longer work', resources: ['experimental features'] }],
};

function names(containers: readonly Container[]): string[] {
  return containers.map(containerName);
}

function isNoNewPrivileges(option: string): boolean {
  return /^no-new-privileges([:=](true|false))?$/.test(option);
}

/** Neighbours on the default bridge; those that are linked still reach each other. */
function iccEffects(running: readonly Container[]): Effect[] {
  const onBridge = running.filter(({ NetworkSettings }) => Object.hasOwn(NetworkSettings?.Networks ?? {}, 'bridge'));
  const links = onBridge.flatMap((container) =>
    container.HostConfig.Links.map((link) => [containerName(container), link.replace(/^\//, '').split(':')[0] ?? ''] as const),
  );
  const linked = (left: Container, right: Container): boolean =>
    links.some((pair) => pair.includes(containerName(left)) && pair.includes(containerName(right)));
  const parted = onBridge.filter((one) => onBridge.some((other) => other !== one && !linked(one, other)));
  return [
    { effect: 'can no longer reach each other over the default bridge', resources: names(parted) },
    { effect: 'still reach each other, being linked', resources: links.map(([from, to]) => `${from} → ${to}`) },
  ];
}

function proxyEffects({ daemon, containers }: Known): Effect[] {
  const running = runningOf(containers.containers);
  const ports = running.flatMap((container) => published(container).filter(({ address }) => ['', '::', '::1'].includes(address)));
  const kept = daemon.settings['live-restore']?.value === true ? running.filter((container) => published(container).length > 0) : [];
  return [
    {
      effect: 'no longer answer on [::1], so localhost fails where it means IPv6 first',
      resources: [...new Set(ports.map(({ name, port }) => `${name} [::1]:${port}`))],
    },
    // The interface of a container that runs on stays as it was made for the proxy.
    { effect: 'do not reach their own published ports by the host’s address until they are started again', resources: names(kept) },
  ];
}

interface Published {
  readonly name: string;
  readonly address: string;
  readonly port: string;
}

/** What of a running container can be reached through the host. */
function published(container: Container): Published[] {
  return Object.values(container.NetworkSettings?.Ports ?? {}).flatMap((bindings) =>
    bindings.map(({ HostIp, HostPort }) => ({ name: containerName(container), address: HostIp, port: HostPort })),
  );
}

/** Ranges cover registries by name, too, and whose address that is nobody here can tell. */
function registryEffects(facts: Known): Effect[] {
  const insecure = insecureRegistries(facts);
  const ranges = insecure.filter((entry) => entry.includes('/'));
  const unsure = runningOf(facts.containers.containers).filter(({ Config }) => registryOf(Config.Image) !== 'docker.io');
  return [
    { effect: 'are reached over verified TLS only: without a certificate pulls and pushes fail', resources: insecure },
    {
      effect: `come from a registry that may lie in ${ranges.join(', ')}, and then cannot be pulled again`,
      resources: ranges.length === 0 ? [] : unsure.map((container) => `${containerName(container)} (${container.Config.Image})`),
    },
  ];
}

/** What becomes of a running container when dockerd is restarted without live restore. */
export function afterRestart({
  Config,
  HostConfig,
  State,
}: Container): 'gone' | 'swarm' | 'back' | 'back-on-failure' | 'ended' | 'started' {
  if (HostConfig.AutoRemove) return 'gone';
  if (Object.hasOwn(Config.Labels, 'com.docker.swarm.task.id')) return 'swarm';
  const policy = HostConfig.RestartPolicy?.Name ?? '';
  if (policy === 'on-failure') return 'back-on-failure';
  if (['always', 'unless-stopped'].includes(policy)) return 'back';
  return State.Status === 'paused' ? 'ended' : 'started';
}

const STOPPING: Readonly<Record<ReturnType<typeof afterRestart>, string>> = {
  gone: 'stop and are gone for good (--rm)',
  swarm: 'stop, and the swarm may start them on another node',
  back: 'stop while dockerd restarts, and come back by themselves',
  'back-on-failure': 'stop while dockerd restarts, and come back by themselves, or by hullguard where they end without an error',
  ended: 'are paused: they end when dockerd restarts, and stay so',
  started: 'stop while dockerd restarts, and are started again by hullguard',
};

/** What a restart of dockerd does to the host, whatever it is for; `keys` are the settings it is for. */
export function restartEffects({ daemon, containers, swarm }: Partial<Facts>, keys: readonly string[]): Effect[] {
  const settings = daemon?.settings ?? {};
  const running = runningOf(containers?.containers ?? []);
  const kept = settings['live-restore']?.value === true;
  const inSwarm = swarm !== undefined && swarm.state !== 'inactive';
  // The default bridge and the proxy change for containers that stop only, and a swarm node cannot have live restore.
  const avoidable =
    !kept && swarm !== undefined && !inSwarm && !keys.some((key) => ['live-restore', 'icc', 'userland-proxy'].includes(key));
  const effects: Effect[] = [
    ...(kept ? keptEffects(running, settings['userland-proxy']?.value !== false) : stoppingEffects(running)),
    { effect: 'cannot be inspected, and may stop', resources: kept ? [] : (containers?.unreadable ?? []).map(containerName) },
    { effect: 'would run on through the restart: apply daemon/live-restore first', resources: avoidable ? names(running) : [] },
    { effect: 'may lose tasks to other nodes while dockerd restarts', resources: inSwarm ? ['this swarm node'] : [] },
    takenAsWell(settings, keys),
  ];
  return effects.filter(({ resources }) => resources.length > 0);
}

/** Keys that dockerd takes on SIGHUP, of those that are known to wait. */
const TAKEN_BY_RELOAD = [
  'authorization-plugins',
  'debug',
  'features',
  'insecure-registries',
  'labels',
  'live-restore',
  'registry-mirrors',
  'runtimes',
];

/** What a reload of dockerd brings beside the settings that it is for. */
export function reloadEffects({ daemon }: Partial<Facts>, keys: readonly string[]): Effect[] {
  const settings = Object.entries(daemon?.settings ?? {}).filter(([key]) => TAKEN_BY_RELOAD.includes(key));
  return [takenAsWell(Object.fromEntries(settings), keys)].filter(({ resources }) => resources.length > 0);
}

function takenAsWell(settings: Known['daemon']['settings'], keys: readonly string[]): Effect {
  const pending = Object.entries(settings).filter(([key, setting]) => setting.pending !== undefined && !keys.includes(key));
  return {
    effect: 'take force as well: the configuration file has them already',
    resources: pending.map(([key, setting]) => show(key, setting.pending)),
  };
}

function stoppingEffects(running: readonly Container[]): Effect[] {
  const groups = Map.groupBy(running, afterRestart);
  return Object.entries(STOPPING).map(([fate, effect]) => ({ effect, resources: names(groups.get(fate as keyof typeof STOPPING) ?? []) }));
}

/** The proxies are children of dockerd: they end with it, and are there again after it. */
function keptEffects(running: readonly Container[], proxied: boolean): Effect[] {
  const local = running.flatMap((container) => published(container).filter(({ address }) => /^127\.|^0\.0\.0\.0$|^$/.test(address)));
  return [
    { effect: 'run on while dockerd restarts (live restore)', resources: names(running) },
    {
      effect: 'do not answer on 127.0.0.1 while dockerd restarts',
      resources: proxied ? [...new Set(local.map(({ name, port }) => `${name} 127.0.0.1:${port}`))] : [],
    },
  ];
}

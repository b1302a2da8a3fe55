import { entriesOf } from '../../facts/daemon.ts';
import { isLoopbackRange } from '../../facts/daemon-live.ts';
import { majorVersion } from '../../facts/engine.ts';
import type { Json } from '../../facts/json.ts';
import type { Check, Outcome } from '../check.ts';
import { daemonSetting } from '../families/daemon-setting.ts';

const off = (value: Json): boolean => value === false;
const on = (value: Json): boolean => value === true;

const icc = daemonSetting({
  id: 'daemon/icc-disabled',
  key: 'icc',
  expected: 'icc=false',
  title: 'Containers on the default bridge cannot reach each other',
  severity: 'high',
  stride: ['I', 'E'],
  rationale: 'A container that is broken into can sniff its neighbours and reach their ports, published or not.',
  fix: 'Set "icc": false in daemon.json and restart dockerd with no container running; use networks of your own for containers that talk.',
  needs: ['engine'],
  exempt: ({ engine }) => (engine.networks.some((network) => network.Name === 'bridge') ? null : 'the default bridge is switched off'),
  accepts: off,
  wants: false,
});

const iptables = daemonSetting({
  id: 'daemon/iptables-enabled',
  key: 'iptables',
  expected: 'iptables=true',
  title: 'Docker manages its packet filter rules',
  severity: 'high',
  stride: ['T', 'I'],
  rationale: 'Without its rules containers are not isolated from each other, and published ports bypass what was meant.',
  fix: 'Remove "iptables": false from daemon.json or the command line and restart dockerd.',
  accepts: on,
  wants: true,
});

const ip6tables = daemonSetting({
  id: 'daemon/ip6tables-enabled',
  key: 'ip6tables',
  expected: 'ip6tables=true',
  title: 'Docker manages its IPv6 packet filter rules',
  severity: 'low',
  stride: ['T', 'I'],
  rationale: 'Containers with IPv6 addresses are reachable unfiltered while the IPv4 rules look complete.',
  fix: 'Remove "ip6tables": false from daemon.json or the command line and restart dockerd (engines before 27 also need "experimental").',
  needs: ['engine'],
  // Up to engine 26 the option is off by default and works in experimental mode only: unset is no decision of the operator there.
  exempt: ({ daemon, engine }) =>
    majorVersion(engine.version.Version) < 27 && daemon.settings['ip6tables']?.origin === 'default'
      ? 'this engine filters IPv6 in experimental mode only'
      : null,
  accepts: on,
  wants: true,
});

const insecureRegistries = daemonSetting({
  id: 'daemon/no-insecure-registries',
  key: 'insecure-registries',
  expected: 'only loopback ranges',
  title: 'Registries are reached over verified TLS only',
  severity: 'high',
  surface: 'registry',
  stride: ['S', 'T'],
  rationale: 'A registry without verified TLS can be impersonated, and its images changed on the way.',
  fix: 'Give the registry a certificate, remove it from "insecure-registries" (write [] to take effect on reload), and reload dockerd.',
  impact: 'reload',
  accepts: (value) => Array.isArray(value) && value.every((entry) => isLoopbackRange(String(entry))),
  wants: [],
});

function storageDriver(name: 'aufs' | 'devicemapper', why: string): Check {
  return daemonSetting({
    id: `daemon/no-${name}`,
    key: 'storage-driver',
    expected: `any driver but ${name}`,
    title: `The storage driver is not ${name}`,
    severity: 'low',
    stride: ['D'],
    rationale: why,
    fix: 'Move images and volumes away, set "storage-driver": "overlay2", restart dockerd, and load them again.',
    accepts: (value) => value !== name,
  });
}

const baseDeviceSize = daemonSetting({
  id: 'daemon/base-device-size',
  key: 'storage-opts',
  expected: 'no dm.basesize',
  title: 'The devicemapper base device keeps its size',
  severity: 'low',
  stride: ['D'],
  rationale: 'A larger base device lets each container fill more of the storage.',
  fix: 'Remove dm.basesize from "storage-opts" and restart dockerd.',
  exempt: ({ daemon }) => {
    const driver = daemon.settings['storage-driver']?.value;
    return driver !== undefined && driver !== 'devicemapper' ? `the storage driver is ${String(driver)}, not devicemapper` : null;
  },
  accepts: (value) => Array.isArray(value) && !value.some((entry) => String(entry).startsWith('dm.basesize')),
});

const defaultUlimits = daemonSetting({
  id: 'daemon/default-ulimits',
  key: 'default-ulimits',
  expected: 'the limits that policy.defaultUlimits names',
  title: 'Containers get resource limits by default',
  severity: 'low',
  stride: ['D'],
  rationale: 'One container can use up files or processes that all others need.',
  fix: 'Set "default-ulimits" in daemon.json to the limits of your policy and restart dockerd.',
  needs: ['policy'],
  exempt: ({ policy }) => (policy.defaultUlimits === undefined ? 'policy.defaultUlimits asks for none' : null),
  accepts(value, { policy }) {
    const given = new Map(entriesOf(value));
    return Object.entries(policy.defaultUlimits ?? {}).every(([name, most]) => isWithin(hardLimit(given.get(name)), most));
  },
  wants({ daemon, policy }) {
    const asked = Object.entries(policy.defaultUlimits ?? {});
    // No limit is lower than none at all, so nothing would ever do.
    if (asked.some(([, most]) => most < 0)) return undefined;
    const setting = daemon.settings['default-ulimits'];
    const written = Object.fromEntries(entriesOf(setting?.pending ?? setting?.value));
    return { ...written, ...Object.fromEntries(asked.map(([name, most]) => [name, lowered(name, written[name], most)])) };
  },
});

/** `{"Hard": 100}` in the file, whose names dockerd reads in any case; `soft[:hard]` on the command line. */
function hardLimit(limit: Json | undefined): number {
  if (typeof limit === 'string') return Number(limit.split(':').at(-1) || Number.NaN);
  return numberIn(limit, 'hard');
}

function numberIn(limit: Json | undefined, name: string): number {
  return Number(entriesOf(limit).find(([key]) => key.toLowerCase() === name)?.[1] ?? Number.NaN);
}

function isWithin(limit: number, most: number): boolean {
  return limit >= 0 && limit <= most;
}

/** A limit in full, as it is where that will do; dockerd takes one without its name, and then starts no container. */
function lowered(Name: string, limit: Json | undefined, most: number): Json {
  const Hard = isWithin(hardLimit(limit), most) ? hardLimit(limit) : most;
  const soft = numberIn(limit, 'soft');
  return { Name, Hard, Soft: isWithin(soft, Hard) ? soft : Hard };
}

const usernsRemap = daemonSetting({
  id: 'daemon/userns-remap',
  key: 'userns-remap',
  expected: 'userns-remap set, or rootless mode',
  title: 'Root in containers is an unprivileged user on the host',
  severity: 'medium',
  stride: ['E'],
  rationale: 'Without remapping, root that leaves a container is root of the host.',
  fix: 'Plan it: set "userns-remap": "default" and restart; images, containers and volumes of before disappear from view.',
  // A rootless daemon's containers are remapped already; it cannot do it twice.
  accepts: (value, { daemon }) => daemon.rootless || value !== '',
});

const cgroupParent = daemonSetting({
  id: 'daemon/default-cgroup-parent',
  key: 'cgroup-parent',
  expected: 'not set, or a value of policy.cgroupParents',
  title: 'Containers start under the default or an approved cgroup parent',
  severity: 'low',
  stride: ['D'],
  rationale: 'Under another parent, containers can escape the resource limits that were meant for them.',
  fix: 'Remove "cgroup-parent" and restart dockerd, or name the value in policy.cgroupParents.',
  needs: ['policy'],
  accepts: (value, { policy }) => value === '' || policy.cgroupParents.includes(String(value)),
});

const remoteLogging = daemonSetting({
  id: 'daemon/remote-logging',
  key: 'log-driver',
  expected: 'a log driver that sends logs off this host',
  title: 'Container logs leave the host',
  severity: 'medium',
  stride: ['R'],
  rationale: 'Local logs go with the container or the host, and whoever breaks in can rewrite them.',
  fix: 'Set "log-driver" to one that sends logs to a collector; containers keep the driver they were created with.',
  needs: ['policy'],
  accepts(value, { daemon, policy }): boolean | Outcome {
    if (policy.remoteLogDrivers.includes(String(value))) return true;
    if (value !== 'syslog') return false;
    const options = daemon.settings['log-opts']?.value ?? daemon.settings['log-opts']?.pending;
    if (options === undefined) return 'error';
    const address = entriesOf(options).find(([name]) => name === 'syslog-address')?.[1];
    return /^(udp|tcp|tcp\+tls):\/\/(?!(localhost|127(\.\d+){3}|\[::1\])(:|\/|$))./.test(String(address ?? ''));
  },
});

const noNewPrivileges = daemonSetting({
  id: 'daemon/no-new-privileges',
  key: 'no-new-privileges',
  expected: 'no-new-privileges=true',
  title: 'Containers start without a way to new privileges by default',
  severity: 'medium',
  stride: ['E'],
  rationale: 'A setuid program in an image gives an intruder root inside the container.',
  fix: 'Set "no-new-privileges": true in daemon.json and restart dockerd; containers of before keep what they have.',
  accepts: on,
  wants: true,
});

const liveRestore = daemonSetting({
  id: 'daemon/live-restore',
  key: 'live-restore',
  expected: 'live-restore=true',
  title: 'Containers keep running while the daemon restarts',
  severity: 'low',
  stride: ['D'],
  rationale: 'Otherwise every restart of the daemon, an upgrade included, stops every container.',
  fix: 'Set "live-restore": true in daemon.json and reload dockerd.',
  impact: 'reload',
  needs: ['swarm'],
  exempt: ({ swarm }) => (swarm.state === 'inactive' ? null : 'live restore and swarm mode exclude each other'),
  accepts: on,
  wants: true,
});

const userlandProxy = daemonSetting({
  id: 'daemon/userland-proxy-disabled',
  key: 'userland-proxy',
  expected: 'userland-proxy=false',
  title: 'Published ports go through the packet filter, not a proxy process',
  severity: 'low',
  stride: ['D', 'R'],
  rationale: 'A proxy process per port costs memory, is more code at the network’s edge, and hides the client’s address.',
  fix: 'Set "userland-proxy": false in daemon.json and restart dockerd; published ports on [::1] stop answering.',
  accepts: off,
  wants: false,
});

const seccompProfile = daemonSetting({
  id: 'daemon/seccomp-profile',
  key: 'seccomp-profile',
  expected: 'the built-in profile, or one of policy.seccompProfiles',
  title: 'Containers get a seccomp profile by default',
  severity: 'high',
  stride: ['E'],
  rationale: 'Every system call that is left open is kernel code an intruder can attack.',
  fix: 'Remove "seccomp-profile" from daemon.json, or name your profile in policy.seccompProfiles; then restart dockerd.',
  needs: ['policy'],
  accepts(value, { policy }): Outcome {
    if (['', 'default', 'builtin'].includes(String(value))) return 'pass';
    if (value === 'unconfined') return 'fail';
    return policy.seccompProfiles.includes(String(value)) ? 'pass' : 'review';
  },
});

const experimental = daemonSetting({
  id: 'daemon/no-experimental',
  key: 'experimental',
  expected: 'experimental=false',
  title: 'Experimental features are off',
  severity: 'low',
  stride: ['D', 'E'],
  rationale: 'Unfinished code runs as root, with less review behind it.',
  fix: 'Remove "experimental": true from daemon.json or the command line and restart dockerd.',
  accepts: off,
  wants: false,
});

export const daemonSettings = {
  icc,
  iptables,
  ip6tables,
  insecureRegistries,
  noAufs: storageDriver('aufs', 'aufs is unmaintained, crashes under load, and was removed from the engine.'),
  noDevicemapper: storageDriver('devicemapper', 'devicemapper was removed from the engine: an upgrade makes its data unreachable.'),
  defaultUlimits,
  usernsRemap,
  cgroupParent,
  baseDeviceSize,
  remoteLogging,
  noNewPrivileges,
  liveRestore,
  userlandProxy,
  seccompProfile,
  experimental,
};

/** What a container was started with, as options of `docker run`: from what the engine says of it. */
import type { Container } from '../facts/containers.ts';
import type { Image } from '../facts/images.ts';
import { HIDDEN } from '../facts/schema.ts';

/** One option with its value, as words. */
type Option = readonly string[];

interface Origin {
  /** Its image, where that is known: what comes from it need not be said again. */
  readonly image: Image | undefined;
  /** The driver that the engine gives containers which ask for none. */
  readonly logDriver: string | undefined;
}

export interface Run {
  readonly options: readonly Option[];
  /** The words after the image. */
  readonly command: readonly string[];
}

export function runOf(container: Container, { image, logDriver }: Origin): Run {
  const { entrypoint, command } = commandOf(container, image);
  return {
    options: [
      ...process(container, image),
      ...entrypoint,
      ...variablesOf(container, image).map((name) => ['--env', name]),
      ...Object.entries(labelsOf(container, image)).map(([name, value]) => ['--label', `${name}=${value}`]),
      ...life(container),
      ...network(container),
      ...ports(container),
      ...container.Mounts.flatMap((mount) => mountOf(mount, container)),
      ...privileges(container),
      ...namespaces(container),
      ...limits(container),
      ...devices(container),
      ...logging(container, logDriver),
    ],
    command,
  };
}

/** An option for each value. */
function each(flag: string, values: readonly string[]): Option[] {
  return values.map((value) => [flag, value]);
}

function when(wanted: boolean, ...words: string[]): Option[] {
  return wanted ? [words] : [];
}

function process({ Id, Config, HostConfig }: Container, image: Image | undefined): Option[] {
  const { Hostname, User, WorkingDir, Tty, OpenStdin, StopSignal, StopTimeout } = Config;
  const own = Hostname !== '' && !Id.startsWith(Hostname) && !joins(HostConfig.NetworkMode) && HostConfig.UTSMode !== 'host';
  return [
    ...when(OpenStdin, '--interactive'),
    ...when(Tty, '--tty'),
    ...when(own, '--hostname', Hostname),
    ...when(User !== (image?.Config?.User ?? ''), '--user', User),
    ...when(WorkingDir !== (image?.Config?.WorkingDir ?? ''), '--workdir', WorkingDir),
    ...when(StopSignal !== '', '--stop-signal', StopSignal),
    ...when(StopTimeout != null, '--stop-timeout', String(StopTimeout)),
    ...when(HostConfig.Init, '--init'),
    ...each('--group-add', HostConfig.GroupAdd),
  ];
}

/** The image's own command is left to the image; with another entrypoint that is void. */
function commandOf(
  { Config }: Container,
  image: Image | undefined,
): { readonly entrypoint: Option[]; readonly command: readonly string[] } {
  const { Entrypoint = [], Cmd = [] } = image?.Config ?? {};
  const [program = '', ...words] = Config.Entrypoint;
  if (sameWords(Config.Entrypoint, Entrypoint)) return { entrypoint: [], command: sameWords(Config.Cmd, Cmd) ? [] : Config.Cmd };
  return { entrypoint: [['--entrypoint', program]], command: [...words, ...Config.Cmd] };
}

function sameWords(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((word, index) => word === right[index]);
}

/** Names of variables that its image does not set. */
export function variablesOf({ Config }: Container, image: Image | undefined): string[] {
  const given = image?.Config?.Env ?? [];
  return Config.Env.filter((name) => !given.includes(name));
}

function labelsOf({ Config }: Container, image: Image | undefined): Readonly<Record<string, string>> {
  const given = image?.Config?.Labels ?? {};
  return Object.fromEntries(Object.entries(Config.Labels).filter(([name, value]) => given[name] !== value));
}

function life({ HostConfig: { RestartPolicy, AutoRemove } }: Container): Option[] {
  const { Name = '', MaximumRetryCount: count = 0 } = RestartPolicy ?? {};
  return [
    ...when(AutoRemove, '--rm'),
    ...when(Name !== '' && Name !== 'no', '--restart', Name === 'on-failure' && count > 0 ? `${Name}:${count}` : Name),
  ];
}

/** Whether it has a network of somebody else, so that names and ports are that one's affair. */
function joins(mode: string): boolean {
  return mode === 'host' || mode.startsWith('container:');
}

function isDefault(mode: string): boolean {
  return mode === '' || mode === 'default' || mode === 'bridge';
}

type Attached = NonNullable<Container['NetworkSettings']>['Networks'][string];

/** Names and addresses that it has in a network, but for those that the engine gives anyway. */
export function attachment({ Id, Name }: Container, attached: Attached | undefined, alias: '--alias' | '--network-alias'): string[] {
  const { Aliases = [], Links = [], IPAMConfig } = attached ?? {};
  const own = Aliases.filter((name) => name !== '' && !Id.startsWith(name) && `/${name}` !== Name);
  const { IPv4Address = '', IPv6Address = '' } = IPAMConfig ?? {};
  return [
    ...each(alias, own),
    ...each('--link', Links),
    ...when(IPv4Address !== '', '--ip', IPv4Address),
    ...when(IPv6Address !== '', '--ip6', IPv6Address),
  ].flat();
}

function network(container: Container): Option[] {
  const { NetworkMode: mode, ExtraHosts, Dns, DnsSearch, Links } = container.HostConfig;
  const words = attachment(container, container.NetworkSettings?.Networks[mode], '--network-alias');
  const pairs = words.flatMap((word, index) => (index % 2 === 0 ? [[word, words[index + 1] ?? '']] : []));
  if (joins(mode)) return [['--network', mode], ...(mode === 'host' ? each('--add-host', ExtraHosts) : [])];
  return [
    ...when(!isDefault(mode), '--network', mode),
    ...(isDefault(mode) ? [] : pairs),
    ...each('--link', Links.map(linkOf)),
    ...each('--add-host', ExtraHosts),
    ...each('--dns', Dns),
    ...each('--dns-search', DnsSearch),
  ];
}

/** The engine has `/db:/web/database` for `--link db:database`. */
function linkOf(link: string): string {
  const [from = '', to = ''] = link.split(':');
  return `${from.replace(/^\//, '')}:${to.slice(to.lastIndexOf('/') + 1)}`;
}

/** Networks beyond the one it is created in. */
export function furtherNetworks({ HostConfig: { NetworkMode: mode }, NetworkSettings }: Container): [string, Attached][] {
  const first = isDefault(mode) ? 'bridge' : mode;
  return joins(mode) ? [] : Object.entries(NetworkSettings?.Networks ?? {}).filter(([name]) => name !== first);
}

function ports({ HostConfig: { NetworkMode, PortBindings, PublishAllPorts } }: Container): Option[] {
  if (joins(NetworkMode)) return [];
  const published = Object.entries(PortBindings).flatMap(([target, hosts]) =>
    hosts.map(({ HostIp, HostPort }) => {
      const address = HostIp === '' ? '' : `${HostIp.includes(':') ? `[${HostIp}]` : HostIp}:`;
      const port = HostPort === '' && address === '' ? '' : `${HostPort}:`;
      return `${address}${port}${target.replace(/\/tcp$/, '')}`;
    }),
  );
  return [...when(PublishAllPorts, '--publish-all'), ...each('--publish', published)];
}

const ANONYMOUS = /^[0-9a-f]{64}$/;

/** A volume that the engine named. */
export function isAnonymous({ Type, Name }: Container['Mounts'][number]): boolean {
  return Type === 'volume' && ANONYMOUS.test(Name);
}

function mountOf(mount: Container['Mounts'][number], { HostConfig: { AutoRemove, Tmpfs } }: Container): Option[] {
  if (mount.Type === 'tmpfs' && mount.Destination in Tmpfs) return [];
  // The engine removes the anonymous volumes of such a container with it.
  return [['--mount', mountWord(AutoRemove && isAnonymous(mount) ? { ...mount, Name: '' } : mount)]];
}

/** The value of `--mount`. */
export function mountWord({ Type, Name, Source, Destination, RW, Propagation }: Container['Mounts'][number]): string {
  const from = Type === 'bind' ? Source : Type === 'volume' ? Name : '';
  const fields = [
    `type=${Type}`,
    ...(from === '' ? [] : [`source=${from}`]),
    `target=${Destination}`,
    ...(RW ? [] : ['readonly']),
    ...(Type === 'bind' && Propagation !== '' && Propagation !== 'rprivate' ? [`bind-propagation=${Propagation}`] : []),
  ];
  return fields.map(csvField).join(',');
}

/** The value is a line of CSV. */
function csvField(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

/** Profiles are not recorded, only whether they forbid anything. */
export function isLostProfile(option: string): boolean {
  return /^seccomp=\(/.test(option);
}

function privileges({ HostConfig }: Container): Option[] {
  const { Privileged, CapAdd, CapDrop, SecurityOpt, ReadonlyRootfs, Tmpfs, Sysctls } = HostConfig;
  return [
    ...when(Privileged, '--privileged'),
    ...each('--cap-drop', CapDrop),
    ...each('--cap-add', CapAdd),
    ...each(
      '--security-opt',
      SecurityOpt.filter((option) => !isLostProfile(option)),
    ),
    ...when(ReadonlyRootfs, '--read-only'),
    ...Object.entries(Tmpfs).map(([path, options]) => ['--tmpfs', options === '' ? path : `${path}:${options}`]),
    ...Object.entries(Sysctls).map(([name, value]) => ['--sysctl', `${name}=${value}`]),
  ];
}

const SHM_DEFAULT = 64 << 20;
const RUNTIMES = ['', 'runc', 'io.containerd.runc.v2'];

function namespaces({ HostConfig }: Container): Option[] {
  const { PidMode, IpcMode, UTSMode, UsernsMode, CgroupParent, ShmSize, Runtime } = HostConfig;
  const ownMemory = IpcMode === '' || IpcMode === 'private' || IpcMode === 'shareable';
  return [
    ...when(PidMode !== '', '--pid', PidMode),
    ...when(IpcMode !== '' && IpcMode !== 'private', '--ipc', IpcMode),
    ...when(UTSMode !== '', '--uts', UTSMode),
    ...when(UsernsMode !== '', '--userns', UsernsMode),
    ...when(CgroupParent !== '', '--cgroup-parent', CgroupParent),
    ...when(ownMemory && ShmSize > 0 && ShmSize !== SHM_DEFAULT, '--shm-size', String(ShmSize)),
    ...when(!RUNTIMES.includes(Runtime), '--runtime', Runtime),
  ];
}

function limits({ HostConfig }: Container): Option[] {
  const { Memory, MemorySwap, NanoCpus, CpuPeriod, CpuQuota, CpuShares, CpusetCpus, PidsLimit, Ulimits } = HostConfig;
  const number = (flag: string, value: number): Option[] => when(value !== 0, flag, String(value));
  return [
    ...number('--memory', Memory),
    ...number('--memory-swap', MemorySwap),
    // The engine takes one of the two ways to say how much.
    ...(NanoCpus > 0 ? number('--cpus', NanoCpus / 1e9) : [...number('--cpu-period', CpuPeriod), ...number('--cpu-quota', CpuQuota)]),
    ...number('--cpu-shares', CpuShares),
    ...when(CpusetCpus !== '', '--cpuset-cpus', CpusetCpus),
    ...number('--pids-limit', PidsLimit ?? 0),
    ...Ulimits.map(({ Name, Soft, Hard }) => ['--ulimit', `${Name}=${Soft}:${Hard}`]),
  ];
}

function devices({ HostConfig: { Devices, DeviceRequests, DeviceCgroupRules } }: Container): Option[] {
  return [
    ...Devices.map(({ PathOnHost, PathInContainer, CgroupPermissions }) => [
      '--device',
      `${PathOnHost}:${PathInContainer}:${CgroupPermissions}`,
    ]),
    ...DeviceRequests.filter(isCounted).map(({ Count }) => ['--gpus', Count < 0 ? 'all' : String(Count)]),
    ...each('--device-cgroup-rule', DeviceCgroupRules),
  ];
}

/** GPUs by number; those asked for by their ids are not recorded. */
export function isCounted({ Count, Capabilities }: Container['HostConfig']['DeviceRequests'][number]): boolean {
  return Count !== 0 && Capabilities.flat().includes('gpu');
}

function logging({ HostConfig: { LogConfig } }: Container, byDefault: string | undefined): Option[] {
  const { Type = '', Config = {} } = LogConfig ?? {};
  const options = Object.entries(Config);
  if (Type === '' || (Type === byDefault && options.length === 0)) return [];
  return [['--log-driver', Type], ...options.map(([name, value]) => ['--log-opt', `${name}=${value}`])];
}

/** Whether something of the container was recorded without a part that is or may be secret. */
export function hidesSomething({ options, command }: Run): boolean {
  return [...options.flat(), ...command].some((word) => word === HIDDEN || word.endsWith(`=${HIDDEN}`));
}

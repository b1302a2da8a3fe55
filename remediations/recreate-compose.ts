/** The same for a container that Compose made: its file says how, so the file is what has to change. */
import type { Container } from '../facts/containers.ts';
import { LONGEST_LABEL } from '../facts/schema.ts';
import { isLostProfile } from './docker-run.ts';
import { same } from './laying-over.ts';
import { commandLine, comment, operands, shell, type Yaml, yamlEntry, yamlText } from './quoting.ts';

type HostConfig = Container['HostConfig'];

const PROJECT = 'com.docker.compose.project';

/** Undefined for a container that Compose did not make, or not for a service to keep. */
export function composeService({ Config: { Labels } }: Container): string | undefined {
  return Labels[PROJECT] === undefined || Labels['com.docker.compose.oneoff'] === 'True' ? undefined : Labels['com.docker.compose.service'];
}

export function composeAnew(container: Container, wanted: Container, service: string): string[] {
  const { Labels } = container.Config;
  const label = Labels[`${PROJECT}.config_files`] ?? '';
  // One that long was cut when it was recorded.
  const files = label.length < LONGEST_LABEL ? label.split(',').filter((file) => file !== '') : [];
  const folder = Labels[`${PROJECT}.working_dir`] ?? '';
  const paths = files.map((file) => (file.startsWith('/') || folder === '' ? file : `${folder}/${file}`));
  const { changed, removed } = differences(container, wanted);
  const project = paths.length > 0 || folder === '' ? [] : ['--project-directory', folder];
  const compose = ['docker', 'compose', ...project, ...paths.flatMap((path) => ['-f', path]), '--project-name', Labels[PROJECT] ?? ''];
  return [
    ...(changed.length + removed.length === 0
      ? []
      : [
          paths.length > 0
            ? comment`in ${{ quoted: paths.map(shell).join(', ') }}, for the service ${service}:`
            : comment`in the Compose file, for the service ${service}:`,
        ]),
    ...removed.map((what) => comment`remove ${{ quoted: what }}`),
    ...(wanted.HostConfig.SecurityOpt.some(isLostProfile) ? [comment`keep the entry of security_opt that names its seccomp profile`] : []),
    ...(changed.length === 0
      ? []
      : ['services:', `  ${yamlText(service)}:`, ...changed.flatMap(([key, value]) => yamlEntry(key, value, '    '))]),
    commandLine(...compose, 'up', '--detach', ...operands(service)),
    comment`to go back, undo the change in the file and run the same command`,
  ];
}

interface Differences {
  readonly changed: readonly (readonly [string, Yaml])[];
  /** In words, what is the host's in them quoted. */
  readonly removed: readonly string[];
}

function differences(container: Container, wanted: Container): Differences {
  const keys = (Object.keys(wanted.HostConfig) as (keyof HostConfig)[]).filter(
    (key) => !same(container.HostConfig[key], wanted.HostConfig[key]),
  );
  const written = keys.flatMap((key) => KEYS[key]?.(wanted.HostConfig) ?? []);
  const mounts = mountsOf(container, wanted);
  const user: Entry[] = container.Config.User === wanted.Config.User ? [] : [['user', wanted.Config.User]];
  const all = [...written, ...user];
  return {
    changed: [...all.filter((entry): entry is [string, Yaml] => entry[1] !== undefined), ...mounts.changed],
    removed: [...all.filter(([, value]) => value === undefined).map(([key]) => key), ...mounts.removed],
  };
}

/** A key of a service; without a value it is to be removed. */
type Entry = readonly [key: string, value: Yaml | undefined];

function list(key: string, values: readonly Yaml[]): Entry[] {
  return [[key, values.length === 0 ? undefined : values]];
}

function textEntry(key: string, value: string): Entry[] {
  return [[key, value === '' ? undefined : value]];
}

const KEYS: { readonly [K in keyof HostConfig]?: (wanted: HostConfig) => Entry[] } = {
  Privileged: ({ Privileged }) => [['privileged', Privileged]],
  CapAdd: ({ CapAdd }) => list('cap_add', CapAdd),
  CapDrop: ({ CapDrop }) => list('cap_drop', CapDrop),
  SecurityOpt: ({ SecurityOpt }) =>
    list(
      'security_opt',
      SecurityOpt.filter((option) => !isLostProfile(option)),
    ),
  ReadonlyRootfs: ({ ReadonlyRootfs }) => [['read_only', ReadonlyRootfs]],
  NetworkMode: () => [['network_mode, so that it gets the network of its project', undefined]],
  PidMode: ({ PidMode }) => textEntry('pid', PidMode),
  IpcMode: ({ IpcMode }) => textEntry('ipc', IpcMode),
  UTSMode: ({ UTSMode }) => textEntry('uts', UTSMode),
  UsernsMode: ({ UsernsMode }) => textEntry('userns_mode', UsernsMode),
  CgroupParent: ({ CgroupParent }) => textEntry('cgroup_parent', CgroupParent),
  Ulimits: ({ Ulimits }) => [
    [
      'ulimits',
      Ulimits.length === 0 ? undefined : Object.fromEntries(Ulimits.map(({ Name, Soft, Hard }) => [Name, { soft: Soft, hard: Hard }])),
    ],
  ],
  Devices: ({ Devices }) =>
    list(
      'devices',
      Devices.map(({ PathOnHost, PathInContainer, CgroupPermissions }) => `${PathOnHost}:${PathInContainer}:${CgroupPermissions}`),
    ),
  DeviceRequests: () => [['gpus and deploy.resources.reservations.devices, for what is not allowed', undefined]],
  DeviceCgroupRules: ({ DeviceCgroupRules }) => list('device_cgroup_rules', DeviceCgroupRules),
  PortBindings: ({ PortBindings }) => list('ports', portsOf(PortBindings)),
};

function portsOf(bindings: HostConfig['PortBindings']): Yaml[] {
  return Object.entries(bindings).flatMap(([target, hosts]) => {
    const [port = '', protocol = 'tcp'] = target.split('/');
    return hosts.map(({ HostIp, HostPort }) => ({
      target: Number(port),
      ...(HostPort === '' ? {} : { published: HostPort }),
      ...(HostIp === '' ? {} : { host_ip: HostIp }),
      protocol,
    }));
  });
}

/** Volumes have other names in the file than the engine knows, so only what was a path there is written out. */
function mountsOf(container: Container, wanted: Container): Differences {
  const changes = container.Mounts.map((before) => ({
    before,
    after: wanted.Mounts.find(({ Destination }) => Destination === before.Destination),
  }));
  const changed = changes.flatMap(({ before, after }) => {
    if (after === undefined || same(before, after) || after.Type !== 'bind') return [];
    const { Source, Destination, RW, Propagation } = after;
    return [{ type: 'bind', source: Source, target: Destination, read_only: !RW, bind: { propagation: Propagation } }];
  });
  return {
    changed: changed.length === 0 ? [] : [['volumes', changed]],
    removed: [
      ...changes
        .filter(({ after }) => after === undefined)
        .map(({ before }) => `the entry of volumes that puts ${shell(before.Source)} at ${shell(before.Destination)}`),
      ...(changed.length === 0
        ? []
        : [`the entries of volumes at ${changed.map(({ target }) => shell(target)).join(', ')}, which those below replace`]),
    ],
  };
}

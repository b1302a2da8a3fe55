/** The same for a task of a swarm service: the swarm makes it anew as its service says, so the service is what has to change. */
import type { Container } from '../facts/containers.ts';
import { mountWord } from './docker-run.ts';
import { same } from './laying-over.ts';
import { commandLine, comment, operands } from './quoting.ts';

type HostConfig = Container['HostConfig'];

export function swarmService({ Config: { Labels } }: Container): string | undefined {
  return Labels['com.docker.swarm.service.name'];
}

export function serviceAnew(container: Container, wanted: Container, service: string): string[] {
  const keys = (Object.keys(wanted.HostConfig) as (keyof HostConfig)[]).filter(
    (key) => !same(container.HostConfig[key], wanted.HostConfig[key]),
  );
  const words = [
    ...keys.flatMap((key) => OPTIONS[key]?.(wanted.HostConfig, container.HostConfig) ?? []),
    ...otherOptions(container, wanted),
  ];
  const addsAll = container.HostConfig.CapAdd.some(isAll) && !wanted.HostConfig.CapAdd.some(isAll);
  const without = [...keys.filter((key) => OPTIONS[key] === undefined), ...(addsAll ? ['CapAdd=ALL'] : [])];
  return [
    ...(without.length === 0
      ? []
      : [
          comment`docker service update has no option for ${{ quoted: without.join(', ') }}: change the stack file, or what made the service, and deploy it`,
        ]),
    ...(words.length === 0
      ? []
      : [
          comment`on a manager, where all tasks of the service are made anew:`,
          commandLine('docker', 'service', 'update', ...words, ...operands(service)),
          comment`to go back: ${{ quoted: commandLine('docker', 'service', 'rollback', ...operands(service)) }}`,
        ]),
  ];
}

const OPTIONS: { readonly [K in keyof HostConfig]?: (wanted: HostConfig, before: HostConfig) => string[] } = {
  // Dropping one that was added takes it away; there is no other way to say so, and none for ALL.
  CapAdd: ({ CapAdd }, before) =>
    before.CapAdd.filter((name) => !CapAdd.includes(name) && !isAll(name)).flatMap((name) => ['--cap-drop', name]),
  CapDrop: ({ CapDrop }, before) => CapDrop.filter((name) => !before.CapDrop.includes(name)).flatMap((name) => ['--cap-drop', name]),
  ReadonlyRootfs: ({ ReadonlyRootfs }) => [`--read-only=${ReadonlyRootfs}`],
  Ulimits: ({ Ulimits }, before) =>
    before.Ulimits.filter(({ Name }) => !Ulimits.some((other) => other.Name === Name)).flatMap(({ Name }) => ['--ulimit-rm', Name]),
  NetworkMode: ({ NetworkMode }, before) => ['--network-rm', before.NetworkMode, '--network-add', NetworkMode],
};

function isAll(capability: string): boolean {
  return /^(CAP_)?ALL$/i.test(capability);
}

function otherOptions(container: Container, wanted: Container): string[] {
  const { Config } = wanted;
  const gone = container.Mounts.filter(({ Destination }) => !wanted.Mounts.some((other) => other.Destination === Destination));
  const changed = wanted.Mounts.filter((mount) =>
    container.Mounts.some((before) => before.Destination === mount.Destination && !same(before, mount)),
  );
  return [
    ...gone.flatMap(({ Destination }) => ['--mount-rm', Destination]),
    ...changed.flatMap((mount) => ['--mount-add', mountWord(mount)]),
    ...(Config.User === container.Config.User ? [] : ['--user', Config.User]),
    ...(Config.Image === container.Config.Image ? [] : ['--image', Config.Image]),
  ];
}

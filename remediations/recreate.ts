/** How a person makes a container anew with other options: by `docker run`, as it stands beside the old one until the new one has proved itself. */
import { containerName } from '../checks/families/each-container.ts';
import { fullName } from '../checks/images/names.ts';
import type { Container } from '../facts/containers.ts';
import type { Image } from '../facts/images.ts';
import type { Facts } from '../facts/index.ts';
import { HIDDEN, LONGEST_LABEL } from '../facts/schema.ts';
import {
  attachment,
  furtherNetworks,
  hidesSomething,
  isAnonymous,
  isCounted,
  isLostProfile,
  type Run,
  runOf,
  variablesOf,
} from './docker-run.ts';
import { commandLine, comment, isSeen, operands, shell } from './quoting.ts';

/** `wanted` is the container as it is to be. */
export function runAnew(container: Container, wanted: Container, facts: Partial<Facts>): string[] {
  const image = facts.images?.images.find(({ Id }) => Id === container.Image);
  const run = runOf(withNames(wanted, facts), { image, logDriver: facts.engine?.info.LoggingDriver });
  const name = containerName(container);
  return [
    ...notes(container, wanted, run, image),
    ...newNetworks(container, wanted, facts),
    ...(container.HostConfig.AutoRemove ? leave(container) : putAside(container)),
    ...startAnew(container, wanted, run),
    ...(container.HostConfig.AutoRemove ? [] : wayBack(container)),
    ...(isSeen([name, ...run.options.flat(), ...run.command, wanted.Config.Image].join(' '))
      ? []
      : [comment`some names here hold characters that cannot be shown: take the command from the JSON report`]),
  ];
}

function before(container: Container): string {
  return `${containerName(container)}-before`;
}

function putAside(container: Container): string[] {
  const name = containerName(container);
  return [
    ...(container.State.Running ? [commandLine('docker', 'stop', ...operands(name))] : []),
    commandLine('docker', 'rename', ...operands(name, before(container))),
    // The old one would come back with dockerd, and want the same ports.
    ...(container.HostConfig.RestartPolicy?.Name === 'always'
      ? [commandLine('docker', 'update', '--restart', 'no', ...operands(before(container)))]
      : []),
  ];
}

/** One started with --rm is gone when it stops. */
function leave(container: Container): string[] {
  return [
    comment`it was started with --rm: stopping it removes it and its anonymous volumes, and there is no way back to it`,
    commandLine('docker', container.State.Running ? 'stop' : 'rm', ...operands(containerName(container))),
  ];
}

function wayBack(container: Container): string[] {
  const name = containerName(container);
  const old = before(container);
  const policy =
    container.HostConfig.RestartPolicy?.Name === 'always'
      ? [commandLine('docker', 'update', '--restart', 'always', ...operands(name))]
      : [];
  const start = container.State.Running ? [commandLine('docker', 'start', ...operands(name))] : [];
  const back = [
    commandLine('docker', 'rm', '--force', ...operands(name)),
    commandLine('docker', 'rename', ...operands(old, name)),
    ...policy,
    ...start,
  ];
  return [
    comment`to go back: ${{ quoted: back.join(' && ') }}`,
    comment`once the new one has proved itself: ${{ quoted: commandLine('docker', 'rm', ...operands(old)) }}`,
  ];
}

/** One option a line, so that a person can read and change it. */
function startAnew(container: Container, wanted: Container, run: Run): string[] {
  const name = containerName(container);
  const others = furtherNetworks(wanted).filter(([network]) => network !== replaced(container, wanted));
  // A process should find all its networks when it starts.
  const atOnce = container.State.Running && others.length === 0;
  const lines = [
    atOnce ? 'docker run --detach' : 'docker create',
    ...[['--name', name], ...run.options].map((words) => `  ${commandLine(...words)}`),
    `  ${commandLine(...operands(wanted.Config.Image), ...run.command)}`,
  ];
  return [
    ...lines.map((line, index) => (index < lines.length - 1 ? `${line} \\` : line)),
    ...others.map(([network, attached]) =>
      commandLine('docker', 'network', 'connect', ...attachment(container, attached, '--alias'), ...operands(network, name)),
    ),
    ...(container.State.Running && !atOnce ? [commandLine('docker', 'start', ...operands(name))] : []),
  ];
}

/** The network that it gives up for another. */
function replaced({ HostConfig: { NetworkMode: mode } }: Container, wanted: Container): string | undefined {
  if (mode === wanted.HostConfig.NetworkMode) return undefined;
  return mode === '' || mode === 'default' ? 'bridge' : mode;
}

function newNetworks(container: Container, wanted: Container, { engine }: Partial<Facts>): string[] {
  const { NetworkMode: mode } = wanted.HostConfig;
  const exists = engine?.networks.some(({ Name }) => Name === mode);
  if (mode === container.HostConfig.NetworkMode || exists) return [];
  return [commandLine('docker', 'network', 'create', ...operands(mode))];
}

/** The engine keeps the id of the container that is joined; a person knows it by its name, which outlasts it. */
function withNames(container: Container, { containers }: Partial<Facts>): Container {
  const named = (mode: string): string => {
    const id = /^container:(.+)$/.exec(mode)?.[1];
    const other = id === undefined ? undefined : containers?.containers.find((candidate) => candidate.Id === id);
    return other === undefined ? mode : `container:${containerName(other)}`;
  };
  const { NetworkMode, PidMode, IpcMode } = container.HostConfig;
  return {
    ...container,
    HostConfig: { ...container.HostConfig, NetworkMode: named(NetworkMode), PidMode: named(PidMode), IpcMode: named(IpcMode) },
  };
}

/** What a command line cannot carry over, or what nobody recorded. */
function notes(container: Container, wanted: Container, run: Run, image: Image | undefined): string[] {
  const { HostConfig, Mounts, Config } = wanted;
  const variables = { quoted: variablesOf(wanted, image).map(shell).join(', ') };
  const inspect = (format: string) => ({
    quoted: commandLine('docker', 'inspect', '--format', format, ...operands(containerName(container))),
  });
  const when = (told: boolean, note: string): string[] => (told ? [note] : []);
  return [
    ...when(
      variables.quoted !== '',
      comment`values of variables are not recorded: export ${variables} in this shell first, as told by ${inspect('{{range .Config.Env}}{{println .}}{{end}}')}`,
    ),
    ...when(
      hidesSomething(run),
      comment`words and labels that may hold a secret are not recorded: write them in place of ${HIDDEN}, as told by ${inspect('{{json .Config}}')}`,
    ),
    ...when(
      run.options.some(([flag, value]) => flag === '--label' && (value ?? '').length > LONGEST_LABEL),
      comment`long labels are recorded in part: compare them with docker inspect`,
    ),
    ...Mounts.filter(isAnonymous).map(({ Destination }) =>
      HostConfig.AutoRemove
        ? comment`anonymous volume at ${Destination}: its content is not carried over`
        : comment`anonymous volume at ${Destination}: the new container takes it over under the name the engine gave it`,
    ),
    ...when(HostConfig.SecurityOpt.some(isLostProfile), comment`its seccomp profile is not recorded: add --security-opt seccomp=FILE`),
    ...when(
      !HostConfig.DeviceRequests.every(isCounted),
      comment`devices that it asks for by id are not recorded: add --gpus or --device as it had them`,
    ),
    ...when(checksItself(Config, image), comment`its health check is not recorded: add --health-cmd as it had it`),
    ...when(
      image !== undefined && isMoved(image, Config.Image),
      comment`${Config.Image} here is no longer the image it runs, which is ${image?.Id ?? ''}`,
    ),
  ];
}

/** Whether it has a health check that its image does not give it. */
function checksItself({ Healthcheck }: Container['Config'], image: Image | undefined): boolean {
  const [kind = 'NONE'] = Healthcheck?.Test ?? [];
  return kind !== 'NONE' && image !== undefined && (image.Config?.Healthcheck?.Test.length ?? 0) === 0;
}

/** Whether a name stands for another image than this today. */
function isMoved({ Id, RepoTags, RepoDigests }: Image, name: string): boolean {
  const tagged = /[:@][^/]*$/.test(name) ? name : `${name}:latest`;
  return (
    !Id.startsWith(name) &&
    !Id.startsWith(`sha256:${name}`) &&
    ![...RepoTags, ...RepoDigests].some((other) => fullName(other) === fullName(tagged))
  );
}

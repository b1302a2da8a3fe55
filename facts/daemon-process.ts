/** The process behind the engine under audit, whose command line says how it was started. */
import { parseFlags, textOf } from './dockerd-options.ts';
import { type Engine, securityOption } from './engine.ts';
import { isRemote, listensAt } from './engines.ts';
import { attempt, type Host } from './host.ts';
import type { Dockerd, Processes } from './processes.ts';

interface Wanted {
  readonly engine: Engine | undefined;
  readonly endpoint: string | null;
}

/**
 * The process behind the engine under audit: the one that listens at its endpoint, else the one with its data root. Of two, neither.
 * Where no engine answers and none was asked for, the only daemon is the host's.
 */
export function findDaemon(host: Host, processes: Processes, { engine, endpoint }: Wanted): Dockerd | undefined {
  const local = isRemote(host) ? [] : processes.dockerd.filter((process) => !process.nested);
  // Anybody may call a program dockerd, so only root's can be behind an engine that is not rootless.
  const rootless = engine === undefined ? local.every(({ uid }) => uid !== 0) : isRootless(engine);
  const candidates = local.filter(({ uid }) => (uid !== 0) === rootless);
  const serving = candidates.filter((process) => endpoint !== null && listensAt(host, process, endpoint));
  // Every engine's data root is /var/lib/docker unless told, so behind a proxy the host's name has to agree, too.
  const dataRoot = engine?.info.Name === hostName(host) ? withoutRemap(engine?.info.DockerRootDir ?? '') : undefined;
  const others = candidates.filter((process) =>
    engine === undefined ? host.requestedEndpoint === null : dataRootOf(process) === dataRoot,
  );
  const found = serving.length > 0 ? serving : others;
  return found.length === 1 ? found[0] : undefined;
}

function hostName(host: Host): string | null {
  return attempt(() => host.read('/proc/sys/kernel/hostname').trim(), null);
}

export function isRootless(engine: Engine): boolean {
  return securityOption(engine.info.SecurityOptions, 'rootless') !== undefined;
}

function dataRootOf({ argv, uid }: Dockerd): string | null {
  const flags = parseFlags(argv);
  const named = textOf(flags['data-root']) ?? textOf(flags['graph']);
  return named === null && uid !== 0 ? null : withoutRemap(named ?? '/var/lib/docker');
}

/** With userns-remap the engine appends `uid.gid` to its data root. */
export function withoutRemap(dataRoot: string): string {
  return dataRoot.replace(/\/+$/, '').replace(/\/\d+\.\d+$/, '');
}

/** Why none was found. */
export function whyUnseen(processes: Processes | undefined, endpoint: string): string {
  if (processes === undefined) return 'the process list cannot be read';
  if (processes.dockerd.length === 0) return 'no dockerd process is visible from here';
  return `none of the dockerd processes here serves ${endpoint} (run as root on the engine's own host)`;
}

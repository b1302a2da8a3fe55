/** Facts of a lab host as if of a lasting one: what differs from run to run and from machine to machine takes fixed values. */
import { createHash } from 'node:crypto';
import { imageName } from '../../facts/images.ts';
import type { Facts, Recording } from '../../facts/index.ts';

interface FactsFile {
  readonly facts: Facts;
  readonly missing: Recording['missing'];
}

const AT = Date.UTC(2026, 0, 2, 3, 4, 5);
const STARTED = AT - 86_400_000;
const WRITTEN = STARTED - 86_400_000;
const CREATED = '2026-01-01T00:00:00Z';
const MEMORY = 8 * 2 ** 30;
const PID = 100;

/** Takes what `--save-facts` wrote, the engine's folder already `/lab`, and nothing missing. Other containers than those named are left out. */
export function scrub(text: string, kept: readonly string[]): string {
  const file = JSON.parse(text) as FactsFile;
  const facts = withContainers(file.facts, kept);
  const scrubbed = {
    ...facts,
    audit: scrubAudit(facts.audit),
    containers: { ...facts.containers, containers: facts.containers.containers.map(scrubContainer) },
    daemon: scrubDaemon(facts.daemon),
    engine: { ...facts.engine, info: scrubInfo(facts.engine.info) },
    engines: { ...facts.engines, found: facts.engines.found.filter(({ endpoint }) => endpoint.includes('/lab/')) },
    images: { ...facts.images, images: facts.images.images.map((image) => ({ ...image, Created: CREATED })) },
    mounts: scrubMounts(facts.mounts),
    processes: scrubProcesses(facts),
    system: { ...facts.system, at: AT, hostname: 'lab', os: 'Debian GNU/Linux', kernel: '6.12.0', memory: MEMORY },
  };
  const sorted = Object.fromEntries(Object.entries(scrubbed).sort(([left], [right]) => (left < right ? -1 : 1))); // they come as they are collected
  const stable = JSON.stringify({ ...file, facts: sorted }, null, 1).replace(/\(pid \d+\)/g, `(pid ${PID})`);
  return `${renameDigests(stable, facts)}\n`;
}

function withContainers(facts: Facts, kept: readonly string[]): Facts {
  const containers = facts.containers.containers.filter(({ Name }) => kept.includes(Name.slice(1)));
  return { ...facts, containers: { ...facts.containers, containers } };
}

/** The kernel's list is this machine's: other tests may have rules in it, which are not on this host's disk. */
function scrubAudit(audit: Facts['audit']): Facts['audit'] {
  const kernel = audit.kernel.filter(({ line, path }) => line.includes('hullguard-lab') && audit.disk.some((rule) => rule.path === path));
  const on = kernel.length > 0;
  return { ...audit, enabled: on ? 1 : 0, auditdPid: on ? 321 : 0, kernel };
}

/** A health check is a session for as long as it runs, which may be just now. */
function scrubContainer(container: Facts['containers']['containers'][number], index: number): unknown {
  const { State } = container;
  const ExecIDs = State.Health ? container.Execs.map(({ ID }) => ID) : container.ExecIDs;
  return { ...container, Created: CREATED, ExecIDs, State: { ...State, Pid: State.Pid === 0 ? 0 : 1000 + index } };
}

function scrubDaemon(daemon: Facts['daemon']): unknown {
  return {
    ...daemon,
    process: { ...daemon.process, pid: PID, startedAt: STARTED, unit: null },
    configFile: { ...daemon.configFile, modifiedAt: WRITTEN, changedAt: WRITTEN },
  };
}

/** Warnings are about this machine's kernel, but for those about open listeners. */
function scrubInfo(info: Facts['engine']['info']): unknown {
  const Warnings = info.Warnings.filter((warning) => /API is accessible/.test(warning));
  return { ...info, Warnings, Name: 'lab', KernelVersion: '6.12.0', OperatingSystem: 'Debian GNU/Linux', MemTotal: MEMORY };
}

/** The root, and what is mounted in the engine's folder itself. */
function scrubMounts({ mounts }: Facts['mounts']): unknown {
  const kept = mounts.filter(({ mountPoint }) => /^\/$|^\/lab\/(data|disk)$/.test(mountPoint));
  const devices = [...new Set(kept.map(({ device }) => device))];
  return {
    mounts: kept.map((mount) => {
      const number = devices.indexOf(mount.device) + 1;
      return { ...mount, device: `8:${number}`, source: mount.source.startsWith('/dev/') ? `/dev/sda${number}` : mount.source };
    }),
  };
}

function scrubProcesses({ processes, containers }: Facts): unknown {
  const ours = containers.containers.flatMap(({ Id }) => {
    const found = processes.containers[Id];
    return found === undefined ? [] : [[Id, { names: found.names.toSorted() }] as const];
  });
  const dockerd = processes.dockerd.filter(({ argv }) => argv.some((word) => word.includes('/lab/')));
  return {
    ...processes,
    dockerd: dockerd.map((process) => ({ ...process, pid: PID, startedAt: STARTED, unit: null })),
    containers: Object.fromEntries(ours),
  };
}

/** Ids are random, or made of times: here they come from names. */
function renameDigests(text: string, { containers, images }: Facts): string {
  const names = new Map<string, string>([
    ...containers.containers.map(({ Id, Name }) => [Id, `container ${Name}`] as const),
    ...images.images.map((image) => [image.Id.replace('sha256:', ''), `image ${imageName(image)}`] as const),
  ]);
  return text.replace(/(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g, (digest) => {
    const name = names.get(digest) ?? `number ${names.size}`;
    names.set(digest, name);
    return createHash('sha256').update(name).digest('hex');
  });
}

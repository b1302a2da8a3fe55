/**
 * Whether dockerd runs with its configuration file as it is now. Times tell, unless hullguard itself has edited the file and had dockerd take
 * it without a restart: then it leaves a record, for nothing else would.
 */
import type { Daemon } from './daemon.ts';
import { sha256 } from './digest.ts';
import { type Host, HostError } from './host.ts';
import { resolvePath } from './paths.ts';
import type { Dockerd } from './processes.ts';
import * as z from './schema.ts';

export const SETTLED_FILE = '/var/lib/hullguard/settled.json';

/** `The daemon with this pid, started then, runs with this content of this file.` */
export const settledSchema = z.object({
  schemaVersion: z.literal(1),
  /** The file itself, links resolved. */
  path: z.string(),
  /** SHA-256 of its text. */
  digest: z.string(),
  pid: z.int(),
  startedAt: z.number(),
});
export type Settled = z.infer<typeof settledSchema>;

/** The record; null where there is none that is ours. One that somebody else may have written says nothing. */
export function readSettled(host: Host): Settled | null {
  try {
    const { status, parents } = resolvePath(host, SETTLED_FILE);
    if (status?.kind !== 'file' || [status, ...parents.map((parent) => parent.status)].some(isForeign)) return null;
    return settledSchema.safeParse(JSON.parse(host.read(SETTLED_FILE))).data ?? null;
  } catch (error) {
    if (error instanceof HostError || error instanceof SyntaxError) return null;
    throw error;
  }
}

function isForeign({ uid, mode }: { readonly uid: number; readonly mode: number }): boolean {
  return uid !== 0 || (mode & 0o022) !== 0;
}

interface ConfigFile extends Pick<Daemon['configFile'], 'target' | 'modifiedAt' | 'changedAt'> {
  /** Null where it was not read. */
  readonly text: string | null;
}

/** What became of the file since dockerd read it, as far as times tell: its content was written, it was moved or changed in mode, or neither. */
export type Edited = 'content' | 'place' | 'no';

export function editedSince(file: ConfigFile, process: Dockerd, settled: Settled | null): Edited {
  if (settled !== null && isSettled(file, process, settled)) return 'no';
  if (isLater(file.modifiedAt, process)) return 'content';
  return isLater(file.changedAt, process) ? 'place' : 'no';
}

/** Two readings of one start differ by no more than the kernel's own, which it tells in whole seconds. */
function isSettled({ target, text }: ConfigFile, { pid, startedAt }: Dockerd, settled: Settled): boolean {
  const isThatProcess = settled.pid === pid && Math.abs(settled.startedAt - startedAt) <= 2000;
  return isThatProcess && settled.path === target && text !== null && settled.digest === sha256(text);
}

/** The kernel tells the time of its own start in whole seconds, so a second is no difference. */
function isLater(time: number | null, { startedAt }: Dockerd): boolean {
  return time !== null && time > startedAt + 1000;
}

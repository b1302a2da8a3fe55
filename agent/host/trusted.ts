/** Files that are code or truth to us: only root can have put them where they are. */
import fs from 'node:fs';
import { join } from 'node:path';
import { reasonOf } from '../../facts/host.ts';
import { resolvePath } from '../../facts/paths.ts';
import { UsageError } from '../errors.ts';
import { openFiles } from './files.ts';

/** Whose word counts, beside that of root. */
export interface Trusted {
  readonly uid: number;
  /** Groups that may write to the thing itself. */
  readonly groups: readonly number[];
}

/** In a directory with this bit everybody may make files, and nobody may replace those of others. */
const STICKY = 0o1000;

/**
 * Who else could change what lies at a path: by writing to it, or by putting another in its place. A line for each, none where nobody could.
 * `opened` is what it was when it was read. Throws HostError where nothing can be told.
 */
export function whyDistrusted(path: string, { uid, groups }: Trusted, opened?: Owned): string[] {
  // Not normalised: what `..` behind a link leads to, only the host knows.
  const { status, parents, links } = resolvePath(openFiles('/'), path.startsWith('/') ? path : `${process.cwd()}/${path}`);
  const itself = opened ?? status;
  return [
    ...(itself === null ? [] : faultsOf(path, itself, { uid, groups })),
    ...links.flatMap((link) => faultsOf(link.path, { ...link.status, mode: 0 }, { uid, groups })),
    ...parents.flatMap((parent) => {
      const mode = (parent.status.mode & STICKY) === 0 ? parent.status.mode : 0;
      return faultsOf(parent.path, { ...parent.status, mode }, { uid, groups: [0, ...groups] });
    }),
  ];
}

type Owned = Pick<fs.Stats, 'uid' | 'gid' | 'mode'>;

function faultsOf(name: string, { uid, gid, mode }: Owned, trusted: Trusted): string[] {
  const writers = [
    ...((mode & 0o002) === 0 ? [] : ['everybody']),
    ...((mode & 0o020) === 0 || trusted.groups.includes(gid) ? [] : [`group ${gid}`]),
  ];
  return [
    ...([0, trusted.uid].includes(uid)
      ? []
      : [`${name}: belongs to user ${uid}, who could change what hullguard does: give it to root (chown root ${name})`]),
    ...(writers.length === 0
      ? []
      : [`${name}: ${writers.join(' and ')} may write to it, and could change what hullguard does: chmod go-w ${name}`]),
  ];
}

/** The path without links. Throws UsageError where somebody other than root could change what lies there, or put something else in its place. */
export function trustedPath(path: string, what: string): string {
  try {
    const { path: real, status } = resolvePath(openFiles('/'), path);
    if (status === null) throw new UsageError(`${path}: no such ${what}`);
    // Not even the group root: it is run, or believed.
    const [first] = whyDistrusted(path, { uid: 0, groups: [] });
    if (first !== undefined) throw new UsageError(`${path}: the ${what} is not used: ${first}`);
    return real;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${path}: cannot look at the ${what}: ${reasonOf(error)}`, { cause: error });
  }
}

/** Every regular file below a directory, links followed to where they lead. Throws UsageError where one of them is not root's alone. */
export function trustedFiles(directory: string, what: string): string[] {
  const root = trustedPath(directory, `${what} directory`);
  if (!fs.statSync(root).isDirectory()) throw new UsageError(`${directory}: the ${what} directory is not a directory`);
  return fs
    .readdirSync(root)
    .filter((name) => !name.startsWith('.'))
    .sort()
    .flatMap((name) => {
      const path = trustedPath(join(root, name), what);
      const stats = fs.statSync(path);
      if (stats.isDirectory()) return trustedFiles(path, what);
      return stats.isFile() ? [path] : [];
    });
}

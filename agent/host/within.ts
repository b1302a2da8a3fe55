/** Reading below a directory that belongs to somebody else, who may swap anything in it for a link at any time. */
import fs from 'node:fs';
import { type Confined, HostError } from '../../facts/host.ts';

const { O_NOFOLLOW, O_DIRECTORY } = fs.constants;
/** Not among Node's constants: names a file without opening it (open(2)), so that a pipe or device does nothing. */
const O_PATH = 0o10000000;

interface Opened {
  readonly stats: fs.Stats;
  /** A name for exactly this file, whatever lies at its path by now. */
  readonly name: string;
}

/**
 * Walks to `path` below `directory`, each step from the descriptor of the one before, so that no link is followed, and hands over what is there:
 * null where nothing is, or a link stands where a directory should. Throws what the system says.
 */
function openWithin<T>(directory: string, path: string, use: (opened: Opened | null) => T): T {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw new HostError('invalid', `${path}: leads out of ${directory}`);
  const opened: number[] = [];
  try {
    let name = directory;
    for (const [index, part] of ['', ...parts].entries()) {
      const isLast = index === parts.length;
      const flags = O_PATH | (isLast ? 0 : O_DIRECTORY) | (index === 0 ? 0 : O_NOFOLLOW);
      const descriptor = open(index === 0 ? name : `${name}/${part}`, flags);
      if (descriptor === null) return use(null);
      opened.push(descriptor);
      name = `/proc/self/fd/${descriptor}`;
    }
    return use({ stats: fs.fstatSync(opened.at(-1) ?? -1), name });
  } finally {
    for (const descriptor of opened) fs.closeSync(descriptor);
  }
}

function open(path: string, flags: number): number | null {
  try {
    return fs.openSync(path, flags);
  } catch (error) {
    if (error instanceof Error && 'code' in error && ['ENOENT', 'ENOTDIR', 'ELOOP'].includes(String(error.code))) return null;
    throw error;
  }
}

interface Wording {
  readonly shown: (path: string) => string;
  readonly attempt: <T>(path: string, read: () => T) => T;
  readonly toStatus: (stats: fs.Stats) => ReturnType<Confined['lstat']>;
  readonly readText: (real: string, path: string, limit: number) => string;
}

/** The port's methods for the directory that lies at `real` for us. */
export function confine(real: string, { shown, attempt, toStatus, readText }: Wording, defaultLimit: number): Confined {
  const missing = (path: string): never => {
    throw new HostError('missing', `${shown(path)}: no such file or directory`);
  };
  return {
    lstat: (path) => attempt(shown(path), () => openWithin(real, path, (opened) => (opened === null ? null : toStatus(opened.stats)))),
    list: (path) =>
      attempt(shown(path), () =>
        openWithin(real, path, (opened) => (opened?.stats.isDirectory() ? fs.readdirSync(opened.name) : missing(path))),
      ),
    read: (path, limit = defaultLimit) =>
      attempt(shown(path), () =>
        openWithin(real, path, (opened) => {
          if (opened === null) return missing(path);
          // A hard link may be to a file that its maker could not read.
          if (!opened.stats.isFile() || opened.stats.nlink > 1)
            throw new HostError('invalid', `${shown(path)}: not a regular file with one name`);
          return readText(opened.name, shown(path), limit);
        }),
      ),
  };
}

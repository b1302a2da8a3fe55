/** Files of the host, below a root that may be mounted elsewhere. The only place that opens them for reading. */
import fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type FileStatus, type Host, HostError, type HostErrorCode, hasCode } from '../../facts/host.ts';
import { resolvePath } from '../../facts/paths.ts';
import { confine } from './within.ts';

const DEFAULT_LIMIT = 1 << 20;
const CHUNK = 1 << 14;

export interface HostFiles extends Pick<Host, 'lstat' | 'readlink' | 'read' | 'list' | 'within'> {
  /** Where the host's path, links followed, lies for us; null when nothing is there. */
  locate(path: string): string | null;
}

export function openFiles(root: string): HostFiles {
  const prefix = root === '/' ? '' : root.replace(/\/+$/, '');
  const below = (path: string): string => `${prefix}${path}` || '/';
  const reader = {
    lstat(path: string): FileStatus | null {
      try {
        const stats = attempt(path, () => fs.lstatSync(below(path), { throwIfNoEntry: false }));
        return stats === undefined ? null : toStatus(stats, prefix === '');
      } catch (error) {
        if (hasCode(error, 'missing')) return null; // a file where a directory should be
        throw error;
      }
    },
    readlink: (path: string): string => attempt(path, () => fs.readlinkSync(below(path))),
  };
  // Under another root, an absolute link would lead the kernel back to ours.
  const locate = (path: string): string | null => {
    if (prefix === '') return path;
    const { path: real, status } = resolvePath(reader, path);
    return status === null ? null : below(real);
  };
  const found = (path: string): string => {
    const real = locate(path);
    if (real === null) throw new HostError('missing', `${path}: no such file or directory`);
    return real;
  };
  const reach = (path: string): string => (prefix === '' ? path : join(resolvePath(reader, dirname(path)).path, basename(path)));
  return {
    lstat: (path) => reader.lstat(reach(path)),
    readlink: (path) => reader.readlink(reach(path)),
    read: (path, limit = DEFAULT_LIMIT) =>
      attempt(path, () =>
        prefix === '' && SHORT.test(path) ? limited(fs.readFileSync(path, 'utf8'), path, limit) : readText(found(path), path, limit),
      ),
    list: (path) => attempt(path, () => fs.readdirSync(found(path))),
    within: (directory) =>
      confine(
        found(directory),
        { shown: (path) => `${directory}/${path}`, attempt, toStatus: (stats) => toStatus(stats, prefix === ''), readText },
        DEFAULT_LIMIT,
      ),
    locate,
  };
}

/** Below another root, which may be a copy, the time of a change says only when it was copied, so it counts for none. */
function toStatus(stats: fs.Stats, original: boolean): FileStatus {
  return {
    kind: kindOf(stats),
    mode: stats.mode & 0o7777,
    uid: stats.uid,
    gid: stats.gid,
    size: stats.size,
    modifiedAt: stats.mtimeMs,
    changedAt: original ? stats.ctimeMs : 0,
    identity: `${stats.dev}:${stats.ino}`,
  };
}

function kindOf(stats: fs.Stats): FileStatus['kind'] {
  if (stats.isSymbolicLink()) return 'link';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSocket()) return 'socket';
  return stats.isFile() ? 'file' : 'other';
}

/** The kernel writes them and keeps them short, and an audit reads a thousand of them: one call each instead of four. */
const SHORT = /^\/proc\/\d+\/(?:stat|cgroup|status|uid_map)$/;

/** A FIFO or device in a file's place must not hold us up, so it is opened without waiting and refused. */
function readText(real: string, path: string, limit: number): string {
  const descriptor = fs.openSync(real, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  try {
    const stats = fs.fstatSync(descriptor);
    if (!stats.isFile()) throw new HostError('invalid', `${path}: not a regular file`);
    return limited(stats.size > limit ? null : readAtMost(descriptor, limit, stats.size), path, limit);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Files of /proc have size 0 and are as long as the kernel makes them, which may be terabytes; null for more than the limit. */
function readAtMost(descriptor: number, limit: number, expected: number): string | null {
  const chunks: Buffer[] = [];
  for (let size = 0; size <= limit; ) {
    const chunk = Buffer.allocUnsafe(Math.max(CHUNK, expected + 1 - size));
    const read = fs.readSync(descriptor, chunk);
    if (read === 0) return Buffer.concat(chunks).toString('utf8');
    chunks.push(chunk.subarray(0, read));
    size += read;
  }
  return null;
}

/** The text, where there is one and it is not too long. */
function limited(text: string | null, path: string, limit: number): string {
  if (text !== null && text.length <= limit) return text;
  throw new HostError('too-large', `${path}: larger than ${limit} bytes, which is more than hullguard reads of it`);
}

const CODES: Readonly<Record<string, readonly [HostErrorCode, string]>> = {
  ENOENT: ['missing', 'no such file or directory'],
  ENOTDIR: ['missing', 'no such file or directory'],
  ESRCH: ['missing', 'the process has ended'],
  EACCES: ['denied', 'permission denied (run as root)'],
  EPERM: ['denied', 'not permitted (run as root)'],
  EISDIR: ['invalid', 'is a directory'],
  ELOOP: ['invalid', 'links that lead back to themselves'],
};

function attempt<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof HostError || !(error instanceof Error) || !('code' in error)) throw error;
    const [code, reason] = CODES[String(error.code)] ?? ['io', error.message];
    throw new HostError(code, `${path}: ${reason}`, { cause: error });
  }
}

/** Files of the host, below a root that may be mounted elsewhere. The only place that opens them for reading. */
import fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type FileStatus, type Host, HostError, type HostErrorCode, hasCode } from '../../facts/host.ts';
import { resolvePath } from '../../facts/paths.ts';

const DEFAULT_LIMIT = 1 << 20;

export interface HostFiles extends Pick<Host, 'lstat' | 'readlink' | 'read' | 'list'> {
  /** Where the host's path, links followed, lies for us. */
  locate(path: string): string;
}

export function openFiles(root: string): HostFiles {
  const prefix = root === '/' ? '' : root.replace(/\/+$/, '');
  const below = (path: string): string => `${prefix}${path}` || '/';
  const reader = {
    lstat(path: string): FileStatus | null {
      try {
        const stats = attempt(path, () => fs.lstatSync(below(path), { throwIfNoEntry: false }));
        return stats === undefined ? null : toStatus(stats);
      } catch (error) {
        if (hasCode(error, 'missing')) return null; // a file where a directory should be
        throw error;
      }
    },
    readlink: (path: string): string => attempt(path, () => fs.readlinkSync(below(path))),
  };
  // Under another root, an absolute link would lead the kernel back to ours.
  const locate = (path: string): string => below(prefix === '' ? path : resolvePath(reader, path).path);
  const reach = (path: string): string => (prefix === '' ? path : join(resolvePath(reader, dirname(path)).path, basename(path)));
  return {
    lstat: (path) => reader.lstat(reach(path)),
    readlink: (path) => reader.readlink(reach(path)),
    read: (path, limit = DEFAULT_LIMIT) => attempt(path, () => readText(locate(path), path, limit)),
    list: (path) => attempt(path, () => fs.readdirSync(locate(path))),
    locate,
  };
}

function toStatus(stats: fs.Stats): FileStatus {
  return {
    kind: kindOf(stats),
    mode: stats.mode & 0o7777,
    uid: stats.uid,
    gid: stats.gid,
    size: stats.size,
    modifiedAt: stats.mtimeMs,
    identity: `${stats.dev}:${stats.ino}`,
  };
}

function kindOf(stats: fs.Stats): FileStatus['kind'] {
  if (stats.isSymbolicLink()) return 'link';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSocket()) return 'socket';
  return stats.isFile() ? 'file' : 'other';
}

/** A FIFO or device in a file's place must not hold us up, so it is opened without waiting and refused. Sizes in /proc are 0: the limit is counted. */
function readText(real: string, path: string, limit: number): string {
  const descriptor = fs.openSync(real, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  try {
    if (!fs.fstatSync(descriptor).isFile()) throw new HostError('invalid', `${path}: not a regular file`);
    const chunks: Buffer[] = [];
    for (let total = 0; ; ) {
      const chunk = Buffer.allocUnsafe(16_384);
      const length = fs.readSync(descriptor, chunk);
      if (length === 0) return Buffer.concat(chunks).toString('utf8');
      total += length;
      if (total > limit) throw new HostError('too-large', `${path}: larger than ${limit} bytes, which is more than hullguard reads of it`);
      chunks.push(chunk.subarray(0, length));
    }
  } finally {
    fs.closeSync(descriptor);
  }
}

const CODES: Readonly<Record<string, readonly [HostErrorCode, string]>> = {
  ENOENT: ['missing', 'no such file or directory'],
  ENOTDIR: ['missing', 'no such file or directory'],
  ESRCH: ['missing', 'the process has ended'],
  EACCES: ['denied', 'permission denied (run as root)'],
  EPERM: ['denied', 'not permitted (run as root)'],
  EISDIR: ['invalid', 'is a directory'],
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

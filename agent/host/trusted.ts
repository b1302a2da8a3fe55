/** Files that are code or truth to us: only root can have put them where they are. */
import fs from 'node:fs';
import { join } from 'node:path';
import { isWritableByOthers } from '../../facts/files.ts';
import { reasonOf } from '../../facts/host.ts';
import { resolvePath } from '../../facts/paths.ts';
import { UsageError } from '../errors.ts';
import { openFiles } from './files.ts';

/** The path without links. Throws UsageError where somebody other than root could change what lies there, or put something else in its place. */
export function trustedPath(path: string, what: string): string {
  const { path: real, status, parents } = look(path, what);
  if (status === null) throw new UsageError(`${path}: no such ${what}`);
  const strange = [...parents.map((parent) => ({ path: parent.path, ...parent.status })).filter(isWritableByOthers)];
  // Of the thing itself not even the group root may be able to write: it is run, or believed.
  if (status.uid !== 0 || (status.mode & 0o022) !== 0) strange.push({ ...status, path: real });
  const [first] = strange;
  if (first === undefined) return real;
  throw new UsageError(
    `${path}: the ${what} is not used, since ${first.path} is ${first.mode.toString(8).padStart(4, '0')} and of uid ${first.uid}: others than root may write there (chown root, chmod go-w)`,
  );
}

function look(path: string, what: string): ReturnType<typeof resolvePath> {
  try {
    return resolvePath(openFiles('/'), path);
  } catch (error) {
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

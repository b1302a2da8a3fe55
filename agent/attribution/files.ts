/** Which act explains that a file is not as it was. Pure. */
import { isWithin } from '../../facts/paths.ts';
import type { Act, Touched } from './acts.ts';

export interface ChangedFile {
  /** Links resolved. */
  readonly path: string;
  /** What is there now, and what was above it: files reached by descriptors have no name in the trail. */
  readonly inode: string | null;
}

/** The last one that did: whoever wrote last has made the file what it is. */
export function culpritOfFile(acts: readonly Act[], file: ChangedFile): Act | null {
  return acts.findLast((act) => act.succeeded && act.touched.some((touched) => explains(touched, file))) ?? null;
}

function explains({ path, inode, how }: Touched, file: ChangedFile): boolean {
  if (how === 'parent' || how === 'read') return false;
  if (path === file.path) return true;
  // A directory above it was moved away, or another was moved there.
  if (path?.startsWith('/') && how !== 'changed' && isWithin(file.path, path)) return true;
  // Inodes are used again, so a file of another name is another file.
  return inode !== '' && inode === file.inode && (path === null || nameOf(path) === nameOf(file.path));
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The last one that changed the rules, or switched auditing. */
export function culpritOfRules(acts: readonly Act[]): Act | null {
  return acts.findLast(({ config, succeeded }) => succeeded && config !== null && config !== 'updated_rules') ?? null;
}

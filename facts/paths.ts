/** Following paths on a host whose root may be mounted elsewhere, where the operating system's own resolution would leave it. */
import type { FileStatus, Host } from './host.ts';

type Reader = Pick<Host, 'lstat' | 'readlink'>;

export interface ResolvedPath {
  /** The path without links, as far as it exists. */
  readonly path: string;
  /** What is there; null when nothing is. */
  readonly status: FileStatus | null;
  /** Every directory above it, the root first. */
  readonly parents: readonly Step[];
  /** Every link on the way. */
  readonly links: readonly Step[];
}

interface Step {
  readonly path: string;
  readonly status: FileStatus;
}

const MAX_LINKS = 40; // as the kernel does

/** Resolves links in every component of an absolute path. A loop counts as missing. */
export function resolvePath(host: Reader, path: string): ResolvedPath {
  const root = host.lstat('/');
  if (root === null) return { path, status: null, parents: [], links: [] };
  const top = { path: '/', status: root };
  const todo = split(path);
  const done = [top];
  /** Directories left behind by links: who writes to them decides where the path leads. */
  const above: Step[] = [];
  const links: Step[] = [];
  const parents = (): typeof done => [...new Map([...above, ...done].map((parent) => [parent.path, parent])).values()];
  while (todo.length > 0) {
    const name = todo.shift() ?? '';
    if (name === '..') {
      if (done.length > 1) done.pop();
      continue;
    }
    const here = done.at(-1)?.path ?? '/';
    const next = here === '/' ? `/${name}` : `${here}/${name}`;
    const status = host.lstat(next);
    if (status === null) return { path: [next, ...todo].join('/'), status: null, parents: parents(), links };
    if (status.kind !== 'link') {
      done.push({ path: next, status });
      continue;
    }
    links.push({ path: next, status });
    if (links.length > MAX_LINKS) return { path, status: null, parents: parents(), links };
    const target = host.readlink(next);
    above.push(...done);
    if (target.startsWith('/')) done.length = 1;
    todo.unshift(...split(target));
  }
  const last = done.pop() ?? top;
  return { ...last, parents: parents(), links };
}

/** `path` is `directory` or lies below it. Both absolute and normalised. */
export function isWithin(path: string, directory: string): boolean {
  return directory === '/' || path === directory || path.startsWith(`${directory}/`);
}

/** Joins `.`, `..` and doubled slashes away, without looking at the host. */
export function normalise(path: string): string {
  const parts: string[] = [];
  for (const part of split(path)) {
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return `/${parts.join('/')}`;
}

function split(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

/** What is known of the files that facts are made of, in a form that shows each change of content, owner, mode or place. Reads only. */
import type { Collector } from '../../facts/collector.ts';
import { attempt, type FileStatus, type Host, HostError } from '../../facts/host.ts';
import { type CollectorName, collectors, type Facts } from '../../facts/index.ts';
import { type ResolvedPath, resolvePath } from '../../facts/paths.ts';

/** A path, and the facts that are stale when it changes. `*` stands for names in a directory, `/**` at the end for all that is below. */
export interface Watched {
  readonly path: string;
  readonly facts: readonly CollectorName[];
}

interface Tracked {
  readonly signature: string;
  /** What it is once links are followed. */
  readonly target: string;
  readonly facts: ReadonlySet<CollectorName>;
}

/** The state of all watched paths at one time. */
export interface Snapshot {
  /** Each path, and each directory on the way to it. */
  readonly tracked: ReadonlyMap<string, Tracked>;
  /** Directories in which changes happen, with their identity. */
  readonly directories: ReadonlyMap<string, string>;
}

type Reader = Pick<Host, 'lstat' | 'readlink' | 'list'>;

/** Enough for what lies below /etc/docker; what is deeper waits for the next full audit. */
const MAX_DEPTH = 4;
const MAX_ENTRIES = 2000;

/** The paths that collectors name. */
export function namedByCollectors(): Watched[] {
  return (Object.entries(collectors) as [CollectorName, Collector][]).flatMap(([name, { watch }]) =>
    (watch.paths ?? []).map((path) => ({ path, facts: [name] })),
  );
}

/** The paths that the facts themselves have led to: where this host's daemon has its files. */
export function namedByFacts({ files, daemon, engine, units }: Partial<Facts>): Watched[] {
  const unitFiles = [units?.service, units?.socket].flatMap((unit) => [unit?.path ?? null, ...(unit?.dropIns ?? [])]);
  const watched = (facts: CollectorName, paths: readonly (string | null | undefined)[]): Watched[] =>
    paths.flatMap((path) => (path?.startsWith('/') ? [{ path, facts: [facts] }] : []));
  const found = Object.values(files ?? {}).flat();
  return [
    ...watched(
      'files',
      found.map(({ path }) => path),
    ),
    ...watched('daemon', [daemon?.configFile.path]),
    ...watched('units', unitFiles),
    // No event tells that a node has left its swarm, or that a worker has joined one.
    ...watched('engine', [engine && `${engine.info.DockerRootDir}/swarm/docker-state.json`]),
  ];
}

/** Looks at every path. A path is looked at once, however many name it or lead through it. */
export function look(host: Reader, watched: readonly Watched[]): Snapshot {
  const reader = remembering(host);
  const tracked = new Map<string, { signature: string; target: string; facts: Set<CollectorName> }>();
  const directories = new Map<string, string>();
  const add = (path: string, signature: string, target: string, facts: readonly CollectorName[]): void => {
    const known = tracked.get(path) ?? { signature, target, facts: new Set<CollectorName>() };
    for (const fact of facts) known.facts.add(fact);
    tracked.set(path, known);
  };
  for (const { path: pattern, facts } of watched) {
    const expanded = expand(reader, pattern);
    for (const path of expanded.paths) {
      const { resolved, signature } = see(reader, path);
      for (const parent of resolved.parents) {
        add(parent.path, `${parent.path} ${signatureOf(parent.status)}`, parent.path, facts);
        directories.set(parent.path, parent.status.identity);
      }
      add(path, signature, resolved.path, facts);
    }
    for (const { path, status } of expanded.listed) directories.set(path, status.identity);
  }
  return { tracked, directories };
}

/** Paths that are not as they were, with what they are and the facts that are stale therefore. */
export function changes(before: Snapshot, after: Snapshot): { path: string; target: string; facts: CollectorName[] }[] {
  const paths = new Set([...before.tracked.keys(), ...after.tracked.keys()]);
  return [...paths].flatMap((path) => {
    const [old, now] = [before.tracked.get(path), after.tracked.get(path)];
    if (old?.signature === now?.signature) return [];
    return [{ path, target: now?.target ?? old?.target ?? path, facts: [...new Set([...(old?.facts ?? []), ...(now?.facts ?? [])])] }];
  });
}

function see(host: Reader, path: string): { resolved: ResolvedPath; signature: string } {
  try {
    const resolved = resolvePath(host, path);
    return { resolved, signature: `${resolved.path} ${resolved.status === null ? 'missing' : signatureOf(resolved.status)}` };
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return { resolved: { path, status: null, parents: [], links: [] }, signature: error.code };
  }
}

/** What is in a directory has a signature of its own, so the times of the directory itself say nothing new. */
function signatureOf({ kind, mode, uid, gid, identity, size, modifiedAt, changedAt }: FileStatus): string {
  const access = [kind, mode, uid, gid, identity];
  return (kind === 'directory' ? access : [...access, size, modifiedAt, changedAt]).join(' ');
}

interface Expanded {
  readonly paths: string[];
  /** Directories whose entries were looked for, or all of them. */
  readonly listed: { readonly path: string; readonly status: FileStatus }[];
}

/** The paths that a pattern stands for now. */
function expand(host: Reader, pattern: string): Expanded {
  const listed: Expanded['listed'] = [];
  const names = (directory: string): string[] => {
    const { resolved } = see(host, directory);
    if (resolved.status?.kind !== 'directory') return [];
    listed.push({ path: resolved.path, status: resolved.status });
    return list(host, resolved.path);
  };
  const deep = pattern.endsWith('/**');
  let paths = [''];
  for (const part of (deep ? pattern.slice(0, -3) : pattern).split('/').slice(1)) {
    if (!part.includes('*')) paths = paths.map((path) => `${path}/${part}`);
    else {
      const fits = new RegExp(`^${part.split('*').map(RegExp.escape).join('[^/]*')}$`);
      // The directory stands for what may yet come into it.
      paths = paths.flatMap((path) => names(path).flatMap((name) => (fits.test(name) ? [`${path}/${name}`] : [])));
    }
  }
  if (deep) for (const path of [...paths]) descend(path, MAX_DEPTH, names, paths);
  return { paths: paths.length > 0 ? paths : [pattern.slice(0, pattern.indexOf('/*')) || '/'], listed };
}

function descend(directory: string, depth: number, names: (directory: string) => string[], found: string[]): void {
  for (const name of names(directory)) {
    if (found.length >= MAX_ENTRIES) return;
    found.push(`${directory}/${name}`);
    if (depth > 1) descend(`${directory}/${name}`, depth - 1, names, found);
  }
}

function list(host: Reader, directory: string): string[] {
  return [...attempt(() => host.list(directory), [])]; // none where it has gone meanwhile, or is closed to us
}

/** Most paths share their first directories. */
function remembering(host: Reader): Reader {
  const seen = new Map<string, FileStatus | null>();
  return {
    ...host,
    lstat(path) {
      const known = seen.get(path);
      if (known !== undefined) return known;
      const status = host.lstat(path);
      seen.set(path, status);
      return status;
    },
  };
}

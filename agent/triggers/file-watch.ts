/**
 * Files that facts are made of. chokidar is the alarm bell, the comparison of every tracked path is the detector: one watcher a directory,
 * which tells of its entries and of itself, built anew when another directory takes its place. A sweep finds what no event told of.
 */
import { isDeepStrictEqual } from 'node:util';
import type { FSWatcher } from 'chokidar';
import type { Host } from '../../facts/host.ts';
import { changes, look, type Snapshot, type Watched } from './tracked.ts';
import type { Stale, Trigger } from './trigger.ts';

export interface FileWatchOptions {
  readonly host: Pick<Host, 'lstat' | 'readlink' | 'list'>;
  readonly paths: readonly Watched[];
  /** Milliseconds between sweeps, and between them while directories cannot be watched. */
  readonly sweepMs?: number;
  readonly blindSweepMs?: number;
}

export interface FileWatch extends Trigger {
  /** Other paths from now on. */
  update(paths: readonly Watched[]): void;
}

/** A burst of events is one comparison; one that finds nothing makes the next wait longer, for directories with busy neighbours. */
const SETTLE_MS = 20;
const MAX_SETTLE_MS = 100;

export function fileWatch(options: FileWatchOptions): FileWatch {
  const watcher = new Watcher(options);
  return {
    name: 'files',
    start: (mark) => watcher.start(mark),
    stop: () => watcher.stop(),
    problem: () => watcher.problem,
    update: (paths) => watcher.update(paths),
  };
}

interface Bell {
  readonly identity: string;
  readonly watcher: FSWatcher;
}

class Watcher {
  problem: string | null = null;
  readonly #options: Required<FileWatchOptions>;
  readonly #bells = new Map<string, Bell>();
  /** Directories for which the kernel had no watch. */
  readonly #deaf = new Set<string>();
  #tried = performance.now();
  #paths: readonly Watched[];
  #seen: Snapshot = { tracked: new Map(), directories: new Map() };
  #chokidar: typeof import('chokidar') | null = null;
  #mark: (stale: Stale) => void = () => {};
  #settle = SETTLE_MS;
  #alarm: { timer: NodeJS.Timeout; at: number } | null = null;
  #sweep: NodeJS.Timeout | undefined;

  constructor(options: FileWatchOptions) {
    this.#options = { sweepMs: 60_000, blindSweepMs: 1000, ...options };
    this.#paths = options.paths;
  }

  async start(mark: (stale: Stale) => void): Promise<void> {
    // They would overrule what is asked for here: polling finds no change of mode or owner.
    for (const name of Object.keys(process.env)) if (name.startsWith('CHOKIDAR_')) delete process.env[name];
    this.#chokidar = await import('chokidar');
    this.#mark = mark;
    this.#seen = look(this.#options.host, this.#paths);
    await this.#listen();
    this.#compare(Date.now());
    this.#plan();
  }

  async stop(): Promise<void> {
    clearTimeout(this.#alarm?.timer);
    clearTimeout(this.#sweep);
    this.#chokidar = null;
    const bells = [...this.#bells.values()];
    this.#bells.clear();
    await Promise.all(bells.map(({ watcher }) => watcher.close()));
  }

  /** A path that is new may have changed between the time it was read and now, so its facts are stale once. */
  update(paths: readonly Watched[]): void {
    if (isDeepStrictEqual(paths, this.#paths)) return;
    this.#paths = paths;
    if (this.#chokidar !== null) this.#compare(Date.now());
  }

  /** A bell for each directory that is there, and none for others. Resolves when the new ones ring. */
  async #listen(): Promise<void> {
    const { directories } = this.#seen;
    for (const [path, { identity }] of this.#bells) if (directories.get(path) !== identity) this.#unhang(path);
    const silent = [...directories].filter(([path]) => !this.#bells.has(path) && !this.#deaf.has(path));
    await Promise.all(silent.map(([path, identity]) => this.#hang(path, identity)));
    if (this.#deaf.size === 0) this.problem = null;
  }

  #unhang(path: string): void {
    const bell = this.#bells.get(path);
    this.#bells.delete(path);
    void bell?.watcher.close();
  }

  #hang(path: string, identity: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    // Raw events tell of every entry; without those of its own, chokidar neither reads the entries again nor follows links.
    const watcher = this.#chokidar?.watch(path, {
      depth: 0,
      ignoreInitial: true,
      followSymlinks: false,
      ignored: (entry) => entry !== path,
    });
    if (watcher === undefined) return Promise.resolve();
    this.#bells.set(path, { identity, watcher });
    watcher.on('all', () => this.#ring());
    watcher.on('raw', () => this.#ring());
    watcher.on('error', (error) => {
      this.#fails(path, error);
      resolve();
    });
    watcher.on('ready', () => {
      this.#ring(); // what has changed since the directory was looked at
      resolve();
    });
    return promise;
  }

  #ring(): void {
    if (this.#chokidar === null || this.#alarm !== null) return;
    const at = Date.now();
    this.#alarm = { timer: setTimeout(() => this.#compare(at), this.#settle), at };
  }

  #compare(at: number): void {
    clearTimeout(this.#alarm?.timer);
    this.#alarm = null;
    const before = this.#seen;
    this.#seen = look(this.#options.host, this.#paths);
    const found = changes(before, this.#seen);
    this.#settle = found.length > 0 ? SETTLE_MS : Math.min(this.#settle * 2, MAX_SETTLE_MS);
    for (const { path, target, facts } of found) this.#mark({ facts, cause: `file ${path}`, at, path: target });
    void this.#listen();
  }

  /** Too few watches or handles: the kernel's limits for one user, which other programs use up, too. */
  #fails(path: string, error: unknown): void {
    const { code } = error as { code?: string };
    const limit = code === 'ENOSPC' ? 'max_user_watches' : code === 'EMFILE' ? 'max_user_instances' : null;
    if (limit === null) {
      this.#ring();
      return;
    }
    this.#unhang(path);
    this.#deaf.add(path);
    const every = `${this.#options.blindSweepMs / 1000} s`;
    this.problem = `too few inotify watches (${code}): files are compared every ${every} instead (raise fs.inotify.${limit} with sysctl)`;
    this.#plan();
  }

  /** The next sweep, soon while some directory cannot be watched. Every `sweepMs` that is tried again. */
  #plan(): void {
    clearTimeout(this.#sweep);
    if (this.#chokidar === null) return;
    const every = this.#deaf.size === 0 ? this.#options.sweepMs : this.#options.blindSweepMs;
    this.#sweep = setTimeout(() => {
      if (performance.now() - this.#tried >= this.#options.sweepMs) {
        this.#tried = performance.now();
        this.#deaf.clear();
      }
      this.#compare(Date.now());
      this.#plan();
    }, every);
  }
}

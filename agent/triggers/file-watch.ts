/**
 * Files that facts are made of. chokidar is the alarm bell, the comparison of every tracked path is the detector: one watcher a directory,
 * which tells of its entries and of itself, built anew when another directory takes its place. A sweep finds what no event told of.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Host } from '../../facts/host.ts';
import { type Bell, bells } from './bell.ts';
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
const QUIET_MS = 1000;

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

class Watcher {
  problem: string | null = null;
  readonly #options: Required<FileWatchOptions>;
  readonly #bells = new Map<string, { readonly identity: string; readonly bell: Bell }>();
  /** Directories for which the kernel had no watch. */
  readonly #deaf = new Set<string>();
  #tried = performance.now();
  #paths: readonly Watched[];
  #seen: Snapshot = { tracked: new Map(), directories: new Map() };
  #hangBell: Awaited<ReturnType<typeof bells>> | null = null;
  #mark: (stale: Stale) => void = () => {};
  #settle = SETTLE_MS;
  #answered = 0;
  #alarm: NodeJS.Timeout | undefined;
  #sweep: NodeJS.Timeout | undefined;

  constructor(options: FileWatchOptions) {
    this.#options = { sweepMs: 60_000, blindSweepMs: 1000, ...options };
    this.#paths = options.paths;
  }

  async start(mark: (stale: Stale) => void): Promise<void> {
    this.#hangBell = await bells();
    this.#mark = mark;
    this.#seen = look(this.#options.host, this.#paths);
    await this.#listen();
    this.#compare(Date.now());
    this.#plan();
  }

  async stop(): Promise<void> {
    clearTimeout(this.#alarm);
    clearTimeout(this.#sweep);
    this.#hangBell = null;
    await Promise.all([...this.#bells.keys()].map((path) => this.#unhang(path)));
  }

  /** A path that is new may have changed between the time it was read and now, so its facts are stale once. */
  update(paths: readonly Watched[]): void {
    if (isDeepStrictEqual(paths, this.#paths)) return;
    this.#paths = paths;
    if (this.#hangBell !== null) this.#compare(Date.now());
  }

  /** A bell for each directory that is there, and none for others. Resolves when the new ones ring. */
  async #listen(): Promise<void> {
    const { directories } = this.#seen;
    for (const [path, { identity }] of this.#bells) if (directories.get(path) !== identity) void this.#unhang(path);
    const silent = [...directories].filter(([path]) => !this.#bells.has(path) && !this.#deaf.has(path));
    await Promise.all(silent.map(([path, identity]) => this.#hang(path, identity)));
    if (this.#deaf.size === 0) this.problem = null;
  }

  async #unhang(path: string): Promise<void> {
    const hung = this.#bells.get(path);
    this.#bells.delete(path);
    await hung?.bell.remove();
  }

  async #hang(path: string, identity: string): Promise<void> {
    const bell = this.#hangBell?.(
      path,
      () => this.#ring(),
      (error) => this.#fails(path, error),
    );
    if (bell === undefined) return;
    this.#bells.set(path, { identity, bell });
    await bell.ready;
  }

  #ring(): void {
    if (this.#hangBell === null || this.#alarm !== undefined) return;
    const at = Date.now();
    const quiet = performance.now() - this.#answered > QUIET_MS;
    if (quiet) this.#settle = SETTLE_MS;
    this.#alarm = setTimeout(() => {
      const found = this.#compare(at);
      this.#answered = performance.now();
      this.#settle = found > 0 ? SETTLE_MS : Math.min(this.#settle * 2, MAX_SETTLE_MS);
    }, this.#settle);
  }

  /** Tells of what is otherwise; returns how much that is. */
  #compare(at: number): number {
    clearTimeout(this.#alarm);
    this.#alarm = undefined;
    const before = this.#seen;
    this.#seen = look(this.#options.host, this.#paths);
    const found = changes(before, this.#seen);
    for (const { path, target, facts } of found) this.#mark({ facts, cause: `file ${path}`, at, path: target });
    void this.#listen();
    return found.length;
  }

  /** Too few watches or handles: the kernel's limits for one user, which other programs use up, too. */
  #fails(path: string, { code }: { readonly code?: string }): void {
    const limit = code === 'ENOSPC' ? 'max_user_watches' : code === 'EMFILE' ? 'max_user_instances' : null;
    if (limit === null) {
      this.#ring();
      return;
    }
    void this.#unhang(path);
    this.#deaf.add(path);
    const every = `${this.#options.blindSweepMs / 1000} s`;
    if (this.problem === null) this.#mark({ facts: [], cause: 'files are not watched', at: Date.now() });
    this.problem = `too few inotify watches (${code}): files are compared every ${every} instead (raise fs.inotify.${limit} with sysctl)`;
    this.#plan();
  }

  /** The next sweep, soon while some directory cannot be watched. Every `sweepMs` that is tried again. */
  #plan(): void {
    clearTimeout(this.#sweep);
    if (this.#hangBell === null) return;
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

/** chokidar as an alarm bell: it rings when something happened in a directory, and says no more. */
import type { FSWatcher } from 'chokidar';

export interface Bell {
  /** Resolves when it rings for all that happens from now on, or has failed. */
  readonly ready: Promise<void>;
  remove(): Promise<void>;
}

type Hang = (path: string, ring: () => void, fail: (error: Error & { code?: string }) => void) => Bell;

/** Loads chokidar, which takes tens of milliseconds, and returns what hangs a bell at one directory. */
export async function bells(): Promise<Hang> {
  // They would overrule what is asked for here: polling finds no change of mode or owner.
  for (const name of Object.keys(process.env)) if (name.startsWith('CHOKIDAR_')) delete process.env[name];
  const { watch } = await import('chokidar');
  return (path, ring, fail) => {
    // Raw events tell of every entry; with none of its own, chokidar neither reads the entries again nor follows links.
    const ignored = (entry: string): boolean => entry !== path;
    return hang(watch(path, { depth: 0, ignoreInitial: true, followSymlinks: false, ignored }), ring, fail);
  };
}

function hang(watcher: FSWatcher, ring: () => void, fail: (error: Error & { code?: string }) => void): Bell {
  const { promise, resolve } = Promise.withResolvers<void>();
  watcher.on('all', ring);
  watcher.on('raw', ring);
  watcher.on('error', (error) => {
    fail(error as Error);
    resolve();
  });
  watcher.on('ready', () => {
    ring(); // what has happened since the directory was looked at
    resolve();
  });
  // A watch that cannot be taken away is no reason to end: the directory is gone, or we are.
  return { ready: promise, remove: () => watcher.close().catch(() => {}) };
}

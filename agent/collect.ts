import type { Collector } from '../facts/collector.ts';
import { type Host, HostError, reasonOf } from '../facts/host.ts';
import { type CollectorName, collectors, type FactName, type Facts, type Recording } from '../facts/index.ts';
import type { Policy } from '../facts/policy.ts';

interface Options {
  readonly policy: Policy;
  /** The facts to collect; what they build on is collected too. */
  readonly wanted: readonly FactName[];
  /** Ends the collection: facts not known by then are missing. */
  readonly signal: AbortSignal;
  readonly onStarted?: (name: CollectorName) => void;
  /** `problem` says why the fact is missing; null when it is there. */
  readonly onCollected?: (name: CollectorName, milliseconds: number, problem: string | null) => void;
}

/**
 * Collects facts, each as soon as those it builds on are there. A collector that fails makes its fact missing, with the reason, and
 * stops nothing else. What is not a HostError is a bug, and thrown.
 */
export async function collectFacts(host: Host, { policy, wanted, signal, onStarted, onCollected }: Options): Promise<Recording> {
  const facts: Partial<Facts> = { policy };
  const missing: { [N in FactName]?: string } = {};
  const running = new Map<string, Promise<void>>();
  const local = withoutFiles(host, () => facts.engines);

  function collect(name: CollectorName): Promise<void> {
    const started = running.get(name) ?? run(name);
    running.set(name, started);
    return started;
  }

  async function run(name: CollectorName): Promise<void> {
    // Each collector is typed by its own schema and needs; in this one list of all of them those types are joined.
    const collector = collectors[name] as unknown as Collector<never, Facts>;
    await Promise.all((collector.after ?? []).map((other) => collect(other as CollectorName)));
    const begun = performance.now();
    onStarted?.(name);
    try {
      Object.assign(facts, { [name]: await withDeadline(collector.collect(local, facts), signal, name) });
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      missing[name] = reasonOf(error);
    }
    onCollected?.(name, performance.now() - begun, missing[name] ?? null);
  }

  await Promise.all(wanted.filter((name) => name !== 'policy').map((name) => collect(name)));
  return { facts, missing };
}

/** The engine may run on another host; then nothing that lies on this one may be taken for its own. */
function withoutFiles(host: Host, engines: () => Facts['engines'] | undefined): Host {
  function here<Arguments extends readonly unknown[], Result>(read: (...args: Arguments) => Result): (...args: Arguments) => Result {
    return (...args) => {
      const known = engines();
      if (known?.remote)
        throw new HostError(
          'unreachable',
          `the engine ${known.selected} is on another host: run hullguard there to see its files, processes and audit rules`,
        );
      return read(...args);
    };
  }
  return {
    ...host,
    lstat: here((path: string) => host.lstat(path)),
    readlink: here((path: string) => host.readlink(path)),
    read: here((path: string, limit?: number) => host.read(path, limit)),
    list: here((path: string) => host.list(path)),
    run: here((program: string, args: readonly string[]) => host.run(program, args)),
  };
}

/** A read that never ends, such as one from a hanging engine, must not hold up the report. */
async function withDeadline<T>(work: Promise<T>, signal: AbortSignal, name: string): Promise<T> {
  const late = (): HostError => new HostError('timeout', `no answer in time while collecting ${name} (allow more with --timeout)`);
  if (signal.aborted) throw late();
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(late());
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

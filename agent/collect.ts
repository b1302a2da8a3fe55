import { setImmediate } from 'node:timers/promises';
import type { Collector } from '../facts/collector.ts';
import { isRemote } from '../facts/engines.ts';
import { type Host, HostError, reasonOf } from '../facts/host.ts';
import { basesOf, type CollectorName, collectors, type FactName, type Facts, type Recording } from '../facts/index.ts';
import type { Policy } from '../facts/policy.ts';

/** What others build on leads to the engine's answers. The rest is collected while the engine thinks. */
const BUILT_ON = new Set((Object.keys(collectors) as CollectorName[]).flatMap(basesOf));

interface Options {
  readonly policy: Policy;
  /** The facts to collect; what they build on is collected too. */
  readonly wanted: readonly FactName[];
  /** Facts that are known already, and not collected again. */
  readonly known?: Recording;
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
export async function collectFacts(host: Host, { policy, wanted, known, signal, onStarted, onCollected }: Options): Promise<Recording> {
  const facts: Partial<Facts> = { ...known?.facts, policy };
  const missing: { [N in FactName]?: string } = { ...known?.missing };
  const running = new Map<string, Promise<void>>([...Object.keys(facts), ...Object.keys(missing)].map((name) => [name, Promise.resolve()]));
  const local = isRemote(host) ? withoutFiles(host) : host;
  const engineAsked = setImmediate();

  function collect(name: CollectorName): Promise<void> {
    const started = running.get(name) ?? run(name);
    running.set(name, started);
    return started;
  }

  async function run(name: CollectorName): Promise<void> {
    // Each collector is typed by its own schema and what it builds on; in this one list of all of them those types are joined.
    const collector = collectors[name] as unknown as Collector<never, Facts, Facts>;
    const needs = (collector.needs ?? []) as readonly CollectorName[];
    if (!BUILT_ON.has(name)) await engineAsked;
    await Promise.all(basesOf(name).map(collect));
    const unmet = needs.map((need) => missing[need]).find((reason) => reason !== undefined);
    const begun = performance.now();
    onStarted?.(name);
    try {
      if (unmet === undefined)
        Object.assign(facts, { [name]: await withDeadline(() => collector.collect(local, facts as Facts), signal, name) });
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      missing[name] = reasonOf(error);
    }
    if (unmet !== undefined) missing[name] = unmet;
    onCollected?.(name, performance.now() - begun, missing[name] ?? null);
  }

  await Promise.all(wanted.filter((name) => name !== 'policy').map((name) => collect(name)));
  return { facts, missing };
}

/** For an engine on another host: nothing that lies on this one may be taken for its own. */
function withoutFiles(host: Host): Host {
  const elsewhere = (): never => {
    throw new HostError(
      'unreachable',
      `the engine ${host.requestedEndpoint} is on another host: run hullguard there to see its files, processes and audit rules`,
    );
  };
  return {
    ...host,
    lstat: elsewhere,
    readlink: elsewhere,
    read: elsewhere,
    list: elsewhere,
    within: elsewhere,
    run: elsewhere,
    memory: elsewhere,
  };
}

/** How long a collector whose reads have all been ended may take to say what it has, in milliseconds. */
const GRACE = 200;

/** A read that never ends, such as one from a hanging engine, must not hold up the report. */
async function withDeadline<T>(work: () => Promise<T>, signal: AbortSignal, name: string): Promise<T> {
  const late = (): HostError => new HostError('timeout', `no answer in time while collecting ${name} (allow more with --timeout)`);
  if (signal.aborted) throw late();
  const { promise, reject } = Promise.withResolvers<never>();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    timer = setTimeout(() => reject(late()), GRACE);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work(), promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

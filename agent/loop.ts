/**
 * What the agent does all day: triggers mark facts as stale, those are collected again after a short settle, the checks that see them judge again,
 * and what differs is drift. One evaluation at a time; `hullguard audit` is the first one alone.
 */
import { isDeepStrictEqual } from 'node:util';
import type { BenchmarkVersion } from '../checks/benchmark.ts';
import type { Check } from '../checks/check.ts';
import type { Collector } from '../facts/collector.ts';
import { refreshContainers } from '../facts/containers.ts';
import { type Host, HostError } from '../facts/host.ts';
import { type CollectorName, collectors, type FactName, type Recording } from '../facts/index.ts';
import type { Policy } from '../facts/policy.ts';
import { collectFacts } from './collect.ts';
import { type Difference, differences, type Observation, type Observations, observe } from './drift.ts';
import { type Finding, judge } from './scan.ts';
import type { Stale } from './triggers/trigger.ts';

export interface LoopOptions {
  /** A host whose reads all end within the time-out. */
  readonly openHost: (signal: AbortSignal) => Host;
  readonly checks: readonly Check[];
  readonly benchmark: BenchmarkVersion;
  readonly policy: Policy;
  /** Facts wanted beside those of the checks. */
  readonly about: readonly FactName[];
  /** Milliseconds that changes are left to settle, and the most that a stream of them is waited for. */
  readonly settleMs: number;
  readonly patienceMs: number;
  readonly timeoutMs: number;
  /** The last known state, from before the agent started; null where there is none, and nothing to compare with. */
  readonly known: Observations | null;
  /** Told of each evaluation, which is over when this is. */
  readonly onEvaluated: (evaluation: Evaluation) => Promise<void>;
}

export interface Evaluation {
  readonly at: number;
  readonly durationMs: number;
  /** Everything was looked at, not only what was marked. */
  readonly full: boolean;
  readonly marks: readonly Stale[];
  readonly recording: Recording;
  readonly findings: readonly Finding[];
  readonly differences: readonly Difference[];
  /** The state of the host by now. */
  readonly observations: Observations;
}

export interface Loop {
  mark(stale: Stale): void;
  /** Resolves when nothing is marked or under way. */
  idle(): Promise<void>;
  /** Lets the evaluation under way end, and starts no other. */
  stop(): Promise<void>;
}

/** Facts that cost a request for each thing they tell of: only their own events make them stale, never a fact they build on. */
const COSTLY: readonly CollectorName[] = ['containers', 'images', 'engine', 'engines'];

export function startLoop(options: LoopOptions): Loop {
  let marks: Stale[] = [];
  let since = 0;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | null = null;
  let stopped = false;
  const waiting: (() => void)[] = [];
  const evaluate = evaluator(options);

  function arm(): void {
    if (stopped || running !== null || marks.length === 0) return;
    clearTimeout(timer);
    const left = Math.max(0, since + options.patienceMs - Date.now());
    timer = setTimeout(run, Math.min(options.settleMs, left));
  }

  function run(): void {
    const taken = marks;
    marks = [];
    running = evaluate(taken).finally(() => {
      running = null;
      since = Date.now();
      arm();
      if (marks.length === 0) for (const resolve of waiting.splice(0)) resolve();
    });
  }

  return {
    mark(stale) {
      if (marks.length === 0) since = Date.now();
      marks.push(stale);
      arm();
    },
    idle: () => (running === null && marks.length === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}

/** Keeps what is known from one evaluation to the next. */
function evaluator(options: LoopOptions): (marks: readonly Stale[]) => Promise<void> {
  let recording: Recording = { facts: {}, missing: {} };
  const findings = new Map<string, Finding>();
  let observations = options.known;
  return async (marks) => {
    const begun = performance.now();
    const at = Date.now();
    const full = marks.some((mark) => mark.full) || Object.keys(recording.facts).length === 0;
    const changed = await look(full, marks);
    const judged = options.checks.filter(({ id, needs }) => full || !findings.has(id) || needs.some((name) => changed.has(name)));
    for (const check of judged) findings.set(check.id, judge(check, recording, options.benchmark));
    const told = judged.filter((check) => recording.facts.engine !== undefined || !isGuessed(check));
    const now = settle(
      observations ?? new Map(),
      told.flatMap(({ id }) => findings.get(id) ?? []),
    );
    const found = observations === null ? [] : differences(observations, now, new Set(told.map(({ id }) => id)));
    observations = now;
    const all = options.checks.flatMap(({ id }) => findings.get(id) ?? []);
    const durationMs = performance.now() - begun;
    await options.onEvaluated({ at, durationMs, full, marks, recording, findings: all, differences: found, observations });
  };

  /** Collects what is stale, and what follows from what has changed; returns the names of the facts that have. */
  async function look(full: boolean, marks: readonly Stale[]): Promise<ReadonlySet<FactName>> {
    const signal = AbortSignal.timeout(options.timeoutMs);
    const host = options.openHost(signal);
    const wanted = [...new Set<FactName>([...options.about, ...options.checks.flatMap(({ needs }) => needs)])];
    if (full) {
      recording = await collectFacts(host, { policy: options.policy, wanted, signal });
      return new Set(wanted);
    }
    const changed = new Set<FactName>();
    const ids = [...new Set(marks.flatMap(({ containers = [] }) => containers))];
    let stale = new Set<CollectorName>(marks.flatMap(({ facts }) => facts));
    if (ids.length > 0) stale.add('processes');
    while (stale.size > 0) {
      const before = recording;
      recording = await collectFacts(host, { policy: options.policy, wanted: [...stale], known: without(before, stale), signal });
      const different = [...stale].filter((name) => !isDeepStrictEqual(before.facts[name], recording.facts[name]));
      for (const name of different) changed.add(name);
      stale = new Set(dependents(different).filter((name) => !changed.has(name) && wanted.includes(name)));
    }
    if (ids.length > 0 && !changed.has('containers') && (await refresh(host, ids))) changed.add('containers');
    return changed;
  }

  /** Looks at these containers again; where that fails, the fact is missing, and why. */
  async function refresh(host: Host, ids: readonly string[]): Promise<boolean> {
    const { containers, engine, processes } = recording.facts;
    if (containers === undefined || engine === undefined) return false;
    try {
      const fresh = await refreshContainers(host, containers, ids, { engine, processes });
      recording = { ...recording, facts: { ...recording.facts, containers: fresh } };
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      const { containers: _, ...facts } = recording.facts;
      recording = { facts, missing: { ...recording.missing, containers: error.message } };
    }
    return true;
  }
}

function without({ facts, missing }: Recording, stale: ReadonlySet<CollectorName>): Recording {
  const kept = <T extends object>(of: T): T =>
    Object.fromEntries(Object.entries(of).filter(([name, value]) => !stale.has(name as CollectorName) && value !== undefined)) as T;
  return { facts: kept(facts), missing: kept(missing) };
}

/** Facts that build on these, and are cheap to collect again. */
function dependents(names: readonly CollectorName[]): CollectorName[] {
  return (Object.keys(collectors) as CollectorName[]).filter((name) => {
    const { needs = [], after = [] } = collectors[name] as Collector;
    return !COSTLY.includes(name) && [...needs, ...after].some((base) => names.includes(base as CollectorName));
  });
}

/** Settings of a daemon that is away are what its file says, which is not what it ran with, nor will: they are told of when it is back. */
function isGuessed({ needs }: Check): boolean {
  return needs.includes('daemon') && !needs.includes('files');
}

/**
 * The new state. What could not be seen keeps what was last known: a daemon that restarts is no drift of all that it tells, and what has changed
 * meanwhile shows when it is back.
 */
function settle(before: Observations, findings: readonly Finding[]): Observations {
  const judged = new Map(findings.map((finding) => [finding.check.id, finding]));
  const fresh = observe(findings.filter(({ status, evidence }) => status !== 'error' || evidence.length > 0));
  const now = new Map<string, Observation>();
  for (const [key, observation] of before) {
    const finding = judged.get(observation.check);
    const unseen = finding?.status === 'error' && finding.evidence.length === 0;
    if (finding === undefined || unseen || fresh.get(key)?.outcome === 'error') now.set(key, observation);
  }
  for (const [key, observation] of fresh) if (observation.outcome !== 'error') now.set(key, observation);
  return now;
}

/**
 * What the agent does all day: triggers mark facts as stale, those are collected again after a short settle, the checks that see them judge again,
 * and what differs is drift. One evaluation at a time; `hullguard audit` is the first one alone.
 */
import type { BenchmarkVersion } from '../checks/benchmark.ts';
import type { Check } from '../checks/check.ts';
import { isOver } from '../facts/exec-sessions.ts';
import type { Host } from '../facts/host.ts';
import type { FactName, Recording } from '../facts/index.ts';
import type { Policy } from '../facts/policy.ts';
import { isDrift, isSeen, settle } from './drift.ts';
import { type Difference, Observations } from './observations.ts';
import { Recorder } from './recorder.ts';
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
  /** No fact has changed. */
  readonly quiet: boolean;
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

export function startLoop(options: LoopOptions): Loop {
  let marks: Stale[] = [];
  /** By the monotonic clock: the other one may be set back. */
  let since = 0;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | null = null;
  let stopped = false;
  const waiting: (() => void)[] = [];
  const evaluate = evaluator(options);

  function arm(): void {
    if (stopped || running !== null || marks.length === 0) return;
    clearTimeout(timer);
    const left = Math.max(0, since + options.patienceMs - performance.now());
    timer = setTimeout(run, Math.min(options.settleMs, left));
  }

  function run(): void {
    const taken = marks;
    marks = [];
    running = evaluate(taken)
      .then((again) => void marks.push(...again))
      .finally(() => {
        running = null;
        since = performance.now();
        arm();
        if (marks.length === 0) for (const resolve of waiting.splice(0)) resolve();
      });
  }

  return {
    mark(stale) {
      if (marks.length === 0) since = performance.now();
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

/** Keeps what is known from one evaluation to the next. An evaluation resolves to what has to be looked at again at once. */
function evaluator(options: LoopOptions): (marks: readonly Stale[]) => Promise<Stale[]> {
  const recorder = new Recorder(options);
  const findings = new Map<string, Finding>();
  /** What the state follows from. */
  const settled = new Map<string, Finding>();
  let observations = options.known;
  return async (marks) => {
    const begun = performance.now();
    const at = Date.now();
    const full = marks.some((mark) => mark.full) || Object.keys(recorder.recording.facts).length === 0;
    const changed = await recorder.look(full, marks);
    const { recording } = recorder;
    const judged = options.checks.filter(({ id, needs }) => full || !findings.has(id) || needs.some((name) => changed.has(name)));
    for (const check of judged) findings.set(check.id, judge(check, recording, options.benchmark));
    const told = judged.filter((check) => recording.facts.engine !== undefined || !isGuessed(check));
    const news = told.flatMap(({ id }) => findings.get(id) ?? []);
    const { after, changed: differing } = settle(observations ?? Observations.of(), news, settled);
    for (const finding of news) if (isSeen(finding)) settled.set(finding.check.id, finding);
    const found = observations === null ? [] : differing.filter(isDrift);
    observations = after;
    const all = options.checks.flatMap(({ id }) => findings.get(id) ?? []);
    const durationMs = performance.now() - begun;
    const quiet = !full && changed.size === 0;
    await options.onEvaluated({ at, durationMs, full, quiet, marks, recording, findings: all, differences: found, observations });
    const over = recording.facts.containers?.containers.some(({ Execs }) => Execs.some(isOver)) ?? false;
    return over ? [{ facts: [], cause: 'exec session over', at: Date.now() }] : [];
  };
}

/** Settings of a daemon that is away are what its file says, which is not what it ran with, nor will: they are told of when it is back. */
function isGuessed({ needs }: Check): boolean {
  return needs.includes('daemon') && !needs.includes('files');
}

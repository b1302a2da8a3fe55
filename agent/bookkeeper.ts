/** What becomes of an evaluation: drift is attributed, written down, logged and handed on; what the agent cannot do is told. */
import { reasonOf } from '../facts/host.ts';
import type { Attribution } from './attribution.ts';
import type { WaiverState } from './choices.ts';
import type { Drift, Who } from './drift.ts';
import { logDrift } from './drift-log.ts';
import { HistoryError } from './errors.ts';
import type { Evaluation } from './loop.ts';
import type { Observation } from './observations.ts';
import { scoreOf } from './report.ts';
import type { ResidentOptions } from './resident.ts';
import type { Delivery } from './sinks/delivery.ts';
import { writeMetrics } from './sinks/metrics.ts';
import type { AgentReport } from './state/history/agent.ts';
import type { DriftEvent } from './state/history/records.ts';
import { DAY_MS } from './time.ts';
import type { Trigger } from './triggers/trigger.ts';
import { version } from './version.ts';
import { type Decided, decide, type WaiverSeen } from './waivers.ts';

/** An evaluation that takes longer is stuck: its reads have all timed out long before. */
const STUCK_MS = 10 * 60_000;
/** A storm has many causes; these tell what it was about. */
const MOST_CAUSES = 20;
/** What was waived counts again. */
const OPEN: readonly WaiverState[] = ['expired', 'reopened'];

/** An evaluation, and what the site has decided about its findings. */
interface Weighed extends Evaluation {
  readonly findings: readonly Decided[];
  readonly waivers: readonly WaiverSeen[];
  /** Why decisions do not count. */
  readonly undecided: readonly string[];
}
/** What could not be written is tried again so soon, though nothing else happens. */
const RETRY_MS = 10_000;
/** Drift that is kept while it cannot be written: the log has told of it, and memory is not for ever. */
const MOST_UNWRITTEN = 10_000;
/** Drift after which old rows are removed. */
const MOST_ADDED = 10_000;

/** What else runs in the agent. */
interface Parts {
  readonly triggers: readonly Trigger[];
  readonly delivery: Delivery;
  readonly attribution: Attribution;
  /** When the schedule looks at everything next, in milliseconds since the epoch. */
  readonly nextAudit: () => number | null;
  /** Has an evaluation made that need not find anything. */
  readonly again: (cause: string) => void;
}

/** A look at everything, as the history keeps it. */
type Audited = Pick<Evaluation, 'at' | 'durationMs'> & { readonly trigger: string };

/** What the history could not be given yet. */
interface Unwritten {
  readonly audit: Audited | null;
  readonly drifts: readonly Drift[];
}

export class Bookkeeper {
  readonly #options: ResidentOptions;
  readonly #parts: Parts;
  readonly #startedAt = Date.now();
  readonly #drifts = { low: 0, medium: 0, high: 0, critical: 0 };
  #lastAudit: { at: number; durationMs: number } | null = null;
  /** When what is under way was marked, by the monotonic clock. */
  #begun: number | null = null;
  #waivers: readonly WaiverSeen[] = [];
  #unwritten: Unwritten | null = null;
  #retry: NodeJS.Timeout | undefined;
  /** Drift since old rows were removed. */
  #added = 0;
  #told = '';
  /** What was told is what `hullguard status` says. */
  #isReported = false;

  constructor(options: ResidentOptions, parts: Parts) {
    this.#options = options;
    this.#parts = parts;
  }

  /** Something was marked. */
  begin(): void {
    this.#begun ??= performance.now();
  }

  isProgressing(): boolean {
    return this.#begun === null || performance.now() - this.#begun < STUCK_MS;
  }

  /** The last word, so that `hullguard status` does not take the end for a crash. */
  end(): void {
    const { history, log } = this.#options;
    clearTimeout(this.#retry);
    try {
      history.reportAgent({ ...this.#about(), state: 'stopped', problems: [], nextAudit: null });
    } catch (error) {
      log.error('status cannot be written', { problem: reasonOf(error) });
    }
  }

  /** Writes down what an evaluation has found, and tells everybody. */
  async keep(evaluated: Evaluation): Promise<void> {
    const { onRecorded, decisions: read } = this.#options;
    const { decisions, problems } = read(evaluated.full);
    const decided = decide(evaluated.findings, decisions, evaluated.recording.facts, evaluated.at);
    const evaluation: Weighed = { ...evaluated, ...decided, undecided: problems };
    const events = this.#record(evaluation, await attributed(evaluation, this.#parts.attribution));
    for (const event of events) this.#drifts[event.severity] += 1;
    this.#prune(evaluation.full, events.length);
    if (evaluation.full) this.#lastAudit = { at: evaluation.at, durationMs: evaluation.durationMs };
    if (events.length > 0) this.#parts.delivery.wake();
    this.#follow(evaluation.waivers);
    this.#tell(evaluation);
    this.#begun = null;
    if (evaluation.full || events.length > 0) onRecorded();
  }

  /** What cannot be written now is written as soon as it can be, as it was seen. The log tells of it at once: a disk that somebody fills must not silence us. */
  #record(evaluation: Weighed, found: readonly Drift[]): readonly DriftEvent[] {
    const { history, config, log } = this.#options;
    const sinks = config.agent.webhook === undefined ? [] : ['webhook'];
    const before = this.#unwritten;
    const drifts = [...(before?.drifts ?? []), ...found];
    const { at, durationMs, marks, full, quiet, observations } = evaluation;
    const audit = full ? { at, durationMs, trigger: marks.find((mark) => mark.full)?.cause ?? 'start' } : (before?.audit ?? null);
    if (before === null && audit === null && quiet && drifts.length === 0) return [];
    try {
      const events =
        audit === null ? history.recordDrift(drifts, observations, sinks) : this.#recordAudit(audit, evaluation, drifts, sinks);
      this.#unwritten = null;
      if (before !== null) log.notice('history is written again', { drifts: before.drifts.length });
      for (const event of events.slice(before?.drifts.length ?? 0)) logDrift(log, event);
      return events;
    } catch (error) {
      if (!(error instanceof HistoryError)) throw error;
      log.error('history cannot be written', { problem: error });
      for (const drift of found) logDrift(log, drift);
      this.#unwritten = { audit, drifts: drifts.slice(-MOST_UNWRITTEN) };
      this.#tryLater();
      return [];
    }
  }

  /** Not only with audits: somebody who starts and removes containers all day would fill the disk in between. */
  #prune(isDue: boolean, added: number): void {
    const { history, config, log } = this.#options;
    this.#added += added;
    if (!isDue && this.#added < MOST_ADDED) return;
    this.#added = 0;
    try {
      while (history.prune({ before: Date.now() - config.agent.retentionDays * DAY_MS }) > 0);
    } catch (error) {
      if (!(error instanceof HistoryError)) throw error;
      log.error('history cannot be pruned', { problem: error });
    }
  }

  #tryLater(): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#parts.again('what could not be written'), RETRY_MS);
  }

  #recordAudit(
    { at, durationMs, trigger }: Audited,
    { observations, findings }: Weighed,
    drifts: readonly Drift[],
    sinks: string[],
  ): readonly DriftEvent[] {
    const { history, config, log } = this.#options;
    const summary = scoreOf(findings);
    const { benchmark } = config;
    const { events } = history.recordAudit({
      at,
      durationMs,
      trigger,
      summary,
      benchmark,
      toolVersion: version,
      observations,
      drifts,
      sinks,
    });
    log.info('audited', {
      cause: trigger,
      failed: summary.fail,
      waived: summary.waived,
      passed: summary.pass,
      score: summary.score,
      milliseconds: Math.round(durationMs),
    });
    return events;
  }

  #about(): Pick<AgentReport, 'version' | 'startedAt' | 'waivers'> {
    const waivers = this.#waivers.map(({ waiver: { id, check, expires }, state }) => ({ id, check, expires, state }));
    return { version, startedAt: this.#startedAt, waivers };
  }

  /** That a waiver ends or is re-opened is no drift, for the host is as it was; somebody has to hear of it all the same. */
  #follow(waivers: readonly WaiverSeen[]): void {
    const { history, log } = this.#options;
    const before = new Map(this.#waivers.map(({ waiver, state }) => [waiver.id, state]));
    this.#waivers = waivers;
    for (const { waiver, state, note } of waivers.filter((each) => before.get(each.waiver.id) !== each.state)) {
      const { id, check, owner, expires } = waiver;
      const fields = { waiver: id, check, owner, expires, state, note };
      if (OPEN.includes(state)) log.warn('waiver no longer covers', fields);
      else log.info('waiver', fields);
      try {
        if (OPEN.includes(state) && before.has(id)) history.note('waiver', `${id} for ${check} ${state}: ${note}`, { id, check, state });
      } catch (error) {
        if (!(error instanceof HistoryError)) throw error;
        log.error('history cannot be written', { problem: error });
      }
    }
  }

  /** What the agent can and cannot do just now: for `hullguard status`, systemd, the log and the metrics. */
  #tell(evaluation: Weighed): void {
    const { history, notifier, log, config } = this.#options;
    const problems = problemsOf(evaluation, this.#parts, { refusal: this.#options.refusal(), unwritten: this.#unwritten !== null });
    const state = problems.length > 0 ? 'degraded' : 'running';
    const line = problems.length > 0 ? `degraded: ${problems.join('; ')}` : 'watching';
    if (line !== this.#told) {
      void notifier.status(line);
      if (problems.length > 0) log.warn('degraded', { problems });
      else if (this.#told !== '') log.notice('all sources are seen again');
      this.#told = line;
    } else if (evaluation.quiet && this.#isReported) return;
    try {
      this.#isReported = false;
      history.reportAgent({ ...this.#about(), state, problems, nextAudit: this.#parts.nextAudit() });
      this.#isReported = true;
      if (config.agent.metricsFile !== undefined) this.#writeMetrics(config.agent.metricsFile, evaluation, problems);
    } catch (error) {
      log.error('status cannot be written', { problem: reasonOf(error) });
      if (!this.#isReported) this.#tryLater();
    }
  }

  #writeMetrics(file: string, { findings }: Weighed, problems: readonly string[]): void {
    const { history } = this.#options;
    writeMetrics(file, {
      findings,
      score: scoreOf(findings).score,
      audit: this.#lastAudit,
      openDrift: history.openDrift()?.length ?? 0,
      drifts: this.#drifts,
      startedAt: this.#startedAt,
      problems,
      waiting: history.waiting().reduce((sum, { count }) => sum + count, 0),
    });
  }
}

function problemsOf(
  { recording: { missing }, undecided }: Weighed,
  { triggers, attribution }: Parts,
  { refusal, unwritten }: { readonly refusal: string | null; readonly unwritten: boolean },
): string[] {
  return [
    ...new Set([
      ...(refusal === null ? [] : [refusal]),
      ...Object.values(missing).filter((reason) => reason !== undefined),
      ...triggers.flatMap((trigger) => trigger.problem() ?? []),
      ...(attribution.problem === null ? [] : [`changes cannot be attributed: ${attribution.problem}`]),
      ...(unwritten ? ['the history cannot be written'] : []),
      ...undecided,
    ]),
  ];
}

async function attributed(evaluation: Weighed, attribution: Attribution): Promise<Drift[]> {
  const found = evaluation.differences;
  if (found.length === 0) return [];
  const causes = [...new Set(evaluation.marks.map(({ cause }) => cause))].slice(0, MOST_CAUSES);
  const who: readonly Who[] = await attribution.attribute(found, evaluation);
  return found.flatMap(({ before, after }, index): Drift[] => {
    const observation = after ?? before;
    if (observation === null) return [];
    const side = (seen: typeof before): Drift['before'] => (seen === null ? null : { outcome: seen.outcome, actual: seen.actual });
    const { check, severity, resource } = observation;
    const by = who[index] ?? { status: 'unattributed', reason: 'the audit trail gave no answer' };
    const waiver = after === null ? undefined : waiverOf(after, evaluation.findings);
    return [{ at: evaluation.at, check, severity, resource, before: side(before), after: side(after), causes, who: by, waiver }];
  });
}

/** The waiver that covers all that fails of a resource. */
function waiverOf({ check: id, resource }: Observation, findings: readonly Decided[]): string | undefined {
  const evidence = findings.find(({ check }) => check.id === id)?.evidence ?? [];
  const failing = evidence.filter((entry) => entry.resource === resource && entry.outcome === 'fail');
  return failing.every(({ waiver }) => waiver !== undefined) ? failing[0]?.waiver : undefined;
}

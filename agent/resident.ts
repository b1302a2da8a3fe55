/** The resident agent: triggers, loop, history and sinks put together. It reads the host, and writes nothing but its own state. */
import type { Check } from '../checks/check.ts';
import type { Host } from '../facts/host.ts';
import type { Recording } from '../facts/index.ts';
import { openTrail } from './attribution/trail.ts';
import { Bookkeeper } from './bookkeeper.ts';
import { collectFacts } from './collect.ts';
import type { Config } from './config.ts';
import { auditLog } from './host/audit-log.ts';
import { openHost } from './host/index.ts';
import type { AgentLog } from './log.ts';
import { type Loop, startLoop } from './loop.ts';
import { collectGarbage } from './memory.ts';
import type { Notifier } from './notify.ts';
import { secondLook } from './second-look.ts';
import { type Delivery, startDelivery } from './sinks/delivery.ts';
import type { Loaded } from './state/decisions-file.ts';
import type { History, State } from './state/history.ts';
import { auditTrail } from './triggers/audit-trail.ts';
import { dockerEvents } from './triggers/docker-events.ts';
import { fileWatch } from './triggers/file-watch.ts';
import { schedule } from './triggers/schedule.ts';
import { namedByCollectors, namedByFacts } from './triggers/tracked.ts';
import type { Stale, Trigger } from './triggers/trigger.ts';

export interface ResidentOptions {
  readonly config: Config;
  readonly checks: readonly Check[];
  /** The engine somebody asked for; null to find one. */
  readonly endpoint: string | null;
  readonly environment: NodeJS.ProcessEnv;
  /** What the site has decided, read again if anew, or where it has changed. */
  readonly decisions: (anew: boolean) => Loaded;
  readonly history: History;
  readonly log: AgentLog;
  readonly notifier: Notifier;
  /** Why a newer configuration is not in force; null where the last one is. */
  readonly refusal: () => string | null;
  /** Told when an audit or drift has been recorded: where remediation begins. */
  readonly onRecorded: () => void;
}

export interface Resident {
  /** Looks at everything, as on the schedule. */
  audit(cause: string): void;
  /** Says anew what is wrong with the agent, if that has changed. */
  tell(cause: string): void;
  /** Whether evaluations still come to an end. */
  isProgressing(): boolean;
  stop(): Promise<void>;
}

/** A stream of changes is waited for no longer than this before it is looked at. */
const PATIENCE_MS = 150;

/** After so long without a change, what the last ones have left behind is given back; but for audits not more often than this: health checks are changes, too. */
const CALM_MS = 5000;
const SELDOM_MS = 60_000;

/** Starts it; resolves when the first evaluation is over. Throws UsageError for a configuration that cannot be used. */
export async function startResident(options: ResidentOptions): Promise<Resident> {
  const { config, history, environment } = options;
  const sinks = config.agent.webhook === undefined ? [] : [(await import('./sinks/webhook.ts')).openWebhook(config.agent.webhook)];
  const delivery = startDelivery({ sinks, outbox: history.outbox, log: options.log });
  const host = (signal: AbortSignal) =>
    openHost({ root: '/', endpoint: options.endpoint, signal, timeout: config.timeout * 1000, environment });
  const reader = host(new AbortController().signal);
  const watch = fileWatch({ host: reader, paths: namedByCollectors() });
  let recording: Recording = { facts: {}, missing: {} };
  const events = dockerEvents({
    endpoint: () => options.endpoint ?? recording.facts.engines?.selected ?? null,
    environment,
    identify: (path) => reader.lstat(path)?.identity ?? null,
  });
  const times = schedule(config.agent.schedule);
  const log = auditLog();
  const attribution = openTrail({ host: reader, log, self: [process.pid] });
  const trail = auditTrail({ run: (program, args) => host(AbortSignal.timeout(config.timeout * 1000)).run(program, args), log });
  const triggers = config.agent.watch ? [watch, events, trail, times] : [times];
  const again = (cause: string): void => loop.mark({ facts: [], cause, at: Date.now() });
  const books = new Bookkeeper(options, { triggers, delivery, attribution, nextAudit: times.nextRun, again });
  const second = secondLook({ isHeard: () => config.agent.watch && events.problem() === null, mark: (stale) => loop.mark(stale) });
  const giveBack = calmly(collectGarbage);
  const first = Promise.withResolvers<void>();
  const loop: Loop = startLoop({
    openHost: host,
    checks: options.checks,
    benchmark: config.benchmark,
    policy: config.policy,
    about: ['system', 'engine', 'engines', 'daemon', 'files', 'audit', 'accounts'],
    settleMs: config.agent.settleMs,
    patienceMs: Math.max(PATIENCE_MS, config.agent.settleMs),
    timeoutMs: config.timeout * 1000,
    known: knownBefore(history),
    onEvaluated: async (evaluation) => {
      recording = evaluation.recording;
      attribution.learn(recording);
      watch.update([...namedByCollectors(), ...namedByFacts(recording.facts)]);
      second.consider(recording);
      await books.keep(evaluation);
      giveBack.consider(evaluation.full);
      first.resolve();
    },
  });
  // Which engine to listen to is known before: so it is heard from the start, and audited once.
  if (options.endpoint === null && config.agent.watch) recording = await findEngine(host, config);
  const resident = await run(loop, triggers, books, delivery, options);
  // Not until nothing is left to do: on a busy host there always is.
  await first.promise;
  return {
    ...resident,
    stop() {
      second.stop();
      giveBack.stop();
      return resident.stop();
    },
  };
}

/** Does the work once it is calm: always after an audit, else seldom. */
function calmly(work: () => void): { consider(isDue: boolean): void; stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  let last = performance.now();
  let isOwed = false;
  return {
    consider(isDue) {
      isOwed ||= isDue;
      if (!isOwed && performance.now() - last < SELDOM_MS) return;
      clearTimeout(timer);
      timer = setTimeout(() => {
        last = performance.now();
        isOwed = false;
        work();
      }, CALM_MS).unref();
    },
    stop: () => clearTimeout(timer),
  };
}

async function findEngine(openHost: (signal: AbortSignal) => Host, { policy, timeout }: Config): Promise<Recording> {
  const signal = AbortSignal.timeout(timeout * 1000);
  return collectFacts(openHost(signal), { policy, wanted: ['engines'], signal });
}

/** A history that replaced a damaged one has no audits yet, but the state. */
function knownBefore(history: History): State | null {
  const state = history.state();
  return state.size === 0 && history.lastAudit() === null ? null : state;
}

async function run(
  loop: Loop,
  triggers: readonly Trigger[],
  books: Bookkeeper,
  delivery: Delivery,
  { log }: ResidentOptions,
): Promise<Resident> {
  const take = (stale: Stale): void => {
    books.begin();
    log.debug('marked', { cause: stale.cause });
    loop.mark(stale);
  };
  // While not everything listens yet, what is told waits for the audit that comes then: one is enough.
  let early: Stale[] | null = [];
  const mark = (stale: Stale): void => {
    if (early === null) take(stale);
    else early.push(stale);
  };
  const audit = (cause: string): void => mark({ facts: [], full: true, cause, at: Date.now() });
  audit('start');
  // First listen, then look: what changes in between is looked at twice rather than never.
  for (const trigger of triggers) await trigger.start(mark);
  const waiting = early;
  early = null;
  for (const stale of waiting) take(stale);
  return {
    audit,
    tell: (cause) => mark({ facts: [], cause, at: Date.now() }),
    isProgressing: () => books.isProgressing(),
    async stop() {
      for (const trigger of triggers) await trigger.stop();
      await loop.stop();
      await delivery.stop();
      books.end();
    },
  };
}

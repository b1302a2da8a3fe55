/** The agent mends by itself: for lab machines, where the configuration asks for it, within its limits, and never again after it went wrong. */
import type { Config } from './config.ts';
import { exitCodes, HistoryError } from './errors.ts';
import { remediate } from './host/remediator.ts';
import { fileWriter } from './host/writer.ts';
import type { Scene } from './inspect.ts';
import type { AgentLog } from './log.ts';
import { makePlan } from './planning.ts';
import type { History } from './state/history.ts';
import { listJournals } from './state/journals.ts';
import { DAY_MS } from './time.ts';
import { isWithin } from './times.ts';

export interface RemediationOptions extends Scene {
  readonly config: Config;
  readonly waivers: readonly string[];
  readonly dockerHost: string | null;
  readonly history: History;
  readonly log: AgentLog;
}

export interface Remediation {
  /** Something drifted, or everything was audited. One attempt at a time; what comes meanwhile is looked at after it. */
  consider(): void;
  stop(): Promise<void>;
}

/** What history calls them. */
const APPLY = 'apply';

export function startRemediation(options: RemediationOptions): Remediation {
  let running: Promise<void> | null = null;
  let again = false;
  let stopped = false;
  const attempt = async (): Promise<void> => {
    do {
      again = false;
      await once(options);
    } while (again && !stopped);
  };
  return {
    consider() {
      if (stopped || !options.config.agent.remediate.enabled) return;
      again = true;
      running ??= attempt().finally(() => {
        running = null;
      });
    },
    async stop() {
      stopped = true;
      await running;
    },
  };
}

async function once(options: RemediationOptions): Promise<void> {
  const { config, waivers, history, log, dockerHost } = options;
  const { remediate: limits } = config.agent;
  try {
    const problem = obstacle(options);
    if (problem !== null) return void log.info('not mended', { problem });
    const asked = { check: limits.checks, waivers, ...(dockerHost !== null && { dockerHost }), quiet: true };
    const { plan } = await makePlan(asked, limits.maxImpact, fileWriter, options);
    if (plan.fixes.length === 0) return;
    const checks = [...new Set(plan.fixes.map(({ check }) => check))];
    log.notice('mending', { checks, impact: plan.impact });
    history.note(APPLY, `started: ${checks.join(', ')}`, { checks, impact: plan.impact });
    const { code, said } = await remediate(JSON.stringify(plan));
    const journal = listJournals().at(-1)?.id;
    const done = code === exitCodes.done || code === exitCodes.failed;
    history.note(APPLY, done ? 'done and verified' : `ended with ${code}: ${said}`, { code, journal });
    if (done) log.notice('mended', { checks, journal });
    else log.error('not mended, and not tried again before the next success of hullguard apply', { code, problem: said, journal });
  } catch (error) {
    log.error('cannot be mended', { problem: error });
  }
}

/** Outside its hours, too often, or after a failure: a person has to look first. */
function obstacle({ config, history }: RemediationOptions): string | null {
  const { window, maxPerDay } = config.agent.remediate;
  const last = listJournals().at(-1);
  if (last?.state === 'open' || last?.state === 'activating') return 'an apply is under way, or was interrupted';
  if (last?.state === 'rolled-back' || last?.state === 'stuck')
    return `the last apply (${last.id}) was taken back: hullguard journal ${last.id} tells what it was, and the next hullguard apply that succeeds lets the agent mend again`;
  if (!isWithin(window, Date.now())) return `outside the hours ${window} UTC`;
  try {
    const since = Date.now() - DAY_MS;
    const begun = history
      .entries({ since })
      .filter((entry) => entry.kind === 'note' && entry.about === APPLY && entry.text.startsWith('started'));
    return begun.length >= maxPerDay ? `${maxPerDay} times in 24 hours is all that the configuration allows` : null;
  } catch (error) {
    if (!(error instanceof HistoryError)) throw error;
    return 'the history cannot be read, so neither how often it was tried';
  }
}

/** What some formats tell beyond the report. Made only where one of them is asked for, and loaded only then. */
import type { Recording } from '../facts/index.ts';
import type { Assembled } from '../remediations/assemble.ts';
import type { Config } from './config.ts';
import { HistoryError } from './errors.ts';
import type { Report } from './report.ts';
import type { Finding } from './scan.ts';
import type { AuditRecord, DriftEvent } from './state/history.ts';
import type { ThreatView } from './threats.ts';

/** Each is null where it is not there, or no format has asked. */
export interface Extras {
  readonly threats: ThreatView | null;
  readonly plan: Mending | null;
  readonly drift: Past | null;
  /** The report that this one is compared with. */
  readonly earlier: Report | null;
}

export const noExtras: Extras = { threats: null, plan: null, drift: null, earlier: null };

/** What hullguard would do if it might restart dockerd: about everything, and about each failing check alone. */
export interface Mending {
  readonly whole: Assembled;
  readonly byCheck: ReadonlyMap<string, Assembled>;
}

/** The end of the history, oldest first. */
export interface Past {
  readonly audits: readonly AuditRecord[];
  readonly events: readonly DriftEvent[];
}

export interface Audited {
  readonly report: Report;
  readonly findings: readonly Finding[];
  readonly recording: Recording;
  readonly config: Config;
  /** Whether it is the host and engine that the agent here watches. */
  readonly isThisHost: boolean;
  /** Where that agent keeps its history, if elsewhere than usual. */
  readonly historyFile?: string;
  readonly earlier: Report | null;
  /** Told what had to be left out. */
  readonly say: (problem: string) => void;
}

export async function gatherExtras(wanted: ReadonlySet<keyof Extras>, audited: Audited): Promise<Extras> {
  return {
    threats: wanted.has('threats') ? await viewThreats(audited) : null,
    plan: wanted.has('plan') ? await planMending(audited) : null,
    drift: wanted.has('drift') && audited.isThisHost ? await readPast(audited) : null,
    earlier: audited.earlier,
  };
}

async function viewThreats({ report, config }: Audited): Promise<ThreatView> {
  const [{ threatView }, { siteThreats }] = await Promise.all([import('./threats.ts'), import('./threats-config.ts')]);
  return threatView(report, siteThreats(config.threats));
}

async function planMending({ findings, recording, config }: Audited): Promise<Mending> {
  const { assemble } = await import('../remediations/assemble.ts');
  const terms = { maxImpact: 'restart', canRestart: config.apply.restartCommand !== undefined } as const;
  const failing = findings.filter(({ status }) => status === 'fail');
  return {
    whole: assemble(failing, recording, terms),
    byCheck: new Map(failing.map((finding) => [finding.check.id, assemble([finding], recording, terms)])),
  };
}

const MOST_AUDITS = 90;
const MOST_EVENTS = 100;

/** Null where no agent has ever run here, or what it wrote cannot be read. */
async function readPast({ historyFile, say }: Audited): Promise<Past | null> {
  const { readHistory } = await import('./state/history.ts');
  try {
    const reader = readHistory(historyFile);
    if (reader === null) return null;
    try {
      return { audits: reader.audits({ limit: MOST_AUDITS }), events: reader.events({ limit: MOST_EVENTS }) };
    } finally {
      reader.close();
    }
  } catch (error) {
    if (!(error instanceof HistoryError)) throw error;
    say(`the report tells nothing of drift: ${error.message}`);
    return null;
  }
}

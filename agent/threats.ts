/** The threat view: what can go wrong on each attack surface, what stands against it here, and what to mend first. Pure. */
import type { Threat } from '../checks/threats.ts';
import { type Priority, prioritise } from './priorities.ts';
import type { Report } from './report.ts';

export type { Threat } from '../checks/threats.ts';
export type { Priority } from './priorities.ts';

/**
 * A threat on this host: open (a check fails, waived or not), guarded (all that could be judged pass, or there is nothing to attack), unknown
 * (none could be judged), uncovered (no check).
 */
export interface ThreatState extends Threat {
  readonly state: 'open' | 'guarded' | 'unknown' | 'uncovered';
  readonly failing: readonly string[];
  readonly passing: readonly string[];
  /** For a person, not applicable, or not judged. */
  readonly undecided: readonly string[];
}

export interface ThreatView {
  readonly threats: readonly ThreatState[];
  /** All failing checks that are not waived, first things first. */
  readonly priorities: readonly Priority[];
}

/** Lays a report over threats. The report alone suffices: it may be of another host, or of last year. */
export function threatView(report: Report, threats: readonly Threat[]): ThreatView {
  const statuses = new Map(report.findings.map(({ check, status }) => [check, status]));
  return { threats: threats.map((threat) => stateOf(threat, statuses)), priorities: prioritise(report, threats) };
}

function stateOf(threat: Threat, statuses: ReadonlyMap<string, string>): ThreatState {
  const having = (...wanted: readonly string[]): string[] => threat.checks.filter((check) => wanted.includes(statuses.get(check) ?? ''));
  const failing = having('fail');
  const passing = having('pass');
  const undecided = threat.checks.filter((check) => !failing.includes(check) && !passing.includes(check));
  const settled = failing.length + passing.length > 0 || having('not-applicable').length === threat.checks.length;
  const judged = failing.length > 0 ? 'open' : settled ? 'guarded' : 'unknown';
  return { ...threat, state: threat.checks.length === 0 ? 'uncovered' : judged, failing, passing, undecided };
}

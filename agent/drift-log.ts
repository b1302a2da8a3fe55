/** Drift as a record of the journal. */
import type { Drift } from './drift.ts';
import type { AgentLog } from './log.ts';
import type { DriftEvent } from './state/history/records.ts';

/** What got worse is as urgent as the check is severe; what got better, or is waived, is worth a notice. Without a number it is in the log alone so far. */
export function logDrift(log: AgentLog, drift: Drift & Partial<DriftEvent>): void {
  const { check, severity, resource, before, after, who, causes, id, waiver } = drift;
  const fields = {
    event: id,
    check,
    severity,
    resource,
    before: before === null ? 'absent' : `${before.outcome}: ${before.actual}`,
    after: after === null ? 'gone' : `${after.outcome}: ${after.actual}`,
    cause: causes.join(', '),
    who: who.status === 'unattributed' ? `unattributed: ${who.reason}` : `${who.login ?? 'no login'} as ${who.user}`,
    ...(who.status !== 'unattributed' && { command: who.command, terminal: who.terminal, pid: who.pid }),
    ...(waiver !== undefined && { waiver }),
  };
  const worse = after !== null && after.outcome !== 'pass' && after.outcome !== 'not-applicable';
  if (!worse) log.notice('drift: mended', fields);
  else if (waiver !== undefined) log.notice('drift: waived', fields);
  else if (severity === 'critical') log.crit('drift', fields);
  else if (severity === 'high') log.error('drift', fields);
  else log.warn('drift', fields);
}

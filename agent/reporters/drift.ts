/** One change in words: what it is, and who made it. Text from the host in it is made safe to show. */
import type { Drift, Who } from '../drift.ts';
import type { Difference } from '../observations.ts';
import { printable } from './printable.ts';

type Told = { readonly outcome: string; readonly actual: string } | null;

/** `pass (Privileged=false) → fail (Privileged=true)` */
export function changeText({ before, after }: { readonly before: Told; readonly after: Told }): string {
  if (before === null && after === null) return '';
  if (before === null) return `new: ${seen(after)}`;
  return after === null ? `gone: ${seen(before)}` : `${seen(before)} → ${seen(after)}`;
}

function seen(told: Told): string {
  if (told === null) return '';
  return printable(told.actual === '' ? told.outcome : `${told.outcome} (${told.actual})`);
}

/** `by anna as root: vim /etc/docker/daemon.json (pid 812, pts/0)` */
export function whoText(who: Who): string {
  if (who.status === 'unattributed') return printable(`not known by whom: ${who.reason}`);
  const { status, login, user, pid, executable, command, terminal } = who;
  const name = login === null || login === user ? user : `${login} as ${user}`;
  const place = terminal === null ? '' : `, ${terminal}`;
  return printable(`${status === 'inferred' ? 'probably by' : 'by'} ${name}: ${command || executable} (pid ${pid}${place})`);
}

/** `high  container/no-privileged  container web-1` */
export function subjectText({ severity, check, resource }: Pick<Drift, 'severity' | 'check' | 'resource'>): string {
  return printable(`${severity.padEnd(8)}  ${check}  ${resource}`);
}

export function subjectOf({ before, after }: Difference): Pick<Drift, 'severity' | 'check' | 'resource'> {
  return after ?? before ?? { severity: 'low', check: '', resource: '' };
}

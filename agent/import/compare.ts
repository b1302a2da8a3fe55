/** Another tool's findings beside ours, and why they differ. A reason is a fact: a known fault of the tool, or what was seen here. */
import { describeNumberings } from '../../checks/numbers.ts';
import { decisive, type Report, type ReportedFinding } from '../report.ts';
import { version } from '../version.ts';
import type { ImportDocument, ImportedFinding } from './document.ts';
import type { Log, Result } from './entry.ts';
import { habitOf } from './habits.ts';
import type { Identified, Source } from './identify.ts';

interface Imported {
  readonly file: string;
  readonly log: Log;
  readonly source: Source;
  readonly identified: readonly Identified[];
}

/** Puts findings and our report side by side. */
export function compare({ file, log, source, identified }: Imported, report: Report, from: ImportDocument['ours']['from']): ImportDocument {
  const ours = new Map(report.findings.map((finding) => [finding.check, finding]));
  const findings = identified.map((each) => beside(each, ours.get(each.check ?? ''), log, report.at));
  return {
    schemaVersion: 1,
    tool: { name: 'hullguard', version },
    source: {
      file,
      format: log.format,
      tool: log.tool,
      printed: log.printed,
      startedAt: log.startedAt,
      numbering: source.how === 'unknown' ? null : describeNumberings(source.numberings),
      how: source.how,
    },
    ours: { from, at: report.at, hostname: report.host.hostname, benchmark: report.benchmark.version },
    summary: {
      findings: findings.length,
      same: findings.filter(({ same }) => same === true).length,
      different: findings.filter(({ same }) => same === false).length,
      unknown: findings.filter(({ same }) => same === null).length,
    },
    findings,
  };
}

function beside({ entry, check, by, note }: Identified, ours: ReportedFinding | undefined, log: Log, at: string): ImportedFinding {
  const { title, named, ...printed } = entry;
  const same = ours === undefined ? null : agrees(entry.result, ours.status);
  return {
    ...printed,
    text: title,
    named: [...new Set(named)],
    check,
    control: ours?.control ?? null,
    title: ours?.title ?? null,
    by,
    note:
      check !== null && ours === undefined ? [note, 'our report has no verdict on it'].filter((part) => part !== null).join('; ') : note,
    ours:
      ours === undefined
        ? null
        : {
            status: ours.status,
            seen: decisive(ours).map(({ resource, actual, source }) => ({ resource, actual, source })),
            reason: ours.reason,
          },
    same,
    why: ours === undefined || same === true ? [] : reasons(entry, ours, log, at),
  };
}

/** Whether two verdicts say the same; null where ours could not be had. What does not apply is nothing to warn about, and printed as PASS by docker-bench-security. */
function agrees(result: Result, status: ReportedFinding['status']): boolean | null {
  if (status === 'error') return null;
  if (result === 'fail') return status === 'fail';
  if (result === 'pass') return status === 'pass' || status === 'not-applicable';
  return status === 'manual' || status === 'not-applicable';
}

function reasons(entry: Identified['entry'], ours: ReportedFinding, { tool, startedAt }: Log, at: string): string[] {
  const { status, check, reason } = ours;
  if (status === 'error') return [`hullguard could not judge it: ${reason ?? 'no reason was told'}`];
  const half = halfReason(entry.number, entry.result, status);
  const habit = tool === 'unknown' ? null : habitOf(check, entry.result === 'fail' ? 'warns' : 'passes');
  const found: (string | null)[] = [];
  if (entry.result === 'open')
    found.push(status === 'manual' ? null : entry.word === '' ? 'no result is written there' : 'there it is printed, but not judged');
  else if (status === 'manual') found.push('hullguard leaves it to a person');
  else if (entry.result === 'fail') found.push(half, told(habit), ...goneSince(entry.named, ours));
  else found.push(...onlyStopped(ours, tool), told(habit));
  if (status === 'not-applicable') found.push('it does not apply here');
  const known = found.filter((each) => each !== null);
  if (known.length > 0) return known;
  const times = startedAt === null ? '' : `: its log is of ${startedAt.slice(0, 10)}, our look at it of ${at.slice(0, 10)}`;
  return [`no reason is known; the host may have changed, or be another${times}`];
}

function told(habit: string | null): string | null {
  return habit === null ? null : `docker-bench-security may be wrong in this: ${habit}`;
}

function halfReason(number: string, result: Result, status: ReportedFinding['status']): string | null {
  const half = /\.([ab])$/i.exec(number)?.[1]?.toLowerCase();
  if (half === undefined || result !== 'fail' || status !== 'pass') return null;
  const [here, there] = half === 'a' ? ['dockerd’s command line', 'daemon.json'] : ['daemon.json', 'dockerd’s command line'];
  return `Aqua’s docker-bench looks at ${here} only in ${number}: what is set in ${there} fails there`;
}

/** `container web` is named `web`, or `web:80` with what is wrong with it. */
function isNamed(resource: string, named: string): boolean {
  const name = resource.replace(/^container /, '');
  return name === named || named.startsWith(`${name}:`);
}

/** Containers that a finding names and that are not here. An image has many names, so of those nothing can be said. */
function goneSince(named: readonly string[], { evidence }: ReportedFinding): string[] {
  if (!evidence.some(({ resource }) => resource.startsWith('container '))) return [];
  const gone = named.filter((name) => !evidence.some(({ resource }) => isNamed(resource, name)));
  return gone.length === 0
    ? []
    : [`not on this host: ${gone.slice(0, 5).join(', ')}${gone.length > 5 ? ` and ${gone.length - 5} more` : ''}`];
}

/** Containers that do not run are marked in what was seen. */
function onlyStopped(ours: ReportedFinding, tool: Log['tool']): string[] {
  const failing = decisive(ours).filter(({ resource }) => resource.startsWith('container '));
  const stopped = failing.filter(({ actual }) => / \(container is [^()]+\)$/.test(actual));
  if (stopped.length === 0 || tool === 'unknown') return [];
  const whole =
    stopped.length === failing.length
      ? 'all that fail here do not run'
      : `${stopped.length} of ${failing.length} that fail here do not run`;
  return [`docker-bench-security looks at running containers only, and ${whole}`];
}

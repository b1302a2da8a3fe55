/** What is known of this host and its past, for people. */
import { worstSeverityFirst } from '../../checks/check.ts';
import type { Changed, StatusInput } from '../history-documents.ts';
import type { Observation } from '../observations.ts';
import type { AgentSeen, AuditRecord, Baseline, DriftEvent, LogEntry, Waiting } from '../state/history.ts';
import { DAY_MS, distance, shortTime } from '../time.ts';
import { changeText, subjectOf, subjectText, whoText } from './drift.ts';
import { headline, type Layout, layoutOf, percent, plural, severityStyles, wrap } from './layout.ts';
import { printable } from './printable.ts';

export interface Look {
  readonly width: number;
  readonly color: boolean;
}

const LABEL_WIDTH = 13;
const INDENT = ' '.repeat(4);

export function statusText(status: StatusInput, now: number, look: Look): string {
  const layout = layoutOf(look);
  const { lastAudit, baseline, open, agent, waiting, events, head } = status;
  const runs = agent?.alive === true && agent.state !== 'stopped';
  const next = runs ? agent.nextAudit : null;
  const lines = [
    ...field('Last audit', lastAudit === null ? 'none yet' : auditText(lastAudit, now), layout),
    ...(lastAudit === null ? [] : field('', summaryText(lastAudit), layout)),
    ...field('Drift', baseline === null ? 'no baseline yet (sudo hullguard baseline accept)' : openText(open.map(subjectOf)), layout),
    ...(baseline === null ? [] : field('', `which was ${acceptedText(baseline, now)}`, layout)),
    ...field('Agent', agentText(agent, now), layout),
    ...(runs ? agent.problems : []).flatMap((problem) => field('', problem, layout)),
    ...field('Next audit', next === null ? 'none planned' : `${when(next)} (${distance(next, now)})`, layout),
    ...(agent?.waivers ?? []).flatMap((waiver) => waiverLines(waiver, now, layout)),
    ...waiting.flatMap((each) => field('Undelivered', waitingText(each, now), layout)),
    ...(head === null ? [] : field('Log', `${plural(head.seq, 'row')} so far; the last has the hash ${head.hash}`, layout)),
    ...(events.length === 0 ? [] : ['', layout.paint('bold', 'Last changes'), ...events.flatMap((event) => eventLines(event, layout))]),
  ];
  return `${lines.join('\n')}\n`;
}

function field(label: string, text: string, { width }: Layout): string[] {
  return wrap(printable(text), width, ' '.repeat(LABEL_WIDTH), (label === '' ? '' : `${label}:`).padEnd(LABEL_WIDTH));
}

function when(time: number): string {
  return `${shortTime(time)} UTC`;
}

function auditText({ at, trigger, durationMs, benchmark }: AuditRecord, now: number): string {
  return `${when(at)} (${distance(at, now)}; ${trigger}), CIS Docker ${benchmark}, in ${(durationMs / 1000).toFixed(1)} s`;
}

function summaryText({ summary }: AuditRecord): string {
  const { pass, fail, manual, error, score } = summary;
  const parts = [
    `${fail} failed`,
    `${pass} passed`,
    `${manual} for a person`,
    `${summary['not-applicable']} not applicable`,
    `${error} not judged`,
  ];
  return `${parts.join(', ')}; score ${percent(score)}`;
}

function openText(open: readonly Pick<Observation, 'severity'>[]): string {
  if (open.length === 0) return 'none from the baseline';
  const parts = worstSeverityFirst.map((level) => [open.filter(({ severity }) => severity === level).length, level] as const);
  const counted = parts.flatMap(([count, level]) => (count === 0 ? [] : [`${count} ${level}`]));
  return `${plural(open.length, 'difference')} from the baseline: ${counted.join(', ')} (hullguard drift)`;
}

function acceptedText({ by, at }: Baseline, now: number): string {
  return `accepted by ${by} ${when(at)} (${distance(at, now)})`;
}

function agentText(agent: AgentSeen | null, now: number): string {
  if (agent === null) return 'never ran here (sudo systemctl enable --now hullguard, or sudo hullguard agent)';
  const { state, alive, pid, version, startedAt, at } = agent;
  if (state === 'stopped') return `stopped ${when(at)} (${distance(at, now)})`;
  if (!alive) return `not running: ended without a word (as when killed) after ${when(at)}`;
  return `${state}, pid ${pid}, version ${version}, since ${when(startedAt)} (${distance(startedAt, now)})`;
}

function waitingText({ sink, count, oldest, error }: Waiting, now: number): string {
  return `${plural(count, 'message')} for ${sink}, the oldest ${distance(oldest, now)}${error === null ? '' : `: ${error}`}`;
}

/** Waivers that end within this time are told of, for somebody has to decide anew. */
const SOON_MS = 30 * DAY_MS;

function waiverLines({ id, check, expires, state }: AgentSeen['waivers'][number], now: number, layout: Layout): string[] {
  const end = Date.parse(expires) + DAY_MS;
  const ends = end <= now ? 'has expired' : `expires ${distance(end, now)}`;
  if (end - now <= SOON_MS) return field('Waiver', `${id} for ${check} ${ends} (${expires})`, layout);
  return state === 'active' ? [] : field('Waiver', `${id} for ${check} is ${state} (hullguard audit --check ${check} tells why)`, layout);
}

/** Audits, drift and notes as they came. */
export function historyText(entries: readonly LogEntry[], look: Look): string {
  const layout = layoutOf(look);
  if (entries.length === 0) return 'Nothing was recorded in that time.\n';
  return `${entries.flatMap((entry) => entryLines(entry, layout)).join('\n')}\n`;
}

function entryLines(entry: LogEntry, layout: Layout): string[] {
  if (entry.kind === 'drift') return eventLines(entry, layout);
  const text = entry.kind === 'audit' ? `audit (${entry.trigger}): ${summaryText(entry)}` : `${entry.about}: ${entry.text}`;
  return wrap(`${shortTime(entry.at)}  ${printable(text)}`, layout.width, INDENT, '');
}

function eventLines(event: DriftEvent, { width, paint }: Layout): string[] {
  const [first = '', ...rest] = wrap(`${shortTime(event.at)}  ${subjectText(event)}`, width, INDENT, '');
  return [
    paint(severityStyles[event.severity], first),
    ...rest,
    ...wrap(changeText(event), width, INDENT),
    ...(event.waiver === undefined ? [] : wrap(`waived by ${printable(event.waiver)}`, width, INDENT)),
    ...wrap(whoText(event.who), width, INDENT).map((line) => paint('dim', line)),
  ];
}

/** What differs, worst first, with the last change of each. */
export function driftText(reference: string, changed: readonly Changed[], look: Look): string {
  const layout = layoutOf(look);
  const heading = changed.length === 0 ? `No drift from ${reference}.` : `${plural(changed.length, 'difference')} from ${reference}`;
  const sorted = worstSeverityFirst.flatMap((level) => changed.filter((each) => subjectOf(each).severity === level));
  const lines = sorted.flatMap((each) => differenceLines(each, layout));
  return `${[...headline(heading, layout), ...lines].join('\n')}\n`;
}

function differenceLines(changed: Changed, { width, paint }: Layout): string[] {
  const subject = subjectOf(changed);
  const { event } = changed;
  const maker = event === null ? 'nobody saw it change' : `${when(event.at)} ${whoText(event.who)}`;
  const [first = '', ...rest] = wrap(subjectText(subject), width, INDENT, '');
  return [
    '',
    paint(severityStyles[subject.severity], first),
    ...rest,
    ...wrap(changeText(changed), width, INDENT),
    ...wrap(maker, width, INDENT).map((line) => paint('dim', line)),
  ];
}

/** The reference: who accepted it when, and what in it is not good. */
export function baselineText(baseline: Baseline, all: boolean, now: number, look: Look): string {
  const layout = layoutOf(look);
  const everything = [...baseline.observations.values()];
  const counts = [...Map.groupBy(everything, ({ outcome }) => outcome)].map(([outcome, members]) => `${members.length} ${outcome}`);
  const shown = everything.filter(({ outcome }) => all || ['fail', 'error', 'review'].includes(outcome));
  const lines = worstSeverityFirst
    .flatMap((level) => shown.filter(({ severity }) => severity === level))
    .flatMap((observation) => [
      ...wrap(subjectText(observation), layout.width, INDENT, ''),
      ...wrap(printable(`${observation.outcome} (${observation.actual})`), layout.width, INDENT),
    ]);
  const heading = `A${acceptedText(baseline, now).slice(1)}: ${plural(everything.length, 'observation')}, ${counts.join(', ')}`;
  const hint = all || shown.length === everything.length ? [] : ['', 'hullguard baseline show --all  shows what is good, too'];
  return `${[...headline(heading, layout), ...lines, ...hint].join('\n')}\n`;
}

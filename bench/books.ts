/** Whether the history tells of what was done, of each change once. */
import { type Drift, differences, isDrift, settle } from '../agent/drift.ts';
import { type Difference, type Observation, Observations } from '../agent/observations.ts';
import type { Report } from '../agent/report.ts';
import type { Finding } from '../agent/scan.ts';
import type { DriftEvent, HistoryReader } from '../agent/state/history.ts';
import type { Change } from './changes.ts';

/** A change, and when it was made. */
export type Made = Pick<Change, 'check' | 'resource' | 'before' | 'after'> & { readonly at: number };

/** A time in which nobody looked: the agent was dead, or dockerd away. */
export interface Blind {
  readonly from: number;
  readonly until: number;
}

/** What lasts longer, with somebody looking, must be told, however busy the machine is; what is over by then may be. */
export const HELD_MS = 5000;
/** How long an evaluation may take from its beginning until it has read the last fact. */
const READING_MS = 500;

type Side = Drift['before'];

const keyOf = ({ check, resource }: Pick<Drift, 'check' | 'resource'>): string => `${check}\0${resource}`;

function observation({ check, resource }: Pick<Drift, 'check' | 'resource'>, side: Side): Observation | null {
  return side === null ? null : { check, resource, severity: 'low', ...side };
}

/** Whether one is the other to the agent. */
export function isSame(about: Pick<Drift, 'check' | 'resource'>, left: Side, right: Side): boolean {
  return !isDrift({ before: observation(about, left), after: observation(about, right) });
}

function show(side: Side): string {
  return side === null ? 'absent' : `${side.outcome}: ${side.actual}`;
}

/** All that is wrong with the history: told twice, not told, told wrongly. `audit` is a fresh one. */
export function faultsOf(history: HistoryReader, made: readonly Made[], blind: readonly Blind[], audit: Report): string[] {
  const events = Map.groupBy(history.events(), keyOf);
  const state = history.state();
  const verified = history.verify();
  return [
    ...(verified.ok ? [] : [`the chain is broken: ${verified.why}`]),
    ...[...events.values()].flatMap((list) => gaps(list, (list[0] && state.get(list[0])) ?? null)),
    ...[...Map.groupBy(made, keyOf)].flatMap(([key, list]) => losses(list, events.get(key) ?? [], blind)),
    ...differences(state, observed(audit), checksOf(audit)).map(describe),
  ];
}

/** Each drift begins where the last ended, and the last where the state is now; none leads nowhere. */
function gaps(events: readonly DriftEvent[], now: Side): string[] {
  const faults: string[] = [];
  for (const [index, event] of events.entries()) {
    const { check, resource, before, after, id } = event;
    const next = events[index + 1];
    const follows = next === undefined ? now : next.before;
    if (isSame(event, before, after)) faults.push(`drift ${id} of ${check} ${resource} changes nothing: ${show(before)} → ${show(after)}`);
    if (!isSame(event, after, follows))
      faults.push(
        `drift ${id} of ${check} ${resource} ends at ${show(after)}, ${next === undefined ? 'now it is' : 'the next begins at'} ${show(follows)}`,
      );
  }
  return faults;
}

/** The states that a thing went through, and were not told although they lasted. */
function losses(made: readonly Made[], events: readonly DriftEvent[], blind: readonly Blind[]): string[] {
  const faults: string[] = [];
  let done = -1;
  const told = new Set<number>();
  for (const event of events) {
    const fits = (change: Made, index: number): boolean => index > done && isSame(event, change.after, event.after);
    // An evaluation sees what was so when it began, or what became so while it went on.
    const last = made.findLastIndex((change, index) => fits(change, index) && change.at <= event.at + READING_MS);
    const index = last === -1 ? made.findIndex(fits) : last;
    if (index === -1)
      faults.push(
        `drift ${event.id} of ${event.check} ${event.resource} to ${show(event.after)} is of no change that was made, or doubled`,
      );
    else {
      done = index;
      told.add(index);
    }
  }
  for (const [index, { check, resource, after, at }] of made.entries()) {
    const until = made[index + 1]?.at ?? Number.POSITIVE_INFINITY;
    if (!told.has(index) && !isUnchanged(made, index, told) && seenFor(at, until, blind) > HELD_MS)
      faults.push(`lost: ${check} ${resource} became ${show(after)} at ${new Date(at).toISOString()}`);
  }
  return faults;
}

/** What nobody saw change, and was again as last told when somebody looked. */
function isUnchanged(made: readonly Made[], index: number, told: ReadonlySet<number>): boolean {
  const change = made[index];
  const last = Math.max(-1, ...[...told].filter((each) => each < index));
  const known = last === -1 ? made[0]?.before : made[last]?.after;
  return change !== undefined && known !== undefined && isSame(change, known, change.after);
}

function seenFor(from: number, until: number, blind: readonly Blind[]): number {
  const hidden = blind.reduce((sum, each) => sum + Math.max(0, Math.min(until, each.until) - Math.max(from, each.from)), 0);
  return until - from - hidden;
}

function observed({ findings }: Report): Observations {
  const told = findings.map(({ check: id, severity, status, evidence, reason }) => ({ check: { id, severity }, status, evidence, reason }));
  return settle(Observations.of(), told as unknown as Finding[]).after;
}

function checksOf({ findings }: Report): ReadonlySet<string> {
  return new Set(findings.map(({ check }) => check));
}

function describe({ before, after }: Difference): string {
  const { check, resource } = after ?? before ?? { check: '', resource: '' };
  return `${check} ${resource} is ${show(before)} in the history, ${show(after)} in a fresh audit`;
}

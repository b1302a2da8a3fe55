/** What the commands that read the history print as JSON: published schemas, and the values that fit them. */
import * as z from '../facts/schema.ts';
import type { Who } from './drift.ts';
import type { Difference, Observation } from './observations.ts';
import type { AgentSeen, AuditRecord, Baseline, Broken, DriftEvent, Link, LogEntry, Verified, Waiting } from './state/history.ts';
import { agentState, count, nobody, outcome, severity, someone, summary, tool, waiverState } from './terms.ts';
import { isoTime } from './time.ts';
import { version } from './version.ts';

const time = z.iso.datetime();
const seen = z.nullable(z.strictObject({ outcome, actual: z.string() }));

const about = {
  schemaVersion: z.literal(1),
  tool,
  /** When this was said. */
  at: time,
};

const who = z.union([z.strictObject({ ...someone, at: time }), z.strictObject(nobody)]);

const subject = { check: z.string(), severity, resource: z.string(), before: seen, after: seen };
const cause = { id: count, at: time, causes: z.array(z.string()), who };
const audit = z.strictObject({
  id: count,
  at: time,
  trigger: z.string(),
  durationMs: z.number(),
  benchmark: z.string(),
  toolVersion: z.string(),
  summary: z.strictObject(summary),
});
const event = z.strictObject({ ...cause, ...subject, waiver: z.optional(z.string()) });
const link = z.strictObject({ row: count, hash: z.string() });

export const driftSchema = z.strictObject({
  ...about,
  /** What is compared with. `complete`: the history goes back that far. */
  reference: z.union([
    z.strictObject({ kind: z.literal('baseline'), at: time, by: z.string() }),
    z.strictObject({ kind: z.literal('time'), at: time, complete: z.boolean() }),
  ]),
  lastAudit: z.nullable(time),
  /** `event`: the last change of it; null where it happened while nobody looked. */
  drift: z.array(z.strictObject({ ...subject, event: z.nullable(z.strictObject(cause)) })),
});

export const historySchema = z.strictObject({
  ...about,
  head: link,
  entries: z.array(
    z.union([
      z.extend(audit, { kind: z.literal('audit') }),
      z.extend(event, { kind: z.literal('drift') }),
      z.strictObject({
        kind: z.literal('note'),
        id: count,
        at: time,
        about: z.string(),
        text: z.string(),
        data: z.optional(z.record(z.string(), z.unknown())),
      }),
    ]),
  ),
});

export const verificationSchema = z.strictObject({
  ...about,
  ok: z.boolean(),
  /** Rows that are kept, the number of the first, and the end of the chain; null where it is broken. */
  rows: z.nullable(count),
  first: z.nullable(count),
  head: z.nullable(link),
  /** Where and how it is broken. */
  row: z.nullable(count),
  why: z.nullable(z.string()),
});

export const baselineSchema = z.strictObject({
  ...about,
  acceptedAt: time,
  by: z.string(),
  observations: z.array(z.strictObject({ check: z.string(), severity, resource: z.string(), outcome, actual: z.string() })),
});

const waiverStatus = z.strictObject({ id: z.string(), check: z.string(), expires: z.string(), state: waiverState });

export const statusSchema = z.strictObject({
  ...about,
  lastAudit: z.nullable(audit),
  baseline: z.nullable(z.strictObject({ at: time, by: z.string(), observations: count })),
  /** Differences from the baseline by severity; null without one. */
  openDrift: z.nullable(z.strictObject({ critical: count, high: count, medium: count, low: count })),
  agent: z.nullable(
    z.strictObject({
      state: agentState,
      alive: z.boolean(),
      pid: z.int(),
      version: z.string(),
      problems: z.array(z.string()),
      startedAt: time,
      at: time,
      nextAudit: z.nullable(time),
    }),
  ),
  /** As the agent last saw them: those that end soon, or no longer do anything, are among them. */
  waivers: z.array(waiverStatus),
  /** What is not delivered yet. */
  waiting: z.array(z.strictObject({ sink: z.string(), count, oldest: time, error: z.nullable(z.string()) })),
  lastEvents: z.array(event),
  head: z.nullable(link),
});

export type StatusDocument = z.infer<typeof statusSchema>;
export type DriftDocument = z.infer<typeof driftSchema>;

interface Header {
  readonly schemaVersion: 1;
  readonly tool: { readonly name: 'hullguard'; readonly version: string };
  readonly at: string;
}

function header(now: number): Header {
  return { schemaVersion: 1, tool: { name: 'hullguard', version }, at: isoTime(now) };
}

export function driftDocument(
  reference: DriftDocument['reference'],
  lastAudit: AuditRecord | null,
  drift: readonly Changed[],
  now: number,
) {
  return {
    ...header(now),
    reference,
    lastAudit: lastAudit === null ? null : isoTime(lastAudit.at),
    drift: drift.map(({ before, after, event: last }) => ({
      ...subjectOf(before, after),
      event: last === null ? null : { id: last.id, at: isoTime(last.at), causes: last.causes, who: whoOf(last.who) },
    })),
  };
}

/** A difference, and the last event that was about it. */
export interface Changed extends Difference {
  readonly event: DriftEvent | null;
}

function subjectOf(before: Observation | null, after: Observation | null) {
  const { check = '', resource = '', severity: level = 'low' } = after ?? before ?? {};
  const told = (one: Observation | null) => (one === null ? null : { outcome: one.outcome, actual: one.actual });
  return { check, severity: level, resource, before: told(before), after: told(after) };
}

function whoOf(one: Who) {
  return one.status === 'unattributed' ? one : { ...one, at: isoTime(one.at) };
}

export function historyDocument(entries: readonly LogEntry[], head: Link, now: number) {
  return { ...header(now), head: linkOf(head), entries: entries.map((entry) => ({ kind: entry.kind, ...entryOf(entry) })) };
}

function entryOf(entry: LogEntry) {
  return entry.kind === 'drift' ? eventOf(entry) : { ...entry, at: isoTime(entry.at) };
}

function eventOf(entry: DriftEvent) {
  return { ...entry, at: isoTime(entry.at), who: whoOf(entry.who) };
}

function linkOf({ seq, hash }: Link) {
  return { row: seq, hash };
}

export function verificationDocument(found: Verified | Broken, now: number) {
  if (!found.ok) return { ...header(now), ok: false, rows: null, first: null, head: null, row: found.row, why: found.why };
  return { ...header(now), ok: true, rows: found.rows, first: found.first, head: linkOf(found.head), row: null, why: null };
}

export function baselineDocument({ by, at, observations }: Baseline, now: number) {
  return { ...header(now), acceptedAt: isoTime(at), by, observations: [...observations.values()] };
}

export interface StatusInput {
  readonly lastAudit: AuditRecord | null;
  readonly baseline: Baseline | null;
  readonly open: readonly Difference[];
  readonly agent: AgentSeen | null;
  readonly waiting: readonly Waiting[];
  readonly events: readonly DriftEvent[];
  readonly head: Link | null;
}

export function statusDocument({ lastAudit, baseline, open, agent, waiting, events, head }: StatusInput, now: number): StatusDocument {
  const atSeverity = (level: string): number => open.filter(({ before, after }) => (after ?? before)?.severity === level).length;
  return {
    ...header(now),
    lastAudit: lastAudit === null ? null : { ...lastAudit, at: isoTime(lastAudit.at) },
    baseline: baseline === null ? null : { at: isoTime(baseline.at), by: baseline.by, observations: baseline.observations.size },
    openDrift:
      baseline === null
        ? null
        : { critical: atSeverity('critical'), high: atSeverity('high'), medium: atSeverity('medium'), low: atSeverity('low') },
    agent: agent === null ? null : agentOf(agent),
    waivers: (agent?.waivers ?? []).map((waiver) => ({ ...waiver })),
    waiting: waiting.map((each) => ({ ...each, oldest: isoTime(each.oldest) })),
    lastEvents: events.map((one) => ({ ...eventOf(one), causes: [...one.causes] })),
    head: head === null ? null : linkOf(head),
  };
}

function agentOf({ state, alive, pid, version: its, problems, startedAt, at, nextAudit }: AgentSeen): StatusDocument['agent'] {
  const next = nextAudit === null ? null : isoTime(nextAudit);
  return { state, alive, pid, version: its, problems: [...problems], startedAt: isoTime(startedAt), at: isoTime(at), nextAudit: next };
}

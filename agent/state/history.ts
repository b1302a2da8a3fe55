/**
 * The history: audits, drift and notes on the agent's own life as one chain of rows (history/chain.ts); what is so now; the baseline; and what
 * is still to be handed to sinks. One SQLite file, written by the agent and read by commands meanwhile.
 */
import path from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Drift } from '../drift.ts';
import type { Difference, Observations } from '../observations.ts';
import { STATE_DIRECTORY } from './directory.ts';
import { type AgentReport, type AgentSeen, readAgent, writeAgent } from './history/agent.ts';
import { append, type Broken, head, type Link } from './history/chain.ts';
import {
  acceptState,
  type Baseline,
  openDrift,
  readBaseline,
  readState,
  removeTampered,
  replaceState,
  type State,
} from './history/observations.ts';
import { due, enqueue, MOST_WAITING, type Parcel, postpone, remove, type Waiting, waiting } from './history/outbox.ts';
import { begins, changedSince, lastChange, type Query, select, selectAudits, selectEvents } from './history/queries.ts';
import { type AuditRecord, addNote, type DriftEvent, type LogEntry, type Summary } from './history/records.ts';
import { prune, type Retention, type Verified, verify } from './history/retention.ts';
import { openReader, openStore, type Store } from './history/store.ts';

export type { AgentReport, AgentSeen, AuditRecord, Baseline, Broken, DriftEvent, Link, LogEntry, Parcel, State, Verified, Waiting };

export const HISTORY = path.join(STATE_DIRECTORY, 'history.db');

/** What commands may ask for. All of it throws HistoryError. */
export interface HistoryReader {
  /** The last that was known of the host; empty before the first audit. */
  state(): State;
  baseline(): Baseline | null;
  /** What differs from the baseline now; null where there is none. */
  openDrift(): Difference[] | null;
  /** Drift, oldest first; with a limit, the last ones. */
  events(query?: Query): DriftEvent[];
  /** Audits, drift and notes as they came. */
  entries(query?: Query): LogEntry[];
  /** The last audits, oldest first. */
  audits(query?: Query): AuditRecord[];
  lastAudit(): AuditRecord | null;
  /** 0 where there was no drift yet. */
  lastEventId(): number;
  /** The first drift since then of each check and resource, so what they were before. */
  changedSince(time: number): DriftEvent[];
  /** The last drift of a check and resource. */
  lastChange(check: string, resource: string): DriftEvent | null;
  /** When the first row was written that is still kept; null where there is none. */
  begins(): number | null;
  /** What the agent last said of itself, and whether that process still runs; null where none ever did. */
  agent(): AgentSeen | null;
  /** What is not delivered yet, by sink. */
  waiting(): Waiting[];
  /** The end of the chain, to be noted elsewhere. */
  head(): Link;
  /** Whether every row is as it was written. `expected`: a hash of the chain that was noted elsewhere. */
  verify(expected?: string): Verified | Broken;
  close(): void;
}

export interface AuditInput {
  readonly at: number;
  readonly durationMs: number;
  readonly trigger: string;
  readonly summary: Summary;
  readonly benchmark: string;
  readonly toolVersion: string;
  /** All that was observed: it becomes the state. */
  readonly observations: Observations;
  /** What it found changed, recorded with it, before it in the log. */
  readonly drifts?: readonly Drift[];
  readonly sinks?: readonly string[];
}

/** What the agent writes. Each call is one transaction, on disk when it returns; where it throws HistoryError, nothing was written. */
export interface History extends HistoryReader {
  recordAudit(audit: AuditInput): { readonly audit: AuditRecord; readonly events: readonly DriftEvent[] };
  /** `after` becomes the state; it may be kept, so must not be changed later. Each drift is put into the outbox for each sink. */
  recordDrift(drifts: readonly Drift[], after: Observations, sinks?: readonly string[]): DriftEvent[];
  /** `about`: started, stopped, degraded, recovered, reloaded, apply. `data`: what goes with it, such as `{ journal: id }`. */
  note(about: string, text: string, data?: Readonly<Record<string, unknown>>): number;
  /** Takes the state as the reference. Returns how many observations it has. */
  acceptBaseline(by: string, at: number): number;
  /** What `status` tells of this process. Not part of the chain. */
  reportAgent(report: AgentReport): void;
  /** Removes old rows; to be called again until it returns 0. */
  prune(retention: Partial<Retention>): number;
  readonly outbox: {
    /** Oldest first; at most `limit` of each sink. */
    due(now: number, limit?: number): Parcel[];
    done(...ids: readonly number[]): void;
    retry(id: number, at: number, error: string): void;
  };
}

export interface HistoryOptions {
  readonly path?: string;
  readonly now?: () => number;
  readonly onReplaced?: (what: string) => void;
  readonly mend?: boolean;
  readonly mostWaiting?: number;
}

/** Rows that are kept at most: years of a calm host, and a limit to what a storm of events takes. */
const MOST_ROWS = 250_000;

/** Opens the history to be read; null where there is none. Throws HistoryError. */
export function readHistory(file = HISTORY): HistoryReader | null {
  const store = openReader(file);
  return store === null ? null : reader(store);
}

/** Opens the history for the agent: made, brought up to date or, where it is damaged, replaced. Throws HistoryError. */
export function openHistory(options: HistoryOptions = {}): History {
  const { path: file = HISTORY, now: clock = Date.now, onReplaced = () => undefined, mend = true, mostWaiting = MOST_WAITING } = options;
  const now = (): number => Math.round(clock());
  const store = openStore({ path: file, now, onReplaced, mend });
  const memory = stateMemory(store);
  const addDrifts = (database: DatabaseSync, drifts: readonly Drift[], sinks: readonly string[]): DriftEvent[] => {
    const events = drifts.map((drift) => whole(drift)).map((drift) => ({ id: addDrift(database, drift), ...drift }));
    const payloads = events.map((event) => JSON.stringify(event));
    if (events.length > 0) enqueue(database, sinks, payloads, now(), mostWaiting);
    return events;
  };
  return {
    ...reader(store),
    recordAudit: ({ observations, drifts = [], sinks = [], at, ...about }) =>
      memory.write(observations, Math.round(at), (database) => {
        const events = addDrifts(database, drifts, sinks);
        const { trigger, durationMs, benchmark, toolVersion, summary } = about;
        const body = { trigger, durationMs, benchmark, toolVersion, summary };
        const audit = whole({ at, ...body });
        return { audit: { id: append(database, { at: audit.at, kind: 'audit', body: JSON.stringify(body) }), ...audit }, events };
      }),
    recordDrift: (drifts, after, sinks = []) => memory.write(after, now(), (database) => addDrifts(database, drifts, sinks)),
    note: (about, text, data) =>
      store.write((database) => addNote(database, now(), { about, text, ...(data === undefined ? {} : { data }) })),
    acceptBaseline: (by, at) => store.write((database) => acceptState(database, by, Math.round(at))),
    reportAgent: (report) => store.write((database) => writeAgent(database, report, now())),
    prune: ({ before = 0, most = MOST_ROWS }) => store.write((database) => prune(database, { before, most }, now())),
    outbox: {
      due: (time, limit = 500) => store.read((database) => due(database, time, limit)),
      done: (...ids) => store.write((database) => remove(database, ids)),
      retry: (id, at, error) => store.write((database) => postpone(database, id, Math.round(at), error)),
    },
  };
}

/** Times are whole milliseconds. */
function whole<T extends { readonly at: number }>(told: T): T {
  return { ...told, at: Math.round(told.at) };
}

function addDrift(database: DatabaseSync, { at, check, severity, resource, before, after, causes, who, waiver }: Drift): number {
  return append(database, { at, kind: 'drift', body: JSON.stringify({ check, severity, resource, before, after, causes, who, waiver }) });
}

interface StateMemory {
  write<T>(after: Observations, at: number, work: (database: DatabaseSync) => T): T;
}

/** Remembers the state as it was last written, unless another process has written since, or the file is another one. */
function stateMemory(store: Store): StateMemory {
  let known: { readonly database: DatabaseSync; readonly version: unknown; readonly state: Observations } | null = null;
  return {
    write(after, at, work) {
      const { result, ...written } = store.write((database) => {
        const version = database.prepare('PRAGMA data_version').get()?.['data_version'];
        const isCurrent = known?.database === database && known.version === version;
        if (!isCurrent) removeTampered(database);
        const result = work(database);
        replaceState(database, isCurrent && known !== null ? known.state : readState(database), after, at);
        return { result, database, version, state: after };
      });
      known = written;
      return result;
    },
  };
}

function reader(store: Store): HistoryReader {
  return {
    state: () => store.read(readState),
    baseline: () => store.read(readBaseline),
    openDrift: () => store.read(openDrift),
    events: (query = {}) => store.read((database) => selectEvents(database, query)),
    entries: (query = {}) => store.read((database) => select(database, query)),
    audits: (query = {}) => store.read((database) => selectAudits(database, query)),
    lastAudit: () => store.read((database) => selectAudits(database, { limit: 1 })[0] ?? null),
    lastEventId: () => store.read((database) => selectEvents(database, { limit: 1 })[0]?.id ?? 0),
    changedSince: (time) => store.read((database) => changedSince(database, time)),
    lastChange: (check, resource) => store.read((database) => lastChange(database, check, resource)),
    begins: () => store.read(begins),
    agent: () => store.read(readAgent),
    waiting: () => store.read(waiting),
    head: () => store.read(head),
    verify: (expected) => store.read((database) => verify(database, expected)),
    close: () => store.close(),
  };
}

/** What the rows of the history hold, as types and as schemas: a row is checked when it is read, for the file may have been meddled with. */
import type { DatabaseSync } from 'node:sqlite';
import * as z from '../../../facts/schema.ts';
import type { Drift, Who } from '../../drift.ts';
import { HistoryError } from '../../errors.ts';
import type { Observation } from '../../observations.ts';
import { nobody, outcome, severity, someone, summary } from '../../terms.ts';
import { append } from './chain.ts';

const seen = z.nullable(z.object({ outcome, actual: z.string() }));

export const whoSchema = z.discriminatedUnion('status', [
  z.object({ ...someone, at: z.number() }),
  z.object(nobody),
]) satisfies z.ZodMiniType<Who>;

const driftBody = z.object({
  check: z.string(),
  severity,
  resource: z.string(),
  before: seen,
  after: seen,
  causes: z.array(z.string()),
  who: whoSchema,
  waiver: z.optional(z.string()),
}) satisfies z.ZodMiniType<Omit<Drift, 'at'>>;

export const summarySchema = z.object(summary);

const auditBody = z.object({
  /** What made it run: `schedule`, `start`, `SIGHUP`. */
  trigger: z.string(),
  durationMs: z.number(),
  benchmark: z.string(),
  toolVersion: z.string(),
  summary: summarySchema,
});

const noteBody = z.object({
  /** `started`, `apply`, `baseline`. */
  about: z.string(),
  text: z.string(),
  /** What goes with it: the id of a journal, the anchor of a pruned log. */
  data: z.optional(z.record(z.string(), z.unknown())),
});

export const stateBody = z.object({ severity, outcome, actual: z.string() }) satisfies z.ZodMiniType<
  Omit<Observation, 'check' | 'resource'>
>;

export const schemas = { audit: auditBody, drift: driftBody, note: noteBody } as const;

/** `id` grows with every row of the log, so what was told up to an id is known by that number. */
interface Recorded {
  readonly id: number;
  readonly at: number;
}
export type DriftEvent = Drift & { readonly id: number };
export type AuditRecord = Recorded & z.infer<typeof auditBody>;
export type Note = Recorded & z.infer<typeof noteBody>;
export type Summary = z.infer<typeof summarySchema>;
export type LogEntry =
  | ({ readonly kind: 'audit' } & AuditRecord)
  | ({ readonly kind: 'drift' } & DriftEvent)
  | ({ readonly kind: 'note' } & Note);

export interface LogRow {
  readonly seq: number;
  readonly at: number;
  readonly kind: string;
  readonly body: string;
}

/** Throws HistoryError where a row is not as hullguard writes them. */
export function entryOf({ seq: id, at, kind, body }: LogRow): LogEntry {
  if (kind === 'audit') return { kind, id, at, ...parseBody(id, body, auditBody) };
  if (kind === 'drift') return { kind, id, at, ...parseBody(id, body, driftBody) };
  return { kind: 'note', id, at, ...parseBody(id, body, noteBody) };
}

export function parseBody<Schema extends z.ZodMiniType>(row: number | string, body: string, schema: Schema): z.infer<Schema> {
  const result = schema.safeParse(attempt(body));
  if (result.success) return result.data;
  throw new HistoryError(
    `row ${row} of the history is not as hullguard wrote it (hullguard history verify): ${result.error.issues[0]?.message}`,
    'tampered',
  );
}

function attempt(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** Appends a note to the log, within the transaction that it tells of. */
export function addNote(database: DatabaseSync, at: number, { about, text, data }: Omit<Note, 'id' | 'at'>): number {
  return append(database, { at, kind: 'note', body: JSON.stringify({ about, text, ...(data === undefined ? {} : { data }) }) });
}

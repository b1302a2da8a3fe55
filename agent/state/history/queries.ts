/** Questions to the log. */
import type { DatabaseSync } from 'node:sqlite';
import type { EntryKind } from './chain.ts';
import { type AuditRecord, type DriftEvent, entryOf, type LogEntry, type LogRow } from './records.ts';

export interface Query {
  /** Milliseconds since the epoch; both ends belong to it. */
  readonly since?: number;
  readonly until?: number;
  /** How many of the last ones. */
  readonly limit?: number;
}

const ROWS = 'SELECT seq, at, kind, body FROM log';

export function select(database: DatabaseSync, { since, until, limit }: Query, kind?: EntryKind): LogEntry[] {
  const conditions = [
    ...(kind === undefined ? [] : ['kind = ?']),
    ...(since === undefined ? [] : ['at >= ?']),
    ...(until === undefined ? [] : ['at <= ?']),
  ];
  const values = [kind, since, until].filter((value) => value !== undefined);
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const rows = database.prepare(`${ROWS} ${where} ORDER BY seq DESC LIMIT ?`).all(...values, limit ?? -1);
  return (rows as unknown as LogRow[]).reverse().map(entryOf);
}

export function selectEvents(database: DatabaseSync, query: Query): DriftEvent[] {
  return select(database, query, 'drift').flatMap((entry) => (entry.kind === 'drift' ? [withoutKind(entry)] : []));
}

export function selectAudits(database: DatabaseSync, query: Query): AuditRecord[] {
  return select(database, query, 'audit').flatMap((entry) => (entry.kind === 'audit' ? [withoutKind(entry)] : []));
}

function withoutKind<T extends { readonly kind: EntryKind }>({ kind: _kind, ...rest }: T): Omit<T, 'kind'> {
  return rest;
}

/** Of each check and resource that drifted since then, the first event, which tells what was before. */
export function changedSince(database: DatabaseSync, time: number): DriftEvent[] {
  // SQLite takes the body from the row that has the minimum.
  const rows = database
    .prepare(
      `SELECT min(seq) AS seq, at, kind, body FROM log WHERE kind = 'drift' AND at >= ?
       GROUP BY body ->> '$.check', body ->> '$.resource' ORDER BY 1`,
    )
    .all(time) as unknown as LogRow[];
  return rows.map(entryOf).flatMap((entry) => (entry.kind === 'drift' ? [withoutKind(entry)] : []));
}

/** The last event of a check and resource, so who made it what it is. */
export function lastChange(database: DatabaseSync, check: string, resource: string): DriftEvent | null {
  const row = database
    .prepare(`${ROWS} WHERE kind = 'drift' AND body ->> '$.check' = ? AND body ->> '$.resource' = ? ORDER BY seq DESC LIMIT 1`)
    .get(check, resource) as LogRow | undefined;
  const entry = row === undefined ? null : entryOf(row);
  return entry?.kind === 'drift' ? withoutKind(entry) : null;
}

/** When the first row that is still kept was written. */
export function begins(database: DatabaseSync): number | null {
  return (database.prepare('SELECT at FROM log ORDER BY seq LIMIT 1').get()?.['at'] as number | undefined) ?? null;
}

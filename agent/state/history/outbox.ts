/** What is to be handed to sinks and was not yet: written in the transaction that it tells of, so that a receiver that is down loses nothing. */
import type { DatabaseSync } from 'node:sqlite';
import { DAY_MS } from '../../time.ts';
import { addNote } from './records.ts';

export interface Parcel {
  readonly id: number;
  readonly sink: string;
  /** JSON: a DriftEvent. */
  readonly payload: string;
  readonly created: number;
  readonly attempts: number;
  readonly error: string | null;
}

/** What waits for one sink. */
export interface Waiting {
  readonly sink: string;
  readonly count: number;
  readonly oldest: number;
  readonly error: string | null;
}

/** Parcels that one sink may be behind, before the oldest are dropped. */
export const MOST_WAITING = 10_000;
/** No retry is further away: a next attempt that is, was planned before the clock went back. */
const LONGEST_WAIT = DAY_MS;

export function enqueue(database: DatabaseSync, sinks: readonly string[], payloads: readonly string[], now: number, most: number): void {
  const insert = database.prepare('INSERT INTO outbox (sink, payload, created, next) VALUES (?, ?, ?, ?)');
  for (const sink of sinks) {
    for (const payload of payloads) insert.run(sink, payload, now, now);
    dropOldest(database, sink, now, most);
  }
}

/** A tenth at once, so that a sink that is down for long does not make a note a parcel. */
function dropOldest(database: DatabaseSync, sink: string, now: number, most: number): void {
  const count = Number(database.prepare('SELECT count(*) AS count FROM outbox WHERE sink = ?').get(sink)?.['count']);
  if (count <= most) return;
  const dropped = count - Math.ceil(most * 0.9);
  database.prepare('DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE sink = ? ORDER BY id LIMIT ?)').run(sink, dropped);
  const text = `${sink} is more than ${most} messages behind: the ${dropped} oldest will not reach it`;
  addNote(database, now, { about: 'dropped', text, data: { sink, dropped } });
}

/** What is to be tried now, oldest first, at most `limit` of each sink: one that is down must not stand before the others. */
export function due(database: DatabaseSync, now: number, limit: number): Parcel[] {
  const sinks = database.prepare('SELECT DISTINCT sink FROM outbox').all();
  const oldest = database.prepare(
    `SELECT id, sink, payload, created, attempts, error FROM outbox
     WHERE sink = ? AND (next <= ? OR next > ?) ORDER BY id LIMIT ?`,
  );
  const parcels = sinks.flatMap(({ sink }) => oldest.all(String(sink), now, now + LONGEST_WAIT, limit) as unknown as Parcel[]);
  return parcels.toSorted((left, right) => left.id - right.id);
}

export function remove(database: DatabaseSync, ids: readonly number[]): void {
  const statement = database.prepare('DELETE FROM outbox WHERE id = ?');
  for (const id of ids) statement.run(id);
}

export function postpone(database: DatabaseSync, id: number, next: number, error: string): void {
  database.prepare('UPDATE outbox SET attempts = attempts + 1, next = ?, error = ? WHERE id = ?').run(next, error, id);
}

export function waiting(database: DatabaseSync): Waiting[] {
  return database
    .prepare(
      `SELECT sink, count(*) AS count, min(created) AS oldest,
         (SELECT error FROM outbox AS tried WHERE tried.sink = outbox.sink AND error IS NOT NULL ORDER BY id DESC LIMIT 1) AS error
       FROM outbox GROUP BY sink ORDER BY sink`,
    )
    .all() as unknown as Waiting[];
}

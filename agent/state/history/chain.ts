/**
 * The log: audits, drift and notes, each row with a hash over itself and the hash of the row before, so that nothing in it can be changed, removed or
 * put in between without breaking the chain. Whoever may write the file can still write a whole new chain; against that, the hash of
 * its head is to be known elsewhere.
 */
import type { DatabaseSync } from 'node:sqlite';
import { sha256 } from '../../../facts/digest.ts';

export type EntryKind = 'audit' | 'drift' | 'note';

export interface Entry {
  readonly at: number;
  readonly kind: EntryKind;
  /** JSON. */
  readonly body: string;
}

/** A row's place in the chain: its number and its hash. */
export interface Link {
  readonly seq: number;
  readonly hash: string;
}

/** What the first row of all follows. */
const GENESIS: Link = { seq: 0, hash: '0'.repeat(64) };

/** Numbers as JSON writes them; those of a row that was meddled with may be larger than JavaScript counts. */
function hashOf(previous: string, { seq, at, kind, body }: Row): string {
  const text = `[${JSON.stringify(previous)},${seq},${at},${JSON.stringify(kind)},${JSON.stringify(body)}]`;
  return sha256(text);
}

interface Row {
  readonly seq: number | bigint;
  readonly at: number | bigint;
  readonly kind: string;
  readonly body: string;
}

/** The last row, so the one that the next follows. */
export function head(database: DatabaseSync): Link {
  return link(database, 'head') ?? last(database) ?? link(database, 'anchor') ?? GENESIS;
}

/** The last row that was pruned. */
export function anchor(database: DatabaseSync): Link {
  return link(database, 'anchor') ?? GENESIS;
}

function link(database: DatabaseSync, name: 'anchor' | 'head'): Link | undefined {
  return database.prepare('SELECT seq, hash FROM chain WHERE name = ?').get(name) as Link | undefined;
}

function last(database: DatabaseSync): Link | undefined {
  return database.prepare('SELECT seq, hash FROM log ORDER BY seq DESC LIMIT 1').get() as Link | undefined;
}

export function setLink(database: DatabaseSync, name: 'anchor' | 'head', { seq, hash }: Link): void {
  database
    .prepare('INSERT INTO chain VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq, hash = excluded.hash')
    .run(name, seq, hash);
}

/** Appends a row and returns its number. To be called within a transaction. Times are whole milliseconds. */
export function append(database: DatabaseSync, entry: Entry): number {
  const before = head(database);
  // Where the head was set back, the log goes on all the same: to verify will tell.
  const seq = Math.max(before.seq, last(database)?.seq ?? 0) + 1;
  const hash = hashOf(before.hash, { seq, ...entry });
  database.prepare('INSERT INTO log VALUES (?, ?, ?, ?, ?)').run(seq, entry.at, entry.kind, entry.body, hash);
  setLink(database, 'head', { seq, hash });
  return seq;
}

export interface Sound {
  readonly ok: true;
  readonly rows: number;
  readonly first: number;
  readonly head: Link;
  readonly headed: boolean;
}

export interface Broken {
  readonly ok: false;
  /** The row that does not fit; null where it is not one of the log. */
  readonly row: number | null;
  readonly why: string;
}

/** Follows the chain from the anchor to the head. `expected`: a hash noted elsewhere, which must be one of the chain. */
export function follow(database: DatabaseSync, expected: string | undefined): Sound | Broken {
  const start = anchor(database);
  let { seq: before, hash: previous } = start;
  let rows = 0;
  let headed = expected === undefined || expected === previous;
  const select = database.prepare('SELECT seq, at, kind, body, hash FROM log ORDER BY seq');
  select.setReadBigInts(true);
  for (const raw of select.iterate()) {
    const row = raw as unknown as Row & { readonly hash: string };
    const seq = Number(row.seq);
    if (seq <= before) return { ok: false, row: seq, why: `row ${seq} should have been pruned` };
    if (seq > before + 1) return { ok: false, row: before + 1, why: missing(before + 1, seq) };
    if (hashOf(previous, row) !== row.hash) return { ok: false, row: seq, why: `row ${seq} was changed, or the row before it replaced` };
    before = seq;
    previous = row.hash;
    rows += 1;
    headed ||= previous === expected;
  }
  const noted = link(database, 'head');
  if (noted === undefined) return { ok: false, row: null, why: 'the note of the last row is gone' };
  if (noted.seq > before) return { ok: false, row: before + 1, why: `the last rows are gone: ${missing(before + 1, noted.seq + 1)}` };
  if (noted.seq !== before || noted.hash !== previous) return { ok: false, row: before, why: 'the note of the last row is of another one' };
  return { ok: true, rows, first: start.seq + 1, head: { seq: before, hash: previous }, headed };
}

function missing(from: number, until: number): string {
  return until - from === 1 ? `row ${from} is missing` : `rows ${from} to ${until - 1} are missing`;
}

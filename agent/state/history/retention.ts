/** Old rows go, and the chain stays whole: its anchor is the last of them, and a note in the chain says so. */
import type { DatabaseSync } from 'node:sqlite';
import { DAY_MS } from '../../time.ts';
import { anchor, type Broken, follow, type Link, setLink } from './chain.ts';
import { digestOf } from './observations.ts';
import { addNote, parseBody, schemas } from './records.ts';

export interface Retention {
  /** Rows older than this go, in milliseconds since the epoch. */
  readonly before: number;
  /** Rows that are kept at most, however young. */
  readonly most: number;
}

/** Rows that go at once: nothing else is written meanwhile. */
const BATCH = 20_000;

/** Returns how many rows went. To be called again until that is none. */
export function prune(database: DatabaseSync, { before, most }: Retention, now: number): number {
  const start = anchor(database).seq;
  const until = Math.min(start + BATCH, lastToGo(database, before - leapOf(database, now), most, now));
  const link = database.prepare('SELECT seq, hash FROM log WHERE seq <= ? ORDER BY seq DESC LIMIT 1').get(until) as Link | undefined;
  if (link === undefined || link.seq <= start) return 0;
  const { changes } = database.prepare('DELETE FROM log WHERE seq <= ?').run(link.seq);
  setLink(database, 'anchor', link);
  const text = `rows up to ${link.seq} are no longer kept`;
  addNote(database, now, { about: 'pruned', text, data: { anchor: { seq: link.seq, hash: link.hash }, baseline: digestOf(database) } });
  return Number(changes);
}

/**
 * How much further than a day the clock has come since the last audit that is not of this day, in milliseconds. A clock that has jumped ahead must not cost
 * the past, however many audits it has by now; where the time really went by, those of tomorrow say so.
 */
function leapOf(database: DatabaseSync, now: number): number {
  const select = database.prepare("SELECT at FROM log WHERE kind = 'audit' AND at <= ? ORDER BY seq DESC LIMIT 1");
  const before = select.get(now - DAY_MS)?.['at'];
  return typeof before === 'number' ? Math.max(0, now - before - DAY_MS) : 0;
}

/** Only what stands before everything that is to be kept; a time from the future, where the clock was wrong, keeps nothing. The last audit stays. */
function lastToGo(database: DatabaseSync, before: number, most: number, now: number): number {
  const value = (sql: string, ...values: number[]): number | undefined =>
    database.prepare(sql).get(...values)?.['seq'] as number | undefined;
  const last = value('SELECT max(seq) AS seq FROM log') ?? 0;
  const kept = value('SELECT seq FROM log WHERE +at BETWEEN ? AND ? ORDER BY seq LIMIT 1', before, now + DAY_MS) ?? last;
  const audit = value("SELECT seq FROM log WHERE kind = 'audit' ORDER BY seq DESC LIMIT 1") ?? last;
  return Math.max(Math.min(kept, audit) - 1, last - most);
}

export interface Verified {
  readonly ok: true;
  readonly rows: number;
  /** Number of the first row that is still kept. */
  readonly first: number;
  readonly head: Link;
}

/** Follows the chain, and compares with it what else it vouches for. `expected`: a head that was noted elsewhere. */
export function verify(database: DatabaseSync, expected?: string): Verified | Broken {
  const found = follow(database, expected);
  if (!found.ok) return found;
  const { rows, first, head, headed } = found;
  const pruned = lastNote(database, "body ->> '$.about' IN ('pruned', 'begun')");
  const start = anchor(database);
  if (start.seq > 0 && JSON.stringify(pruned?.data?.['anchor']) !== JSON.stringify({ seq: start.seq, hash: start.hash }))
    return { ok: false, row: start.seq, why: `rows up to ${start.seq} are gone, and no note says that hullguard removed them` };
  const vouched = lastNote(database, "body ->> '$.about' IN ('pruned', 'baseline')");
  if ((vouched?.data?.['baseline'] ?? null) !== digestOf(database))
    return { ok: false, row: vouched?.row ?? null, why: 'the baseline is not the one that was accepted' };
  if (!headed) return { ok: false, row: null, why: `no row has the hash ${expected}: rows were removed, or all were written anew` };
  return { ok: true, rows, first, head };
}

function lastNote(
  database: DatabaseSync,
  condition: string,
): { readonly row: number; readonly data: Record<string, unknown> | undefined } | undefined {
  const row = database.prepare(`SELECT seq, body FROM log WHERE kind = 'note' AND ${condition} ORDER BY seq DESC LIMIT 1`).get();
  if (row === undefined) return undefined;
  return { row: Number(row['seq']), data: parseBody(Number(row['seq']), String(row['body']), schemas.note).data };
}

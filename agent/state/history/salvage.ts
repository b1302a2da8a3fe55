/** What can still be read of a damaged history, for the new one: without it, what changed meanwhile and what was not delivered would be lost. */
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { type Link, setLink } from './chain.ts';
import { aboutBaseline, noteBaseline } from './observations.ts';
import { addNote } from './records.ts';

type Row = Readonly<Record<string, SQLOutputValue>>;

export interface Saved {
  readonly tables: ReadonlyMap<string, readonly Row[]>;
  /** Who accepted the baseline, and when. */
  readonly accepted: ReturnType<typeof aboutBaseline>;
  /** In words: `the state`. */
  readonly what: readonly string[];
  /** The last row, which the first of the new history is to follow, so that no number is given twice. */
  readonly head: Link | null;
}

/** Table → what it is called. */
const TABLES: Readonly<Record<string, string>> = { state: 'the state', baseline: 'the baseline', outbox: 'the outbox' };

export const nothingSaved: Saved = { tables: new Map(), accepted: null, what: [], head: null };

/** Tables that are sound and not empty, each by itself. */
export function salvage(database: DatabaseSync): Saved {
  const accepted = rowsOf(database, 'baseline').length === 0 ? null : attempt(() => aboutBaseline(database), null);
  const wanted = Object.keys(TABLES).filter((table) => table !== 'baseline' || accepted !== null);
  const tables = new Map(wanted.map((table) => [table, rowsOf(database, table)] as const).filter(([, rows]) => rows.length > 0));
  const head = rowsOf(database, 'chain').find(({ name }) => name === 'head');
  return {
    tables,
    accepted,
    what: [...tables.keys()].map((table) => TABLES[table] ?? table),
    head: head === undefined ? null : { seq: Number(head['seq']), hash: String(head['hash']) },
  };
}

function rowsOf(database: DatabaseSync, table: string): readonly Row[] {
  return attempt(() => {
    const [verdict] = Object.values(database.prepare(`PRAGMA integrity_check(${table})`).get() ?? {});
    return verdict === 'ok' ? database.prepare(`SELECT * FROM ${table}`).all() : [];
  }, []);
}

/** Any error means that it is as damaged as that. */
function attempt<T>(work: () => T, otherwise: T): T {
  try {
    return work();
  } catch {
    return otherwise;
  }
}

/** Begins the new history, within a transaction: with a note that says why, and what was saved. */
export function carryOver(database: DatabaseSync, { tables, accepted, head }: Saved, why: string, now: number): void {
  if (head !== null) setLink(database, 'anchor', head);
  addNote(database, now, { about: 'begun', text: why, ...(head === null ? {} : { data: { anchor: head } }) });
  for (const [table, rows] of tables) {
    const columns = Object.keys(rows[0] ?? {});
    const insert = database.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`);
    for (const row of rows) insert.run(...Object.values(row));
  }
  if (accepted !== null) noteBaseline(database, accepted, `accepted by ${accepted.by}, carried over from the history that was before`, now);
}

/** What can still be read of a damaged history, for the new one: without it, what changed meanwhile and what was not delivered would be lost. */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import * as z from '../../../facts/schema.ts';
import { noteBaseline } from './observations.ts';
import { parseBody } from './records.ts';

type Row = readonly SQLInputValue[];

export interface Saved {
  readonly tables: ReadonlyMap<string, readonly Row[]>;
  /** In words: `the state`. */
  readonly what: readonly string[];
}

/** Table → what it is called. Of `meta`, the baseline's row. */
const TABLES: Readonly<Record<string, string>> = { state: 'the state', baseline: 'the baseline', outbox: 'the outbox' };

export const nothingSaved: Saved = { tables: new Map(), what: [] };

/** Tables that are sound and not empty, each by itself. */
export function salvage(database: DatabaseSync): Saved {
  const tables = new Map<string, readonly Row[]>();
  for (const table of Object.keys(TABLES)) {
    const rows = rowsOf(database, table);
    const about = table === 'baseline' ? rowsOf(database, 'meta').filter(([key]) => key === 'baseline') : [];
    if (rows.length === 0 || (table === 'baseline' && about.length === 0)) continue;
    tables.set(table, rows);
    if (about.length > 0) tables.set('meta', about);
  }
  return { tables, what: Object.keys(TABLES).flatMap((table) => (tables.has(table) ? [TABLES[table] ?? table] : [])) };
}

function rowsOf(database: DatabaseSync, table: string): readonly Row[] {
  try {
    const [verdict] = Object.values(database.prepare(`PRAGMA integrity_check(${table})`).get() ?? {});
    if (verdict !== 'ok') return [];
    const select = database.prepare(`SELECT * FROM ${table}`);
    select.setReturnArrays(true);
    return select.all() as unknown as readonly Row[];
  } catch {
    return [];
  }
}

const aboutSchema = z.object({ by: z.string(), at: z.number() });

/** Within the transaction that begins the new history. */
export function carryOver(database: DatabaseSync, { tables }: Saved, now: number): void {
  for (const [table, rows] of tables) {
    const places = rows[0]?.map(() => '?').join(', ');
    const insert = database.prepare(`INSERT INTO ${table} VALUES (${places})`);
    for (const row of rows) insert.run(...row);
  }
  const about = tables.get('meta')?.[0]?.[1];
  if (about === undefined) return;
  const { by, at } = parseBody('baseline', String(about), aboutSchema);
  noteBaseline(database, { by, at }, `accepted by ${by}, carried over from the damaged history`, now);
}

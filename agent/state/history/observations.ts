/** What is so now (state), and what was accepted as the reference (baseline): an observation a row, by check and resource. */
import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import * as z from '../../../facts/schema.ts';
import { sharing } from '../../../facts/sharing.ts';
import { differences } from '../../drift.ts';
import { HistoryError } from '../../errors.ts';
import { type Difference, type Observation, Observations } from '../../observations.ts';
import { addNote, parseBody, stateBody } from './records.ts';

/** An observation of the state, and since when it is so. */
export interface Known extends Observation {
  /** Milliseconds since the epoch. */
  readonly since: number;
}
export type State = Observations<Known>;

export interface Baseline {
  /** Who accepted it. */
  readonly by: string;
  readonly at: number;
  readonly observations: Observations;
}

interface StateRow {
  readonly id: string;
  readonly body: string;
  readonly since: number;
}

const idSchema = z.tuple([z.string(), z.string()]);
const aboutSchema = z.object({ by: z.string(), at: z.number() });

/** A row that was meddled with is not there: what it was of shows up as new. */
export function readState(database: DatabaseSync): State {
  const share = sharing();
  const state: Known[] = [];
  for (const row of stateRows(database)) {
    const known = attempt(row);
    if (known === null) continue;
    const { check, severity, resource, outcome, actual, since } = known;
    state.push({ check: share(check), severity, resource: share(resource), outcome, actual: share(actual), since });
  }
  return Observations.of(state);
}

/** Within the transaction that writes the next state: rows that were meddled with go, for nothing would ever replace them. */
export function removeTampered(database: DatabaseSync): void {
  const erase = database.prepare('DELETE FROM state WHERE id = ?');
  for (const row of [...stateRows(database)].filter((each) => attempt(each) === null)) erase.run(row.id);
}

function stateRows(database: DatabaseSync): Iterable<StateRow> {
  return database.prepare('SELECT id, body, CAST(since AS REAL) AS since FROM state').iterate() as Iterable<unknown> as Iterable<StateRow>;
}

function attempt({ id, body, since }: StateRow): Known | null {
  try {
    return { ...observationOf(id, body), since };
  } catch (error) {
    if (error instanceof HistoryError && error.problem === 'tampered') return null;
    throw error;
  }
}

function observationOf(id: string, body: string): Observation {
  const [check, resource] = parseBody(id, id, idSchema);
  return { check, resource, ...parseBody(id, body, stateBody) };
}

function idOf({ check, resource }: Observation): string {
  return JSON.stringify([check, resource]);
}

function bodyOf({ severity, outcome, actual }: Observation): string {
  return JSON.stringify({ severity, outcome, actual });
}

/** Makes the state what `after` says; only what differs is written, for most of it stays for days. */
export function replaceState(database: DatabaseSync, before: Observations, after: Observations, at: number): void {
  if (before === after) return;
  const write = database.prepare(
    'INSERT INTO state VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET since = excluded.since, body = excluded.body',
  );
  // Of another severity, and otherwise as it was.
  const weigh = database.prepare('UPDATE state SET body = ? WHERE id = ?');
  const erase = database.prepare('DELETE FROM state WHERE id = ?');
  for (const { before: known, after: seen } of before.differencesTo(after)) {
    if (seen === undefined) {
      if (known !== undefined) erase.run(idOf(known));
      continue;
    }
    const same = known !== undefined && known.outcome === seen.outcome && known.actual === seen.actual;
    if (!same) write.run(idOf(seen), at, bodyOf(seen));
    else if (known.severity !== seen.severity) weigh.run(bodyOf(seen), idOf(seen));
  }
}

/** Takes the state as the reference. Returns how many observations that are. */
export function acceptState(database: DatabaseSync, by: string, at: number): number {
  const count = Number(database.prepare('SELECT count(*) AS count FROM state').get()?.['count']);
  if (count === 0) throw new HistoryError('nothing is known of this host yet: a baseline is accepted after the first audit', 'other');
  database.exec('DELETE FROM baseline; INSERT INTO baseline SELECT id, body FROM state');
  noteBaseline(database, { by, at }, `accepted by ${by}, ${count} observations`, at);
  return count;
}

/** Says in the chain what the baseline is, so that it cannot be changed unseen. */
export function noteBaseline(database: DatabaseSync, about: z.infer<typeof aboutSchema>, text: string, at: number): void {
  database
    .prepare("INSERT INTO meta VALUES ('baseline', ?) ON CONFLICT DO UPDATE SET body = excluded.body")
    .run(JSON.stringify({ by: about.by, at: about.at }));
  addNote(database, at, { about: 'baseline', text, data: { baseline: digestOf(database) } });
}

/** A hash of the baseline and of who accepted it when; null where there is none. */
export function digestOf(database: DatabaseSync): string | null {
  const about = baselineAbout(database);
  const rows = database.prepare('SELECT id, body FROM baseline ORDER BY id').iterate();
  const hash = createHash('sha256');
  let empty = about === undefined;
  if (about !== undefined) hash.update(about);
  for (const { id, body } of rows as Iterable<unknown> as Iterable<StateRow>) {
    empty = false;
    hash.update(`\n${JSON.stringify([id, body])}`);
  }
  return empty ? null : hash.digest('hex');
}

function baselineAbout(database: DatabaseSync): string | undefined {
  return database.prepare("SELECT body FROM meta WHERE key = 'baseline'").get()?.['body'] as string | undefined;
}

/** Who accepted it, and when; null where there is none. */
export function aboutBaseline(database: DatabaseSync): z.infer<typeof aboutSchema> | null {
  const about = baselineAbout(database);
  return about === undefined ? null : parseBody('baseline', about, aboutSchema);
}

export function readBaseline(database: DatabaseSync): Baseline | null {
  const about = aboutBaseline(database);
  if (about === null) return null;
  const rows = database.prepare('SELECT id, body FROM baseline').all() as unknown as StateRow[];
  return { ...about, observations: Observations.of(rows.map(({ id, body }) => observationOf(id, body))) };
}

/** What differs between baseline and state, compared where they lie: most of both is the same. Null where there is no baseline. */
export function openDrift(database: DatabaseSync): Difference[] | null {
  if (baselineAbout(database) === undefined) return null;
  const rows = database
    .prepare(
      `SELECT id, baseline.body AS before, state.body AS after FROM baseline FULL JOIN state USING (id)
       WHERE baseline.body IS NOT state.body`,
    )
    .all() as unknown as DifferentRow[];
  const side = (name: 'before' | 'after'): Observations =>
    Observations.of(rows.flatMap(({ id, [name]: body }) => (body === null ? [] : [observationOf(id, body)])));
  const checks = (table: string): Set<string> =>
    new Set(
      database
        .prepare(`SELECT DISTINCT id ->> 0 AS name FROM ${table}`)
        .all()
        .map(({ name }) => String(name)),
    );
  // Of the checks that both tell of: one that a newer hullguard has, or another profile leaves out, is no drift.
  return differences(side('before'), side('after'), checks('baseline').intersection(checks('state')));
}

interface DifferentRow {
  readonly id: string;
  readonly before: string | null;
  readonly after: string | null;
}

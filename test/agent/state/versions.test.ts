/** Histories that other versions of hullguard have written. */
import { createHash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { readHistory } from '../../../agent/state/history.ts';
import { ask, drift, meddle, NOON, observation, observations, withPast } from './past.ts';

const good = observation('container/no-privileged', 'container web-1');
const bad = observation('container/no-privileged', 'container web-1', 'fail', 'Privileged=true');

/** What the first version wrote; never changed, as those files are not. */
const FIRST = `
  CREATE TABLE log (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('audit', 'drift', 'note')),
    body TEXT NOT NULL CHECK (json_valid(body)),
    hash TEXT NOT NULL
  ) STRICT;
  CREATE INDEX log_kind ON log (kind);
  CREATE INDEX log_at ON log (at);
  CREATE TABLE chain (name TEXT PRIMARY KEY CHECK (name IN ('anchor', 'head')), seq INTEGER NOT NULL, hash TEXT NOT NULL) STRICT;
  CREATE TABLE state (id TEXT PRIMARY KEY, since INTEGER NOT NULL, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE baseline (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE meta (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
  PRAGMA application_id = 0x48554c4c;
  PRAGMA user_version = 1;
  PRAGMA journal_mode = WAL`;

function writeFirst(file: string): void {
  const database = new DatabaseSync(file);
  database.exec(FIRST);
  const { at, ...body } = drift(good, bad);
  const rows = [
    ['note', { about: 'begun', text: 'there was no history before' }],
    ['drift', body],
  ] as const;
  let hash = '0'.repeat(64);
  for (const [index, [kind, value]] of rows.entries()) {
    const text = JSON.stringify(value);
    hash = createHash('sha256')
      .update(JSON.stringify([hash, index + 1, at, kind, text]))
      .digest('hex');
    database.prepare('INSERT INTO log VALUES (?, ?, ?, ?, ?)').run(index + 1, at, kind, text, hash);
  }
  database.prepare("INSERT INTO chain VALUES ('head', ?, ?)").run(rows.length, hash);
  const { check, resource, ...seen } = bad;
  database.prepare('INSERT INTO state VALUES (?, ?, ?)').run(JSON.stringify([check, resource]), NOON, JSON.stringify(seen));
  database.close();
}

test('an older one is brought up to date, with all that is in it', () =>
  withPast(({ file, open, said }) => {
    writeFirst(file);
    const history = open();
    expect(history.events()).toEqual([{ id: 2, ...drift(good, bad) }]);
    expect([...history.state().values()]).toEqual([{ ...bad, since: NOON }]);
    expect(history.verify()).toMatchObject({ ok: true, rows: 2 });
    history.recordDrift([drift(bad, good)], observations(good), ['webhook']);
    expect(history.outbox.due(NOON)).toHaveLength(1);
    expect(history.lastChange(good.check, good.resource)?.id).toBe(3);
    expect(history.verify()).toMatchObject({ ok: true, rows: 3 });
    expect(said).toEqual([]);
  }));

test('one that was brought up to date has the tables of a new one', () =>
  withPast(({ file, directory, open }) => {
    const tables = 'SELECT name, sql FROM sqlite_schema ORDER BY name';
    const squeezed = (name: string) => ask(name, tables).map((row) => String(row).replace(/\s+/g, ' '));
    const other = `${directory}/new.db`;
    writeFirst(file);
    open();
    open({ path: other });
    expect(squeezed(file)).toEqual(squeezed(other));
    expect(ask(file, 'PRAGMA user_version')).toEqual(ask(other, 'PRAGMA user_version'));
  }));

test('a step that fails leaves the older one as it was', () =>
  withPast(({ file, open }) => {
    writeFirst(file);
    meddle(file, 'CREATE TABLE log_subject (x TEXT)'); // the last step makes an index of that name
    expect(() => open()).toThrow('there is already a table named log_subject');
    expect(ask(file, "SELECT name FROM sqlite_schema WHERE name = 'outbox'")).toEqual([]);
    expect(ask(file, 'PRAGMA user_version')).toEqual([[1]]);
  }));

test('commands change no older one, and read no newer one', () =>
  withPast(({ file }) => {
    writeFirst(file);
    expect(() => readHistory(file)).toThrow('written by an older hullguard; the agent brings it up to date when it starts');
    meddle(file, 'PRAGMA user_version = 99');
    expect(() => readHistory(file)).toThrow('written by a newer hullguard');
  }));

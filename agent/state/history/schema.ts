/** The tables, version by version. A database of an older version is brought up to date when it is opened for writing. */
import type { DatabaseSync } from 'node:sqlite';

/** Says whose file it is: `HULL`. */
export const APPLICATION = 0x48554c4c;

/**
 * What each version adds; never changed once released. Text that comes from the host stands inside of JSON, which keeps every string as it is,
 * lone surrogates included. `log` is only appended to (chain.ts); all other tables say what is so now.
 */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE log (
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
   CREATE TABLE meta (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT`,
  // What is to be handed to sinks; and who changed this last, found without reading every event.
  `CREATE TABLE outbox (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     sink TEXT NOT NULL,
     payload TEXT NOT NULL,
     created INTEGER NOT NULL,
     attempts INTEGER NOT NULL DEFAULT 0,
     next INTEGER NOT NULL,
     error TEXT
   ) STRICT;
   CREATE INDEX outbox_sink ON outbox (sink);
   CREATE INDEX log_subject ON log (body ->> '$.check', body ->> '$.resource') WHERE kind = 'drift'`,
];

export const VERSION = MIGRATIONS.length;

export function versionOf(database: DatabaseSync): number {
  return pragma(database, 'user_version');
}

export function applicationOf(database: DatabaseSync): number {
  return pragma(database, 'application_id');
}

/** Within a transaction: all steps that lack, or none. */
export function migrate(database: DatabaseSync): void {
  for (const step of MIGRATIONS.slice(versionOf(database))) database.exec(step);
  database.exec(`PRAGMA application_id = ${APPLICATION}; PRAGMA user_version = ${VERSION}`);
}

/** The value of one that is a number. */
export function pragma(database: DatabaseSync, name: string): number {
  return Number(Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0] ?? 0);
}

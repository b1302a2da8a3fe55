/**
 * The file of the history, kept usable: made where there is none, brought up to date, and where it turns out to be damaged, moved aside and begun anew
 * with what could be read of it.
 */
import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { HistoryError } from '../../errors.ts';
import { explain } from './failure.ts';
import { addNote } from './records.ts';
import { carryOver, nothingSaved, type Saved, salvage } from './salvage.ts';
import { APPLICATION, applicationOf, migrate, pragma, VERSION, versionOf } from './schema.ts';

export interface Store {
  /** Both run their work in a transaction: what is read is of one moment, what is written is written wholly, and on disk, or not at all. Throw HistoryError. */
  read<T>(work: (database: DatabaseSync) => T): T;
  write<T>(work: (database: DatabaseSync) => T): T;
  close(): void;
}

export interface StoreOptions {
  readonly path: string;
  readonly now: () => number;
  /** Told when a damaged or removed file was replaced. */
  readonly onReplaced: (what: string) => void;
  /** What is damaged or not there is left so: for commands beside the agent. */
  readonly mend: boolean;
}

/** How long another process is waited for, in milliseconds. */
const PATIENCE = 5000;

export function openStore(options: StoreOptions): Store {
  let current = openAny(options);
  const renew = (saved: Saved, why: string): void => {
    current = open(options, { saved, why });
    options.onReplaced(why);
  };
  /** Another process, or a person, may have removed the file: what is written into it now would be lost. */
  const check = (): void => {
    if (current.database.isOpen && isSame(current, options.path)) return;
    const saved = salvage(current.database);
    close(current);
    if (fs.existsSync(options.path)) current = openReplaced(options, current);
    else renew(saved, `${options.path} was removed while it was in use: a new one is begun`);
  };
  const attempt = <T>(begin: string, work: (database: DatabaseSync) => T): T => {
    try {
      if (options.mend) check();
      return transact(current.database, begin, work);
    } catch (error) {
      throw explain(error, options.path);
    }
  };
  const mending = <T>(begin: string, work: (database: DatabaseSync) => T): T => {
    try {
      return attempt(begin, work);
    } catch (error) {
      if (!options.mend || !isCorrupt(error)) throw error;
      close(current);
      const { saved, why } = moveAside(options, error);
      renew(saved, why);
      return attempt(begin, work);
    }
  };
  return {
    read: (work) => mending('BEGIN', work),
    write: (work) => mending('BEGIN IMMEDIATE', work),
    close: () => close(current),
  };
}

interface Opened {
  readonly database: DatabaseSync;
  readonly device: bigint;
  readonly inode: bigint;
  /** That of the write-ahead log beside it. */
  readonly log: bigint | undefined;
}

function close({ database }: Opened): void {
  if (database.isOpen) database.close();
}

function isSame({ device, inode }: Opened, file: string): boolean {
  const stats = fs.statSync(file, { bigint: true, throwIfNoEntry: false });
  return stats?.dev === device && stats.ino === inode;
}

/** Somebody has put another file there, such as a backup. What the old one left beside it would spoil it. */
function openReplaced(options: StoreOptions, { log }: Opened): Opened {
  const { path: file, now, onReplaced } = options;
  if (log !== undefined && inodeOf(`${file}-wal`) === log) for (const end of ['-wal', '-shm']) fs.rmSync(file + end, { force: true });
  const opened = openAny(options);
  const why = `${file} was replaced by another one while it was in use`;
  transact(opened.database, 'BEGIN IMMEDIATE', (database) => addNote(database, now(), { about: 'replaced', text: why }));
  onReplaced(why);
  return opened;
}

function inodeOf(file: string): bigint | undefined {
  return fs.statSync(file, { bigint: true, throwIfNoEntry: false })?.ino;
}

function sizeOf(file: string): number {
  return fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function transact<T>(database: DatabaseSync, begin: string, work: (database: DatabaseSync) => T): T {
  database.exec(begin);
  try {
    const result = work(database);
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK'); // some errors have done so already
    throw error;
  }
}

function openAny(options: StoreOptions): Opened {
  const { path: file, mend } = options;
  try {
    const stats = fs.lstatSync(file, { throwIfNoEntry: false });
    if (stats === undefined && !mend) throw new HistoryError(`${file}: there is no history yet; the agent begins it`, 'other');
    if (stats !== undefined && !stats.isFile()) throw new HistoryError(`${file}: no regular file`, 'other');
    if (stats?.size === 0 && sizeOf(`${file}-wal`) > 0) throw new HistoryError(`${file}: empty, but its log is not`, 'corrupt');
    return stats === undefined ? open(options, { saved: nothingSaved, why: 'there was no history before' }) : open(options, null);
  } catch (error) {
    const told = explain(error, file);
    if (!mend || !isCorrupt(told)) throw told;
    const { saved, why } = moveAside(options, told);
    const opened = open(options, { saved, why });
    options.onReplaced(why);
    return opened;
  }
}

function isCorrupt(error: unknown): error is HistoryError {
  return error instanceof HistoryError && error.problem === 'corrupt';
}

/** Why a new file is begun, as its first note says, and with what. */
interface Beginning {
  readonly saved: Saved;
  readonly why: string;
}

function open({ path: file, now }: StoreOptions, beginning: Beginning | null): Opened {
  // SQLite would make it readable for all; what it puts beside it has the same mode.
  if (beginning !== null) fs.closeSync(fs.openSync(file, 'a', 0o600));
  fs.chmodSync(file, 0o600);
  const { dev: device, ino: inode } = fs.statSync(file, { bigint: true });
  const database = new DatabaseSync(file, { timeout: PATIENCE, defensive: true });
  try {
    database.exec('PRAGMA trusted_schema = OFF; PRAGMA synchronous = FULL; PRAGMA cache_size = -512; PRAGMA journal_size_limit = 16777216');
    // No history is ever empty, but where a process was killed as it began one.
    const { saved, why } = beginning ?? { saved: nothingSaved, why: `${file} was empty` };
    if (beginning === null && pragma(database, 'page_count') !== 0) inspect(database, file);
    if (versionOf(database) < VERSION) {
      transact(database, 'BEGIN EXCLUSIVE', () => {
        const fresh = versionOf(database) === 0; // else another process was faster
        migrate(database);
        if (fresh) carryOver(database, saved, why, now());
      });
    }
    database.exec('PRAGMA journal_mode = WAL');
    versionOf(database); // opens the write-ahead log
    return { database, device, inode, log: inodeOf(`${file}-wal`) };
  } catch (error) {
    database.close();
    throw explain(error, file);
  }
}

/** Whether the file is a sound history. */
function inspect(database: DatabaseSync, file: string): void {
  const version = versionOf(database);
  if (applicationOf(database) !== APPLICATION) throw new HistoryError(`${file}: a database, but no history of hullguard`, 'corrupt');
  refuseNewer(version, file);
  const [problem] = Object.values(database.prepare('PRAGMA quick_check(1)').get() ?? {});
  if (problem !== 'ok') throw new HistoryError(`${file}: damaged: ${String(problem).replaceAll('\n', ' ')}`, 'corrupt');
}

function refuseNewer(version: number, file: string): void {
  if (version > VERSION)
    throw new HistoryError(`${file}: written by a newer hullguard (its schema is ${version}, this one knows ${VERSION})`, 'version');
}

function moveAside({ path: file, now }: StoreOptions, error: HistoryError): { readonly saved: Saved; readonly why: string } {
  const time = new Date(now()).toISOString().replace(/[-:]|\.\d+/g, '');
  let aside = `${file}.corrupt-${time}`;
  for (let count = 2; fs.existsSync(aside); count += 1) aside = `${file}.corrupt-${time}-${count}`;
  try {
    for (const end of ['', '-wal', '-shm', '-journal']) {
      if (fs.existsSync(file + end)) fs.renameSync(file + end, aside + end);
    }
  } catch (failure) {
    throw explain(failure, file);
  }
  const saved = salvageFile(aside);
  const kept = saved.what.length === 0 ? '' : `, with ${saved.what.join(', ')} of the old one`;
  return { saved, why: `${error.message}; it is now ${path.basename(aside)}, and a new one is begun${kept}` };
}

function salvageFile(file: string): Saved {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { readOnly: true });
    return applicationOf(database) === APPLICATION ? salvage(database) : nothingSaved;
  } catch {
    return nothingSaved; // as damaged as that
  } finally {
    database?.close();
  }
}

/** Opens the file to be read, while the agent writes or after it died; null where there is none. Throws HistoryError. */
export function openReader(file: string): Store | null {
  let database: DatabaseSync | undefined;
  try {
    if (fs.statSync(file, { throwIfNoEntry: false }) === undefined) return null;
    database = connectReader(file);
    const version = versionOf(database);
    if (applicationOf(database) !== APPLICATION) throw new HistoryError(`${file}: no history of hullguard`, 'corrupt');
    refuseNewer(version, file);
    if (version < VERSION)
      throw new HistoryError(`${file}: written by an older hullguard; the agent brings it up to date when it starts`, 'version');
  } catch (error) {
    database?.close();
    throw explain(error, file);
  }
  const reader = database;
  const read = <T>(work: (source: DatabaseSync) => T): T => {
    try {
      return transact(reader, 'BEGIN', work);
    } catch (error) {
      throw explain(error, file);
    }
  };
  return { read, write: read, close: () => reader.close() };
}

/** A copy on a medium that cannot be written to has nobody who writes it, so needs none of the files that SQLite would put beside it. */
function connectReader(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { readOnly: true, timeout: PATIENCE });
  try {
    versionOf(database);
    return database;
  } catch (error) {
    database.close();
    const told = explain(error, file);
    const alone = sizeOf(`${file}-wal`) === 0;
    if (!alone || !(told instanceof HistoryError) || told.problem !== 'forbidden') throw told;
    const address = new URL(`file://${path.resolve(file).split('/').map(encodeURIComponent).join('/')}`);
    address.searchParams.set('immutable', '1');
    return new DatabaseSync(address, { readOnly: true });
  }
}

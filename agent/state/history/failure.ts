/** SQLite's errors in words that help. */
import fs from 'node:fs';
import path from 'node:path';
import { HistoryError, type HistoryProblem } from '../../errors.ts';

// Primary result codes of sqlite3.h; the upper bytes only say where it happened.
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;

/** Says what went wrong with the file; what is no error of SQLite or of the file system is returned as it is. */
export function explain(error: unknown, file: string): unknown {
  if (error instanceof HistoryError || !(error instanceof Error)) return error;
  // A number that JavaScript cannot count to; we write none.
  if ('code' in error && error.code === 'ERR_OUT_OF_RANGE')
    return new HistoryError(`${file}: ${WORDS.tampered}`, 'tampered', { cause: error });
  const code = 'errcode' in error ? Number(error.errcode) & 0xff : undefined;
  if (code === undefined) return 'syscall' in error ? explainSystem(error, file) : error;
  const problem = problemOf(code, file);
  const words = problem === 'other' ? `cannot be used: ${error.message}` : WORDS[problem];
  return new HistoryError(`${file}: ${words}`, problem, { cause: error });
}

const WORDS: Readonly<Record<Exclude<HistoryProblem, 'other'>, string>> = {
  busy: 'another process has it locked, and did not let go in time',
  corrupt: 'damaged, or no history of hullguard',
  tampered: 'a row is not as hullguard wrote it (hullguard history verify)',
  full: 'the disk is full, nothing was recorded: make space',
  forbidden: 'may not be opened or written to by this user',
  version: 'written by another version of hullguard',
};

function problemOf(code: number, file: string): HistoryProblem {
  if (code === BUSY || code === LOCKED) return 'busy';
  if (code === CORRUPT || code === NOTADB) return 'corrupt';
  if (code === FULL) return 'full';
  // The index beside the database is made by extending a file, which fails in its own way.
  if ((code === IOERR || code === CANTOPEN) && isFull(file)) return 'full';
  return code === READONLY || code === CANTOPEN ? 'forbidden' : 'other';
}

function isFull(file: string): boolean {
  try {
    return fs.statfsSync(path.dirname(file)).bavail === 0;
  } catch {
    return false;
  }
}

function explainSystem(error: Error, file: string): HistoryError {
  const code = 'code' in error ? error.code : '';
  if (code === 'EACCES' || code === 'EPERM')
    return new HistoryError(`${file}: only root may use it: ${error.message}`, 'forbidden', { cause: error });
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return new HistoryError(`${file}: ${full ? WORDS.full : error.message}`, full ? 'full' : 'other', { cause: error });
}

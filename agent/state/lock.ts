/** One apply at a time, and one agent: locks that the kernel lets go of when their holder dies, however it dies. */
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { WriteError } from '../../remediations/writer.ts';
import { STATE_DIRECTORY } from './directory.ts';

/** Lets go of the lock. */
export type Unlock = () => void;

/** Takes the lock of that name; null while somebody else has it. Throws WriteError. */
export function lock(what: 'apply' | 'agent'): Unlock | null {
  const file = path.join(STATE_DIRECTORY, `${what}.lock`);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file);
    // A journal in a file would need space: a full disk must not keep anybody from taking an apply back.
    database.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    const held = database;
    return () => held.close();
  } catch (error) {
    database?.close();
    if (!(error instanceof Error)) throw error;
    if (/locked|busy/i.test(error.message)) return null;
    throw new WriteError(`${file}: cannot be locked: ${error.message}`, { cause: error });
  }
}

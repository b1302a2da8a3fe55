/** One apply at a time: a lock that the kernel lets go of when its holder dies, however it dies. */
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { WriteError } from '../../remediations/writer.ts';
import { STATE_DIRECTORY } from './directory.ts';

/** Lets go of the lock. */
export type Unlock = () => void;

const FILE = path.join(STATE_DIRECTORY, 'lock');

/** Takes the lock; null while somebody else has it. Throws WriteError. */
export function lock(): Unlock | null {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(FILE);
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    const held = database;
    return () => held.close();
  } catch (error) {
    database?.close();
    if (!(error instanceof Error)) throw error;
    if (/locked|busy/i.test(error.message)) return null;
    throw new WriteError(`${FILE}: cannot be locked: ${error.message}`, { cause: error });
  }
}

/** One apply at a time: a lock that the kernel lets go of when its holder dies, however it dies. */
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { STATE_DIRECTORY } from './directory.ts';

/** Lets go of the lock. */
export type Unlock = () => void;

/** Takes the lock; null while somebody else has it. */
export function lock(): Unlock | null {
  const database = new DatabaseSync(path.join(STATE_DIRECTORY, 'lock'));
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return () => database.close();
  } catch (error) {
    database.close();
    if (error instanceof Error && /locked|busy/i.test(error.message)) return null;
    throw error;
  }
}

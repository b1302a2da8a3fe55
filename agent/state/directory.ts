/** Where hullguard keeps what it must remember, as /var/lib/hullguard. */
import fs from 'node:fs';
import path from 'node:path';
import { reasonOf } from '../../facts/host.ts';
import { WriteError } from '../../remediations/writer.ts';

export const STATE_DIRECTORY = '/var/lib/hullguard';
export const JOURNALS = path.join(STATE_DIRECTORY, 'journals');

/** Makes it, for root alone: what lies in it may hold what files of the host hold. Throws WriteError. */
export function makeStateDirectory(): void {
  try {
    for (const directory of [STATE_DIRECTORY, JOURNALS]) {
      if (!fs.existsSync(directory)) fs.mkdirSync(directory, { mode: 0o700 });
    }
    const { uid, mode } = fs.lstatSync(STATE_DIRECTORY);
    if (uid !== process.geteuid?.() || (mode & 0o022) !== 0)
      throw new WriteError(`${STATE_DIRECTORY}: others may write to it; give it to root with mode 0700`);
  } catch (error) {
    if (error instanceof WriteError || !(error instanceof Error)) throw error;
    const advice = 'code' in error && error.code === 'EACCES' ? ' (run as root)' : '';
    throw new WriteError(`${STATE_DIRECTORY}: cannot be made: ${error.message}${advice}`, { cause: error });
  }
}

/** Removes what kills left half written; whoever calls it has the lock. Throws WriteError. */
export function removeDrafts(): void {
  for (const directory of [STATE_DIRECTORY, JOURNALS]) {
    const drafts = fs.readdirSync(directory).filter((name) => name.endsWith('.new'));
    for (const name of drafts) {
      try {
        fs.rmSync(path.join(directory, name));
      } catch (error) {
        throw new WriteError(`${path.join(directory, name)}: cannot be removed: ${reasonOf(error)}`, { cause: error });
      }
    }
  }
}

/** Writes a file for root alone: whole, on disk, or not at all. Throws WriteError. */
export function writeState(name: string, text: string, onStep: <T>(step: string, file: string, work: () => T) => T): void {
  const draft = `${name}.new`;
  try {
    fs.rmSync(draft, { force: true });
    const descriptor = onStep('open', draft, () => fs.openSync(draft, 'wx', 0o600));
    try {
      onStep('write', draft, () => fs.writeFileSync(descriptor, text));
      onStep('fsync', draft, () => fs.fsyncSync(descriptor));
    } finally {
      fs.closeSync(descriptor);
    }
    onStep('rename', name, () => fs.renameSync(draft, name));
  } catch (error) {
    fs.rmSync(draft, { force: true });
    if (!(error instanceof Error)) throw error;
    throw new WriteError(`${name}: cannot be written: ${error.message}`, { cause: error });
  }
}

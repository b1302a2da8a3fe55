import type { Journal } from '../../remediations/journal.ts';
import { foreignChanges } from '../../remediations/undo.ts';
import { loadConfig } from '../config.ts';
import { complaint, exitCodes, UsageError } from '../errors.ts';
import { openWriter } from '../host/control.ts';
import { didYouMean } from '../nearest.ts';
import type { Output } from '../output.ts';
import { showSteps } from '../progress.ts';
import { explainLeft, takeBack, takeLock } from '../recovery.ts';
import { type JournalEntry, listJournals, readJournal } from '../state/journals.ts';
import { attempt, refuseWithoutRoot } from './apply.ts';

export interface RollbackOptions {
  readonly config?: string;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/** Undoes a journal, by default the last one applied. Returns the exit code. */
export async function rollback(
  id: string | undefined,
  options: RollbackOptions,
  output: Output,
  environment: NodeJS.ProcessEnv,
): Promise<number> {
  const config = loadConfig(options.config);
  refuseWithoutRoot('rollback');
  const steps = showSteps(output, options);
  const place = { config, output, environment, say: steps.say };
  const held = await attempt(() => takeLock(place));
  if (held === null) throw new UsageError('another apply or rollback is running: nothing was done');
  try {
    if (held.recovered.length > 0 && (id === undefined || held.recovered.some((entry) => entry.id === id)))
      return held.recovered.some(({ left }) => left.length > 0) ? exitCodes.stuck : exitCodes.done;
    const entry = choose(id);
    const journal = readJournal(entry);
    if (entry.state === 'applied') refuseWhereChanged(journal, openWriter({ endpoint: null, environment, restartCommand: null }).files);
    const { left } = await attempt(() => takeBack(entry, place));
    steps.clear();
    output.say(complaint(left.length === 0 ? `${entry.id}: everything is as it was before` : explainLeft(entry.id, left)));
    return left.length === 0 ? exitCodes.done : exitCodes.stuck;
  } finally {
    steps.clear();
    held.unlock();
  }
}

function choose(id: string | undefined): JournalEntry {
  const all = listJournals();
  const undoable = all.filter(({ state }) => state === 'applied' || state === 'stuck');
  if (id === undefined) {
    const last = undoable.at(-1);
    if (last === undefined) throw new UsageError('there is nothing to take back: no journal of an applied plan');
    return last;
  }
  const entry = all.find((candidate) => candidate.id === id);
  if (entry === undefined)
    throw new UsageError(
      `no journal is called ${id}${didYouMean(
        id,
        all.map((candidate) => candidate.id),
      )} (hullguard journal lists them)`,
    );
  if (!undoable.includes(entry)) throw new UsageError(`${id} is ${entry.state} already: nothing was done`);
  return entry;
}

/** What somebody changed after hullguard did is not to be lost. */
function refuseWhereChanged(journal: Journal, files: Parameters<typeof foreignChanges>[1]): void {
  const changed = foreignChanges(journal, files);
  if (changed.length > 0)
    throw new UsageError(
      `changed since ${journal.id} was applied: ${changed.join(', ')}. Nothing was done: take the later change back first (hullguard journal lists those of hullguard)`,
    );
}

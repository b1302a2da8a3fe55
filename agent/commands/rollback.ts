import type { Journal } from '../../remediations/journal.ts';
import { foreignChanges } from '../../remediations/undo.ts';
import { loadConfig } from '../config.ts';
import { complaint, exitCodes, UsageError } from '../errors.ts';
import { openWriter } from '../host/control.ts';
import { didYouMean } from '../nearest.ts';
import type { Output } from '../output.ts';
import { showSteps } from '../progress.ts';
import { explainLeft, takeBack, takeLock } from '../recovery.ts';
import { type JournalEntry, journals, listJournals, readJournal } from '../state/journals.ts';
import { askYes } from '../terminal.ts';
import { attempt, refuseWithoutRoot } from './apply.ts';

export interface RollbackOptions {
  readonly config?: string;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly yes?: boolean;
  /** What is left of a journal that could not be taken back has been mended by hand. */
  readonly forget?: boolean;
}

/** Undoes a journal, by default the last one applied. Returns the exit code. */
export async function rollback(
  id: string | undefined,
  options: RollbackOptions,
  output: Output,
  environment: NodeJS.ProcessEnv,
): Promise<number> {
  const config = loadConfig(options.config, environment);
  refuseWithoutRoot('rollback');
  const steps = showSteps(output, options);
  const place = { config, output, environment, say: steps.say };
  const held = await attempt(() => takeLock(place));
  if (held === null) throw new UsageError('another apply or rollback is running: nothing was done');
  try {
    if (held.recovered.length > 0 && (id === undefined || held.recovered.some((entry) => entry.id === id)))
      return held.recovered.some(({ left }) => left.length > 0) ? exitCodes.stuck : exitCodes.done;
    const entry = choose(id);
    if (options.forget) return forget(entry, output);
    const journal = readJournal(entry);
    if (entry.state === 'applied') refuseWhereChanged(journal, openWriter({ endpoint: null, environment, restartCommand: null }).files);
    await confirm(entry, journal, options, output);
    const { left } = await attempt(() => takeBack(entry, place));
    steps.clear();
    output.say(
      complaint(left.length === 0 ? `${entry.id}: everything is as it was before${remarks(journal)}` : explainLeft(entry.id, left)),
    );
    return left.length === 0 ? exitCodes.done : exitCodes.stuck;
  } finally {
    steps.clear();
    held.unlock();
  }
}

/** On a terminal somebody may not know what it costs; a script has said what it wants. */
async function confirm(
  { id }: JournalEntry,
  { plan: { daemon, fixes } }: Journal,
  { yes }: RollbackOptions,
  output: Output,
): Promise<void> {
  if (yes || !output.asks) return;
  const checks = [...new Set(fixes.map(({ check }) => check))].join(', ');
  const cost = daemon === null ? '' : ` This ${daemon.action}s dockerd.`;
  if (!(await askYes(`Take back ${id} (${checks})?${cost}`, output))) throw new UsageError('not confirmed: nothing was changed');
}

/** Docker cannot take a memory or CPU limit away again. */
function remarks({ plan: { changes } }: Journal): string {
  const kept = changes.flatMap((change) =>
    change.kind === 'limits' && ((change.after.Memory && !change.before.Memory) || (change.after.NanoCpus && !change.before.NanoCpus))
      ? [change.name]
      : [],
  );
  return kept.length === 0 ? '' : `, but ${kept.join(', ')} keep a limit that limits nothing: only a new container is without`;
}

function forget({ id, state }: JournalEntry, output: Output): number {
  if (state !== 'stuck') throw new UsageError(`${id} is ${state}: only what could not be taken back can be forgotten`);
  journals.move(id, 'forgotten');
  output.say(complaint(`${id}: forgotten`));
  return exitCodes.done;
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

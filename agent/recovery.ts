/** An apply that was killed leaves an open journal; the next command takes it back before it does anything else. */

import { SETTLED_FILE } from '../facts/settled.ts';
import type { Surroundings } from '../remediations/apply.ts';
import { digestOf } from '../remediations/edits.ts';
import type { Journal } from '../remediations/journal.ts';
import { type Left, undo } from '../remediations/undo.ts';
import { type Config, loadConfig } from './config.ts';
import { complaint } from './errors.ts';
import { openWriter } from './host/control.ts';
import { step } from './host/writer.ts';
import type { Output } from './output.ts';
import { showSteps } from './progress.ts';
import { makeStateDirectory, STATE_DIRECTORY, writeState } from './state/directory.ts';
import { type JournalEntry, journals, listJournals, readJournal } from './state/journals.ts';
import { lock, type Unlock } from './state/lock.ts';

/** What undoing needs of the world. */
export type Undoing = Pick<Surroundings, 'writer' | 'say' | 'patience' | 'settle'>;

export interface Place {
  readonly config: Config;
  readonly output: Output;
  readonly environment: NodeJS.ProcessEnv;
  readonly say: (step: string) => void;
}

export function undoing(endpoint: string | null, { config, environment, say }: Place): Undoing {
  const writer = openWriter({ endpoint, environment, restartCommand: config.apply.restartCommand ?? null });
  const settle = ({ settled }: Journal): void => {
    const content = settled && writer.files.snapshot(settled.path)?.content;
    if (content) writeState(SETTLED_FILE, `${JSON.stringify({ schemaVersion: 1, ...settled, digest: digestOf(content) })}\n`, step);
  };
  return { writer, say, settle, patience: config.apply.patience * 1000 };
}

export interface Recovered {
  readonly id: string;
  readonly left: readonly Left[];
}

/** Takes a journal back, wherever its apply got to, and notes how that went. */
export async function takeBack(entry: JournalEntry, place: Place): Promise<Recovered> {
  const journal = readJournal(entry);
  const around = undoing(journal.plan.host.engine?.endpoint ?? null, place);
  const activated = entry.state !== 'open';
  // From here on a kill leaves it to the next command to go on.
  if (activated) journals.move(entry.id, 'activating');
  const left = await undo(journal, activated, around);
  journals.move(entry.id, left.length === 0 ? 'rolled-back' : 'stuck');
  return { id: entry.id, left };
}

/** Open journals: applies that were killed, or that are under way in another process. */
export function unfinished(): JournalEntry[] {
  return listJournals().filter(({ state }) => state === 'open' || state === 'activating');
}

/** Takes the lock and finishes what was interrupted; null where another apply has the lock. Throws WriteError. */
export async function takeLock(place: Place): Promise<{ readonly unlock: Unlock; readonly recovered: readonly Recovered[] } | null> {
  makeStateDirectory();
  const unlock = lock();
  if (unlock === null) return null;
  const recovered: Recovered[] = [];
  for (const entry of unfinished().toReversed()) {
    place.output.say(complaint(`the apply ${entry.id} was interrupted: taking it back`));
    recovered.push(await takeBack(entry, place));
  }
  for (const { id, left } of recovered)
    place.output.say(complaint(left.length === 0 ? `${id}: everything is as it was before` : explainLeft(id, left)));
  return { unlock, recovered };
}

/** What could not be taken back, and how to go on by hand. */
export function explainLeft(id: string, left: readonly Left[]): string {
  return [
    `${id} could not be taken back wholly. What is left:`,
    ...left.map(({ what, why }) => `  ${what}: ${why}`),
    `What it held before is in ${STATE_DIRECTORY}/journals/${id}.stuck.json (files[].content, base64); hullguard journal ${id} shows what was changed.`,
    `When the cause is gone, hullguard rollback ${id} tries again.`,
  ].join('\n');
}

/** Finishes an interrupted apply before another command goes on. One that is still under way is let alone. */
export async function recover(configFile: string | undefined, output: Output, environment: NodeJS.ProcessEnv): Promise<void> {
  const steps = showSteps(output, {});
  const held = await takeLock({ config: loadConfig(configFile), output, environment, say: steps.say });
  steps.clear();
  held?.unlock();
}

/** An apply that was killed leaves an open journal; the next command takes it back before it does anything else. */

import { sha256 } from '../facts/digest.ts';
import { HostError } from '../facts/host.ts';
import { SETTLED_FILE } from '../facts/settled.ts';
import type { Surroundings } from '../remediations/apply.ts';
import { portsOf, runningOf } from '../remediations/containers.ts';
import type { Journal } from '../remediations/journal.ts';
import { conclude, type Left, undo } from '../remediations/undo.ts';
import { WriteError } from '../remediations/writer.ts';
import { type Config, loadConfig } from './config.ts';
import { complaint, UsageError } from './errors.ts';
import { openWriter } from './host/control.ts';
import { step } from './host/writer.ts';
import type { Output } from './output.ts';
import { showSteps } from './progress.ts';
import { makeStateDirectory, removeDrafts, STATE_DIRECTORY, writeState } from './state/directory.ts';
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

export function undoing(endpoint: string | null, { config, environment, say }: Place, noted: Journal['restartCommand'] = null): Undoing {
  const writer = openWriter({ endpoint, environment, restartCommand: config.apply.restartCommand ?? noted });
  const settle = ({ settled }: Journal): void => {
    const content = settled && writer.files.snapshot(settled.path)?.content;
    if (content) writeState(SETTLED_FILE, `${JSON.stringify({ schemaVersion: 1, ...settled, digest: sha256(content) })}\n`, step);
  };
  return { writer, say, settle, patience: config.apply.patience * 1000 };
}

export interface Recovered {
  readonly id: string;
  readonly left: readonly Left[];
}

/** Takes a journal back, wherever its apply got to, and notes how that went. Throws UsageError where the journal is damaged. */
export async function takeBack(entry: JournalEntry, place: Place): Promise<Recovered> {
  const { id, state } = entry;
  const written = readJournal(entry);
  const { plan, restartCommand } = written;
  const around = undoing(plan.host.engine?.endpoint ?? null, place, restartCommand);
  // A daemon that has started since, as after a power cut, has read the new file, whoever started it.
  const activated = state !== 'open' || (plan.daemon !== null && !around.writer.engine.isAlive(plan.daemon));
  const journal = state === 'applied' ? await withWhatRuns(written, around) : written;
  // From here on a kill leaves it to the next command to go on.
  if (activated) journals.move(id, 'activating');
  return { id, left: conclude(id, await undo(journal, { activated, replaced: null }, around), journals) };
}

/** Long after an apply others run than before it; what somebody has stopped since is not to be started. */
async function withWhatRuns(journal: Journal, { writer: { engine } }: Undoing): Promise<Journal> {
  if (journal.plan.daemon?.action !== 'restart') return journal;
  try {
    return { ...journal, running: await runningOf(engine), ports: await portsOf(engine) };
  } catch (error) {
    if (error instanceof HostError) return journal; // dockerd is down, maybe by what was applied
    throw error;
  }
}

/** The same for one that was interrupted, and may be damaged: that must not stop all other commands for ever. */
async function finish(entry: JournalEntry, place: Place): Promise<Recovered> {
  try {
    return await takeBack(entry, place);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { id: entry.id, left: conclude(entry.id, [{ what: 'the journal is damaged', why: error.message }], journals) };
  }
}

/** Open journals: applies that were killed, or that are under way in another process. */
export function unfinished(): JournalEntry[] {
  return listJournals().filter(({ state }) => state === 'open' || state === 'activating');
}

/** Takes the lock and finishes what was interrupted; null where another apply has the lock. Throws WriteError. */
export async function takeLock(place: Place): Promise<{ readonly unlock: Unlock; readonly recovered: readonly Recovered[] } | null> {
  makeStateDirectory();
  const unlock = lock('apply');
  if (unlock === null) return null;
  removeDrafts();
  const recovered: Recovered[] = [];
  for (const entry of unfinished().toReversed()) {
    place.output.say(complaint(`the apply ${entry.id} was interrupted: taking it back`));
    recovered.push(await finish(entry, place));
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
    `When the cause is gone, hullguard rollback ${id} tries again; when all is mended by hand, hullguard rollback ${id} --forget closes it.`,
  ].join('\n');
}

/** Finishes an interrupted apply before another command goes on, which it does in any case. One that is still under way is let alone. */
export async function recover(configFile: string | undefined, output: Output, environment: NodeJS.ProcessEnv): Promise<void> {
  const steps = showSteps(output, {});
  const config = loadConfig(configFile, environment);
  try {
    const held = await takeLock({ config, output, environment, say: steps.say });
    held?.unlock();
  } catch (error) {
    if (!(error instanceof WriteError)) throw error;
    output.say(complaint(`an apply was interrupted and cannot be taken back now: ${error.message}`));
  } finally {
    steps.clear();
  }
}

import type { Journal } from '../../remediations/journal.ts';
import { UsageError } from '../errors.ts';
import type { Output } from '../output.ts';
import { renderPlan } from '../reporters/plan.ts';
import { printable } from '../reporters/printable.ts';
import { type JournalEntry, listJournals, readJournal } from '../state/journals.ts';

export interface JournalOptions {
  readonly color?: boolean;
}

/** Lists the journals, or shows one: when, by whom, what was changed and how it ended. */
export function journal(id: string | undefined, options: JournalOptions, output: Output): void {
  const all = listJournals();
  if (id === undefined) {
    output.print(all.length === 0 ? 'Nothing has been applied yet.\n' : `${all.map(line).join('\n')}\n`);
    return;
  }
  const entry = all.find((candidate) => candidate.id === id);
  if (entry === undefined) throw new UsageError(`no journal is called ${id} (hullguard journal lists them)`);
  const { at, by, plan } = readJournal(entry);
  const color = output.color && options.color !== false;
  output.print(
    `${id}: ${entry.state}, ${at} by ${printable(by)}\n\n${renderPlan(plan, { color, width: output.width, all: false, quiet: false, past: true })}`,
  );
}

/** `20261121T114311Z-3f2a  applied  root  daemon/icc-disabled, …` */
function line(entry: JournalEntry): string {
  const begin = `${entry.id}  ${entry.state.padEnd(11)}`;
  const journal = attempt(entry);
  if (typeof journal === 'string') return printable(`${begin}  damaged: ${journal}`);
  const { by, plan } = journal;
  const checks = [...new Set(plan.fixes.map(({ check }) => check))];
  const shown = checks.length > 3 ? `${checks.slice(0, 3).join(', ')} and ${checks.length - 3} more` : checks.join(', ');
  return printable(`${begin}  ${by}  ${shown}`);
}

/** A damaged one, told in words, must not hide the others. */
function attempt(entry: JournalEntry): Journal | string {
  try {
    return readJournal(entry);
  } catch (error) {
    if (error instanceof UsageError) return error.message.split('\n')[0] ?? '';
    throw error;
  }
}

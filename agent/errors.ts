import { printable } from './reporters/printable.ts';

/** Wrong usage, configuration or input: the message is for the user, and nothing was done. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A result that could not be handed over: a full disk, a read-only directory. */
export class OutputError extends Error {
  override readonly name = 'OutputError';
}

/**
 * Why the history cannot be used. `busy` may pass by itself, `full` when there is space again; `corrupt`: the file as a whole, `tampered`: one row,
 * which is not as hullguard writes them.
 */
export type HistoryProblem = 'busy' | 'corrupt' | 'tampered' | 'full' | 'forbidden' | 'version' | 'other';

/** The history could not be read or written; nothing was half done. The message names the file. */
export class HistoryError extends Error {
  override readonly name = 'HistoryError';
  readonly problem: HistoryProblem;

  constructor(message: string, problem: HistoryProblem, options?: ErrorOptions) {
    super(message, options);
    this.problem = problem;
  }
}

/** `rolledBack`: an apply failed and left the host as it was. `stuck`: taking it back failed, too. */
export const exitCodes = { done: 0, failed: 1, usage: 2, incomplete: 3, rolledBack: 4, stuck: 5 } as const;

/** A message as it is shown: each line under our name, and nothing in it that could act on a terminal. */
export function complaint(message: string): string {
  return message
    .split('\n')
    .map((line) => `hullguard: ${printable(line)}\n`)
    .join('');
}

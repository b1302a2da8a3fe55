import { exitCodes, HistoryError, UsageError } from '../errors.ts';
import { historyDocument, verificationDocument } from '../history-documents.ts';
import type { Output } from '../output.ts';
import { historyText } from '../reporters/history.ts';
import { plural } from '../reporters/layout.ts';
import { printable, printableJson } from '../reporters/printable.ts';
import { HISTORY, type HistoryReader, readHistory } from '../state/history.ts';
import { parseTime } from '../time.ts';

export interface HistoryOptions {
  /** Another file than the one of this host: a copy. */
  readonly history?: string;
  readonly json?: boolean;
  readonly since?: string;
  readonly limit?: number;
  readonly color?: boolean;
}

/** Rows shown where no time is named. */
const SHOWN = 50;

/** Tells what was recorded. Returns the exit code. */
export function history(options: HistoryOptions, output: Output): number {
  const now = Date.now();
  const since = options.since === undefined ? {} : { since: parseTime(options.since, now) };
  const limit = options.limit ?? (options.since === undefined ? SHOWN : undefined);
  return withHistory(options, (reader) => {
    const entries = reader.entries({ ...since, ...(limit === undefined ? {} : { limit }) });
    const look = { width: output.width, color: output.color && options.color !== false };
    output.print(options.json ? `${printableJson(historyDocument(entries, reader.head(), now))}\n` : historyText(entries, look));
    return exitCodes.done;
  });
}

/** Whether every row is as it was written. */
export function verifyHistory(expected: string | undefined, options: HistoryOptions, output: Output): number {
  if (expected !== undefined && !/^[0-9a-f]{64}$/.test(expected)) throw new UsageError(`${expected}: no hash (64 hexadecimal digits)`);
  return withHistory(options, (reader) => {
    const found = reader.verify(expected);
    if (options.json) output.print(`${printableJson(verificationDocument(found, Date.now()))}\n`);
    else if (!found.ok) output.print(`Broken: ${printable(found.why)}.\n`);
    else
      output.print(
        `${plural(found.rows, 'row')}, from ${found.first} to ${found.head.seq}, as they were written. Head: ${found.head.hash}\n`,
      );
    return found.ok ? exitCodes.done : exitCodes.failed;
  });
}

/** Runs work that reads the history. */
export function withHistory<T>({ history: file = HISTORY }: HistoryOptions, work: (reader: HistoryReader) => T): T {
  const reader = openForReading(file);
  if (reader === null)
    throw new UsageError(
      `${file}: there is no history yet: no agent ever ran here (sudo systemctl enable --now hullguard, or sudo hullguard agent)`,
    );
  try {
    return work(reader);
  } finally {
    reader.close();
  }
}

/** Null where there is none. Who may not look is told who may. */
export function openForReading(file: string): HistoryReader | null {
  try {
    return readHistory(file);
  } catch (error) {
    if (!(error instanceof HistoryError) || error.problem !== 'forbidden' || process.geteuid?.() === 0) throw error;
    throw new UsageError(`${file}: the history is for root alone, who may: sudo hullguard …`, { cause: error });
  }
}

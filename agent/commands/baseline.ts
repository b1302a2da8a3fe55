import { exitCodes, UsageError } from '../errors.ts';
import { baselineDocument } from '../history-documents.ts';
import type { Output } from '../output.ts';
import { baselineText } from '../reporters/history.ts';
import { plural } from '../reporters/layout.ts';
import { printableJson } from '../reporters/printable.ts';
import { HISTORY, openHistory } from '../state/history.ts';
import { whoAmI } from '../who.ts';
import { type HistoryOptions, openForReading, withHistory } from './history.ts';

export interface BaselineOptions extends HistoryOptions {
  readonly all?: boolean;
}

/** Takes what the agent last saw as the reference. Returns the exit code. */
export function acceptBaseline(options: HistoryOptions, output: Output, environment: NodeJS.ProcessEnv): number {
  const file = options.history ?? HISTORY;
  const reader = openForReading(file);
  if (reader === null) throw new UsageError(`${file}: there is no history yet: start the agent first, and let it audit this host`);
  const known = [...reader.state().values()];
  reader.close();
  if (known.length === 0) throw new UsageError('nothing is known of this host yet: a baseline is accepted after the first audit');
  const writer = openHistory({ path: file, mend: false });
  try {
    const count = writer.acceptBaseline(whoAmI(environment), Date.now());
    const failing = known.filter(({ outcome }) => outcome === 'fail').length;
    output.print(`${plural(count, 'observation')} accepted, ${failing} of which fail. hullguard drift tells what differs from now on.\n`);
    return exitCodes.done;
  } finally {
    writer.close();
  }
}

export function showBaseline(options: BaselineOptions, output: Output): number {
  return withHistory(options, (reader) => {
    const baseline = reader.baseline();
    if (baseline === null) throw new UsageError('no baseline was accepted yet: sudo hullguard baseline accept');
    const now = Date.now();
    const look = { width: output.width, color: output.color && options.color !== false };
    output.print(
      options.json ? `${printableJson(baselineDocument(baseline, now))}\n` : baselineText(baseline, options.all ?? false, now, look),
    );
    return exitCodes.done;
  });
}

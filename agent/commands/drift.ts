import { plainFormats } from '../choices.ts';
import { exitCodes, UsageError } from '../errors.ts';
import { type Changed, type DriftDocument, driftDocument } from '../history-documents.ts';
import type { Difference } from '../observations.ts';
import { againstTime } from '../open-drift.ts';
import type { Output } from '../output.ts';
import { subjectOf } from '../reporters/drift.ts';
import { driftText } from '../reporters/history.ts';
import { printableJson } from '../reporters/printable.ts';
import type { HistoryReader } from '../state/history.ts';
import { deliver, parseTargets, refuseSharing } from '../targets.ts';
import { isoTime, parseTime, shortTime } from '../time.ts';
import { type HistoryOptions, withHistory } from './history.ts';

export interface DriftOptions extends HistoryOptions {
  readonly report?: readonly string[];
}

interface Found {
  readonly reference: DriftDocument['reference'];
  readonly changed: readonly Changed[];
}

/** What differs from the baseline, or from a time. Returns the exit code. */
export function drift(options: DriftOptions, output: Output): number {
  const now = Date.now();
  const since = options.since === undefined ? null : parseTime(options.since, now);
  const targets = parseTargets(options.report ?? ['text'], 'drift', plainFormats);
  refuseSharing(targets.map(({ file }) => file));
  return withHistory(options, (reader) => {
    const { reference, changed } = since === null ? fromBaseline(reader) : fromTime(reader, since);
    const lastAudit = reader.lastAudit();
    const written = targets.map(({ format, file }) => {
      const look = { width: output.width, color: output.color && options.color !== false && file === null };
      const text =
        format === 'text'
          ? driftText(describe(reference), changed, look)
          : `${printableJson(driftDocument(reference, lastAudit, changed, now))}\n`;
      return deliver(file, text, output);
    });
    if (!written.every(Boolean)) return exitCodes.incomplete;
    return changed.length > 0 ? exitCodes.failed : exitCodes.done;
  });
}

function fromBaseline(reader: HistoryReader): Found {
  const baseline = reader.baseline();
  const open = reader.openDrift();
  if (baseline === null || open === null)
    throw new UsageError('no baseline was accepted yet: sudo hullguard baseline accept, or name a time: hullguard drift --since 1d');
  const { by, at } = baseline;
  return { reference: { kind: 'baseline', at: isoTime(at), by }, changed: open.map((each) => withEvent(each, at, reader)) };
}

function fromTime(reader: HistoryReader, since: number): Found {
  const begins = reader.begins();
  const open = againstTime(reader.changedSince(since), reader.state());
  const reference = { kind: 'time', at: isoTime(since), complete: begins !== null && begins <= since } as const;
  return { reference, changed: open.map((each) => withEvent(each, since, reader)) };
}

/** With the event that made it so; none where it became so unseen, as while no agent ran. */
function withEvent(difference: Difference, since: number, reader: HistoryReader): Changed {
  const { check, resource } = subjectOf(difference);
  const event = reader.lastChange(check, resource);
  const { after } = difference;
  const fits = event !== null && event.at >= since && event.after?.outcome === after?.outcome && event.after?.actual === after?.actual;
  return { ...difference, event: fits ? event : null };
}

function describe(reference: DriftDocument['reference']): string {
  const time = `${shortTime(Date.parse(reference.at))} UTC`;
  if (reference.kind === 'baseline') return `the baseline that ${reference.by} accepted ${time}`;
  return reference.complete
    ? `what was so at ${time}`
    : `what was so at ${time} (the history begins later: what changed before is not known)`;
}

import { exitCodes } from '../errors.ts';
import { type StatusInput, statusDocument } from '../history-documents.ts';
import type { Output } from '../output.ts';
import { statusText } from '../reporters/history.ts';
import { printableJson } from '../reporters/printable.ts';
import { HISTORY, type HistoryReader } from '../state/history.ts';
import { type HistoryOptions, openForReading } from './history.ts';

const EVENTS = 5;

const NOTHING: StatusInput = { lastAudit: null, baseline: null, open: [], agent: null, waiting: [], events: [], head: null };

/** Tells how this host is, from what the agent has recorded: nothing is looked at. Returns the exit code. */
export function status(options: HistoryOptions, output: Output): number {
  const now = Date.now();
  const reader = openForReading(options.history ?? HISTORY);
  try {
    const known = reader === null ? NOTHING : gather(reader);
    const look = { width: output.width, color: output.color && options.color !== false };
    output.print(options.json ? `${printableJson(statusDocument(known, now))}\n` : statusText(known, now, look));
    return exitCodes.done;
  } finally {
    reader?.close();
  }
}

function gather(reader: HistoryReader): StatusInput {
  return {
    lastAudit: reader.lastAudit(),
    baseline: reader.baseline(),
    open: reader.openDrift() ?? [],
    agent: reader.agent(),
    waiting: reader.waiting(),
    events: reader.events({ limit: EVENTS }),
    head: reader.head(),
  };
}

/** Journals on disk: `ID.STATE.json` each, so that moving to another state is one rename and needs no space. */
import fs from 'node:fs';
import path from 'node:path';
import { reasonOf } from '../../facts/host.ts';
import { type Journal, type JournalState, type Journals, journalSchema, journalStates } from '../../remediations/journal.ts';
import { WriteError } from '../../remediations/writer.ts';
import { UsageError } from '../errors.ts';
import { step, syncDirectory } from '../host/writer.ts';
import { parseJson, readInput } from '../input.ts';
import { JOURNALS, writeState } from './directory.ts';

export interface JournalEntry {
  readonly id: string;
  readonly state: JournalState;
}

/** Every journal, oldest first: their ids begin with the time. None where nothing was ever applied. Throws UsageError where we may not look. */
export function listJournals(): JournalEntry[] {
  return names().toSorted((left, right) => (left.id < right.id ? -1 : 1));
}

function names(): JournalEntry[] {
  return files().flatMap((name) => {
    const [, id, word] = /^(\d{8}T\d{6}Z-[0-9a-f]{4,})\.([a-z-]+)\.json$/.exec(name) ?? [];
    const state = journalStates.find((known) => known === word);
    return id === undefined || state === undefined ? [] : [{ id, state }];
  });
}

/** Node says of a directory that is closed to us that it is not there, unless it is read. */
function files(): string[] {
  try {
    return fs.readdirSync(JOURNALS);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw new UsageError(`${JOURNALS}: ${reasonOf(error)} (run as root)`, { cause: error });
  }
}

/** Throws UsageError where it is damaged. */
export function readJournal({ id, state }: JournalEntry): Journal {
  const file = fileOf(id, state);
  return parseJson(file, readInput(file, 'journal'), journalSchema);
}

/** `20261121T114311Z-3f2a`: the second, and in hex which part of it. In the order of the applies, even where the clock was set back. */
export function newJournalId(now: number): string {
  const time = Math.max(now, timeAfter(listJournals().at(-1)?.id));
  const second = new Date(time).toISOString().replace(/[-:]|\.\d+/g, '');
  return `${second}-${Math.floor((time % 1000) * PARTS)
    .toString(16)
    .padStart(4, '0')}`;
}

/** Of a millisecond; 65536 of a second. */
const PARTS = 65.536;

function timeAfter(id = '19700101T000000Z-0000'): number {
  const [, year, month, day, hours, minutes, seconds, part = '0'] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-([0-9a-f]{4})/.exec(id) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`) + Math.ceil(Number.parseInt(part, 16) / PARTS) + 1;
}

export const journals: Journals = {
  create(journal) {
    writeState(fileOf(journal.id, 'open'), `${JSON.stringify(journal)}\n`, step);
    syncDirectory(JOURNALS);
  },
  move(id, to) {
    const from = names().find((entry) => entry.id === id);
    if (from === undefined) throw new WriteError(`the journal ${id} is gone from ${JOURNALS}`);
    try {
      if (from.state !== to) step('rename', fileOf(id, to), () => fs.renameSync(fileOf(id, from.state), fileOf(id, to)));
      syncDirectory(JOURNALS);
    } catch (error) {
      throw new WriteError(`${fileOf(id, from.state)}: cannot become ${to}: ${reasonOf(error)}`, { cause: error });
    }
  },
};

function fileOf(id: string, state: JournalState): string {
  return path.join(JOURNALS, `${id}.${state}.json`);
}

/** Taking a journal back, from wherever its apply got to. Doing it twice does no harm, so it may be killed as well. */
import { sha256 } from '../facts/digest.ts';
import { reasonOf } from '../facts/host.ts';
import { type Surroundings, sameAccess } from './apply.ts';
import { awaitHealth } from './containers.ts';
import { reloadDaemon, restartDaemon } from './daemon.ts';
import { editedText, withKeys } from './edits.ts';
import type { FileBefore, Journal, Journals } from './journal.ts';
import type { Change, ChangeOf, ContainerLimits } from './plan.ts';
import { type FileWriter, WriteError } from './writer.ts';

/** Something that could not be taken back, and how to do it by hand. */
export interface Left {
  readonly what: string;
  readonly why: string;
}

type Around = Pick<Surroundings, 'writer' | 'say' | 'patience' | 'settle'>;

/** Values that dockerd keeps from a reload when the key is gone from the file; before the file goes back it is told the defaults. */
const DEFAULTS: Readonly<Record<string, ChangeOf<'setting'>['after']>> = { 'live-restore': false, 'insecure-registries': [], debug: false };

/** How far an apply got. */
export interface Progress {
  /** The daemon may have taken the changes. */
  readonly activated: boolean;
  /** Files that may have been replaced; null where nobody knows, as after a kill. */
  readonly replaced: ReadonlySet<string> | null;
}

/** Takes back all that the journal's plan did or may have done; returns what is left. */
export async function undo(journal: Journal, { activated, replaced }: Progress, around: Around): Promise<Left[]> {
  const { plan, files } = journal;
  const { writer, say } = around;
  const left: Left[] = [];
  const attempt = async (what: string, work: () => Promise<void> | void): Promise<void> => {
    try {
      await work();
    } catch (error) {
      left.push({ what, why: reasonOf(error) });
    }
  };
  const reloaded = activated && plan.daemon?.action === 'reload';
  for (const file of files.toReversed()) {
    if (replaced?.has(file.path) === false) {
      await attempt(file.path, () => withdraw(journal, file, writer.files));
      continue;
    }
    say(`bringing back ${file.path}`);
    if (reloaded && isDaemons(journal, file.path)) await attempt(`dockerd's settings`, () => reloadWithDefaults(journal, file, around));
    await attempt(file.path, () => restore(journal, file, around));
  }
  const unmakeAll = async (changes: readonly Change[]): Promise<void> => {
    for (const change of changes.toReversed()) {
      const what = 'path' in change ? change.path : 'name' in change ? `container ${change.name}` : `audit rule ${change.rule}`;
      await attempt(what, () => unmake(change, around));
    }
  };
  await unmakeAll(plan.changes.filter(({ kind }) => kind !== 'limits'));
  if (plan.systemd) await attempt('systemctl daemon-reload', () => writer.reloadUnits());
  const foreign = left.some(({ what }) => isDaemons(journal, what));
  if (activated && plan.daemon?.action === 'restart') await attempt('dockerd', () => restartAgain(journal, foreign, around));
  // Through dockerd, which may have been down until now.
  await unmakeAll(plan.changes.filter(({ kind }) => kind === 'limits'));
  if (left.length === 0) await attempt('the note of what dockerd runs with', () => around.settle(journal));
  return left;
}

/** Notes how undoing went. Where even that cannot be written, the journal stays open and the next command undoes it once more. */
export function conclude(id: string, left: readonly Left[], journals: Journals): readonly Left[] {
  try {
    journals.move(id, left.length === 0 ? 'rolled-back' : 'stuck');
    return left;
  } catch (error) {
    return [...left, { what: 'the journal', why: reasonOf(error) }];
  }
}

/** A file that was not replaced is nobody's business, whatever it holds by now. */
function withdraw({ id }: Journal, { path, content, directories }: FileBefore, files: FileWriter): void {
  files.tidy(path, id);
  if (content === null && files.access(path) === null) files.remove(path, directories);
}

/** What an applied journal changed and somebody has changed since: to take it back would lose that. */
export function foreignChanges(journal: Journal, files: FileWriter): string[] {
  const changedFiles = journal.files.filter((file) => {
    try {
      const now = files.snapshot(file.path);
      return now === null || !ownDigests(journal, file).includes(sha256(now.content));
    } catch (error) {
      if (error instanceof WriteError) return true; // a link or a directory by now
      throw error;
    }
  });
  const changedAccess = journal.plan.changes.filter(
    (change): change is ChangeOf<'access'> => change.kind === 'access' && !sameAccess(files.access(change.path), change.after),
  );
  return [...new Set([...changedFiles, ...changedAccess].map(({ path }) => path))];
}

function isDaemons({ plan }: Journal, path: string): boolean {
  return plan.changes.some((change) => change.kind === 'setting' && change.path === path);
}

/** The old file back in place, in every state that our own writing can have left it; any other content is somebody else's. */
async function restore(journal: Journal, file: FileBefore, { writer: { files } }: Around): Promise<void> {
  const { path } = file;
  files.tidy(path, neutral(journal));
  const now = files.snapshot(path);
  const digest = now === null ? null : sha256(now.content);
  const before = contentBefore(file);
  if (digest === (before === null ? null : sha256(before))) {
    files.tidy(path, journal.id);
    if (now === null) files.remove(path, file.directories);
    else await restoreTimes(file, files);
    return;
  }
  if (digest === null) throw new WriteError('somebody has removed it: hullguard journal tells what it held');
  if (!ownDigests(journal, file).includes(digest)) {
    files.tidy(path, journal.id);
    throw new WriteError('changed by somebody else since hullguard wrote it; it was left as it is');
  }
  if (before === null) files.remove(path, file.directories);
  else {
    if (!files.bringBack(path, journal.id, before)) {
      await files.draft(path, journal.id, before, files.access(path) ?? file);
      files.install(path, journal.id);
    }
    await restoreTimes(file, files);
  }
  files.tidy(path, journal.id);
}

async function restoreTimes(file: FileBefore, files: FileWriter): Promise<void> {
  if (files.snapshot(file.path)?.modified !== file.modified) await files.setTimes(file.path, file);
}

function contentBefore({ content }: FileBefore): Buffer | null {
  return content === null ? null : Buffer.from(content, 'base64');
}

/** What we may have written there: the new text, and the one that tells dockerd its defaults. */
function ownDigests(journal: Journal, file: FileBefore): string[] {
  const before = contentBefore(file)?.toString() ?? null;
  const texts = [editedText(file.path, before, journal.plan.changes)];
  if (isDaemons(journal, file.path)) texts.push(withDefaults(journal, file));
  return texts.map(sha256);
}

function withDefaults({ plan }: Journal, file: FileBefore): string {
  const gone = plan.changes.filter(
    (change): change is ChangeOf<'setting'> => change.kind === 'setting' && change.path === file.path && change.before === undefined,
  );
  const neutral = gone.flatMap(({ key }) => (DEFAULTS[key] === undefined ? [] : [[key, DEFAULTS[key]] as const]));
  return withKeys(file.path, contentBefore(file)?.toString() ?? null, Object.fromEntries(neutral));
}

/** A key that is gone from the file keeps its value over a reload, so dockerd is told the old values in so many words first. */
async function reloadWithDefaults(journal: Journal, file: FileBefore, { writer, say }: Around): Promise<void> {
  const daemon = await writer.engine.find();
  if (daemon === null) return; // the next one will read the old file
  const now = writer.files.snapshot(file.path);
  if (now !== null && !ownDigests(journal, file).includes(sha256(now.content)) && !isBefore(file, now.content)) return;
  const access = writer.files.access(file.path) ?? file;
  const kept = neutral(journal);
  await writer.files.draft(file.path, kept, Buffer.from(withDefaults(journal, file)), access);
  writer.files.install(file.path, kept);
  writer.files.tidy(file.path, kept);
  await reloadDaemon(daemon, { writer, say });
}

/** Names the file that stands there for the time of that reload. */
function neutral({ id }: Journal): string {
  return `${id}.neutral`;
}

function isBefore(file: FileBefore, content: Buffer): boolean {
  return contentBefore(file)?.equals(content) ?? false;
}

/** Brings the daemon back with its old configuration, and the containers that ran. Whether it has read the new one nobody knows after a kill. */
async function restartAgain(journal: Journal, foreign: boolean, { writer, say, patience }: Around): Promise<void> {
  const { daemon } = journal.plan;
  if (daemon === null) return;
  const found = await writer.engine.find();
  // With a file that is not the one of before, nobody knows how a restart ends; what runs is let alone.
  if (foreign && found !== null) return;
  const now = found ?? daemon;
  try {
    await restartDaemon({ ...now, unit: daemon.unit }, journal, { writer, say, patience, signal: new AbortController().signal });
  } catch (error) {
    // Where no restart works at all, the daemon of before may run still, and never saw another file.
    if (!writer.engine.isAlive(daemon)) throw error;
  }
  await awaitHealth(journal, { writer, say, patience });
}

async function unmake(change: Change, { writer }: Around): Promise<void> {
  switch (change.kind) {
    case 'setting':
    case 'lines':
      return; // files were brought back whole
    case 'access': {
      const now = writer.files.access(change.path);
      if (now === null) throw new WriteError('it is gone');
      if (sameAccess(now, change.before)) return;
      // Killed between the owner and the mode, it has some of each; a change of owner also takes setuid bits away.
      const ours = (key: 'mode' | 'uid' | 'gid'): boolean => now[key] === change.before[key] || now[key] === change.after[key];
      const bare = (now.mode & 0o777) === (change.before.mode & 0o777);
      if (!(ours('uid') && ours('gid') && (ours('mode') || bare))) throw new WriteError('mode or owner was changed by somebody else');
      return writer.files.setAccess(change.path, change.before);
    }
    case 'audit-rule':
      return unloadRule(change.rule, writer);
    case 'limits':
      return restoreLimits(change, writer);
  }
}

async function unloadRule(rule: string, writer: Around['writer']): Promise<void> {
  const words = rule
    .split(' ')
    .map((word, index) => (index > 0 ? word : word === '-w' ? '-W' : word === '-a' || word === '-A' ? '-d' : word));
  const { stderr } = await writer.auditctl(words);
  const absent = /no such file|no rule|does not exist|not found/i.test(stderr);
  if (!absent && /error|immutable|not permitted/i.test(stderr)) throw new WriteError(stderr.trim());
}

/** Docker cannot take a memory or CPU limit away; one that limits nothing is as good. */
const NO_MEMORY_LIMIT = 2 ** 53 - 2 ** 20;

function lifted({ before, after }: ChangeOf<'limits'>, cpus: number): ContainerLimits {
  return {
    ...before,
    ...(after.Memory !== undefined && !before.Memory && { Memory: NO_MEMORY_LIMIT, MemorySwap: NO_MEMORY_LIMIT }),
    ...(after.NanoCpus !== undefined && !before.NanoCpus && { NanoCpus: cpus * 1e9 }),
    ...(after.PidsLimit !== undefined && !before.PidsLimit && { PidsLimit: -1 }),
  };
}

/** No limit is told as null, 0 or -1. */
function sameLimit(left: unknown, right: unknown): boolean {
  const known = (value: unknown): string => JSON.stringify(typeof value === 'number' ? Math.max(value, 0) : (value ?? 0));
  return known(left) === known(right);
}

async function restoreLimits(change: ChangeOf<'limits'>, { engine }: Around['writer']): Promise<void> {
  const { id, before, after } = change;
  const all = (await engine.get('/containers/json?all=1')) as readonly { readonly Id: string }[];
  if (!all.some((container) => container.Id === id)) return; // one that is gone needs nothing
  const { HostConfig } = (await engine.get(`/containers/${id}/json`)) as { readonly HostConfig: ContainerLimits };
  const { NCPU = 1 } = (await engine.get('/info')) as { readonly NCPU?: number };
  const free = lifted(change, NCPU);
  const has = (limits: ContainerLimits): boolean =>
    (Object.keys(after) as (keyof ContainerLimits)[]).every((key) => sameLimit(HostConfig[key], limits[key]));
  if (has(before) || has(free)) return;
  if (!has(after)) throw new WriteError('its limits were changed by somebody else');
  await engine.setLimits(id, free);
}

/** The protocol of a change: look, write down, change, activate, look again; and where anything goes wrong, undo. */
import { sha256 } from '../facts/digest.ts';
import { reasonOf } from '../facts/host.ts';
import { awaitHealth, portsOf, runningOf } from './containers.ts';
import { RejectedError, reloadDaemon, restartDaemon } from './daemon.ts';
import { editedFiles, editedText } from './edits.ts';
import type { FileBefore, Journal, Journals } from './journal.ts';
import type { Access, Change, Plan } from './plan.ts';
import { conclude, type Left, type Progress, undo } from './undo.ts';
import { type HostWriter, StalePlanError, WriteError } from './writer.ts';

export interface Surroundings {
  readonly writer: HostWriter;
  readonly journals: Journals;
  /** Told what is being done, for whoever watches. */
  readonly say: (step: string) => void;
  /** What keeps the host from being what the plan promised; nothing when all is well. */
  readonly verify: (plan: Plan) => Promise<readonly string[]>;
  /** Leaves word that this daemon runs with what daemon.json holds, though the file is younger. */
  readonly settle: (journal: Journal) => void;
  /** Ends the apply early, which is then undone. */
  readonly signal: AbortSignal;
  /** Milliseconds that a daemon may take to answer again, before what its containers need. */
  readonly patience: number;
}

export type Result =
  | { readonly state: 'applied'; readonly id: string }
  | { readonly state: 'rolled-back'; readonly id: string; readonly reason: string }
  | { readonly state: 'stuck'; readonly id: string; readonly reason: string; readonly left: readonly Left[] };

/** Who does it, and what the journal is called. */
export interface Author {
  readonly id: string;
  readonly by: string;
  readonly settled: Journal['settled'];
  readonly restartCommand: Journal['restartCommand'];
}

/**
 * Carries out a plan. Throws StalePlanError, with nothing changed, where the host is not what the plan was made for, and WriteError where the
 * journal cannot be written; whatever fails later is undone and told.
 */
export async function apply(plan: Plan, author: Author, around: Surroundings): Promise<Result> {
  const files = await examine(plan, around.writer);
  // A reload stops none: what ends meanwhile has ended by itself, and is not to be started again.
  const stops = plan.daemon?.action === 'restart';
  const running = stops ? await runningOf(around.writer.engine) : [];
  const ports = stops ? await portsOf(around.writer.engine) : [];
  const at = new Date(around.writer.now()).toISOString();
  const journal: Journal = { schemaVersion: 1, ...author, at, plan, files, running, ports };
  around.signal.throwIfAborted();
  const { id } = journal;
  const progress = { activated: false, replaced: new Set<string>() };
  around.journals.create(journal);
  try {
    await carryOut(journal, progress, around);
    for (const { path } of journal.files) around.writer.files.tidy(path, id);
    around.journals.move(id, 'applied');
  } catch (error) {
    const reason = reasonOf(error);
    // What it refused it need not be talked out of, and would refuse to be.
    if (error instanceof RejectedError) progress.activated = false;
    around.say(`${reason}: taking everything back`);
    const left = conclude(id, await undo(journal, progress, around), around.journals);
    return left.length === 0 ? { state: 'rolled-back', id, reason } : { state: 'stuck', id, reason, left };
  }
  return { state: 'applied', id };
}

/** What the files hold now. Throws StalePlanError where that, a mode, an owner or the daemon is not what the plan says. */
async function examine(plan: Plan, { files, engine }: HostWriter): Promise<FileBefore[]> {
  for (const change of plan.changes) {
    if (change.kind === 'access' && !sameAccess(files.access(change.path), change.before))
      throw new StalePlanError(`${change.path}: its mode or owner has changed since the plan was made`);
  }
  if (plan.daemon !== null && !engine.isAlive(plan.daemon)) throw new StalePlanError('dockerd has restarted since the plan was made');
  if (plan.daemon?.action === 'restart' && plan.daemon.unit !== null && !(await engine.isRunBy(plan.daemon.unit, plan.daemon)))
    throw new StalePlanError(`${plan.daemon.unit} is not what runs dockerd (pid ${plan.daemon.pid}): restart it your own way`);
  return editedFiles(plan.changes).map((path) => {
    const snapshot = files.snapshot(path);
    const before = snapshot === null ? null : sha256(snapshot.content);
    const after = sha256(editedText(path, snapshot?.content.toString() ?? null, plan.changes));
    const planned = plan.files.find((file) => file.path === path);
    if (planned?.before !== before || planned.after !== after)
      throw new StalePlanError(`${path}: changed by somebody else since the plan was made`);
    const { mode = modeOfNew(path), uid = 0, gid = 0, modified = '0', accessed = '0' } = snapshot ?? {};
    const content = snapshot?.content.toString('base64') ?? null;
    return { path, content, mode, uid, gid, modified, accessed, directories: snapshot === null ? [...files.missingAbove(path)] : [] };
  });
}

/** Audit rules are nobody's business but root's. */
function modeOfNew(path: string): number {
  return path.startsWith('/etc/audit/') ? 0o640 : 0o644;
}

export function sameAccess(left: Access | null, right: Access): boolean {
  return left !== null && left.mode === right.mode && left.uid === right.uid && left.gid === right.gid;
}

/** Kept up to date while it is carried out. */
interface Underway extends Progress {
  activated: boolean;
  readonly replaced: Set<string>;
}

/** Low risk first: files, modes, audit rules, limits; then daemon.json, and what makes dockerd take it. */
async function carryOut(journal: Journal, progress: Underway, around: Surroundings): Promise<void> {
  const { plan } = journal;
  const { writer, signal, say } = around;
  const isDaemons = (path: string): boolean => plan.changes.some((change) => change.kind === 'setting' && change.path === path);
  for (const file of journal.files.filter(({ path }) => !isDaemons(path))) await write(journal, file, progress, around);
  for (const change of plan.changes) {
    signal.throwIfAborted();
    await make(change, around);
  }
  if (plan.systemd) await writer.reloadUnits();
  for (const file of journal.files.filter(({ path }) => isDaemons(path))) await write(journal, file, progress, around);
  signal.throwIfAborted();
  if (plan.daemon !== null) {
    around.journals.move(journal.id, 'activating');
    progress.activated = true;
    if (plan.daemon.action === 'reload') await reloadDaemon(plan.daemon, around);
    else {
      await restartDaemon(plan.daemon, journal, around);
      await awaitHealth(journal, around);
    }
  }
  around.settle(journal);
  signal.throwIfAborted();
  say('judging again');
  const problems = await around.verify(plan);
  if (problems.length > 0) throw new WriteError(`verification failed: ${problems.join('; ')}`);
  signal.throwIfAborted();
}

async function write(journal: Journal, file: FileBefore, { replaced }: Underway, { writer, say }: Surroundings): Promise<void> {
  const { plan, id } = journal;
  const { path } = file;
  say(`writing ${path}`);
  const before = file.content === null ? null : Buffer.from(file.content, 'base64');
  const content = editedText(path, before?.toString() ?? null, plan.changes);
  // A mode that the plan mends was mended a moment ago.
  const access = writer.files.access(path) ?? file;
  writer.files.makeDirectories(file.directories);
  const draft = await writer.files.draft(path, id, Buffer.from(content), access);
  if (plan.daemon !== null && plan.changes.some((change) => change.kind === 'setting' && change.path === path)) {
    const complaint = await writer.engine.validate(plan.daemon, draft);
    if (complaint !== null) throw new WriteError(`dockerd refuses the new ${path}: ${complaint}`);
  }
  const now = writer.files.snapshot(path);
  if ((now === null ? null : sha256(now.content)) !== (before === null ? null : sha256(before)))
    throw new WriteError(`${path}: changed by somebody else in this very moment`);
  replaced.add(path);
  writer.files.install(path, id);
}

async function make(change: Change, { writer, say }: Surroundings): Promise<void> {
  switch (change.kind) {
    case 'setting':
    case 'lines':
      return; // files are written once, whole
    case 'access':
      say(`setting mode and owner of ${change.path}`);
      return writer.files.setAccess(change.path, change.after);
    case 'audit-rule': {
      say('loading audit rules');
      const { stderr } = await writer.auditctl(change.rule.split(' '));
      // What it does not complain of, verification looks at: the list of rules.
      if (/error|immutable/i.test(stderr)) throw new WriteError(`auditctl ${change.rule}: ${stderr.trim()}`);
      return;
    }
    case 'limits':
      say(`limiting container ${change.name}`);
      return writer.engine.setLimits(change.id, change.after);
  }
}

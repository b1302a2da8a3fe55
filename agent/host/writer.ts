/** Files of the host, written so that a kill at any instant leaves each of them whole. The only place that changes them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { channel } from 'node:diagnostics_channel';
import fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Access } from '../../remediations/plan.ts';
import { type FileWriter, type Snapshot, WriteError } from '../../remediations/writer.ts';

/** Told of every step that changes something, before and after it: what the tests that kill hullguard at each of them listen to. */
const steps = channel('hullguard:write');

export function step<T>(name: string, path: string, work: () => T): T {
  steps.publish({ name, path, when: 'before' });
  const result = work();
  steps.publish({ name, path, when: 'after' });
  return result;
}

const { O_WRONLY, O_CREAT, O_EXCL, O_TRUNC, O_NOFOLLOW, O_RDONLY, O_DIRECTORY } = fs.constants;
/** Not among Node's constants: opens sockets, too, and only names the file (open(2)). */
const O_PATH = 0o10000000;
const MAX_BYTES = 16 << 20;

export const fileWriter: FileWriter = {
  snapshot: (path) => attempt(path, () => snapshot(path)),
  access: (path) => attempt(path, () => accessOf(path)),
  missingAbove,
  makeDirectories(paths) {
    for (const path of paths) attempt(path, () => step('mkdir', path, () => fs.mkdirSync(path, { recursive: true, mode: 0o755 })));
  },
  draft: async (path, id, content, access) => {
    const name = beside(path, id, 'new');
    attempt(name, () => fs.rmSync(name, { force: true }));
    if (fs.existsSync(path)) await copyAttributes(path, name);
    attempt(path, () => writeDraft(name, content, access));
    return name;
  },
  install: (path, id) => attempt(path, () => install(path, id)),
  bringBack: (path, id, before) => attempt(path, () => bringBack(path, id, before)),
  tidy(path, id) {
    for (const kind of ['new', 'new.validate', 'old'] as const) {
      const name = beside(path, id, kind);
      attempt(name, () => fs.existsSync(name) && step('unlink', name, () => fs.rmSync(name, { force: true })));
    }
  },
  remove: (path, directories) => attempt(path, () => remove(path, directories)),
  setAccess: (path, access) => attempt(path, () => setAccess(path, access)),
  setTimes: async (path, { modified, accessed }) => {
    await run('touch', ['--no-create', '--no-dereference', '-m', `--date=@${modified}`, '--', path]);
    await run('touch', ['--no-create', '--no-dereference', '-a', `--date=@${accessed}`, '--', path]);
  },
};

function snapshot(path: string): Snapshot | null {
  const there = fs.lstatSync(path, { throwIfNoEntry: false });
  if (there === undefined) return null;
  if (!there.isFile()) throw new WriteError(`${path}: not a regular file`);
  const descriptor = fs.openSync(path, O_RDONLY | O_NOFOLLOW);
  try {
    const stats = fs.fstatSync(descriptor, { bigint: true });
    if (stats.size > MAX_BYTES) throw new WriteError(`${path}: larger than hullguard edits`);
    return {
      content: fs.readFileSync(descriptor),
      mode: Number(stats.mode & 0o7777n),
      uid: Number(stats.uid),
      gid: Number(stats.gid),
      modified: seconds(stats.mtimeNs),
      accessed: seconds(stats.atimeNs),
      names: Number(stats.nlink),
    };
  } finally {
    fs.closeSync(descriptor);
  }
}

function seconds(nanoseconds: bigint): string {
  return `${nanoseconds / 1_000_000_000n}.${String(nanoseconds % 1_000_000_000n).padStart(9, '0')}`;
}

function accessOf(path: string): Access | null {
  const stats = fs.lstatSync(path, { throwIfNoEntry: false });
  return stats === undefined ? null : { mode: stats.mode & 0o7777, uid: stats.uid, gid: stats.gid };
}

function missingAbove(path: string): string[] {
  const directory = dirname(path);
  return fs.existsSync(directory) ? [] : [...missingAbove(directory), directory];
}

/** Names that no program takes for configuration: hidden, and without the file's extension at the end. */
function beside(path: string, id: string, kind: 'new' | 'new.validate' | 'old'): string {
  return join(dirname(path), `.${basename(path)}.hullguard-${id}.${kind}`);
}

/** Extended attributes and access lists go along; Node has no call for them. */
async function copyAttributes(from: string, to: string): Promise<void> {
  await run('cp', ['--archive', '--no-dereference', '--no-target-directory', '--', from, to]);
}

function writeDraft(name: string, content: Buffer, { mode, uid, gid }: Access): void {
  const flags = fs.existsSync(name) ? O_TRUNC : O_CREAT | O_EXCL;
  const descriptor = step('open', name, () => fs.openSync(name, O_WRONLY | O_NOFOLLOW | flags, 0o600));
  try {
    step('write', name, () => writeWhole(descriptor, content));
    fs.fchownSync(descriptor, uid, gid);
    fs.fchmodSync(descriptor, mode);
    step('fsync', name, () => fs.fsyncSync(descriptor));
  } finally {
    fs.closeSync(descriptor);
  }
}

function writeWhole(descriptor: number, content: Buffer): void {
  for (let offset = 0; offset < content.length; ) offset += fs.writeSync(descriptor, content, offset);
}

/** The file of before stays beside as it is, times and attributes included: to bring it back takes neither space nor a copy. */
function install(path: string, id: string): void {
  const old = beside(path, id, 'old');
  fs.rmSync(old, { force: true });
  if (fs.existsSync(path)) step('link', old, () => fs.linkSync(path, old));
  step('rename', path, () => fs.renameSync(beside(path, id, 'new'), path));
  syncDirectory(dirname(path));
}

function bringBack(path: string, id: string, before: Buffer): boolean {
  const old = beside(path, id, 'old');
  if (snapshot(old)?.content.equals(before) !== true) return false;
  step('rename back', path, () => fs.renameSync(old, path));
  syncDirectory(dirname(path));
  return true;
}

function remove(path: string, directories: readonly string[]): void {
  if (fs.existsSync(path)) step('unlink', path, () => fs.rmSync(path));
  for (const directory of directories.toReversed()) {
    if (fs.existsSync(directory) && fs.readdirSync(directory).length === 0) step('rmdir', directory, () => fs.rmdirSync(directory));
  }
  const above = directories[0] === undefined ? dirname(path) : dirname(directories[0]);
  if (fs.existsSync(above)) syncDirectory(above);
}

export function syncDirectory(path: string): void {
  const descriptor = fs.openSync(path, O_RDONLY | O_DIRECTORY);
  try {
    step('fsync directory', path, () => fs.fsyncSync(descriptor));
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Through the descriptor, so that nobody can put a link in the way between looking and changing. */
function setAccess(path: string, { mode, uid, gid }: Access): void {
  const descriptor = fs.openSync(path, O_PATH | O_NOFOLLOW);
  try {
    const stats = fs.fstatSync(descriptor);
    if (stats.isSymbolicLink()) throw new WriteError(`${path}: a link stands where a file was`);
    const itself = `/proc/self/fd/${descriptor}`;
    if (stats.uid !== uid || stats.gid !== gid) step('chown', path, () => fs.chownSync(itself, uid, gid));
    // After the owner: a change of owner takes setuid bits away.
    step('chmod', path, () => fs.chmodSync(itself, mode));
  } finally {
    fs.closeSync(descriptor);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left on the file system',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is mounted read-only',
  EPERM: 'not permitted (an immutable attribute? see lsattr)',
  EACCES: 'permission denied (run as root)',
  EBUSY: 'in use: a mount stands there',
  EXDEV: 'a mount stands there: edit the file that is mounted',
};

function attempt<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof WriteError || !(error instanceof Error) || !('code' in error)) throw error;
    throw new WriteError(`${path}: ${REASONS[String(error.code)] ?? error.message}`, { cause: error });
  }
}

const PATH = '/usr/sbin:/usr/bin:/sbin:/bin';

const MAX_OUTPUT = 16 << 20;
const MAX_LINES = 5;
/** How long a program's children may go on talking after its end. */
const LAST_WORDS = 200;

interface Said {
  stdout: string;
  stderr: string;
}

/**
 * Runs a program to its end, in a session of its own: Ctrl-C on the terminal is for hullguard, which then takes back what the program was
 * part of. One that takes too long is ended together with its children; one that leaves some running is not waited for. Throws WriteError.
 */
export async function run(program: string, args: readonly string[], timeout = 30_000): Promise<Readonly<Said>> {
  steps.publish({ name: 'run', path: program, when: 'before' });
  const child = spawn(program, args, { env: { PATH, LC_ALL: 'C' }, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const said: Said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      if (said[name].length < MAX_OUTPUT) said[name] += text;
    });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    endGroup(child);
  }, timeout);
  const problem = await endOf(child);
  clearTimeout(timer);
  child.stdout.destroy();
  child.stderr.destroy();
  steps.publish({ name: 'run', path: program, when: 'after' });
  if (problem === null) return said;
  const complaint = late ? `did not end within ${Math.round(timeout / 1000)} s` : lastLines(said.stderr) || problem;
  throw new WriteError(`${program} ${args.join(' ')}: ${complaint}`);
}

/** A program's log may come before its complaint. */
function lastLines(text: string): string {
  return text.trim().split('\n').slice(-MAX_LINES).join('\n');
}

function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended this very moment.
  }
}

/** Null where it ended well. */
function endOf(child: ChildProcess): Promise<string | null> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve('code' in error && error.code === 'ENOENT' ? 'not installed' : error.message));
    child.once('exit', (code, signal) => {
      const problem = code === 0 ? null : signal === null ? `exit status ${code}` : `ended by ${signal}`;
      child.once('close', () => resolve(problem));
      setTimeout(resolve, LAST_WORDS, problem).unref();
    });
  });
}

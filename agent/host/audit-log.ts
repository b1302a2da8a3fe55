/** The audit daemon's log: where it is, what was added to it, and what ausearch makes of its end. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { HostError, reasonOf } from '../../facts/host.ts';
import { STATE_DIRECTORY } from '../state/directory.ts';

const CONFIG_FILE = '/etc/audit/auditd.conf';
const DEFAULT_LOG = '/var/log/audit/audit.log';
const PATH = '/usr/sbin:/usr/bin:/sbin:/bin';
const CHUNK = 1 << 18;

export interface AuditLog {
  /** Where it is; a HostError says why there is none that could be read. */
  path(): string;
  /** A reader of what is added from now on, across rotations. */
  follow(): AuditLogReader;
  /** Raw records since a time in milliseconds, as ausearch puts them together. Throws HostError. */
  search(since: number): Promise<string>;
}

export interface AuditLogReader {
  /** The lines added since the last time, at most `limit` bytes of them; null when there are more than that, and which is not known. */
  added(limit: number): string[] | null;
  close(): void;
}

/** A log of the usual size is searched where it is; of a larger one the end, which is put into a file of its own. */
const WHOLE = 32 << 20;
const SEARCH_TIMEOUT = 2000;
/** More than that is not worth looking through. */
const MAX_FOUND = 8 << 20;

/** `scratch`: a directory for the end of a log that is too large to be searched whole. */
export function auditLog(configFile = CONFIG_FILE, scratch = STATE_DIRECTORY): AuditLog {
  const path = (): string => logFile(configFile);
  return {
    path,
    follow: () => new Reader(path()),
    async search(since) {
      const found: string[] = [];
      for (const file of filesSince(path(), since)) found.push(await searchFile(file, since, scratch));
      return found.join('');
    },
  };
}

/** The log, and the one before where it was begun anew within the time. */
function filesSince(path: string, since: number): string[] {
  const [, seconds] = /msg=audit\((\d+)/.exec(attempt(path, () => readPart(path, 0, 4096)).toString('latin1')) ?? [];
  const before = `${path}.1`;
  return Number(seconds ?? Number.POSITIVE_INFINITY) * 1000 > since && fs.existsSync(before) ? [before, path] : [path];
}

async function searchFile(path: string, since: number, scratch: string): Promise<string> {
  const size = attempt(path, () => fs.statSync(path).size);
  if (size <= WHOLE) return ausearch(path, since, 'ignore');
  const bytes = attempt(path, () => readPart(path, size - WHOLE, WHOLE));
  const end = nameless(bytes.subarray(bytes.indexOf('\n') + 1), scratch);
  try {
    // Its standard input would have to be a pipe; what Node makes is a socket, and ignored.
    return await ausearch('/proc/self/fd/3', since, end);
  } finally {
    fs.closeSync(end);
  }
}

function readPart(path: string, offset: number, length: number): Buffer {
  const descriptor = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  try {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, fs.readSync(descriptor, bytes, 0, length, offset));
  } finally {
    fs.closeSync(descriptor);
  }
}

function logFile(configFile: string): string {
  const settings = new Map(
    attempt(configFile, () => fs.readFileSync(configFile, 'utf8'))
      .split('\n')
      .flatMap((line) => {
        const [, name, value] = /^\s*(\w+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
        return name === undefined || value === undefined ? [] : [[name.toLowerCase(), value] as const];
      }),
  );
  const path = settings.get('log_file') ?? DEFAULT_LOG;
  if (settings.get('write_logs') === 'no' || settings.get('log_format')?.toUpperCase() === 'NOLOG')
    throw new HostError('missing', `auditd writes no log (write_logs in ${configFile})`);
  attempt(path, () => fs.accessSync(path, fs.constants.R_OK));
  return path;
}

/** It knows dates only as the locale writes them, and no zone. */
function ausearch(file: string, since: number, inherited: number | 'ignore'): Promise<string> {
  const [, year, month, day, time] = /^\d\d(\d\d)-(\d\d)-(\d\d)T(\d\d:\d\d:\d\d)/.exec(new Date(since).toISOString()) ?? [];
  const args = ['--input', file, '--raw', '--start', `${month}/${day}/${year}`, `${time}`];
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = spawn('ausearch', args, { env: { PATH, LC_ALL: 'C', TZ: 'UTC' }, stdio: ['ignore', 'pipe', 'pipe', inherited] });
  const found: Buffer[] = [];
  let size = 0;
  let complaint = '';
  let given: HostError | null = null;
  const giveUp = (error: HostError): void => {
    given ??= error;
    child.kill('SIGKILL');
  };
  const timer = setTimeout(() => giveUp(new HostError('timeout', `ausearch did not end within ${SEARCH_TIMEOUT} ms`)), SEARCH_TIMEOUT);
  child.stdout?.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > MAX_FOUND) giveUp(new HostError('too-large', `ausearch: more than ${MAX_FOUND >> 20} MiB of records in that time`));
    else found.push(chunk);
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    complaint = `${complaint}${chunk.toString()}`.slice(0, 1000);
  });
  child.on('error', (error) => reject(toHostError(error)));
  child.on('close', (code) => {
    clearTimeout(timer);
    if (given !== null) reject(given);
    else if (code === 0) resolve(Buffer.concat(found).toString('latin1'));
    else if (code === 1 && /^\s*(<no matches>)?\s*$/.test(complaint)) resolve('');
    else reject(new HostError('io', `ausearch: ${complaint.trim() || `exit status ${code}`}`));
  });
  return promise;
}

function toHostError(error: Error & { code?: unknown }): HostError {
  if (error.code === 'ENOENT') return new HostError('missing', 'ausearch is not installed (it comes with auditd)', { cause: error });
  return new HostError('io', `ausearch: ${error.message}`, { cause: error });
}

/** For nobody else to see, and gone with the last who has it open. */
function nameless(bytes: Buffer, directory: string): number {
  const path = join(directory, `.hullguard-${randomUUID()}`);
  return attempt(path, () => {
    const descriptor = fs.openSync(path, 'wx+', 0o600);
    fs.unlinkSync(path);
    for (let offset = 0; offset < bytes.length; ) offset += fs.writeSync(descriptor, bytes, offset);
    return descriptor;
  });
}

/** Follows a file by its name: what a rotated one still got is read before the new one. */
class Reader implements AuditLogReader {
  readonly #path: string;
  #descriptor: number;
  #offset: number;
  #rest = '';

  constructor(path: string) {
    this.#path = path;
    this.#descriptor = fs.openSync(path, 'r');
    this.#offset = fs.fstatSync(this.#descriptor).size;
  }

  added(limit: number): string[] | null {
    const there = fs.statSync(this.#path, { throwIfNoEntry: false });
    const own = fs.fstatSync(this.#descriptor);
    const old = this.#read(limit);
    if (there === undefined || (there.ino === own.ino && there.dev === own.dev && own.size >= this.#offset)) return old;
    fs.closeSync(this.#descriptor);
    this.#descriptor = fs.openSync(this.#path, 'r');
    this.#offset = 0;
    this.#rest = '';
    const fresh = this.#read(limit);
    return old === null || fresh === null ? null : [...old, ...fresh];
  }

  close(): void {
    fs.closeSync(this.#descriptor);
  }

  #read(limit: number): string[] | null {
    const { size } = fs.fstatSync(this.#descriptor);
    const tooMuch = size - this.#offset > limit;
    if (tooMuch) {
      this.#offset = size;
      this.#rest = '';
      return null;
    }
    const lines: string[] = [];
    const chunk = Buffer.alloc(Math.max(0, Math.min(CHUNK, size - this.#offset)));
    while (this.#offset < size) {
      const read = fs.readSync(this.#descriptor, chunk, 0, chunk.length, this.#offset);
      if (read === 0) break;
      this.#offset += read;
      const parts = (this.#rest + chunk.toString('latin1', 0, read)).split('\n');
      this.#rest = parts.pop() ?? '';
      lines.push(...parts);
    }
    return lines;
  }
}

function attempt<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof HostError) throw error;
    const { code } = error as { code?: string };
    if (code === 'ENOENT') throw new HostError('missing', `${path}: no such file`, { cause: error });
    if (code === 'EACCES' || code === 'EPERM')
      throw new HostError('denied', `${path}: permission denied (run as root, or with CAP_DAC_READ_SEARCH)`, { cause: error });
    throw new HostError('io', `${path}: ${reasonOf(error)}`, { cause: error });
  }
}

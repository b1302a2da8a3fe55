/** The audit daemon's log: where it is, what was added to it, and what ausearch makes of its end. */
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { HostError, reasonOf } from '../../facts/host.ts';

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

/** How much of the log's end is searched: at first, and where that does not reach back far enough. */
const TAILS = [1 << 20, 32 << 20];
const SEARCH_TIMEOUT = 2000;
/** More than that is not worth looking through. */
const MAX_FOUND = 16 << 20;

export function auditLog(configFile = CONFIG_FILE): AuditLog {
  const path = (): string => logFile(configFile);
  return {
    path,
    follow: () => new Reader(path()),
    async search(since) {
      const tail = readTail(path(), since);
      return tail.length === 0 ? '' : ausearch(tail, since);
    },
  };
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

/** The end of the log, from the first whole line; that of the file before where the log was begun anew within the time. */
function readTail(path: string, since: number): Buffer {
  for (const size of TAILS) {
    const tail = lastBytes(path, size);
    if (tail.whole && startOf(tail.bytes) > since) {
      const before = `${path}.1`;
      return fs.existsSync(before) ? Buffer.concat([lastBytes(before, size).bytes, tail.bytes]) : tail.bytes;
    }
    if (startOf(tail.bytes) <= since || size === TAILS.at(-1)) return tail.bytes;
  }
  return Buffer.alloc(0);
}

function lastBytes(path: string, size: number): { bytes: Buffer; whole: boolean } {
  return attempt(path, () => {
    const descriptor = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    try {
      const { size: length } = fs.fstatSync(descriptor);
      const bytes = Buffer.alloc(Math.min(size, length));
      const read = fs.readSync(descriptor, bytes, 0, bytes.length, length - bytes.length);
      const whole = bytes.length === length;
      return { whole, bytes: bytes.subarray(whole ? 0 : bytes.indexOf('\n') + 1, read) };
    } finally {
      fs.closeSync(descriptor);
    }
  });
}

/** The time of the first record, in milliseconds; for ever ago where there is none. */
function startOf(bytes: Buffer): number {
  const [, seconds] = /msg=audit\((\d+)/.exec(bytes.toString('latin1', 0, 4096)) ?? [];
  return seconds === undefined ? 0 : Number(seconds) * 1000;
}

/** Through its standard input, so that a huge log is not read whole. It knows dates only as the locale writes them, and no zone. */
function ausearch(records: Buffer, since: number): Promise<string> {
  const [, year, month, day, time] = /^\d\d(\d\d)-(\d\d)-(\d\d)T(\d\d:\d\d:\d\d)/.exec(new Date(since).toISOString()) ?? [];
  const args = ['--raw', '--start', `${month}/${day}/${year}`, `${time}`];
  const options = {
    env: { PATH, LC_ALL: 'C', TZ: 'UTC' },
    maxBuffer: MAX_FOUND,
    timeout: SEARCH_TIMEOUT,
  };
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = execFile('ausearch', args, { ...options, killSignal: 'SIGKILL', encoding: 'latin1' }, (error, stdout, stderr) => {
    if (error === null || /<no matches>/.test(stderr)) resolve(error === null ? stdout : '');
    else reject(toHostError(error, stderr));
  });
  child.stdin?.on('error', () => {}); // it has ended, and the callback says why
  child.stdin?.end(records);
  return promise;
}

function toHostError(error: Error & { code?: unknown; killed?: boolean }, stderr: string): HostError {
  if (error.code === 'ENOENT') return new HostError('missing', 'ausearch is not installed (it comes with auditd)', { cause: error });
  if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER')
    return new HostError('too-large', `ausearch: more than ${MAX_FOUND >> 20} MiB of records in that time`, { cause: error });
  if (error.killed) return new HostError('timeout', `ausearch did not end within ${SEARCH_TIMEOUT} ms`, { cause: error });
  return new HostError('io', `ausearch: ${stderr.trim() || error.message}`, { cause: error });
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

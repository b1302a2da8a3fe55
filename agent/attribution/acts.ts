/** What a process did, out of the records of one event: who it was, what it ran, which files it touched and how. Pure. */
import { normalise } from '../../facts/paths.ts';
import { CALLS, type Call, OPEN_CALLS } from './calls.ts';
import type { AuditEvent, AuditRecord } from './records.ts';

export interface Act {
  readonly at: number;
  readonly serial: number;
  /** The system call; null where neither its number nor its name is known. */
  readonly call: Call | null;
  readonly succeeded: boolean;
  /** The user who logged in; null where nobody did. */
  readonly login: Account | null;
  /** With whose rights it was done. */
  readonly user: Account;
  readonly pid: number;
  readonly executable: string;
  readonly words: readonly string[];
  readonly terminal: string | null;
  readonly directory: string | null;
  readonly touched: readonly Touched[];
  /** What was changed of the audit system itself, such as `add_rule`. */
  readonly config: string | null;
}

export interface Account {
  readonly uid: number;
  /** As auditd knew it when it wrote the record; null where it does not say. */
  readonly name: string | null;
}

export interface Touched {
  /** Absolute where that can be told; null for what was reached by a descriptor. */
  readonly path: string | null;
  readonly inode: string;
  readonly how: 'changed' | 'created' | 'deleted' | 'parent' | 'read';
}

/** Nobody: the kernel writes -1 as it is, or as the largest number. */
const UNSET = [4_294_967_295, -1];

/** What a process did; null for what no process did, or none that is named. */
export function actOf({ at, serial, records }: AuditEvent): Act | null {
  const find = (type: string): AuditRecord | undefined => records.find((record) => record.type === type);
  const syscall = find('SYSCALL');
  const config = find('CONFIG_CHANGE');
  const main = syscall ?? config;
  if (main === undefined) return null;
  const field = (name: string): string | null => main.fields.get(name) ?? null;
  const directory = find('CWD')?.fields.get('cwd') ?? null;
  const call = syscall === undefined ? null : callOf(syscall);
  return {
    at,
    serial,
    call,
    succeeded: field('success') === 'yes' || (syscall === undefined && field('res') !== '0'),
    login: account(main, 'auid'),
    user: account(main, 'euid') ?? account(main, 'uid') ?? account(main, 'auid') ?? { uid: -1, name: null },
    pid: Number(field('pid') ?? 0),
    executable: field('exe') ?? field('comm') ?? '',
    words: wordsOf(find('EXECVE'), find('PROCTITLE'), field('comm')),
    terminal: terminalOf(field('tty')),
    directory,
    touched: records.filter(({ type }) => type === 'PATH').map((record) => touchedBy(record, call, syscall, directory)),
    config: config?.fields.get('op') ?? null,
  };
}

function account({ fields }: AuditRecord, name: 'auid' | 'euid' | 'uid'): Account | null {
  const value = fields.get(name) ?? null;
  if (value === null || UNSET.includes(Number(value))) return null;
  const known = fields.get(name.toUpperCase()) ?? null;
  return { uid: Number(value), name: known === null || /^unknown|^unset$/.test(known) ? null : known };
}

function callOf({ fields }: AuditRecord): Call | null {
  const name = fields.get('SYSCALL') ?? CALLS[fields.get('arch') ?? '']?.[Number(fields.get('syscall'))] ?? null;
  return name as Call | null;
}

/** The arguments it was started with are whole; what a process calls itself is cut at 128 bytes. */
function wordsOf(started: AuditRecord | undefined, title: AuditRecord | undefined, comm: string | null): string[] {
  const count = Number(started?.fields.get('argc') ?? 0);
  if (started !== undefined && count > 0) {
    return Array.from({ length: Math.min(count, 1000) }, (_, index) => {
      const whole = started.fields.get(`a${index}`);
      const parts = [...started.fields].filter(([name]) => name.startsWith(`a${index}[`)).map(([, part]) => part ?? '');
      return whole ?? parts.join('');
    });
  }
  const words = (title?.fields.get('proctitle') ?? '').split('\0').filter((word, index, all) => word !== '' || index < all.length - 1);
  return words.some((word) => word !== '') ? words : [comm ?? ''];
}

function terminalOf(tty: string | null): string | null {
  return tty === null || tty === '(none)' ? null : tty.replace(/^pts(\d+)$/, 'pts/$1');
}

function touchedBy({ fields }: AuditRecord, call: Call | null, syscall: AuditRecord | undefined, directory: string | null): Touched {
  const name = fields.get('name') ?? null;
  const kind = fields.get('nametype');
  const how = kind === 'CREATE' ? 'created' : kind === 'DELETE' ? 'deleted' : kind === 'PARENT' ? 'parent' : effectOf(call, syscall);
  const absolute =
    name === null || name.startsWith('/') ? name : directory !== null && isRelative(call, syscall) ? `${directory}/${name}` : name;
  return { path: absolute?.startsWith('/') ? normalise(absolute) : absolute, inode: fields.get('inode') ?? '', how };
}

/** Calls that take the descriptor of a directory name a file below that, which the record does not tell, unless it is AT_FDCWD. */
function isRelative(call: Call | null, syscall: AuditRecord | undefined): boolean {
  return (
    !/^(open|rename|mkdir|unlink|link|symlink|mknod|fchmod|fchown|utimens|execve)at2?$/.test(call ?? '') ||
    /^f+9c$/.test(syscall?.fields.get('a0') ?? '')
  );
}

/** Whether a call on a file that was there changes it. Rules may record reading, too. */
function effectOf(call: Call | null, syscall: AuditRecord | undefined): 'changed' | 'read' {
  if (call === null) return 'changed';
  if (call === 'openat2') return 'changed'; // how it opens stands in memory that nobody has recorded
  const flags = OPEN_CALLS[call];
  if (flags === undefined) return CHANGING.has(call) ? 'changed' : 'read';
  const value = Number.parseInt(syscall?.fields.get(flags) ?? '0', 16);
  return (value & (O_ACCMODE | O_TRUNC)) !== 0 ? 'changed' : 'read';
}

const O_ACCMODE = 0o3;
const O_TRUNC = 0o1000;
const CHANGING: ReadonlySet<Call> = new Set<Call>([
  ...(['creat', 'truncate', 'ftruncate', 'fallocate', 'rename', 'renameat', 'renameat2', 'mkdir', 'mkdirat', 'rmdir'] as const),
  ...(['link', 'linkat', 'unlink', 'unlinkat', 'symlink', 'symlinkat', 'mknod', 'mknodat', 'bind', 'mount', 'umount2'] as const),
  ...(['chmod', 'fchmod', 'fchmodat', 'fchmodat2', 'chown', 'fchown', 'lchown', 'fchownat', 'utimensat'] as const),
  ...(['setxattr', 'lsetxattr', 'fsetxattr', 'removexattr', 'lremovexattr', 'fremovexattr'] as const),
]);

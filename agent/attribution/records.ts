/** The audit system's records as ausearch gives them raw, joined by the event they belong to. Pure. */

export interface AuditRecord {
  readonly type: string;
  /** Values by name, quotes and hexadecimal undone; null for what the kernel did not know. */
  readonly fields: ReadonlyMap<string, string | null>;
}

/** What one system call, or one message of a program, left behind. */
export interface AuditEvent {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly serial: number;
  readonly records: readonly AuditRecord[];
}

const LINE = /^(?:node=\S+ )?type=(\S+) msg=audit\((\d+)\.(\d{3}):(\d+)\):\s*(.*)$/;
/** Stands between the kernel's fields and what auditd has added to them: names of users, calls and the like. */
const ENRICHED = '\x1d';
/** Fields that programs choose, so the kernel writes them in quotes, or in hexadecimal where they could deceive a reader. */
const UNTRUSTED = /^(?:name|exe|comm|cwd|proctitle|key|path|dir|acct|cmd|file|a\d+(?:\[\d+\])?)$/;

/** In order of time; lines that are no records are left out. */
export function parseRecords(text: string): AuditEvent[] {
  const events = new Map<string, { at: number; serial: number; records: AuditRecord[] }>();
  for (const line of text.split('\n')) {
    const [, type, seconds, milliseconds, serial, rest] = LINE.exec(line) ?? [];
    if (type === undefined || rest === undefined) continue;
    const id = `${seconds}.${milliseconds}:${serial}`;
    const event = events.get(id) ?? { at: Number(seconds) * 1000 + Number(milliseconds), serial: Number(serial), records: [] };
    event.records.push({ type, fields: parseFields(rest, type) });
    events.set(id, event);
  }
  return [...events.values()].toSorted((left, right) => left.at - right.at || left.serial - right.serial);
}

function parseFields(text: string, type: string): Map<string, string | null> {
  const fields = new Map<string, string | null>();
  const [kernel = '', added = ''] = text.split(ENRICHED);
  // What programs send themselves stands in one field of its own: msg='op=login acct="alice" …'
  const own = withoutQuotes(kernel.trimEnd());
  // Arguments of a call are numbers, those of a program words; both are named a0, a1…
  const isWord = (name: string): boolean => UNTRUSTED.test(name) && !(type === 'SYSCALL' && /^a\d$/.test(name));
  for (const part of [own, added]) {
    for (const [, name = '', value = ''] of part.matchAll(/(?<![\w[\]-])([\w[\]-]+)=("[^"]*"|\{[^}]*\}|\S*)/g))
      if (!fields.has(name)) fields.set(name, isWord(name) ? unquote(value) : plain(value));
  }
  return fields;
}

/** Long lines are looked at once: what a program sends may be made to be slow. */
function withoutQuotes(text: string): string {
  const begin = text.search(/\bmsg='/);
  const first = begin + "msg='".length;
  const quoted = begin >= 0 && text.length > first && text.endsWith("'");
  return quoted ? text.slice(0, begin) + text.slice(first, -1) : text;
}

function plain(value: string): string | null {
  if (value === '(null)' || value === '?') return null;
  return value.replace(/^"(.*)"$/s, '$1');
}

function unquote(value: string): string | null {
  if (/^(?:[0-9A-F]{2})+$/.test(value)) return Buffer.from(value, 'hex').toString('utf8');
  return plain(value);
}

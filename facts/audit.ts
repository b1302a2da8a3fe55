import { defineCollector } from './collector.ts';
import { type Host, HostError, hasCode } from './host.ts';
import { isWithin, normalise, resolvePath } from './paths.ts';
import * as z from './schema.ts';

const rule = z.object({
  /** The line as listed or written. */
  line: z.string(),
  action: z.enum(['always', 'never']),
  /** Watched file, the links above it resolved. */
  path: z.string(),
  /** Whether everything below a watched directory is meant too. */
  recursive: z.boolean(),
  /** Which of read, write, execute, attribute change it records. */
  permissions: z.string(),
  /** Fields that narrow it (a user, an executable): it does not record everybody. */
  narrowed: z.boolean(),
});

const schema = z.object({
  /** The kernel was built with auditing. */
  supported: z.boolean(),
  /** 0 off, 1 on, 2 on and locked until reboot. */
  enabled: z.int(),
  /** Process id of the audit daemon; 0 when none listens. */
  auditdPid: z.int(),
  /** `-a never,task`, loaded or on disk: no process gets an audit context, so no rule ever fires. */
  tasksExempt: z.boolean(),
  kernel: z.array(rule),
  disk: z.array(rule),
  /** Rule files read, in the order they are loaded. */
  diskFiles: z.array(z.string()),
  /** audit.rules holds rules while rules.d holds no file: augenrules, which writes audit.rules anew from rules.d, would drop them. */
  handWritten: z._default(z.boolean(), false),
  /** Directories that /etc/tmpfiles.d has made at boot before rules are loaded: a rule below one that is not there yet stops all behind it. */
  bootDirectories: z._default(z.array(z.string()), []),
});

export type Audit = z.infer<typeof schema>;
export type AuditRule = z.infer<typeof rule>;

const RULES_DIRECTORY = '/etc/audit/rules.d';
const RULES_FILE = '/etc/audit/audit.rules';
const TMPFILES_DIRECTORY = '/etc/tmpfiles.d';

export const audit = defineCollector({
  describes: 'audit rules in the kernel and on disk, parsed, and whether auditing is on',
  watch: { paths: [`${RULES_DIRECTORY}/*.rules`, RULES_FILE, `${TMPFILES_DIRECTORY}/*.conf`] },
  schema,
  async collect(host) {
    const disk = readDiskRules(host);
    const rules = (lines: readonly string[]): AuditRule[] =>
      parseRules(lines).map((rule) => ({ ...rule, path: resolveAbove(host, rule.path) }));
    const handWritten = disk.files.includes(RULES_FILE) && disk.lines.some((line) => /^-[aAw]\b/.test(line));
    const written = { disk: rules(disk.lines), diskFiles: disk.files, handWritten, bootDirectories: readBootDirectories(host) };
    const [status, listed] = await Promise.all([auditctl(host, '-s'), auditctl(host, '-l')]);
    if (status === null) return { supported: false, enabled: 0, auditdPid: 0, tasksExempt: false, kernel: [], ...written };
    const loaded = (listed ?? '').split('\n');
    const tasksExempt = [...loaded, ...disk.lines].some((line) => TASKS_EXEMPT.test(line));
    return { supported: true, ...parseStatus(status), tasksExempt, kernel: rules(loaded), ...written };
  },
});

const TASKS_EXEMPT = /^\s*-[aA]\s+(never,task|task,never)(?!.* -F (?!key=))/;

/** What auditctl prints; null where the kernel knows nothing of auditing. */
async function auditctl(host: Host, option: '-s' | '-l'): Promise<string | null> {
  try {
    const { status, stdout, stderr } = await host.run('auditctl', [option]);
    if (status === 0) return stdout;
    const message = stderr.trim() || `exit status ${status}`;
    if (/not in kernel|protocol not supported/i.test(message)) return null;
    if (/not permitted|must be root|permission denied/i.test(message)) {
      throw new HostError('denied', `auditctl ${option}: ${message} (needs root with CAP_AUDIT_CONTROL in the initial namespaces)`);
    }
    throw new HostError('io', `auditctl ${option}: ${message}`);
  } catch (error) {
    if (!hasCode(error, 'missing')) throw error;
    throw new HostError('missing', 'auditctl not found: the rules in force cannot be read (install auditd)', { cause: error });
  }
}

/** augenrules builds audit.rules from rules.d at load, moving -D first; where rules.d holds rules, those are what a reboot brings. */
function readDiskRules(host: Host): { files: string[]; lines: string[] } {
  const names = host.lstat(RULES_DIRECTORY) === null ? [] : host.list(RULES_DIRECTORY);
  const parts = names.filter((name) => name.endsWith('.rules')).toSorted();
  const files = parts.map((name) => `${RULES_DIRECTORY}/${name}`);
  if (files.length > 0) return { files, lines: files.flatMap((path) => linesOf(host, path)).filter((line) => line !== '-D') };
  const built = [RULES_FILE].filter((path) => host.lstat(path) !== null);
  return { files: built, lines: built.flatMap((path) => linesOf(host, path)) };
}

/** The `d`, `D`, `v`, `q` and `Q` lines of tmpfiles.d, as far as the site has written its own. */
function readBootDirectories(host: Host): string[] {
  const names = host.lstat(TMPFILES_DIRECTORY) === null ? [] : host.list(TMPFILES_DIRECTORY);
  const files = names.filter((name) => name.endsWith('.conf')).map((name) => `${TMPFILES_DIRECTORY}/${name}`);
  const paths = files.flatMap((path) => linesOf(host, path)).flatMap((line) => /^[dDvqQ]\S*\s+"?(\/[^\s"]+)/.exec(line)?.[1] ?? []);
  return [...new Set(paths.map(normalise))].toSorted();
}

function linesOf(host: Host, path: string): string[] {
  return host
    .read(path)
    .split('\n')
    .map((line) => line.trim());
}

/** A rule names the directory entry it watches: links that lead to it are followed, one in its place is not. */
function resolveAbove(host: Host, path: string): string {
  const slash = path.lastIndexOf('/');
  const above = resolvePath(host, path.slice(0, slash)).path;
  return path === '/' ? path : `${above === '/' ? '' : above}${path.slice(slash)}`;
}

/** The output of `auditctl -s`, one field a line or all in one. Throws HostError when it says nothing of the kind. */
export function parseStatus(output: string): { enabled: number; auditdPid: number } {
  const field = (name: string): string | undefined => new RegExp(`\\b${name}[ =](\\d+)`).exec(output)?.[1];
  const enabled = field('enabled');
  if (enabled === undefined) throw new HostError('invalid', 'auditctl -s: its output does not say whether auditing is enabled');
  return { enabled: Number(enabled), auditdPid: Number(field('pid') ?? 0) };
}

/** Rules that watch files, in order of evaluation; all other lines are left out. `-D` drops those before it, `-A` goes first. */
export function parseRules(lines: readonly string[]): AuditRule[] {
  const rules: AuditRule[] = [];
  for (const line of lines.map((text) => text.trim())) {
    if (line === '-D') rules.length = 0;
    const parsed = parseRule(line);
    if (parsed === null) continue;
    if (line.startsWith('-A')) rules.unshift(parsed);
    else rules.push(parsed);
  }
  return rules;
}

/** auditctl 4 lists the calls behind a permission, some twenty; a rule with fewer was written for these alone. */
const ALL_WRITING_CALLS = 10;

/** Fields that say what is watched rather than who is; the others narrow a rule. */
const WATCH_FIELDS = ['path', 'dir', 'perm', 'key', 'arch'];

/** One rule in either spelling, `-w PATH -p wa -k KEY` or `-a always,exit -F path=PATH -F perm=wa`; null when it watches no file. */
export function parseRule(line: string): AuditRule | null {
  if (line.startsWith('#')) return null;
  const words = line.split(/\s+/);
  const after = (option: string): string[] => words.flatMap((word, index) => (word === option ? [words[index + 1] ?? ''] : []));
  const [watch] = after('-w');
  if (watch !== undefined) {
    return { line, action: 'always', path: normalise(watch), recursive: true, permissions: after('-p')[0] ?? 'rwxa', narrowed: false };
  }
  const [list] = [...after('-a'), ...after('-A')];
  const parts = list?.split(',') ?? [];
  if (!parts.includes('exit')) return null;
  const action = parts.includes('never') ? 'never' : 'always';
  const fields = after('-F').map((field) => /^([a-z0-9_]+)\s*(!?[=<>&]+)\s*(.*)$/.exec(field) ?? []);
  const value = (name: string): string | undefined => fields.find(([, field, operator]) => field === name && operator === '=')?.[3];
  const calls = after('-S').filter((call) => call !== 'all');
  const directory = value('dir') ?? (action === 'never' && calls.length === 0 && value('path') === undefined ? '/' : undefined);
  const path = directory ?? value('path');
  if (path === undefined) return null;
  return {
    line,
    action,
    path: normalise(path),
    recursive: directory !== undefined,
    // With system calls named but no permissions the rule is about those calls only, which we cannot weigh.
    permissions: value('perm') ?? (calls.length > 0 ? '' : 'rwxa'),
    narrowed:
      after('-C').length > 0 ||
      value('arch') === 'b32' ||
      (action === 'always' && calls.length > 0 && calls.flatMap((call) => call.split(',')).length < ALL_WRITING_CALLS) ||
      fields.some(([, field]) => field !== undefined && !WATCH_FIELDS.includes(field)),
  };
}

/**
 * The rule that records writes and attribute changes of a file by anybody, or why there is none; two rules may share the work. As in the
 * kernel, the first match decides. A rule on exactly this directory counts also when it does not reach what is in it: some versions of
 * auditctl list both kinds alike.
 */
export function coverage(rules: readonly AuditRule[], path: string): { readonly rule: AuditRule } | { readonly gap: string } {
  let gap = 'no rule';
  let recorded = '';
  for (const candidate of rules.filter((rule) => reaches(rule, path))) {
    const { line, action, permissions, narrowed } = candidate;
    if (action === 'never') {
      // Excluding only reads or executions takes nothing away.
      if (/[wa]|^$/.test(permissions)) return { gap: `excluded${narrowed ? ' for some users or programs' : ''} by "${line}"` };
    } else if (narrowed) gap = `only for some users or programs: "${line}"`;
    else {
      recorded += permissions;
      if (/w/.test(recorded) && /a/.test(recorded)) return { rule: candidate };
      gap = `does not record writes and attribute changes: "${line}"`;
    }
  }
  return { gap };
}

/** Whether it is about the path at all, whatever it records of it. */
export function reaches(rule: AuditRule, path: string): boolean {
  return rule.path === path || (rule.recursive && isWithin(path, rule.path));
}

import { defineCollector } from './collector.ts';
import { type Host, HostError, hasCode } from './host.ts';
import { isWithin, normalise } from './paths.ts';
import * as z from './schema.ts';

const rule = z.object({
  /** The line as listed or written. */
  line: z.string(),
  action: z.enum(['always', 'never']),
  /** Watched file; null for rules about system calls in general. */
  path: z.nullable(z.string()),
  /** Whether everything below a watched directory is meant too. */
  recursive: z.boolean(),
  /** Which of read, write, execute, attribute change it records. */
  permissions: z.string(),
  /** Fields that narrow it (a user, an executable): it does not record everybody. */
  narrowed: z.boolean(),
});

const schema = z.object({
  /** 0 off, 1 on, 2 on and locked until reboot. */
  enabled: z.int(),
  /** Process id of the audit daemon; 0 when none listens. */
  auditdPid: z.int(),
  /** `-a never,task`: no process gets an audit context, so no rule ever fires. */
  tasksExempt: z.boolean(),
  kernel: z.array(rule),
  disk: z.array(rule),
  /** Rule files read, in the order they are loaded. */
  diskFiles: z.array(z.string()),
});

export type Audit = z.infer<typeof schema>;
export type AuditRule = z.infer<typeof rule>;

const RULES_DIRECTORY = '/etc/audit/rules.d';
const RULES_FILE = '/etc/audit/audit.rules';

export const audit = defineCollector({
  describes: 'audit rules in the kernel and on disk, parsed, and whether auditing is on',
  watch: { paths: [RULES_DIRECTORY, RULES_FILE] },
  schema,
  async collect(host) {
    const status = parseStatus(await auditctl(host, '-s'));
    const listed = await auditctl(host, '-l');
    const { files, lines } = readDiskRules(host);
    return {
      ...status,
      tasksExempt: listed.split('\n').some((line) => /^-a\s+(never,task|task,never)\b/.test(line)),
      kernel: parseRules(listed.split('\n')),
      disk: parseRules(lines),
      diskFiles: files,
    };
  },
});

async function auditctl(host: Host, option: '-s' | '-l'): Promise<string> {
  try {
    const { status, stdout, stderr } = await host.run('auditctl', [option]);
    if (status === 0) return stdout;
    const message = stderr.trim() || `exit status ${status}`;
    if (/not permitted|must be root|permission denied/i.test(message)) {
      throw new HostError('denied', `auditctl ${option}: ${message} (needs root with CAP_AUDIT_CONTROL in the initial namespaces)`);
    }
    throw new HostError('io', `auditctl ${option}: ${message}`);
  } catch (error) {
    if (!hasCode(error, 'missing')) throw error;
    throw new HostError('missing', 'auditctl not found: the rules in force cannot be read (install auditd)', { cause: error });
  }
}

/** augenrules builds audit.rules from rules.d at load; where rules.d holds rules, those are what a reboot brings. */
function readDiskRules(host: Host): { files: string[]; lines: string[] } {
  const names = host.lstat(RULES_DIRECTORY) === null ? [] : host.list(RULES_DIRECTORY);
  const parts = names
    .filter((name) => name.endsWith('.rules'))
    .sort()
    .map((name) => `${RULES_DIRECTORY}/${name}`);
  const files = parts.length > 0 ? parts : [RULES_FILE].filter((path) => host.lstat(path) !== null);
  return { files, lines: files.flatMap((path) => host.read(path).split('\n')) };
}

export function parseStatus(output: string): { enabled: number; auditdPid: number } {
  const field = (name: string): number => Number(new RegExp(`^${name}[ =](\\d+)`, 'm').exec(output)?.[1] ?? 0);
  return { enabled: field('enabled'), auditdPid: field('pid') };
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

/** Fields that say what is watched rather than who is; the others narrow a rule. */
const WATCH_FIELDS = ['path', 'dir', 'perm', 'key', 'arch'];

/** One rule in either spelling, `-w PATH -p wa -k KEY` or `-a always,exit -F path=PATH -F perm=wa`; null when it watches no file. */
export function parseRule(line: string): AuditRule | null {
  const words = line.split(/\s+/);
  const after = (option: string): string[] => words.flatMap((word, index) => (word === option ? [words[index + 1] ?? ''] : []));
  const [watch] = after('-w');
  if (watch !== undefined) {
    const path = normalise(watch);
    return { line, action: 'always', path, recursive: true, permissions: after('-p')[0] ?? 'rwxa', narrowed: false };
  }
  const [list] = [...after('-a'), ...after('-A')];
  const parts = list?.split(',') ?? [];
  if (!parts.includes('exit')) return null;
  const fields = after('-F').map((field) => /^([a-z0-9_]+)\s*(!?[=<>&]+)\s*(.*)$/.exec(field) ?? []);
  const value = (name: string): string | undefined => fields.find(([, field, operator]) => field === name && operator === '=')?.[3];
  const directory = value('dir');
  const path = directory ?? value('path');
  const calls = after('-S').filter((call) => call !== 'all');
  if (path === undefined) return null;
  return {
    line,
    action: parts.includes('never') ? 'never' : 'always',
    path: normalise(path),
    recursive: directory !== undefined,
    // With system calls named but no permissions the rule records those calls only, which we cannot weigh: it counts for none.
    permissions: value('perm') ?? (calls.length > 0 ? '' : 'rwxa'),
    narrowed: fields.some(([, field]) => field !== undefined && !WATCH_FIELDS.includes(field)),
  };
}

/**
 * The rule that records writes and attribute changes of a file by anybody, or why there is none. As in the kernel, the first match decides.
 * A rule on exactly this directory counts also when it does not reach what is in it: some versions of auditctl list both kinds alike.
 */
export function coverage(rules: readonly AuditRule[], path: string): { readonly rule: AuditRule } | { readonly gap: string } {
  let gap = 'no rule';
  for (const candidate of rules) {
    if (candidate.path === null || !reaches(candidate, path)) continue;
    if (candidate.action === 'never') {
      if (!candidate.narrowed) return { gap: `excluded by "${candidate.line}"` };
    } else if (candidate.narrowed) gap = `only for some users or programs: "${candidate.line}"`;
    else if (!/w/.test(candidate.permissions) || !/a/.test(candidate.permissions))
      gap = `does not record writes and attribute changes: "${candidate.line}"`;
    else return { rule: candidate };
  }
  return { gap };
}

function reaches(candidate: AuditRule, path: string): boolean {
  if (candidate.path === path) return true;
  return candidate.recursive && candidate.path !== null && isWithin(path, candidate.path);
}

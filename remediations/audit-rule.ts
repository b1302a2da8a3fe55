/**
 * Audit rules in a file of our own, with a key of our own. They are loaded by auditctl one by one: augenrules would begin by flushing all
 * rules, among them those that somebody has loaded without writing them down.
 */
import { type AuditRule, coverage, parseRule, reaches } from '../facts/audit.ts';
import type { Facts } from '../facts/index.ts';
import { isWithin } from '../facts/paths.ts';
import type { Change } from './plan.ts';
import { type Answer, defineRemediation, type Effect } from './remediation.ts';

const RULES_DIRECTORY = '/etc/audit/rules.d';
const RULES_FILE = `${RULES_DIRECTORY}/50-hullguard.rules`;
const TMPFILES = '/etc/tmpfiles.d/hullguard.conf';

/** Directories below /run that are made after the rules are loaded at boot, with the mode that their makers give them. */
const MADE_LATER: Readonly<Record<string, string>> = { '/run/containerd': '0711' };

type Known = Pick<Facts, 'audit' | 'files'>;

export const auditRule = defineRemediation('audit-rule', {
  needs: ['audit', 'files'],
  plan({ path }, facts): Answer {
    const { audit } = facts;
    const own = parseRule(`-w ${path} -p wa -k hullguard`);
    if (own === null || /[\s"'\\]|\p{Cc}/u.test(path))
      return { refused: `${path}: a line of audit rules cannot say a path with blanks, quotes or control characters` };
    const written = 'rule' in coverage(audit.disk, path) ? [] : [own];
    if (audit.handWritten && written.length > 0) return { refused: HAND_WRITTEN };
    const kept = [...audit.disk, ...written];
    const kernel = withoutDoubt(audit);
    const loaded =
      'rule' in coverage(kernel, path) ? [] : sharing(kept, path).filter((rule) => !kernel.some((other) => isSame(rule, other)));
    const later = sharing(kept, path).flatMap((rule) => directoriesOf(rule, path, facts));
    return obstacle(path, kept, [...kernel, ...loaded], loaded, later) ?? answer(path, facts, written, loaded, later);
  },
});

const HAND_WRITTEN = `the rules of this host are in /etc/audit/audit.rules alone, which augenrules would write anew from ${RULES_DIRECTORY} and so drop them: move them into a file there, such as ${RULES_DIRECTORY}/30-site.rules`;

/** What keeps the rules from recording the path though they are there, or from being loaded at all. */
function obstacle(
  path: string,
  disk: readonly AuditRule[],
  kernel: readonly AuditRule[],
  loaded: readonly AuditRule[],
  later: readonly string[],
): Answer | null {
  const ineffective = [coverage(disk, path), coverage(kernel, path)].find((weighed) => 'gap' in weighed);
  if (ineffective !== undefined && 'gap' in ineffective)
    return { refused: `another rule would still come first: ${ineffective.gap}; take it away, or put a rule for ${path} before it` };
  const quoted = loaded.find(({ line }) => /["'\\]/.test(line));
  if (quoted !== undefined) return { refused: `the rule on disk has quotes in it: load it with auditctl ${quoted.line}` };
  if (isWithin(path, '/run/user'))
    return { refused: `${path} comes and goes with the session of its user, and the kernel drops a rule with the directory it is in` };
  const unknown = later.find((directory) => !(directory in MADE_LATER));
  if (unknown === undefined) return null;
  return {
    refused: `${unknown} is not there yet when the rules are loaded at boot, and a rule below it would stop all rules behind it: have it made by a line "d ${unknown} MODE root root -" in /etc/tmpfiles.d, with the mode it has now`,
  };
}

function answer(
  path: string,
  { audit, files }: Known,
  written: readonly AuditRule[],
  loaded: readonly AuditRule[],
  later: string[],
): Answer {
  const locked = audit.enabled === 2;
  const lines = written.map(({ line }) => line);
  // Ours may be the first file there: loading must begin with -D, or a second time would end at the first rule, which exists already.
  const first = audit.diskFiles.some((file) => file.startsWith(`${RULES_DIRECTORY}/`)) ? [] : ['-D'];
  const made = later.map((directory) => `d ${directory} ${MADE_LATER[directory]} root root -`);
  const changes: Change[] = [
    ...(made.length > 0 ? [{ kind: 'lines' as const, path: TMPFILES, lines: made }] : []),
    ...(lines.length > 0 ? [{ kind: 'lines' as const, path: RULES_FILE, lines: [...first, ...lines] }] : []),
    ...(locked ? [] : loaded.map(({ line }) => ({ kind: 'audit-rule' as const, rule: line.replace(/\s+/g, ' ') }))),
  ];
  const waits =
    locked && loaded.length > 0 ? 'takes effect after a reboot: the audit rules are locked (auditctl -s: enabled 2)' : undefined;
  const isData = files['docker-root'].some(({ target }) => target === path);
  return { changes, impact: 'none', ...(isData && { effects: [dataEffect(path)] }), ...(waits !== undefined && { waits }) };
}

function dataEffect(path: string): Effect {
  return {
    effect: `about six audit records for each file that a container makes, changes or removes, and every system call a little slower; to spare the log, put "-a never,exit -F dir=${path}/overlay2" and "-a never,exit -F dir=${path}/volumes" into a file that comes first, such as ${RULES_DIRECTORY}/40-docker.rules: changes of image layers and volumes then go unseen`,
    resources: [path],
  };
}

/**
 * The loaded rules for what they surely are. auditctl 3 lists a rule on a directory alone like one on all that is in it; where only the former
 * is on disk, the latter is not believed.
 */
function withoutDoubt({ kernel, disk }: Facts['audit']): AuditRule[] {
  return kernel.map((rule) => {
    const written = disk.filter(({ path, action }) => path === rule.path && action === rule.action);
    return { ...rule, recursive: rule.recursive && (written.length === 0 || written.some(({ recursive }) => recursive)) };
  });
}

/** The rule that records the path, or those that share the work. */
function sharing(rules: readonly AuditRule[], path: string): AuditRule[] {
  const useful = rules.filter((rule) => rule.action === 'always' && !rule.narrowed && reaches(rule, path) && /[wa]/.test(rule.permissions));
  const enough = useful.find(({ permissions }) => /w/.test(permissions) && /a/.test(permissions));
  return enough === undefined ? useful : [enough];
}

function isSame(left: AuditRule, right: AuditRule): boolean {
  const letters = ({ permissions }: AuditRule): string => [...permissions].toSorted().join('');
  return left.path === right.path && left.action === right.action && left.narrowed === right.narrowed && letters(left) === letters(right);
}

/** Directories that must be there when the rule is loaded, as far as nobody makes them in time: /run is empty at boot. */
function directoriesOf(rule: AuditRule, path: string, { audit, files }: Known): string[] {
  const isDirectory =
    rule.path !== path ||
    Object.values(files)
      .flat()
      .some(({ target, kind }) => target === path && kind === 'directory');
  const parts = rule.path.split('/');
  const parents = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  return (isDirectory ? parents : parents.slice(0, -1)).filter(
    (directory) => directory !== '/run' && isWithin(directory, '/run') && !audit.bootDirectories.includes(directory),
  );
}

import { coverage } from '../../facts/audit.ts';
import type { FileFact, FileRole } from '../../facts/files.ts';
import type { Facts } from '../../facts/index.ts';
import { type Check, defineCheck, type Evidence, fail, pass, unknown, type Verdict } from '../check.ts';

interface Row {
  readonly id: string;
  readonly role: FileRole;
  /** What the title calls it. */
  readonly name: string;
  /** For the fix: what to watch where the path is the usual one. */
  readonly path: string;
}

/** Audit rules, loaded and on disk, record who changes one of Docker's files. */
export function auditedPath({ id, role, name, path }: Row): Check<'audit' | 'files'> {
  return defineCheck({
    id,
    title: `Audit rules record changes to ${name}`,
    severity: role === 'docker-root' ? 'low' : 'medium',
    stride: ['R', 'T'],
    surface: 'host',
    rationale: `Without an audit rule nobody can tell who changed ${name}, or when.`,
    fix: `Add "-w ${path} -p wa -k docker" to a file in /etc/audit/rules.d and run augenrules --load.`,
    impact: 'none',
    goal: 'audit-rule',
    needs: ['audit', 'files'],
    judge({ audit, files }) {
      const there = files[role].filter((file) => file.status !== 'missing');
      // Drop-ins change a unit as well, but the control names the unit file only.
      const watched = role === 'docker-service' ? there.slice(0, 1) : there;
      if (watched.length === 0) return { notApplicable: `${path} is not on this host` };
      if (!audit.supported) return { notApplicable: 'this kernel was built without auditing' };
      return watched.map((file) => evidenceOf(file, audit));
    },
  });
}

function evidenceOf(file: FileFact, audit: Facts['audit']): Evidence {
  const expected = 'a rule with permissions wa, loaded and on disk';
  const about = { resource: file.path, subject: { path: file.path }, expected, source: 'auditctl -l, /etc/audit/rules.d' };
  return { ...about, ...judge(file, audit) };
}

function judge(file: FileFact, audit: Facts['audit']): Verdict {
  if (file.status === 'unreadable') return unknown(file.problem ?? 'not readable');
  if (audit.enabled === 0) return fail('auditing is switched off (auditctl -s: enabled 0)');
  if (audit.tasksExempt) return fail('the rule "-a never,task" keeps every other rule from firing');
  const loaded = coverage(audit.kernel, file.target);
  const kept = coverage(audit.disk, file.target);
  const mend = (actual: string): Verdict => ({ ...fail(actual), goal: { kind: 'audit-rule', path: file.target } });
  if ('gap' in loaded && 'gap' in kept) return mend(loaded.gap);
  if ('gap' in loaded) return mend(`on disk but not loaded: ${loaded.gap}`);
  if ('gap' in kept) return mend(`loaded but not on disk, so gone after a reboot: ${kept.gap}`);
  return pass(loaded.rule.line);
}

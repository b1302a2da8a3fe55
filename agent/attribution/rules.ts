/** Audit rules that attribution needs beside those that the checks ask for. They are data: nobody loads them but a person, or the plan of a check. */
import { type Audit, type AuditRule, coverage, reaches } from '../../facts/audit.ts';
import type { Host } from '../../facts/host.ts';
import type { Facts } from '../../facts/index.ts';
import { isWithin, resolvePath } from '../../facts/paths.ts';
import { namedByCollectors, namedByFacts } from '../triggers/tracked.ts';

export interface TrailRule {
  /** A line for auditctl, or for a file in /etc/audit/rules.d. */
  readonly line: string;
  /** What it records: `changes of /etc/group`, `who runs /usr/bin/docker`. */
  readonly records: string;
}

/** Not that of the rules that the checks ask for: the same line in two files would stop all that come after it. */
const KEY = 'hullguard-who';
/** Programs that ask the engine for what people want. */
const CLIENTS = [
  '/usr/bin/docker',
  '/usr/local/bin/docker',
  '/usr/bin/docker-compose',
  '/usr/local/bin/docker-compose',
  '/usr/libexec/docker/cli-plugins/docker-compose',
  '/usr/lib/docker/cli-plugins/docker-compose',
];

type Reader = Pick<Host, 'lstat' | 'readlink'>;

/** The engine's sockets on this host. */
export function socketsOf({ files }: Partial<Facts>): string[] {
  return (files?.['docker-sock'] ?? []).filter(({ status }) => status === 'present').map(({ target }) => target);
}

/** Those that are not in force, in an order in which they can be loaded. A path that is not there is left out: auditctl stops at it. */
export function missingRules(host: Reader, facts: Partial<Facts>): TrailRule[] {
  const kernel = facts.audit?.kernel ?? [];
  const files = topmost(watchedPaths(host, facts), dataRoots(facts)).filter((path) => !('rule' in coverage(kernel, path)));
  const clients = CLIENTS.map((path) => resolvePath(host, path))
    .filter(({ status }) => status !== null)
    .map(({ path }) => path);
  return [
    ...files.map((path) => ({ line: `-w ${path} -p wa -k ${KEY}`, records: `changes of ${path}` })),
    ...[...new Set(clients)]
      .filter((path) => !recordsRuns(kernel, path))
      .map((path) => ({ line: `-w ${path} -p x -k ${KEY}`, records: `who runs ${path}` })),
    ...socketsOf(facts)
      .filter((path) => !recordsConnections(kernel, path))
      .map((path) => ({ line: `-a always,exit -F arch=b64 -S connect -F path=${path} -k ${KEY}`, records: `who connects to ${path}` })),
  ];
}

/** Where the files lie that facts are made of, as far as they are there. What lives in /run comes and goes, and rules with it. */
function watchedPaths(host: Reader, facts: Partial<Facts>): string[] {
  const roots = [...namedByCollectors(), ...namedByFacts(facts)].map(({ path }) => path.replace(/\/[^/]*\*.*$/, ''));
  const found = roots.flatMap((path) => {
    const { path: real, status } = resolvePath(host, path);
    return status === null || /[\s"'\\]/.test(real) || isWithin(real, '/run') || status.kind === 'socket' ? [] : [real];
  });
  return [...new Set(found)].toSorted();
}

/** A rule for a directory covers what is in it. That of the engine's data is left out: each file of each container would be recorded. */
function topmost(paths: readonly string[], data: readonly string[]): string[] {
  const wanted = paths.filter((path) => !data.some((root) => isWithin(path, root)));
  return wanted.filter((path) => !wanted.some((other) => other !== path && isWithin(path, other)));
}

function dataRoots({ files, engine }: Partial<Facts>): string[] {
  const known = (files?.['docker-root'] ?? []).flatMap(({ path, target }) => [path, target]);
  return ['/var/lib/docker', '/var/lib/containerd', ...known, ...(engine ? [engine.info.DockerRootDir] : [])];
}

function recordsRuns(kernel: readonly AuditRule[], path: string): boolean {
  const first = kernel.find((rule) => reaches(rule, path) && (/x|^$/.test(rule.permissions) || rule.action === 'never'));
  return first?.action === 'always' && !first.narrowed && first.permissions.includes('x');
}

function recordsConnections(kernel: readonly AuditRule[], path: string): boolean {
  return kernel.some(({ action, line, path: watched }) => action === 'always' && watched === path && /-S \S*\bconnect\b/.test(line));
}

/** Why there is no trail at all; null where there is one. */
export function trailProblem(audit: Audit): string | null {
  if (!audit.supported) return 'this kernel was built without auditing';
  if (audit.tasksExempt) return 'the rule "-a never,task" keeps every process out of the audit trail (take it out of /etc/audit/rules.d)';
  if (audit.enabled === 0) return 'auditing is switched off (auditctl -s: enabled 0)';
  if (audit.auditdPid === 0) return 'auditd does not run (systemctl start auditd)';
  return null;
}

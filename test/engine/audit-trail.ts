/** Audit rules of the lab: what 1.1.3 to 1.1.18 say when all of Docker's files have one, or none has. */
import { existsSync, realpathSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from '../lab/engine.ts';
import { onHost } from './host.ts';
import type { Line, Row, Table } from './table.ts';

/** Rules with such a key are the lab's, and go with it. */
const KEY = 'hullguard-lab';

/** Docker's programs are this machine's own, wherever its packages put them. */
function program(name: string): string | null {
  return (
    ['/usr/bin', '/usr/sbin', '/usr/local/bin', '/usr/local/sbin'].map((folder) => `${folder}/${name}`).find((path) => existsSync(path)) ??
    null
  );
}

const PROGRAMS = {
  '1.1.3 host/audit-dockerd': 'dockerd',
  '1.1.14 host/audit-containerd-binary': 'containerd',
  '1.1.15 host/audit-containerd-shim': 'containerd-shim',
  '1.1.16 host/audit-containerd-shim-runc-v1': 'containerd-shim-runc-v1',
  '1.1.17 host/audit-containerd-shim-runc-v2': 'containerd-shim-runc-v2',
  '1.1.18 host/audit-runc-binary': 'runc',
} as const;

/** The same verdict on each path; what is not on this host is not judged. */
export function auditTrail(line: Line, { dataRoot, sysconfig }: { readonly dataRoot: string; readonly sysconfig: boolean }): Table {
  const status = String(line instanceof RegExp ? line.source : line).includes('pass') ? 'pass' : 'fail';
  const row = (path: string): Row => ({ status, evidence: { [path]: line } });
  const programs = Object.entries(PROGRAMS).map(([title, name]): [string, Row | string] => {
    const path = program(name);
    return [title, path === null ? `not-applicable: /usr/bin/${name} is not on this host` : row(path)];
  });
  return {
    ...Object.fromEntries(programs),
    '1.1.4 host/audit-run-containerd': row('/run/containerd'),
    '1.1.5 host/audit-var-lib-docker': row(dataRoot),
    '1.1.6 host/audit-etc-docker': row('/etc/docker'),
    '1.1.7 host/audit-docker-service-unit': row('/etc/systemd/system/docker.service'),
    '1.1.8 host/audit-containerd-sock': row('/lab/containerd.sock'),
    '1.1.9 host/audit-docker-socket': row('/lab/docker.sock'),
    '1.1.10 host/audit-etc-default-docker': row('/etc/default/docker'),
    '1.1.11 host/audit-daemon-json': row('/lab/daemon.json'),
    '1.1.12 host/audit-containerd-config': row('/etc/containerd/config.toml'),
    '1.1.13 host/audit-etc-sysconfig-docker': sysconfig
      ? row('/etc/sysconfig/docker')
      : 'not-applicable: /etc/sysconfig/docker is not on this host',
  };
}

/** Rules that cover all of Docker's files of an engine's host, in several spellings. */
export function rulesFor(engine: Engine): string[] {
  const programs = Object.values(PROGRAMS).flatMap((name) => program(name) ?? []);
  const folders = ['/run/containerd', '/etc/docker', '/etc/systemd/system', '/etc/sysconfig', '/etc/default/docker'];
  return [
    ...programs.map((path) => `-w ${realpathSync(path)} -p wa -k ${KEY}`),
    ...folders.map((path) => `-w ${path} -p rwxa -k ${KEY}`),
    `-a always,exit -F path=/etc/containerd/config.toml -F perm=wa -F key=${KEY}`,
    `-a always,exit -S all -F dir=${engine.dir} -F perm=wa -F key=${KEY}`,
  ];
}

/** Loads rules into the kernel, which has one list for all. */
export async function loadRules(engine: Engine, rules: readonly string[]): Promise<void> {
  await runAuditctl(engine, rules);
}

/**
 * Takes them out again, each as it was loaded: the list that auditctl prints does not tell a rule on a path from one on a directory. On the
 * engine's host, since auditctl looks at what is there. Rules that are not loaded are no error.
 */
export async function dropRules(engine: Engine, rules: readonly string[]): Promise<void> {
  const deletions = rules.map((rule) => rule.replace(/^-w/, '-W').replace(/^-a/, '-d'));
  await runAuditctl(engine, ['-i', ...deletions]);
}

async function runAuditctl(engine: Engine, lines: readonly string[]): Promise<void> {
  const file = join(engine.dir, 'audit.rules');
  await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o640 });
  await onHost(engine, 'auditctl', '-R', file);
}

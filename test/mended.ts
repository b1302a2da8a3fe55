/** What becomes of an in-memory host when a plan is carried out: the edits made, and dockerd restarted where the plan asks for it. */

import type { Goal } from '../checks/check.ts';
import { sha256 } from '../facts/digest.ts';
import { editedFiles, editedText } from '../remediations/edits.ts';
import type { Change, ChangeOf, Plan } from '../remediations/plan.ts';
import { type FakeFile, fakeHost, type HostLiteral, type Literal } from './fake-host.ts';
import { hardenedCommands, hardenedFiles } from './hardened-host.ts';

/** After the start of the fake host's dockerd, in milliseconds. */
const LATER = 1_760_000_000_000;

export function mended(literal: HostLiteral, { changes, impact }: Pick<Plan, 'changes' | 'impact'>, goals: readonly Goal[]): HostLiteral {
  const taken = impact !== 'none';
  const host = fakeHost(literal);
  const files: Record<string, FakeFile | null> = {};
  const before = (path: string): FakeFile => {
    const file = files[path] ?? literal.files?.[path] ?? hardenedFiles(literal)[path] ?? {};
    return typeof file === 'string' ? { content: file } : (file ?? {});
  };
  for (const path of editedFiles(changes)) {
    const there = host.lstat(path) === null ? null : host.read(path);
    const content = editedText(path, there, changes);
    files[path] = { ...before(path), content, modifiedAt: LATER };
  }
  if (taken) {
    // Proxies die with the daemon that started them.
    for (const [path, file] of Object.entries(literal.files ?? {}))
      if ((typeof file === 'string' ? file : file?.content)?.includes('(docker-proxy)')) files[path] = null;
    const path = '/etc/docker/daemon.json';
    const content = before(path).content ?? '';
    files['/var/lib/hullguard/settled.json'] = { content: settled(path, content), mode: 0o600 };
  }
  for (const change of changes) if (change.kind === 'access') files[change.path] = { ...before(change.path), ...change.after };
  const rules = changes.flatMap((change) => (change.kind === 'audit-rule' ? [change.rule] : []));
  const listed = { ...hardenedCommands, ...literal.commands }['auditctl -l'];
  const loaded = typeof listed === 'object' ? (listed.stdout ?? '') : '';
  return {
    ...literal,
    files: { ...literal.files, ...files },
    commands: { ...literal.commands, ...(rules.length > 0 && { 'auditctl -l': { stdout: `${loaded}\n${rules.join('\n')}\n` } }) },
    ...engineAfter(literal, changes, goals),
  };
}

function settled(path: string, content: string): string {
  // The fake dockerd: process 100, started 1000 ticks after the boot.
  return JSON.stringify({ schemaVersion: 1, path, digest: sha256(content), pid: 100, startedAt: 1_750_000_010_000 });
}

/** What the engine reports once it has the settings and the limits. */
function engineAfter(literal: HostLiteral, changes: readonly Change[], goals: readonly Goal[]): Partial<HostLiteral> {
  const settings = new Map(goals.flatMap((goal) => (goal.kind === 'daemon-setting' ? [[goal.key, goal.value] as const] : [])));
  const info: Record<string, unknown> = { ...literal.info };
  if (settings.has('live-restore')) info['LiveRestoreEnabled'] = settings.get('live-restore');
  if (settings.has('debug')) info['Debug'] = settings.get('debug');
  if (settings.has('experimental')) info['ExperimentalBuild'] = settings.get('experimental');
  if (settings.has('no-new-privileges')) {
    const options = (info['SecurityOptions'] as string[] | undefined) ?? ['name=seccomp,profile=builtin', 'name=userns'];
    info['SecurityOptions'] = [...options, 'name=no-new-privileges'];
  }
  if (settings.has('insecure-registries'))
    info['RegistryConfig'] = { InsecureRegistryCIDRs: ['127.0.0.0/8'], IndexConfigs: { 'docker.io': { Secure: true } }, Mirrors: null };
  return {
    info,
    ...(settings.has('icc') && literal.networks && { networks: literal.networks.map(closed) }),
    ...(literal.containers && { containers: literal.containers.map((entry) => limited(entry, changes)) }),
  };
}

function closed(network: Literal): Literal {
  const options = network['Options'] as Literal | undefined;
  return network['Name'] === 'bridge' ? { ...network, Options: { ...options, 'com.docker.network.bridge.enable_icc': 'false' } } : network;
}

function limited(entry: Literal, changes: readonly Change[]): Literal {
  const id = String(entry['Id'] ?? 'c0ffee').padEnd(64, '0');
  const limits = changes.filter((change): change is ChangeOf<'limits'> => change.kind === 'limits' && change.id === id);
  return { ...entry, HostConfig: Object.assign({}, entry['HostConfig'], ...limits.map(({ after }) => after)) };
}

/** daemon.json: where it stands and what dockerd makes of it. */
import type { Daemon } from './daemon.ts';
import { daemonOptions, ignoredKeys, refusal } from './dockerd-options.ts';
import { type Host, hasCode, reasonOf } from './host.ts';
import { type Json, locate, type ParsedObject, parseObject, position } from './json.ts';
import { resolvePath } from './paths.ts';

const MAX_CONFIG_BYTES = 1 << 20;

/** Keys that a remediation sets. The values of others are nobody's business, and may be secret. */
const CHANGEABLE = [
  'icc',
  'log-level',
  'debug',
  'iptables',
  'ip6tables',
  'insecure-registries',
  'default-ulimits',
  'no-new-privileges',
  'live-restore',
  'userland-proxy',
  'experimental',
];

interface Config {
  readonly file: Daemon['configFile'];
  readonly content: Readonly<Record<string, Json>>;
  /** As it is written; null where it was not read. */
  readonly text: string | null;
}

/** Reads it; null is a place that nobody knows. What is wrong with it is part of the answer. */
export function readConfig(host: Host, path: string | null, engineMajor: number): Config {
  const file = {
    path: path ?? '~/.config/docker/daemon.json',
    modifiedAt: null,
    changedAt: null,
    problem: null,
    duplicates: [],
    ignored: {},
    target: null,
    keys: {},
    others: [],
    settled: false,
  };
  const nothing = (status: 'missing' | 'invalid' | 'unreadable', problem: string | null, target: string | null = null): Config => ({
    file: { ...file, status, problem, target },
    content: {},
    text: null,
  });
  if (path === null)
    return nothing('unreadable', 'whose home directory that is cannot be told (run as root, or as the user of the daemon)');
  try {
    const { path: target, status } = resolvePath(host, path);
    if (status === null) return nothing('missing', null, target);
    if (status.kind !== 'file')
      return nothing(
        'invalid',
        `it is ${status.kind === 'other' ? 'a device or pipe' : `a ${status.kind}`}, dockerd expects a file`,
        target,
      );
    const text = host.read(path, MAX_CONFIG_BYTES);
    const parsed = parseConfig(text, engineMajor);
    const { modifiedAt } = status;
    // Moving a file into place, or pointing a link elsewhere, leaves the time its content was written at.
    const changedAt = Math.max(status.changedAt, host.lstat(path)?.changedAt ?? 0);
    const read = { ...file, modifiedAt, changedAt, target };
    if (!parsed.ok) return { file: { ...read, status: 'invalid', problem: parsed.problem }, content: {}, text };
    const ignored = Object.fromEntries([...ignoredKeys].filter(([wrong]) => Object.hasOwn(parsed.value, wrong)));
    const keys = Object.fromEntries(CHANGEABLE.flatMap((key) => given(parsed.value, key)));
    const others = Object.keys(parsed.value).filter((key) => !daemonOptions.some((option) => option.key === key));
    return { file: { ...read, status: 'read', duplicates: [...parsed.duplicates], ignored, keys, others }, content: parsed.value, text };
  } catch (error) {
    return nothing(hasCode(error, 'too-large') ? 'invalid' : 'unreadable', reasonOf(error).replace(`${path}: `, ''));
  }
}

function given(content: Readonly<Record<string, Json>>, key: string): [string, Json][] {
  const value = content[key];
  return value === undefined ? [] : [[key, value]];
}

/** Engines before 23.0 stop at an empty file and at a byte order mark; later ones, and we where the version is unknown, do not. */
function parseConfig(source: string, engineMajor: number): ParsedObject {
  const text = engineMajor > 0 && engineMajor < 23 ? source : source.replace(/^\ufeff/, '').replace(/^\s*$/, 'null');
  if (text.trim() === 'null') return { ok: true, value: {}, duplicates: [] };
  const parsed = parseObject(text);
  if (!parsed.ok) return parsed;
  const refused = Object.entries(parsed.value).flatMap(([key, value]) => {
    const problem = refusal(key, value);
    return problem === null ? [] : [`${position(text, locate(text, [key]))}: ${problem}`];
  });
  return refused.length === 0 ? parsed : { ok: false, problem: refused.join('; ') };
}

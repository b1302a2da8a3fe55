/** dockerd's options: how each is spelt as a flag and in daemon.json, and what it is when nobody sets it. */
import { isRecord, type Json } from './json.ts';

type Kind = 'boolean' | 'text' | 'list' | 'map';

export interface DaemonOption {
  /** Its name in daemon.json. */
  readonly key: string;
  readonly flag: string;
  readonly short?: string;
  readonly kind: Kind;
  /** Value when unset; undefined where the engine picks one or has none. */
  readonly default?: Json;
}

function option(key: string, kind: Kind, rest: Partial<DaemonOption> = {}): DaemonOption {
  return { key, kind, flag: key, ...rest };
}

/**
 * Options that decide some control, or whose kind the command line parser must know. List keys are plural in the file and singular as
 * flags; the file's singular spelling is accepted by dockerd and ignored. Source: `dockerd --help` of 20.10 to 28.5.
 */
export const daemonOptions: readonly DaemonOption[] = [
  option('icc', 'boolean', { default: true }),
  option('log-level', 'text', { short: 'l', default: 'info' }),
  option('debug', 'boolean', { short: 'D', default: false }),
  option('iptables', 'boolean', { default: true }),
  option('ip6tables', 'boolean'), // default depends on the engine: see defaultOf in daemon.ts
  option('insecure-registries', 'list', { flag: 'insecure-registry', default: [] }),
  option('registry-mirrors', 'list', { flag: 'registry-mirror', default: [] }),
  option('storage-driver', 'text', { short: 's' }),
  option('storage-opts', 'list', { flag: 'storage-opt', default: [] }),
  option('hosts', 'list', { flag: 'host', short: 'H', default: [] }),
  option('tls', 'boolean', { default: false }),
  option('tlsverify', 'boolean', { default: false }),
  option('tlscacert', 'text'),
  option('tlscert', 'text'),
  option('tlskey', 'text'),
  option('default-ulimits', 'map', { flag: 'default-ulimit', default: {} }),
  option('userns-remap', 'text', { default: '' }),
  option('cgroup-parent', 'text', { default: '' }),
  option('authorization-plugins', 'list', { flag: 'authorization-plugin', default: [] }),
  option('log-driver', 'text', { default: 'json-file' }),
  option('log-opts', 'map', { flag: 'log-opt', default: {} }),
  option('no-new-privileges', 'boolean', { default: false }),
  option('live-restore', 'boolean', { default: false }),
  option('userland-proxy', 'boolean', { default: true }),
  option('seccomp-profile', 'text', { default: '' }),
  option('experimental', 'boolean', { default: false }),
  option('selinux-enabled', 'boolean', { default: false }),
  option('group', 'text', { short: 'G', default: 'docker' }),
  option('data-root', 'text'), // default depends on who runs the daemon
  option('graph', 'text', { short: 'g' }),
  option('config-file', 'text'),
  option('containerd', 'text'),
  option('bridge', 'text', { short: 'b', default: '' }),
  option('pidfile', 'text', { short: 'p' }),
  option('ip', 'text', { default: '0.0.0.0' }),
  option('exec-opts', 'list', { flag: 'exec-opt', default: [] }),
  option('labels', 'list', { flag: 'label', default: [] }),
  option('default-address-pools', 'list', { flag: 'default-address-pool', default: [] }),
  option('runtimes', 'map', { flag: 'add-runtime', default: {} }),
  option('features', 'map', { flag: 'feature', default: {} }),
  ...['dns-opt', 'host-gateway-ip', 'cdi-spec-dir', 'node-generic-resource'].map((flag) => option(`${flag}s`, 'list', { flag })),
  option('default-network-opts', 'map', { flag: 'default-network-opt' }),
  // Booleans that decide nothing here, but take no value on the command line.
  option('restart', 'boolean', { short: 'r' }),
  ...['allow-direct-routing', 'cri-containerd', 'help', 'init', 'ip-forward', 'ip-forward-no-drop', 'ip-masq', 'ipv6'].map((key) =>
    option(key, 'boolean'),
  ),
  ...['raw-logs', 'rootless', 'validate', 'version', 'disable-legacy-registry'].map((key) => option(key, 'boolean')),
];

const byFlag = new Map(daemonOptions.map((entry) => [entry.flag, entry]));
const byShort = new Map(daemonOptions.flatMap((entry) => (entry.short === undefined ? [] : [[entry.short, entry] as const])));

/** Singular spellings that dockerd accepts in daemon.json and ignores (seen on 20.10, 26.1 and 28.5). */
export const ignoredKeys: ReadonlyMap<string, string> = new Map(
  daemonOptions.filter((entry) => entry.kind === 'list' && entry.flag !== entry.key).map((entry) => [entry.flag, entry.key]),
);

const KINDS: Readonly<Record<Kind, { readonly expected: string; readonly accepts: (value: Json) => boolean }>> = {
  boolean: { expected: 'true or false', accepts: (value) => typeof value === 'boolean' },
  text: { expected: 'a string', accepts: (value) => typeof value === 'string' },
  list: { expected: 'a list', accepts: (value) => Array.isArray(value) },
  map: { expected: 'an object', accepts: isRecord },
};

/** Why dockerd refuses to start with this key in daemon.json; null when it does not, or when we do not know the key. */
export function refusal(key: string, value: Json): string | null {
  const singular = daemonOptions.find((entry) => entry.kind === 'map' && entry.flag === key && entry.key !== key);
  if (singular !== undefined) return `${key} is a flag, the key is ${singular.key}`;
  const known = daemonOptions.find((entry) => entry.key === key);
  if (known === undefined || value === null || KINDS[known.kind].accepts(value)) return null;
  return `${key}: expected ${KINDS[known.kind].expected}`;
}

/** What a key of daemon.json sets. Null and empty text leave the default, but null forces a boolean to false (seen on 20.10 and 28.5). */
export function valueInFile(key: string, value: Json | undefined): Json | undefined {
  const kind = daemonOptions.find((entry) => entry.key === key)?.kind;
  if (value === null) return kind === 'boolean' ? false : undefined;
  return value === '' && kind === 'text' ? undefined : value;
}

/** An address to listen on, in full: one without a scheme is TCP. */
export function listenUrl(host: string): string {
  return host.includes('://') || host === '' ? host : `tcp://${host}`;
}

/** Options given on a dockerd command line, by their daemon.json key. */
export function parseFlags(argv: readonly string[]): Readonly<Record<string, Json>> {
  const given = new Map<string, Json>();
  for (const { option, value } of findFlags(argv)) record(option, value, given);
  return Object.fromEntries(given);
}

export interface Flag {
  readonly option: DaemonOption;
  readonly value: string;
  /** The word it begins with. */
  readonly index: number;
}

/**
 * Each option as it is given. Follows Go's pflag: `--flag value`, `--flag=value`, `-fvalue`, `-f value`. Anybody may call a program dockerd, and give
 * it as many words as the kernel takes: this must stay linear.
 */
export function findFlags(argv: readonly string[]): Flag[] {
  const found: Flag[] = [];
  const rest = argv.slice(1).reverse();
  while (rest.length > 0) {
    const index = argv.length - rest.length;
    const give = (option: DaemonOption, value: string): void => void found.push({ option, value, index });
    const word = rest.pop() ?? '';
    if (word === '--') break;
    if (word.startsWith('--')) parseLong(word.slice(2), rest, give);
    else if (word.startsWith('-') && word.length > 1) parseShort(word.slice(1), rest, give);
  }
  return found;
}

type Give = (option: DaemonOption, value: string) => void;

/** `rest`: the words behind it, the next one last. */
function parseLong(word: string, rest: string[], give: Give): void {
  const equals = word.indexOf('=');
  const name = equals < 0 ? word : word.slice(0, equals);
  const known = byFlag.get(name) ?? option(name, 'text');
  if (equals >= 0) give(known, word.slice(equals + 1));
  else if (known.kind === 'boolean') give(known, 'true');
  // A flag we do not know may take no value: it must not swallow the flag after it.
  else if (!byFlag.has(name) && rest.at(-1)?.startsWith('-')) give(known, '');
  else give(known, rest.pop() ?? '');
}

/** `-D`, `-Hunix://…`, `-l debug`, `-Dl debug`. */
function parseShort(letters: string, rest: string[], give: Give): void {
  for (let at = 0; at < letters.length; at++) {
    const known = byShort.get(letters[at] ?? '');
    if (known === undefined) return;
    const next = letters[at + 1];
    if (known.kind !== 'boolean') {
      give(known, next === undefined ? (rest.pop() ?? '') : letters.slice(at + 1).replace(/^=/, ''));
      return;
    }
    give(known, next === '=' ? letters.slice(at + 2) : 'true');
    if (next === '=') return;
  }
}

function record(known: DaemonOption, value: string, given: Map<string, Json>): void {
  const before = given.get(known.key);
  switch (known.kind) {
    case 'boolean':
      given.set(known.key, ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(value));
      break;
    case 'text':
      given.set(known.key, value);
      break;
    case 'list':
      if (Array.isArray(before)) before.push(value);
      else given.set(known.key, [value]);
      break;
    case 'map': {
      const entries = isRecord(before) ? before : {};
      const [name = '', ...rest] = value.split('=');
      // `__proto__` is a name like any other.
      Object.defineProperty(entries, name, { value: rest.join('='), enumerable: true, configurable: true, writable: true });
      given.set(known.key, entries);
    }
  }
}

/** A setting's text; null when it is not set to any. */
export function textOf(value: Json | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

import { defineCollector } from './collector.ts';
import { daemonOptions, ignoredKeys, isMap, parseFlags } from './dockerd-options.ts';
import { type Engine, majorVersion, securityOption } from './engine.ts';
import { type Host, HostError, hasCode, reasonOf } from './host.ts';
import { type Json, json, parseObject } from './json.ts';
import { resolvePath } from './paths.ts';
import type { Dockerd, Processes } from './processes.ts';
import * as z from './schema.ts';

const origin = z.enum(['api', 'flag', 'file', 'environment', 'default']);

const setting = z.object({
  /** The value in force; left out when it cannot be known. */
  value: z.optional(json),
  origin: z.nullable(origin),
  /** Where the value was read, for the evidence; why it is unknown when it is. */
  source: z.string(),
  /** What the configuration file asks for, when that is not (known to be) in force. */
  pending: z.optional(json),
});

const configFile = z.object({
  path: z.string(),
  status: z.enum(['missing', 'read', 'invalid', 'unreadable']),
  problem: z.nullable(z.string()),
  modifiedAt: z.nullable(z.number()),
  /** Keys given twice: the last one counts. */
  duplicates: z.array(z.string()),
  /** Misspelt keys that dockerd accepts and ignores → the key that works. */
  ignored: z.record(z.string(), z.string()),
});

const schema = z.object({
  /** Why dockerd's process, and with it its flags, is unknown; null when it is known. */
  unseen: z.nullable(z.string()),
  process: z.nullable(z.object({ pid: z.int(), uid: z.int(), startedAt: z.number(), unit: z.nullable(z.string()) })),
  configFile,
  settings: z.record(z.string(), setting),
  /** Keys given both as a flag and in the file: dockerd will not start again. */
  conflicts: z.array(z.object({ key: z.string(), flag: json, file: json })),
  /** TLS asked for by `DOCKER_TLS_VERIFY` in the daemon's environment. */
  tlsByEnvironment: z.boolean(),
  /** Where default TLS certificates lie. */
  certificateDirectory: z.string(),
  rootless: z.boolean(),
});

export type Daemon = z.infer<typeof schema>;
export type Setting = z.infer<typeof setting>;

const MAX_CONFIG_BYTES = 1 << 20;

export const daemon = defineCollector<typeof schema, { engine: Engine; processes: Processes }>({
  describes: "dockerd's effective settings, each with its origin: live API, command line, configuration file, default",
  watch: { paths: ['/etc/docker/daemon.json'], events: ['daemon'] },
  schema,
  after: ['engine', 'processes'],
  async collect(host, { engine, processes }) {
    const process = processes && findDaemon(host, processes, engine);
    const flags = process ? parseFlags(process.argv) : {};
    const rootless = isRootless(engine, process);
    const home = process?.environment?.['HOME'] ?? '/root';
    const explicit = textOf(flags['config-file']);
    const path = explicit ?? (rootless ? `${home}/.config/docker/daemon.json` : '/etc/docker/daemon.json');
    const { file, content } = readConfig(host, path, majorVersion(engine?.version.Version ?? ''));
    const unseen = whyUnseen(processes, engine?.endpoint ?? 'the engine');
    const sources: Sources = { unseen, flags, file: content, configFile: file, process, live: engine && liveSettings(engine), engine };
    return {
      unseen: process ? null : unseen,
      process: process ? { pid: process.pid, uid: process.uid, startedAt: process.startedAt, unit: process.unit } : null,
      configFile: file,
      settings: Object.fromEntries(daemonOptions.map(({ key }) => [key, withoutSecrets(key, effective(key, sources))])),
      conflicts: Object.entries(content)
        .filter(([key]) => key in flags && key !== 'runtimes') // runtimes alone merge
        .map(([key, value]) => ({ key, flag: presentable(key, flags[key] ?? null), file: presentable(key, value) })),
      tlsByEnvironment: (process?.environment?.['DOCKER_TLS_VERIFY'] ?? '') !== '',
      certificateDirectory: process?.environment?.['DOCKER_CERT_PATH'] ?? `${home}/.docker`,
      rootless,
    };
  },
});

/** The process behind the engine under audit: the one that holds its socket, else the one with its data root. */
function findDaemon(host: Host, processes: Processes, engine: Engine | undefined): Dockerd | undefined {
  const candidates = processes.dockerd.filter((process) => !process.nested);
  if (engine === undefined) return candidates.length === 1 ? candidates[0] : undefined;
  const serving = candidates.find((process) => holds(host, process, engine.endpoint));
  return serving ?? candidates.find((process) => dataRootOf(process) === comparable('data-root', engine.info.DockerRootDir));
}

/** A daemon in another container may use the same path; the socket's device and inode tell the two apart. */
function holds(host: Host, { pid }: Dockerd, endpoint: string): boolean {
  if (!endpoint.startsWith('unix://')) return false;
  const path = endpoint.slice('unix://'.length);
  try {
    const ours = resolvePath(host, path);
    return ours.status !== null && host.lstat(`/proc/${pid}/root${ours.path}`)?.identity === ours.status.identity;
  } catch (error) {
    if (error instanceof HostError) return false; // another user's process is closed to us
    throw error;
  }
}

function dataRootOf(process: Dockerd): string | null {
  const flags = parseFlags(process.argv);
  return textOf(flags['data-root']) ?? textOf(flags['graph']) ?? (process.uid === 0 ? '/var/lib/docker' : null);
}

function whyUnseen(processes: Processes | undefined, endpoint: string): string {
  if (processes === undefined) return 'the process list cannot be read';
  if (processes.dockerd.length === 0) return 'no dockerd process is visible from here';
  return `none of the dockerd processes here serves ${endpoint} (run as root on the engine's own host)`;
}

function isRootless(engine: Engine | undefined, process: Dockerd | undefined): boolean {
  return engine === undefined ? (process?.uid ?? 0) !== 0 : securityOption(engine.info.SecurityOptions, 'rootless') !== undefined;
}

/** Log drivers take tokens and passwords as options, and unknown keys may hold a proxy's: their names say enough. */
function presentable(key: string, value: Json): Json {
  if (key === 'log-opts')
    return Object.fromEntries(entriesOf(value).map(([name, option]) => [name, isAddress(name, option) ? option : '(not shown)']));
  return daemonOptions.some((option) => option.key === key) ? value : '(not shown)';
}

function isAddress(name: string, value: Json): boolean {
  return name.endsWith('-address') && typeof value === 'string' && !value.includes('@');
}

function withoutSecrets(key: string, setting: Setting): Setting {
  return {
    ...setting,
    ...(setting.value === undefined ? {} : { value: presentable(key, setting.value) }),
    ...(setting.pending === undefined ? {} : { pending: presentable(key, setting.pending) }),
  };
}

interface Sources {
  readonly flags: Readonly<Record<string, Json>>;
  readonly file: Readonly<Record<string, Json>>;
  readonly configFile: Daemon['configFile'];
  readonly process: Dockerd | undefined;
  readonly live: Readonly<Record<string, Live>> | undefined;
  readonly engine: Engine | undefined;
  readonly unseen: string;
}

interface Live {
  readonly value: Json;
  readonly source: string;
}

/** One setting: live API before flag before file before default. */
function effective(key: string, sources: Sources): Setting {
  const { flags, file, configFile, process, live, engine } = sources;
  const reported = live?.[key];
  const flag = flags[key];
  const inFile = file[key];
  if (reported !== undefined) {
    const asked = flag ?? inFile ?? undefined;
    const pending = flag === undefined && inFile !== undefined && !sameSetting(key, inFile, reported.value) ? { pending: inFile } : {};
    const origin =
      asked !== undefined && sameSetting(key, asked, reported.value)
        ? flag !== undefined
          ? 'flag'
          : 'file'
        : isDefault(key, reported.value, engine)
          ? 'default'
          : 'api';
    return { value: reported.value, origin, source: reported.source, ...pending };
  }
  if (process === undefined) return { origin: null, source: sources.unseen };
  if (flag !== undefined) return { value: flag, origin: 'flag', source: `command line of dockerd (pid ${process.pid})` };
  if (configFile.status === 'invalid' || configFile.status === 'unreadable') {
    return { origin: null, source: `${configFile.path}: ${configFile.problem ?? 'not readable'}` };
  }
  const fallback = defaultOf(key, engine);
  const changed = configFile.modifiedAt !== null && configFile.modifiedAt > process.startedAt;
  if (inFile !== undefined) {
    // The file is only evidence for a daemon that has read it; what an older one holds in memory cannot be asked for.
    if (changed) return { origin: null, source: `${configFile.path}, changed after dockerd started`, pending: inFile };
    return { value: inFile, origin: 'file', source: configFile.path };
  }
  return { ...(fallback === undefined ? {} : { value: fallback }), origin: 'default', source: 'default' };
}

function isDefault(key: string, value: Json, engine: Engine | undefined): boolean {
  const fallback = defaultOf(key, engine);
  return fallback !== undefined && sameSetting(key, fallback, value);
}

function defaultOf(key: string, engine: Engine | undefined): Json | undefined {
  if (key === 'ip6tables') return majorVersion(engine?.version.Version ?? '') >= 27; // moby: off by default up to 26
  return daemonOptions.find((option) => option.key === key)?.default;
}

/** The API reports some values in another form than they are set in; two forms of one value are no difference. */
function sameSetting(key: string, left: Json, right: Json): boolean {
  return JSON.stringify(comparable(key, left)) === JSON.stringify(comparable(key, right));
}

function comparable(key: string, value: Json): Json {
  if (key === 'seccomp-profile') return ['', 'default', 'builtin'].includes(String(value)) ? '' : value;
  if (key === 'userns-remap') return value !== '' && value !== false; // the API says only that it is on
  if (key === 'insecure-registries')
    return Array.isArray(value)
      ? value
          .map(String)
          .filter((entry) => !isLoopbackRange(entry))
          .sort()
      : value;
  if (key === 'data-root')
    return String(value)
      .replace(/\/+$/, '')
      .replace(/\/\d+\.\d+$/, ''); // userns-remap appends uid.gid
  return Array.isArray(value) ? [...value].map(String).sort() : value;
}

/** Ranges the engine always adds. */
export function isLoopbackRange(range: string): boolean {
  return range.startsWith('127.') || range === '::1/128' || range === '::1';
}

/** The settings that the API reports, by their daemon.json key. What it reports wrongly or not at all is left out. */
export function liveSettings(engine: Engine): Readonly<Record<string, Live>> {
  const { info } = engine;
  const live: Record<string, Live> = {
    debug: { value: info.Debug, source: 'docker info: Debug' },
    'live-restore': { value: info.LiveRestoreEnabled, source: 'docker info: LiveRestoreEnabled' },
    'log-driver': { value: info.LoggingDriver, source: 'docker info: LoggingDriver' },
    'storage-driver': { value: info.Driver, source: 'docker info: Driver' },
    experimental: { value: info.ExperimentalBuild, source: 'docker info: ExperimentalBuild' },
    'data-root': { value: info.DockerRootDir, source: 'docker info: DockerRootDir' },
    'userns-remap': {
      value: securityOption(info.SecurityOptions, 'userns') === undefined ? '' : 'on',
      source: 'docker info: SecurityOptions',
    },
    'selinux-enabled': { value: securityOption(info.SecurityOptions, 'selinux') !== undefined, source: 'docker info: SecurityOptions' },
  };
  if (majorVersion(engine.version.Version) >= 24) {
    live['no-new-privileges'] = {
      value: securityOption(info.SecurityOptions, 'no-new-privileges') !== undefined,
      source: 'docker info: SecurityOptions',
    };
  }
  // No seccomp entry at all means that the kernel has none, so nothing is filtered.
  const seccomp = securityOption(info.SecurityOptions, 'seccomp')?.['profile'] ?? 'unconfined';
  live['seccomp-profile'] = { value: seccomp, source: 'docker info: SecurityOptions' };
  if (info.RegistryConfig) {
    live['insecure-registries'] = { value: insecureRegistries(info.RegistryConfig), source: 'docker info: RegistryConfig' };
  }
  const bridge = engine.networks.find((network) => network.Name === 'bridge' && network.Driver === 'bridge');
  const icc = bridge?.Options['com.docker.network.bridge.enable_icc'];
  if (icc !== undefined) live['icc'] = { value: icc === 'true', source: 'docker network inspect bridge' };
  const ip = bridge?.Options['com.docker.network.bridge.host_binding_ipv4'];
  if (ip !== undefined) live['ip'] = { value: ip, source: 'docker network inspect bridge' };
  return live;
}

function insecureRegistries(registries: NonNullable<Engine['info']['RegistryConfig']>): string[] {
  const named = Object.entries(registries.IndexConfigs).flatMap(([name, index]) => (index.Secure ? [] : [name]));
  return [...registries.InsecureRegistryCIDRs, ...named];
}

function readConfig(
  host: Host,
  path: string,
  engineMajor: number,
): { file: Daemon['configFile']; content: Readonly<Record<string, Json>> } {
  const file = { path, modifiedAt: null, problem: null, duplicates: [], ignored: {} };
  const nothing = (status: 'missing' | 'invalid' | 'unreadable', problem: string | null) => ({
    file: { ...file, status, problem },
    content: {},
  });
  try {
    const { status } = resolvePath(host, path);
    if (status === null) return nothing('missing', null);
    if (status.kind !== 'file') return nothing('invalid', `it is a ${status.kind}, dockerd expects a file`);
    const source = host.read(path, MAX_CONFIG_BYTES);
    const modifiedAt = status.modifiedAt;
    if (source.trim() === '' && (engineMajor === 0 || engineMajor >= 23))
      return { file: { ...file, modifiedAt, status: 'read' }, content: {} };
    // Engines before 23.0 stop at a byte order mark; later ones skip it.
    const parsed = parseObject(engineMajor > 0 && engineMajor < 23 ? source : source.replace(/^\ufeff/, ''));
    if (!parsed.ok) return { file: { ...file, modifiedAt, status: 'invalid', problem: parsed.problem }, content: {} };
    const ignored = Object.fromEntries([...ignoredKeys].filter(([wrong]) => wrong in parsed.value));
    return { file: { ...file, modifiedAt, status: 'read', duplicates: [...parsed.duplicates], ignored }, content: parsed.value };
  } catch (error) {
    return nothing(hasCode(error, 'too-large') ? 'invalid' : 'unreadable', reasonOf(error));
  }
}

function textOf(value: Json | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Entries of a map-valued setting. */
export function entriesOf(value: Json | undefined): [string, Json][] {
  return isMap(value) ? Object.entries(value) : [];
}

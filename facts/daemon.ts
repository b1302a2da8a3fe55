import { defineCollector } from './collector.ts';
import { readConfig } from './daemon-config.ts';
import { isLoopbackRange, type Live, liveSettings, PROXIES } from './daemon-live.ts';
import { findDaemon, isRootless, whyUnseen, withoutRemap } from './daemon-process.ts';
import { daemonOptions, parseFlags, valueInFile } from './dockerd-options.ts';
import { type Engine, majorVersion } from './engine.ts';
import { configFileOf, type Engines } from './engines.ts';
import { isRecord, type Json, json } from './json.ts';
import type { Dockerd, Processes } from './processes.ts';
import * as z from './schema.ts';
import { type Edited, editedSince, readSettled, SETTLED_FILE } from './settled.ts';

const origin = z.enum(['api', 'flag', 'file', 'environment', 'default']);

const setting = z.object({
  /** The value in force; left out when it cannot be known. */
  value: z.optional(json),
  origin: z.nullable(origin),
  /** Where the value was read, for the evidence; why it is unknown when it is. */
  source: z.string(),
  /** What the configuration file asks for, when that is not (known to be) in force. */
  pending: z.optional(json),
  /** The default, unless somebody took the key out of the file since dockerd started. */
  assumed: z.optional(z.literal(true)),
});

const configFile = z.object({
  path: z.string(),
  status: z.enum(['missing', 'read', 'invalid', 'unreadable']),
  problem: z.nullable(z.string()),
  modifiedAt: z.nullable(z.number()),
  /** Later than that where it was moved, or its owner or mode changed. */
  changedAt: z._default(z.nullable(z.number()), null),
  /** Keys given twice: the last one counts. */
  duplicates: z.array(z.string()),
  /** Misspelt keys that dockerd accepts and ignores → the key that works. */
  ignored: z.record(z.string(), z.string()),
  /** The file itself, links resolved; where nothing is there yet, the place it would have. Null when that is unknown. */
  target: z._default(z.nullable(z.string()), null),
  /** What it says of the keys that a remediation sets. */
  keys: z._default(z.record(z.string(), json), {}),
  /** Keys that hullguard does not weigh, known to dockerd or not. */
  others: z._default(z.array(z.string()), []),
  /** dockerd is known to run with this file: it is older than the process, or hullguard has recorded that the process took it. */
  settled: z._default(z.boolean(), false),
});

const schema = z.object({
  /** Why dockerd's process, and with it its flags, is unknown; null when it is known. */
  unseen: z.nullable(z.string()),
  process: z.nullable(z.object({ pid: z.int(), uid: z.int(), startedAt: z.number(), unit: z.nullable(z.string()) })),
  configFile,
  settings: z.record(z.string(), setting),
  /** Keys given both as a flag and in the file: dockerd will not start again. */
  conflicts: z.array(z.object({ key: z.string(), flag: json, file: json })),
  /** What the engine itself says of TCP listeners that do not ask for a client certificate. */
  openListeners: z.array(z.string()),
  /** TLS asked for by `DOCKER_TLS_VERIFY` in the daemon's environment, in vain: see tlsMode. */
  tlsByEnvironment: z.boolean(),
  /** Where default TLS certificates lie. */
  certificateDirectory: z.string(),
  rootless: z.boolean(),
});

export type Daemon = z.infer<typeof schema>;
export type Setting = z.infer<typeof setting>;

export const daemon = defineCollector<typeof schema, object, { engine: Engine; engines: Engines; processes: Processes }>({
  describes: "dockerd's effective settings, each with its origin: live API, command line, configuration file, default",
  watch: { paths: ['/etc/docker/daemon.json', SETTLED_FILE], events: ['daemon'] },
  schema,
  after: ['engine', 'engines', 'processes'],
  async collect(host, { engine, engines, processes }) {
    const endpoint = engine?.endpoint ?? engines?.selected ?? null;
    const process = processes && findDaemon(host, processes, { engine, endpoint });
    const flags = process ? parseFlags(process.argv) : {};
    const rootless = engine ? isRootless(engine) : (process?.uid ?? 0) !== 0;
    const path = process ? configFileOf(process) : rootless ? null : '/etc/docker/daemon.json';
    const { file, content, text } = readConfig(host, path, majorVersion(engine?.version.Version ?? ''));
    const edited = process ? editedSince({ ...file, text }, process, readSettled(host)) : null;
    const unseen = whyUnseen(processes, endpoint ?? 'the engine');
    const live = { ...(engine && liveSettings(engine)), ...(process?.proxies && PROXIES) };
    const sources: Sources = { unseen, flags, file: content, configFile: file, edited, process, live, engine };
    return {
      unseen: process ? null : unseen,
      process: process ? { pid: process.pid, uid: process.uid, startedAt: process.startedAt, unit: process.unit } : null,
      configFile: {
        ...file,
        keys: Object.fromEntries(Object.entries(file.keys).map(([key, value]) => [key, presentable(key, value)])),
        // A file that is not there counts as one that never was, unless the command line names it.
        settled: edited === 'no' && (file.status === 'read' || (file.status === 'missing' && flags['config-file'] === undefined)),
      },
      settings: Object.fromEntries(daemonOptions.map(({ key }) => [key, withoutSecrets(key, effective(key, sources))])),
      conflicts: Object.entries(content)
        .filter(([key]) => Object.hasOwn(flags, key) && key !== 'runtimes') // runtimes alone merge
        .map(([key, value]) => ({ key, flag: presentable(key, flags[key] ?? null), file: presentable(key, value) })),
      openListeners: (engine?.info.Warnings ?? []).filter((warning) => /API is accessible on https?:\/\//i.test(warning)),
      tlsByEnvironment: (process?.environment?.['DOCKER_TLS_VERIFY'] ?? '') !== '',
      certificateDirectory: certificateDirectory(process?.environment ?? {}),
      rootless,
    };
  },
});

/** Where dockerd looks for certificates that nobody has named. */
function certificateDirectory(environment: Readonly<Record<string, string>>): string {
  const { DOCKER_CERT_PATH: path, DOCKER_CONFIG: config, HOME: home } = environment;
  return path || config || `${home || '/root'}/.docker`;
}

/**
 * How dockerd secures its TCP listeners, by what is in force or written; null when that is unknown. Any word on tlsverify turns TLS on, and
 * TLS alone verifies clients, too. DOCKER_TLS_VERIFY in its environment changes nothing (seen on 20.10, 26.1 and 28.5).
 */
export function tlsMode({ settings }: Pick<Daemon, 'settings'>): 'off' | 'unverified' | 'verified' | null {
  const [tls, verify] = [settings['tls'], settings['tlsverify']];
  const asked = verify?.origin === 'default' ? undefined : (verify?.value ?? verify?.pending);
  if (asked !== undefined) return asked === true ? 'verified' : 'unverified';
  const encrypted = tls?.value ?? tls?.pending;
  if (encrypted === true) return 'verified';
  if (verify?.assumed) return null;
  return encrypted === undefined || verify?.value === undefined ? null : 'off';
}

/** Log drivers and mirrors take tokens and passwords, and unknown keys may hold a proxy's: their names say enough. */
export function presentable(key: string, value: Json): Json {
  if (key === 'log-opts')
    return Object.fromEntries(entriesOf(value).map(([name, option]) => [name, isAddress(name, option) ? option : z.HIDDEN]));
  if (key === 'registry-mirrors')
    return Array.isArray(value) ? value.map((url) => String(url).replace(/\/\/[^/@]*@/, '//')) : '(not shown)';
  if (key === 'insecure-registries' && Array.isArray(value)) return value.map((entry) => (String(entry).includes('@') ? z.HIDDEN : entry));
  return daemonOptions.some((option) => option.key === key) ? value : z.HIDDEN;
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
  readonly edited: Edited | null;
  readonly process: Dockerd | undefined;
  readonly live: Readonly<Record<string, Live>>;
  readonly engine: Engine | undefined;
  readonly unseen: string;
}

/** One setting: live API before flag before file before default. */
function effective(key: string, sources: Sources): Setting {
  const { flags, configFile, edited, process, live, engine } = sources;
  const flag = flags[key];
  const inFile = valueInFile(key, sources.file[key]);
  const fallback = defaultOf(key, engine);
  const reported = live[key];
  if (reported !== undefined) {
    const differs = (value: Json | undefined): boolean => value !== undefined && !sameSetting(key, value, reported.value);
    const origin = originOf([flag, inFile, fallback].map((value) => value !== undefined && !differs(value)));
    // A key that is gone from the file counts with its default, but only where the file can have changed, and can be read.
    const next =
      inFile ??
      (process && (configFile.status === 'missing' || (configFile.status === 'read' && edited === 'content')) ? fallback : undefined);
    return { ...reported, origin, ...(flag === undefined && differs(next) && { pending: next }) };
  }
  if (process === undefined) return { origin: null, source: sources.unseen };
  if (flag !== undefined) return { value: flag, origin: 'flag', source: `command line of dockerd (pid ${process.pid})` };
  if (configFile.status === 'invalid' || configFile.status === 'unreadable') {
    return { origin: null, source: `${configFile.path}: ${configFile.problem ?? 'not readable'}` };
  }
  // dockerd would not have started without the file it was told to read.
  if (configFile.status === 'missing' && flags['config-file'] !== undefined) {
    return { origin: null, source: `${configFile.path}, gone since dockerd started` };
  }
  // The file is only evidence for a daemon that has read it; what an older one holds in memory cannot be asked for.
  if (edited === 'content') {
    const source = `${configFile.path}, changed after dockerd started`;
    if (inFile !== undefined) return { origin: null, source, pending: inFile };
    return { ...(fallback !== undefined && { value: fallback, assumed: true }), origin: 'default', source };
  }
  const moved = edited === 'place' && {
    assumed: true as const,
    source: `${configFile.path}, moved or changed in mode after dockerd started`,
  };
  if (inFile !== undefined) return { value: inFile, origin: 'file', source: configFile.path, ...moved };
  return { ...(fallback !== undefined && { value: fallback }), origin: 'default', source: 'default' };
}

/** Which of flag, file and default agree with what the engine reports; the first one counts. */
function originOf([flag, file, fallback]: readonly boolean[]): Setting['origin'] {
  if (flag) return 'flag';
  if (file) return 'file';
  return fallback ? 'default' : 'api';
}

function defaultOf(key: string, engine: Engine | undefined): Json | undefined {
  if (key === 'ip6tables') return majorVersion(engine?.version.Version ?? '') >= 27; // moby: off by default up to 26
  return daemonOptions.find((option) => option.key === key)?.default;
}

/** The API reports some values in another form than they are set in; two forms of one value are no difference. */
export function sameSetting(key: string, left: Json, right: Json): boolean {
  return JSON.stringify(comparable(key, left)) === JSON.stringify(comparable(key, right));
}

function comparable(key: string, value: Json): Json {
  if (key === 'seccomp-profile') return ['', 'default', 'builtin'].includes(String(value)) ? '' : value;
  if (key === 'userns-remap') return value !== '' && value !== false; // the API says only that it is on
  if (key === 'data-root') return withoutRemap(String(value));
  if (!Array.isArray(value)) return value;
  const entries = value.map(String).sort();
  if (key === 'registry-mirrors') return entries.map((url) => url.replace(/\/$/, '')); // the engine adds a slash
  return key === 'insecure-registries' ? entries.filter((entry) => !isLoopbackRange(entry)) : entries;
}

/** Entries of a map-valued setting. */
export function entriesOf(value: Json | undefined): [string, Json][] {
  return isRecord(value) ? Object.entries(value) : [];
}

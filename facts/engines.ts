import { defineCollector } from './collector.ts';
import { parseFlags } from './dockerd-options.ts';
import { type Host, HostError } from './host.ts';
import { parseObject } from './json.ts';
import { resolvePath } from './paths.ts';
import type { Dockerd, Processes } from './processes.ts';
import * as z from './schema.ts';

const found = z.object({
  /** `unix:///run/docker.sock` */
  endpoint: z.string(),
  /** How it was found, in words. */
  how: z.string(),
  /** Its configuration file; null where nothing tells. */
  configFile: z.nullable(z.string()),
});

const schema = z.object({
  found: z.array(found),
  /** The engine under audit; null when there is none. */
  selected: z.nullable(z.string()),
  /** It runs on another host, whose files, processes and audit rules are out of reach. */
  remote: z.boolean(),
});

export type Engines = z.infer<typeof schema>;
type Found = z.infer<typeof found>;

const DEFAULT_SOCKET = '/var/run/docker.sock';
const DEFAULT_CONFIG = '/etc/docker/daemon.json';

export const engines = defineCollector<typeof schema, { processes: Processes }>({
  describes: 'the container engines of this host, and which of them is under audit',
  watch: { paths: ['/run', '/run/user'] },
  schema,
  after: ['processes'],
  async collect(host, { processes }) {
    const wanted = host.requestedEndpoint;
    const candidates = [
      ...(wanted === null ? [] : [{ endpoint: wanted, how: 'asked for', configFile: null }]),
      ...sockets(host, [DEFAULT_SOCKET], 'default socket'),
      ...(processes?.dockerd ?? []).filter((daemon) => !daemon.nested).flatMap((daemon) => listeners(host, daemon)),
      ...sockets(host, userSockets(host, 'docker.sock'), 'rootless socket'),
      ...contexts(host),
      ...sockets(host, ['/run/podman/podman.sock', ...userSockets(host, 'podman/podman.sock')], 'podman socket'),
    ];
    const merged = merge(host, candidates);
    const selected = wanted ?? merged.find(({ how }) => !how.startsWith('context') && !how.startsWith('podman'))?.endpoint ?? null;
    return { found: merged, selected, remote: selected !== null && isRemote(host, selected) };
  },
});

/** What a dockerd process listens on, by its command line and its configuration file. */
function listeners(host: Host, daemon: Dockerd): Found[] {
  const flags = parseFlags(daemon.argv);
  const home = daemon.environment?.['HOME'] ?? '/root';
  const fallback = daemon.uid === 0 ? DEFAULT_CONFIG : `${home}/.config/docker/daemon.json`;
  const configFile = String(flags['config-file'] ?? fallback);
  const hosts = flags['hosts'] ?? hostsInFile(host, configFile);
  const endpoints = (Array.isArray(hosts) ? hosts.map(String) : []).map((url) =>
    url.startsWith('fd:') ? `unix://${DEFAULT_SOCKET}` : url,
  );
  const usual = daemon.uid === 0 ? DEFAULT_SOCKET : `/run/user/${daemon.uid}/docker.sock`;
  return (endpoints.length > 0 ? endpoints : [`unix://${usual}`]).map((endpoint) => ({
    endpoint,
    how: `dockerd (pid ${daemon.pid})`,
    configFile,
  }));
}

function hostsInFile(host: Host, path: string): unknown {
  try {
    const parsed = parseObject(host.read(path));
    return parsed.ok ? parsed.value['hosts'] : undefined;
  } catch (error) {
    if (error instanceof HostError) return undefined;
    throw error;
  }
}

function sockets(host: Host, paths: readonly string[], how: string): Found[] {
  return paths.filter((path) => exists(host, path)).map((path) => ({ endpoint: `unix://${path}`, how, configFile: null }));
}

function exists(host: Host, path: string): boolean {
  try {
    return resolvePath(host, path).status?.kind === 'socket';
  } catch (error) {
    if (error instanceof HostError) return false;
    throw error;
  }
}

function userSockets(host: Host, name: string): string[] {
  try {
    return host.list('/run/user').map((uid) => `/run/user/${uid}/${name}`);
  } catch (error) {
    if (error instanceof HostError) return []; // no user is logged in
    throw error;
  }
}

const contextFile = z.object({ Name: z.string(), Endpoints: z.dictionary(z.object({ Host: z.text })) });

/** Docker contexts of the user who runs the audit. */
function contexts(host: Host): Found[] {
  const directory = `${host.home}/.docker/contexts/meta`;
  try {
    return host.list(directory).flatMap((name) => {
      const parsed = contextFile.safeParse(JSON.parse(host.read(`${directory}/${name}/meta.json`)));
      const endpoint = parsed.success ? parsed.data.Endpoints['docker']?.Host : '';
      return parsed.success && endpoint ? [{ endpoint, how: `context ${parsed.data.Name}`, configFile: null }] : [];
    });
  } catch (error) {
    if (error instanceof HostError || error instanceof SyntaxError) return [];
    throw error;
  }
}

/** One entry an engine: the same socket may be found in several ways. The first way names it, the first configuration file known stays. */
function merge(host: Host, candidates: readonly Found[]): Found[] {
  const merged = new Map<string, Found>();
  for (const candidate of candidates) {
    const key = identity(host, candidate.endpoint);
    const known = merged.get(key);
    merged.set(key, known === undefined ? candidate : { ...known, configFile: known.configFile ?? candidate.configFile });
  }
  return [...merged.values()];
}

function identity(host: Host, endpoint: string): string {
  if (!endpoint.startsWith('unix://')) return endpoint;
  try {
    return resolvePath(host, endpoint.slice('unix://'.length)).status?.identity ?? endpoint;
  } catch (error) {
    if (error instanceof HostError) return endpoint;
    throw error;
  }
}

function isRemote(host: Host, endpoint: string): boolean {
  const name = /^(?:tcp|https?|ssh):\/\/(?:[^@/]*@)?(\[[^\]]*\]|[^:/]*)/.exec(endpoint)?.[1];
  if (name === undefined) return false;
  return (
    !['localhost', '127.0.0.1', '[::1]', '', ...host.addresses].includes(name.replace(/^\[([^\]]*)\]$/, '$1')) &&
    !/^127\./.test(name) &&
    name !== '[::1]'
  );
}

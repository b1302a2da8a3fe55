import { parseContext } from './client-config.ts';
import { defineCollector } from './collector.ts';
import { listenUrl, parseFlags } from './dockerd-options.ts';
import { attempt, type Host } from './host.ts';
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

export const engines = defineCollector<typeof schema, object, { processes: Processes }>({
  describes: 'the container engines of this host, and which of them is under audit',
  watch: { paths: ['/run/docker.sock', '/run/podman/podman.sock', '/run/user/*/docker.sock', '/run/user/*/podman/podman.sock'] },
  schema,
  after: ['processes'],
  async collect(host, { processes }) {
    const wanted = host.requestedEndpoint;
    const candidates = [
      ...(wanted === null ? [] : [{ endpoint: wanted, how: 'asked for', configFile: null }]),
      ...sockets(host, [DEFAULT_SOCKET], 'default socket'),
      ...(processes?.dockerd ?? [])
        .filter((daemon) => !daemon.nested)
        .toSorted((left, right) => left.uid - right.uid) // root's first: anybody may call a program dockerd
        .flatMap((daemon) => listeners(host, daemon)),
      ...sockets(host, userSockets(host, 'docker.sock'), 'rootless socket'),
      ...contexts(host),
      ...sockets(host, ['/run/podman/podman.sock', ...userSockets(host, 'podman/podman.sock')], 'podman socket'),
    ];
    const merged = merge(host, candidates);
    const selected = wanted ?? merged.find(({ how }) => !how.startsWith('context') && !how.startsWith('podman'))?.endpoint ?? null;
    return { found: merged, selected, remote: isRemote(host) };
  },
});

/** The configuration file a daemon reads; null where its user's directories are closed to us. */
export function configFileOf({ argv, uid, environment }: Dockerd): string | null {
  const named = parseFlags(argv)['config-file'];
  if (typeof named === 'string' && named !== '') return named;
  if (uid === 0) return DEFAULT_CONFIG;
  const home = environment?.['HOME'];
  const directory = environment?.['XDG_CONFIG_HOME'] || (home && `${home}/.config`);
  return directory ? `${directory}/docker/daemon.json` : null;
}

/** What a dockerd process listens on, by its command line and its configuration file. */
function listeners(host: Host, daemon: Dockerd): Found[] {
  const configFile = configFileOf(daemon);
  const hosts = parseFlags(daemon.argv)['hosts'] ?? hostsInFile(host, configFile);
  const directory = daemon.environment?.['XDG_RUNTIME_DIR'] ?? `/run/user/${daemon.uid}`;
  const usual = `unix://${daemon.uid === 0 ? DEFAULT_SOCKET : `${directory}/docker.sock`}`;
  const named = (Array.isArray(hosts) ? hosts : [])
    .map((url) => (/^(fd:|$)/.test(String(url)) ? usual : listenUrl(String(url))))
    // Anybody may call a program dockerd: what is not root's cannot send us to another host.
    .filter((url) => daemon.uid === 0 || url.startsWith('unix://'));
  return [...new Set(named.length > 0 ? named : [usual])].map((endpoint) => ({ endpoint, how: `dockerd (pid ${daemon.pid})`, configFile }));
}

/** Whether a dockerd process listens at an endpoint, as far as can be told from outside. */
export function listensAt(host: Host, daemon: Dockerd, endpoint: string): boolean {
  const wanted = identity(host, endpoint);
  return listeners(host, daemon).some((own) => identity(host, own.endpoint) === wanted) && sharesSocket(host, daemon, endpoint);
}

/** In another mount namespace the same path may be another daemon's socket; the device and inode tell the two apart. */
function sharesSocket(host: Host, { pid }: Dockerd, endpoint: string): boolean {
  if (!endpoint.startsWith('unix://')) return true;
  return attempt(() => {
    const ours = resolvePath(host, endpoint.slice('unix://'.length));
    const theirs = host.lstat(`/proc/${pid}/root${ours.path}`);
    return ours.status === null || theirs === null || theirs.identity === ours.status.identity;
  }, true); // another user's process is closed to us
}

function hostsInFile(host: Host, path: string | null): unknown {
  if (path === null) return undefined;
  const parsed = attempt(() => parseObject(host.read(path)), null);
  return parsed?.ok ? parsed.value['hosts'] : undefined;
}

function sockets(host: Host, paths: readonly string[], how: string): Found[] {
  return paths.filter((path) => exists(host, path)).map((path) => ({ endpoint: `unix://${path}`, how, configFile: null }));
}

function exists(host: Host, path: string): boolean {
  return attempt(() => resolvePath(host, path).status?.kind === 'socket', false);
}

function userSockets(host: Host, name: string): string[] {
  const uids = attempt(() => host.list('/run/user'), []); // none where no user is logged in
  return uids.map((uid) => `/run/user/${uid}/${name}`);
}

/** Docker contexts of the user who runs the audit. */
function contexts(host: Host): Found[] {
  const directory = `${host.home}/.docker/contexts/meta`;
  return attempt(() => host.list(directory), []).flatMap((name) => readContext(host, `${directory}/${name}/meta.json`));
}

/** What a context says is shown, so nothing that may be a secret stays in its address. */
function readContext(host: Host, path: string): Found[] {
  const context = attempt(() => parseContext(host.read(path)), null); // broken for its own client, too
  return context === null ? [] : [{ endpoint: context.host, how: `context ${context.name}`, configFile: null }];
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
  return attempt(() => resolvePath(host, endpoint.slice('unix://'.length)).status?.identity, undefined) ?? endpoint;
}

/** The engine asked for runs on another host. One that was found is this host's, whatever address it listens on. */
export function isRemote({ requestedEndpoint, addresses }: Pick<Host, 'requestedEndpoint' | 'addresses'>): boolean {
  const name = /^(?:tcp|https?|ssh):\/\/(?:[^@/]*@)?(\[[^\]]*\]|[^:/]*)/.exec(requestedEndpoint ?? '')?.[1];
  if (name === undefined) return false;
  const address = name.replace(/^\[([^\]]*)\]$/, '$1');
  return !['localhost', '::1', '', '0.0.0.0', '::', ...addresses].includes(address) && !/^127(\.\d+){3}$/.test(address);
}

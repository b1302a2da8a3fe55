import { defineCollector } from './collector.ts';
import type { Daemon } from './daemon.ts';
import { findFlagSources, flagSource } from './flag-sources.ts';
import { type Host, HostError } from './host.ts';
import { resolvePath } from './paths.ts';
import type { Dockerd, Processes } from './processes.ts';
import * as z from './schema.ts';

const unit = z.object({
  name: z.string(),
  /** The unit file; null when there is none. */
  path: z.nullable(z.string()),
  dropIns: z.array(z.string()),
});

/** `listens`: what systemd listens on in dockerd's stead (`-H fd://`), as written. `group`: who may use its unix sockets. */
const socket = z.object({
  ...unit.shape,
  listens: z.array(z.string()),
  group: z.nullable(z.string()),
  /** Owner and mode that systemd gives its unix sockets. */
  user: z._default(z.string(), 'root'),
  mode: z._default(z.int(), 0o666),
  /** The files that say so: `SocketMode` → the last one that sets it. */
  setBy: z._default(z.record(z.string(), z.string()), {}),
});

const schema = z.object({
  service: unit,
  socket,
  /** Where the flags of the service's dockerd stand. */
  flags: z._default(z.array(flagSource), []),
});

export type Units = z.infer<typeof schema>;
type Unit = z.infer<typeof unit>;

/** Where systemd looks for unit files, the first match winning. */
const SYSTEM_DIRECTORIES = ['/etc/systemd/', '/run/systemd/', '/usr/local/lib/systemd/', '/usr/lib/systemd/', '/lib/systemd/'];

interface From {
  readonly daemon: Daemon;
  readonly processes: Processes;
}

export const units = defineCollector<typeof schema, object, From>({
  describes: 'the systemd units that start Docker and its socket, with their drop-ins',
  watch: { paths: ['/etc/systemd/system/docker*/**', '/etc/default/docker', '/etc/sysconfig/docker'] },
  schema,
  after: ['daemon', 'processes'],
  async collect(host, { daemon, processes }) {
    const process = processes?.dockerd.find(({ pid }) => pid === daemon?.process?.pid);
    const service = process?.unit?.includes('docker') ? process.unit : 'docker.service';
    const names = [service, 'docker.socket'];
    const directories = unitDirectories(process);
    const shown = process?.uid ? new Map<string, Unit>() : await showUnits(host, names);
    const [first, second] = names.map((name) => unlessMasked(host, shown.get(name) ?? findUnit(host, name, directories)));
    const flags = findFlagSources(host, first?.path ? [first.path, ...first.dropIns] : []);
    return { service: first ?? noUnit(service), socket: readSocket(host, second ?? noUnit('docker.socket')), flags };
  },
});

/** A rootless daemon is a service of its user's own systemd. */
function unitDirectories(process: Dockerd | undefined): string[] {
  if (!process?.uid) return SYSTEM_DIRECTORIES.map((directory) => `${directory}system`);
  const { HOME: home, XDG_CONFIG_HOME: config = home && `${home}/.config` } = process.environment ?? {};
  return [...(config ? [`${config}/systemd/user`] : []), ...SYSTEM_DIRECTORIES.map((directory) => `${directory}user`)];
}

/** Asks systemd, which knows generated and linked units; without it the directories must do. */
async function showUnits(host: Host, names: readonly string[]): Promise<ReadonlyMap<string, Unit>> {
  try {
    const { status, stdout } = await host.run('systemctl', ['show', '--property=Id,FragmentPath,DropInPaths', ...names]);
    return status === 0 ? parseShow(stdout) : new Map();
  } catch (error) {
    if (error instanceof HostError) return new Map();
    throw error;
  }
}

/** The blocks that `systemctl show` prints, one a unit. A unit without a file is left out. */
export function parseShow(output: string): ReadonlyMap<string, Unit> {
  const shown = new Map<string, Unit>();
  for (const block of output.split('\n\n')) {
    const lines = block.split('\n').map((line): [string, string] => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]);
    const { Id: name, FragmentPath: path, DropInPaths: dropIns } = Object.fromEntries(lines);
    if (name && path) shown.set(name, { name, path, dropIns: dropIns ? dropIns.split(' ') : [] });
  }
  return shown;
}

function findUnit(host: Host, name: string, directories: readonly string[]): Unit {
  const directory = directories.find((candidate) => resolvePath(host, `${candidate}/${name}`).status !== null);
  if (directory === undefined) return noUnit(name);
  // Where /lib is a link to /usr/lib, two directories hold the same files.
  const folders = new Set(
    directories
      .map((candidate) => resolvePath(host, `${candidate}/${name}.d`))
      .flatMap(({ path, status }) => (status === null ? [] : [path])),
  );
  const dropIns = [...folders].flatMap((folder) => host.list(folder).map((entry) => `${folder}/${entry}`));
  return { name, path: `${directory}/${name}`, dropIns: dropIns.filter((path) => path.endsWith('.conf')).toSorted() };
}

/** A masked unit is a link to /dev/null. */
function unlessMasked(host: Host, found: Unit): Unit {
  const masked = found.path !== null && resolvePath(host, found.path).path === '/dev/null';
  return masked ? noUnit(found.name) : found;
}

function noUnit(name: string): Unit {
  return { name, path: null, dropIns: [] };
}

function readSocket(host: Host, found: Unit): Units['socket'] {
  const files = [found.path ?? '', ...found.dropIns].filter((path) => path !== '' && resolvePath(host, path).status !== null);
  const texts = files.map((path): [string, string] => [path, host.read(path)]);
  const setBy = Object.fromEntries(texts.flatMap(([path, text]) => socketOptions(text).map(([name]) => [name, path])));
  return { ...found, ...parseSocket(texts.map(([, text]) => text).join('\n')), setBy };
}

/** What a socket unit, its drop-ins behind it, says of where and for whom to listen. An empty assignment takes back those before it. */
export function parseSocket(content: string): Pick<Units['socket'], 'listens' | 'group' | 'user' | 'mode'> {
  let listens: string[] = [];
  const options = new Map<string, string>();
  for (const [name, value] of socketOptions(content)) {
    if (name === 'ListenStream') listens = value === '' ? [] : [...listens, value.replace(/^%t\//, '/run/')];
    else options.set(name, value);
  }
  const mode = options.get('SocketMode') ?? '';
  return {
    listens,
    group: options.get('SocketGroup') || null,
    user: options.get('SocketUser') || 'root',
    mode: /^[0-7]{1,4}$/.test(mode) ? Number.parseInt(mode, 8) : 0o666, // systemd ignores what is no mode
  };
}

function socketOptions(content: string): (readonly [name: string, value: string])[] {
  const assignments = content.matchAll(/^[ \t]*(ListenStream|SocketGroup|SocketUser|SocketMode)[ \t]*=(.*)$/gm);
  return [...assignments].map(([, name = '', value = '']) => [name, value.trim()]);
}

import { defineCollector } from './collector.ts';
import { type Daemon, tlsMode } from './daemon.ts';
import { withoutRemap } from './daemon-process.ts';
import { textOf } from './dockerd-options.ts';
import type { Engine } from './engine.ts';
import { type Host, HostError, reasonOf } from './host.ts';
import { normalise, resolvePath } from './paths.ts';
import * as z from './schema.ts';
import type { Units } from './units.ts';

const access = { mode: z.int(), uid: z.int(), gid: z.int() };

const file = z.object({
  path: z.string(),
  status: z.enum(['present', 'missing', 'unreadable']),
  /** Why it could not be looked at. */
  problem: z.nullable(z.string()),
  /** The file itself, links resolved; the same as `path` where there is no link. */
  target: z.string(),
  kind: z.nullable(z.enum(['file', 'directory', 'link', 'socket', 'other'])),
  ...access,
  /** Named users and groups of its access list, such as `user:bob:rw-`; null where none could be read. */
  acl: z.nullable(z.array(z.string())),
  /** Directories above it in which somebody other than root may replace it. */
  writableParents: z.array(z.object({ path: z.string(), ...access })),
});

/** What each file is to Docker. A role may have no file, one, or many (certificates). */
const roles = [
  'docker-service',
  'docker-socket-unit',
  'etc-docker',
  'registry-certs',
  'tls-ca',
  'tls-cert',
  'tls-key',
  'docker-sock',
  'daemon-json',
  'etc-default-docker',
  'etc-sysconfig-docker',
  'containerd-sock',
  'dockerd',
  'run-containerd',
  'docker-root',
  'containerd-config',
  'containerd',
  'containerd-shim',
  'containerd-shim-runc-v1',
  'containerd-shim-runc-v2',
  'runc',
] as const;

export type FileRole = (typeof roles)[number];

const schema = z.record(z.enum(roles), z.array(file));

export type Files = z.infer<typeof schema>;
export type FileFact = z.infer<typeof file>;

interface From {
  readonly daemon: Daemon;
  readonly engine: Engine;
  readonly units: Units;
}

export const files = defineCollector<typeof schema, object, From>({
  describes: "owner, mode, access list and parent directories of Docker's files, links resolved",
  watch: {
    paths: [
      '/etc/docker/**',
      '/etc/default/docker',
      '/etc/sysconfig/docker',
      '/run/docker.sock',
      '/run/containerd',
      '/run/containerd/containerd.sock',
      '/etc/containerd/config.toml',
    ],
  },
  schema,
  after: ['daemon', 'engine', 'units'],
  async collect(host, from) {
    const paths = locate(host, from);
    const found = Object.fromEntries(roles.map((role) => [role, paths[role].flatMap((path) => readRole(host, role, path))])) as Files;
    await addAccessLists(host, Object.values(found).flat());
    return found;
  },
});

/** The paths of each role on this host: what the running daemon says first, the usual place otherwise. */
function locate(host: Host, { daemon, engine, units }: Partial<From>): Readonly<Record<FileRole, readonly string[]>> {
  const setting = (key: string): string | null => textOf(daemon?.settings[key]?.value ?? daemon?.settings[key]?.pending);
  const configFile = daemon?.configFile.path ?? '/etc/docker/daemon.json';
  const etcDocker = daemon?.rootless ? configFile.slice(0, configFile.lastIndexOf('/')) : '/etc/docker';
  const certificate = (key: string, name: string): string[] => {
    const usesTls = daemon !== undefined && ['verified', 'unverified'].includes(tlsMode(daemon) ?? '');
    const path = setting(key) ?? (usesTls ? `${daemon.certificateDirectory}/${name}` : null);
    return path === null ? [] : [path];
  };
  const dataRoot = engine?.info.DockerRootDir || setting('data-root') || '/var/lib/docker';
  return {
    'docker-service': unitFiles(units?.service, 'docker.service'),
    'docker-socket-unit': unitFiles(units?.socket, 'docker.socket'),
    'etc-docker': [etcDocker],
    'registry-certs': [`${etcDocker}/certs.d`],
    'tls-ca': certificate('tlscacert', 'ca.pem'),
    'tls-cert': certificate('tlscert', 'cert.pem'),
    'tls-key': certificate('tlskey', 'key.pem'),
    'docker-sock': unixSockets(engine?.endpoint, daemon, units),
    'daemon-json': [configFile],
    'etc-default-docker': ['/etc/default/docker'],
    'etc-sysconfig-docker': ['/etc/sysconfig/docker'],
    'containerd-sock': [engine?.info.Containerd?.Address || setting('containerd') || firstThere(host, CONTAINERD_SOCKETS)],
    dockerd: programs(host, 'dockerd'),
    'run-containerd': ['/run/containerd'],
    'docker-root': [daemon?.settings['userns-remap']?.value ? withoutRemap(dataRoot) : dataRoot],
    'containerd-config': ['/etc/containerd/config.toml'],
    containerd: programs(host, 'containerd'),
    'containerd-shim': programs(host, 'containerd-shim'),
    'containerd-shim-runc-v1': programs(host, 'containerd-shim-runc-v1'),
    'containerd-shim-runc-v2': programs(host, 'containerd-shim-runc-v2'),
    runc: runtimePath(engine) ?? programs(host, 'runc'),
  };
}

/** Without units we know no better than the packaged place, and whether that can be read. */
function unitFiles(unit: Units['service'] | undefined, name: string): string[] {
  if (unit === undefined) return [`/usr/lib/systemd/system/${name}`];
  return unit.path ? [unit.path, ...unit.dropIns] : [];
}

/** The packaged place first; a static or source install puts programs elsewhere. */
function programs(host: Host, name: string): string[] {
  return [
    firstThere(
      host,
      PROGRAM_DIRECTORIES.map((directory) => `${directory}/${name}`),
    ),
  ];
}

const PROGRAM_DIRECTORIES = ['/usr/bin', '/usr/sbin', '/usr/local/bin', '/usr/local/sbin', '/snap/docker/current/bin'];
/** As dockerd looks for them: the system's containerd, else the one it starts itself. */
const CONTAINERD_SOCKETS = ['/run/containerd/containerd.sock', '/run/docker/containerd/containerd.sock'];

/** The first path that exists; the first of all when none does. */
function firstThere(host: Host, paths: readonly string[]): string {
  return paths.find((path) => resolvePath(host, path).status !== null) ?? paths[0] ?? '';
}

function runtimePath(engine: Engine | undefined): string[] | null {
  const path = engine?.info.Runtimes['runc']?.path;
  return path?.startsWith('/') ? [path] : null;
}

/** Every unix socket dockerd listens on. `fd://` stands for those of its socket unit. */
function unixSockets(endpoint: string | undefined, daemon: Daemon | undefined, units: Units | undefined): string[] {
  const hosts = daemon?.settings['hosts']?.value;
  const activated = units?.socket.listens.filter((address) => address.startsWith('/')) ?? [];
  const named = (Array.isArray(hosts) ? hosts.map(String) : []).flatMap((url) => (url.startsWith('fd:') ? activated : pathOf(url)));
  // A daemon that is told of no host listens at its usual place, whatever proxy we ask it through.
  const usual = daemon?.rootless || !Array.isArray(hosts) ? [] : ['/run/docker.sock'];
  const asked = [...(named.length > 0 ? named : usual), ...pathOf(endpoint ?? '')];
  const all = asked.length > 0 ? asked : ['/run/docker.sock'];
  return [...new Set(all.map((path) => normalise(path).replace(/^\/var\/run\//, '/run/')))];
}

function pathOf(url: string): string[] {
  return url.startsWith('unix://') ? [url.slice('unix://'.length)] : [];
}

/** The certificates are every file of every registry's directory; each other path stands for itself. */
function readRole(host: Host, role: FileRole, path: string): FileFact[] {
  if (role !== 'registry-certs' || !path.startsWith('/')) return [readFile(host, path)];
  return entries(host, path)
    .flatMap((registry) => (typeof registry === 'string' ? entries(host, registry) : [registry]))
    .map((certificate) => (typeof certificate === 'string' ? readFile(host, certificate) : certificate))
    .filter(({ kind }) => kind !== 'directory');
}

/** Paths of what lies in a directory; nothing where there is none. One that cannot be listed stands for what it hides. */
function entries(host: Host, directory: string): (string | FileFact)[] {
  try {
    if (resolvePath(host, directory).status?.kind !== 'directory') return [];
    return [...host.list(directory)].sort().map((name) => `${directory}/${name}`);
  } catch (error) {
    if (error instanceof HostError) return [unreadable(directory, reasonOf(error))];
    throw error;
  }
}

function unreadable(path: string, problem: string): FileFact {
  return { ...absent(path), status: 'unreadable', problem };
}

function absent(path: string): FileFact {
  return { path, target: path, status: 'missing', problem: null, kind: null, mode: 0, uid: 0, gid: 0, acl: null, writableParents: [] };
}

function readFile(host: Host, path: string): FileFact {
  if (!path.startsWith('/')) return unreadable(path, 'it is not known from where this path starts');
  try {
    const resolved = resolvePath(host, path);
    if (resolved.status === null) return absent(path);
    const { kind, mode, uid, gid } = resolved.status;
    const writableParents = resolved.parents
      .map((parent) => ({ path: parent.path, mode: parent.status.mode, uid: parent.status.uid, gid: parent.status.gid }))
      .filter(isWritableByOthers);
    return { ...absent(path), status: 'present', target: resolved.path, kind, mode, uid, gid, writableParents };
  } catch (error) {
    if (error instanceof HostError) return unreadable(path, reasonOf(error));
    throw error;
  }
}

/** Someone other than root could swap what lies in it. A sticky directory protects what others own. */
export function isWritableByOthers({ mode, uid, gid }: { mode: number; uid: number; gid: number }): boolean {
  const sticky = (mode & 0o1000) !== 0;
  return uid !== 0 || (!sticky && ((mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && gid !== 0)));
}

/** One getfacl for all files. It prints only those with named entries; without the program the lists stay unknown. */
async function addAccessLists(host: Host, present: FileFact[]): Promise<void> {
  const targets = [...new Set(present.filter((entry) => entry.status === 'present').map((entry) => entry.target))];
  if (targets.length === 0) return;
  try {
    const { status, stdout } = await host.run('getfacl', ['--absolute-names', '--skip-base', '--', ...targets]);
    const lists = parseAccessLists(stdout);
    for (const entry of present) entry.acl = lists.get(entry.target) ?? (status === 0 ? [] : null);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
  }
}

/** Path → named entries of `getfacl` output, whose blocks begin `# file: PATH`. */
export function parseAccessLists(output: string): Map<string, string[]> {
  const lists = new Map<string, string[]>();
  for (const block of output.split('\n\n')) {
    const path = /^# file: (.*)$/m.exec(block)?.[1];
    if (path !== undefined)
      lists.set(
        path,
        block.split('\n').filter((line) => /^(user|group):[^:]+:/.test(line)),
      );
  }
  return lists;
}

/** What an access list entry grants, as mode bits: `user:bob:rw-` → 6. Where a mask takes some away, what is left: `…  #effective:r--` → 4. */
export function granted(entry: string): number {
  const letters = entry.slice(entry.lastIndexOf(':'));
  return (letters.includes('r') ? 4 : 0) | (letters.includes('w') ? 2 : 0) | (letters.includes('x') ? 1 : 0);
}

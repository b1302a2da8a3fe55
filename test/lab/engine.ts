import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** A Debian release: Docker 20.10 comes with bookworm, 26.1 with trixie, 28.5 or later with sid. */
export type Suite = 'bookworm' | 'trixie' | 'sid';

/** A private daemon in namespaces of its own, with everything it has in one folder. */
export interface Engine {
  readonly suite: Suite;
  readonly version: string;
  readonly dir: string;
  readonly socket: string;
  /** DOCKER_HOST for it. */
  readonly endpoint: string;
  /** daemon.json (podman: containers.conf); takes effect at `restart`. */
  readonly configFile: string;
  /** The daemon's process id, which changes at `restart`. */
  pid(): number;
  /** Runs the docker client (`--host` overrides the endpoint) and returns what it prints; throws with its complaint. */
  docker(...args: readonly string[]): Promise<string>;
  /** What `systemctl restart docker` does: containers survive with live-restore only. */
  restart(): Promise<void>;
  /** Ends the daemon and its containers, and removes everything. */
  stop(): Promise<void>;
}

/** What `startEngine` may be told. */
export interface EngineOptions {
  readonly suite: Suite;
  /** A string is written as it is. */
  readonly daemonJson?: Readonly<Record<string, unknown>> | string;
  /** Further command-line flags of dockerd. */
  readonly flags?: readonly string[];
  readonly signal?: AbortSignal;
}

/** The audit daemon on this machine's kernel. */
export interface Auditd {
  /** For `ausearch --input`. */
  readonly log: string;
  /** Also removes rules whose key starts with "hullguard". */
  stop(): Promise<void>;
}

/** What a test needs of the machine. */
export type LabPart = 'engines' | 'auditd';

interface Limits {
  readonly seconds: number;
  readonly signal?: AbortSignal | undefined;
  readonly env?: Readonly<Record<string, string>>;
}

interface Start {
  readonly suite: Suite;
  readonly dir: string;
  readonly script: 'dockerd.sh' | 'podman.sh';
  readonly folder: string;
  readonly configFile: string;
  readonly flags: readonly string[];
  readonly signal: AbortSignal | undefined;
}

const { HULLGUARD_LAB: work = '/var/tmp/hullguard-lab', PATH: callersPath = '' } = process.env;
const path = [callersPath, '/usr/sbin', '/usr/bin', '/sbin', '/bin'].join(delimiter);
const tools = {
  engines: ['apt-get', 'busybox', 'curl', 'docker', 'ip', 'iptables', 'nsenter', 'unshare'],
  auditd: ['auditctl', 'auditd', 'ausearch'],
} as const;

/** Starts a Docker daemon; fetches it first where that was not done before. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { suite, daemonJson = {}, flags = [], signal } = options;
  const folder = await fetchEngine(suite, signal);
  const dir = await makeFolder();
  const configFile = join(dir, 'daemon.json');
  await writeFile(configFile, typeof daemonJson === 'string' ? daemonJson : JSON.stringify(daemonJson, null, 2));
  return start({ suite, dir, script: 'dockerd.sh', folder, configFile, flags, signal });
}

/** Starts podman's Docker-compatible API. */
export async function startPodman(suite: Suite, signal?: AbortSignal): Promise<Engine> {
  const folder = await fetchEngine(`podman-${suite}`, signal);
  const dir = await makeFolder();
  const configFile = join(dir, 'containers.conf');
  return start({ suite, dir, script: 'podman.sh', folder, configFile, flags: [], signal });
}

/** Gives the daemon an image with a shell and the usual commands; returns the image's id. */
export async function importBusybox(engine: Engine, name = 'busybox:lab'): Promise<string> {
  const root = join(engine.dir, 'busybox');
  const limits = { seconds: 20 };
  await rm(root, { recursive: true, force: true });
  await mkdir(join(root, 'bin'), { recursive: true });
  await copyFile(find('busybox') ?? 'busybox', join(root, 'bin', 'busybox'));
  const applets = (await run(['busybox', '--list'], limits)).split('\n').filter((applet) => applet !== 'busybox');
  await Promise.all(applets.map((applet) => symlink('busybox', join(root, 'bin', applet))));
  await run(['tar', '-C', root, '-cf', `${root}.tar`, '.'], limits);
  const changes = ['--change', 'CMD ["/bin/sh"]', '--change', 'ENV PATH=/bin'];
  return await engine.docker('import', ...changes, `${root}.tar`, name);
}

/** Starts the audit daemon with its log in `dir`; waits while another test has one, since a kernel has only one. */
export async function withAuditd(dir: string, signal?: AbortSignal): Promise<Auditd> {
  const script = join(import.meta.dirname, 'auditd.sh');
  const stop = async (): Promise<void> => {
    await run([script, 'stop', dir], { seconds: 30 });
  };
  const log = await run([script, 'start', dir, '-o', String(process.pid)], { seconds: 260, signal });
  return { log, stop };
}

/** Why tests that need this part of the lab cannot run here; undefined when they can. */
export function missing(part: LabPart = 'engines'): string | undefined {
  if (process.platform !== 'linux') {
    return 'this is not Linux';
  }
  if (process.geteuid?.() !== 0) {
    return 'this is not root';
  }
  const absent = tools[part].filter((tool) => find(tool) === undefined);
  if (absent.length > 0) {
    return `not installed: ${absent.join(', ')} (test/run installs them)`;
  }
  return part === 'auditd' ? auditdProblem() : engineProblem();
}

function engineProblem(): string | undefined {
  if (!/^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'))) {
    return 'this is not Debian, from whose mirror the lab takes its engines';
  }
  if (probe('ldd', find('busybox') ?? '').status === 0) {
    return 'busybox needs shared libraries: install busybox-static';
  }
  const namespaces = probe('unshare', '--mount', '--net', 'true');
  return namespaces.status === 0 ? undefined : `no namespaces can be made: ${namespaces.stderr.trim()}`;
}

function auditdProblem(): string | undefined {
  const { status, stdout, stderr } = probe('auditctl', '-s');
  const state = new Map(stdout.split('\n').map((line) => [line.split(' ')[0], line.split(' ')[1]]));
  const pid = state.get('pid') ?? '0';
  if (status !== 0) {
    return `the kernel's audit system does not answer: ${stderr.trim()}`;
  }
  if (state.get('enabled') === '2') {
    return 'audit rules are locked until reboot';
  }
  const ours = pid === '0' || !existsSync(`/proc/${pid}`) || readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('-c');
  return ours ? undefined : `auditd runs already (pid ${pid})`;
}

async function fetchEngine(name: string, signal: AbortSignal | undefined): Promise<string> {
  const line = await run([join(import.meta.dirname, 'engines.sh'), name], { seconds: 280, signal });
  return line.split(' ').at(-1) ?? '';
}

async function makeFolder(): Promise<string> {
  const dir = await mkdtemp(join(work, 'run-'));
  await chmod(dir, 0o755); // with userns-remap, the containers' root must be able to pass
  return dir;
}

async function start(options: Start): Promise<Engine> {
  const { suite, dir, configFile, signal } = options;
  const script = join(import.meta.dirname, options.script);
  const client = join(options.folder, 'docker');
  const stop = async (): Promise<void> => {
    await run([script, 'clean', dir], { seconds: 60 });
  };
  try {
    const flags = options.flags.length > 0 ? ['--', ...options.flags] : [];
    const begin = [script, 'start', dir, '-e', options.folder, '-o', String(process.pid), ...flags] as const;
    const endpoint = await run(begin, { seconds: 90, signal });
    const docker = (...args: readonly string[]): Promise<string> =>
      run([existsSync(client) ? client : (find('docker') ?? 'docker'), ...args], {
        seconds: 120,
        env: { PATH: path, HOME: dir, DOCKER_HOST: endpoint }, // nothing of the user's own settings
      });
    return {
      suite,
      version: await docker('version', '--format', '{{.Server.Version}}'),
      dir,
      socket: endpoint.slice('unix://'.length),
      endpoint,
      configFile,
      pid: () => Number.parseInt(readFileSync(join(dir, 'leader'), 'utf8'), 10),
      docker,
      restart: async () => {
        await run([script, 'restart', dir], { seconds: 120 });
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** timeout(1) ends the whole process group, and we wait for that: no child of a script outlives the call. */
function run(command: readonly [string, ...string[]], limits: Limits): Promise<string> {
  const { seconds, signal, env = { ...process.env, PATH: path } } = limits;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const args = ['--kill-after=5', String(seconds), ...command];
    const child = execFile('timeout', args, { env, maxBuffer: 256 * 1024 * 1024 }, (error, stdout, stderr) => {
      signal?.removeEventListener('abort', abort);
      if (error === null) {
        resolve(stdout.trimEnd());
        return;
      }
      const complaint = error.code === 124 ? `took more than ${seconds} s` : stderr.trim() || error.message;
      const why = signal?.aborted === true ? 'aborted' : complaint;
      reject(new Error(`${command.join(' ')}: ${why}`, { cause: error }));
    });
    const abort = (): void => {
      child.kill();
    };
    signal?.addEventListener('abort', abort);
  });
}

function probe(command: string, ...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(command, args, { env: { PATH: path, LC_ALL: 'C' }, encoding: 'utf8', timeout: 10_000 });
}

function find(tool: string): string | undefined {
  return path
    .split(delimiter)
    .map((dir) => join(dir, tool))
    .find((file) => existsSync(file));
}

/** A host on which one apply touches everything, cheap enough to look at and to mend to have hullguard killed on it hundreds of times. */
import { type ChildProcess, execFile } from 'node:child_process';
import fs from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Engine, Suite } from '../../lab/engine.ts';
import { missing } from '../../lab/engine.ts';
import { buildBundle } from '../bundle.ts';
import { type HostFiles, prepareHost } from '../host.ts';
import { holderOf, inside, stateOf } from './host-state.ts';
import { startChangeable } from './stage.ts';

const execute = promisify(execFile);
const lethal = join(import.meta.dirname, 'lethal.ts');

export interface Run {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Start {
  readonly env?: Readonly<Record<string, string>>;
  /** Modules loaded first (node --import). */
  readonly preload?: readonly string[];
  /** Milliseconds after which it is killed. */
  readonly killAfter?: number;
  /** Sent as soon as this is so; to the whole process group, as a terminal does; and once more, milliseconds later. */
  readonly signal?: {
    readonly name: NodeJS.Signals;
    readonly when: () => boolean;
    readonly group?: boolean;
    readonly again?: number;
  };
  /** As another user. */
  readonly uid?: number;
  /** Run first, in a mount namespace that is gone afterwards: mounts that only hullguard sees. */
  readonly before?: string;
}

export interface Victim {
  readonly engine: Engine;
  /** `apply …` of everything that is wrong here, at that cost. */
  apply(cost: Cost): readonly string[];
  run(args: readonly string[], start?: Start): Promise<Run>;
  /** Runs it with a kill at its n-th step. */
  killedAt(step: number, args: readonly string[]): Promise<Run>;
  /** Runs it to its end and tells the steps it took: `before rename /etc/docker/daemon.json`. */
  steps(args: readonly string[]): Promise<{ readonly done: Run; readonly steps: readonly string[] }>;
  /** Everything that a change may concern: a line for each thing. */
  state(): Promise<readonly string[]>;
  /** `ID.STATE` of each journal, oldest first. */
  journals(): readonly string[];
  /** Forgets what was applied; `all`: as if hullguard had never been there. */
  forget(all?: boolean): void;
}

export type Cost = 'reload' | 'restart';

/** Checks that fail there, at each cost. */
const DEAR: Readonly<Record<Cost, readonly string[]>> = {
  reload: ['daemon/live-restore', 'daemon/no-insecure-registries'],
  restart: ['daemon/live-restore', 'daemon/no-insecure-registries', 'daemon/icc-disabled', 'daemon/no-new-privileges'],
};
const CHEAP = [
  'files/daemon-json-*',
  'files/etc-default-docker-*',
  'image/content-trust',
  'container/pids-limit',
  'container/restart-on-failure-limit',
  // Rules are told apart by their paths, so these may be loaded for several engines at once.
  ...(missing('auditd') === undefined ? ['host/audit-daemon-json', 'host/audit-docker-socket'] : []),
];

const DAEMON_JSON = '{\n\t"debug" : true,\n\t"insecure-registries": ["registry.example:5000"],\n\t"labels": [ "kept\\u002das=is" ]\n}';

const CONFIG = 'policy:\n  contentTrust: true\n  containerLimits: { pids: 50, restartAttempts: 3 }\n';

export interface VictimOptions {
  /** Flags of dockerd from its second start on, before which `files` are put there. */
  readonly flags?: readonly string[];
  readonly files?: HostFiles;
  /** Where these have daemon.json. */
  readonly configFile?: string;
}

export async function startVictim(suite: Suite, { flags, files = {}, configFile }: VictimOptions = {}): Promise<Victim> {
  const script = await buildBundle();
  const engine = await startChangeable({ suite, daemonJson: DAEMON_JSON }, CONFIG);
  const daemonJson = (): string => (configFile === undefined ? engine.configFile : inside(engine, configFile));
  await prepareHost(engine, files);
  if (configFile !== undefined) fs.writeFileSync(daemonJson(), DAEMON_JSON);
  if (flags !== undefined) {
    fs.writeFileSync(join(engine.dir, 'flags'), flags.map((flag) => `${flag}\n`).join(''));
    await engine.restart();
  }
  const container = (name: string, ...options: readonly string[]): Promise<string> =>
    engine.docker('run', '-d', '--name', name, '--stop-signal', 'KILL', ...options, 'busybox:lab', 'sh', '-c', HTTPD);
  await container('plain', '-p', '127.0.0.1:8080:80');
  await container('always', '--restart', 'always');
  await prepareHost(engine, { '/etc/profile.d': null, '/etc/default/docker': { content: '# any\n', mode: 0o666, uid: 1, gid: 1 } });
  spoil(daemonJson());
  for (const file of [daemonJson(), inside(engine, '/etc/default/docker')]) await mark(file);
  const run: Victim['run'] = (args, start = {}) => launch(engine, script, args, start);
  return {
    engine,
    apply: (cost) => ['apply', ...DEAR[cost], ...CHEAP, '--max-impact', cost, '--yes'],
    run,
    killedAt: (step, args) => run(args, { preload: [lethal], env: { LETHAL_AT: String(step) } }),
    steps: (args) => stepsOf(run, args),
    state: () => stateOf(engine),
    journals: () => journalsOf(engine),
    forget: (all = false) => fs.rmSync(inside(engine, `/var/lib/hullguard${all ? '' : '/journals'}`), { recursive: true, force: true }),
  };
}

/** Runs it to its end and tells the steps it took. */
async function stepsOf(run: Victim['run'], args: readonly string[]): Promise<{ readonly done: Run; readonly steps: readonly string[] }> {
  const log = join(await mkdtemp(join(tmpdir(), 'hullguard-')), 'steps');
  const done = await run(args, { preload: [lethal], env: { LETHAL_LOG: log } });
  return { done, steps: fs.existsSync(log) ? fs.readFileSync(log, 'utf8').trim().split('\n') : [] };
}

const HTTPD = 'echo ok >/index.html; exec httpd -f -h /';

function spoil(file: string): void {
  fs.chownSync(file, 1, 1);
  fs.chmodSync(file, 0o666);
}

/** Extended attributes and times that a careless copy would lose. */
async function mark(file: string): Promise<void> {
  await execute('perl', ['-e', '($p, $n, $v) = (@ARGV, "user.origin", "by hand"); syscall(188, $p, $n, $v, 7, 0) == 0 or die $!', file]);
  await execute('touch', ['-d', '2021-03-04 05:06:07.123456789', file]);
}

/** Everything up to hullguard itself is exec, so that the process started here is the one to be killed; in a group of its own. */
function launch(engine: Engine, script: string, args: readonly string[], start: Start): Promise<Run> {
  const { env = {}, preload = [], killAfter, signal, uid, before = '' } = start;
  const enter = ['--target', String(holderOf(engine)), '--mount', '--net', '--root', 'unshare', '--mount', '--propagation', 'private'];
  // What it has mounted here would outlive the engine's unmounting it: networks of containers that are gone, with their addresses.
  const letGo = `umount --lazy ${engine.dir}/exec/netns/* 2>/dev/null; `;
  const become = uid === undefined ? '' : `setpriv --reuid ${uid} --regid ${uid} --clear-groups`;
  const hide = `for d in /run/systemd /run/dbus; do [ ! -d $d ] || mount -n -t tmpfs none $d; done; ${letGo}${before}\nexec ${become} "$@"`;
  const imports = preload.flatMap((module) => ['--import', module]);
  const command = [...enter, 'sh', '-c', hide, 'sh', process.execPath, ...imports, script, ...args];
  return new Promise((resolve) => {
    const options = {
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', DOCKER_HOST: engine.endpoint, ...env },
      maxBuffer: 64 << 20,
      timeout: 180_000,
    };
    const child = execFile('setsid', ['nsenter', ...command], options, (error, stdout, stderr) => {
      clearTimeout(timer);
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
      const end = error !== null && code === null && start.killAfter === undefined ? `(ended by ${error.signal ?? error.message})` : '';
      resolve({ code, stdout: tidy(stdout), stderr: tidy(stderr) + end });
    });
    const tidy = (text: string): string => text.replaceAll(engine.dir, '/lab');
    const timer = setTimeout(() => killAfter !== undefined && child.kill('SIGKILL'), killAfter ?? 0);
    if (signal !== undefined) void interrupt(child, signal);
  });
}

async function interrupt(child: ChildProcess, { name, when, group = false, again }: NonNullable<Start['signal']>): Promise<void> {
  const { pid = 0 } = child;
  while (!when() && child.exitCode === null) await sleep(20);
  const send = (): void => {
    if (child.exitCode === null) process.kill(group ? -pid : pid, name);
  };
  send();
  if (again === undefined) return;
  await sleep(again);
  send();
}

function journalsOf(engine: Engine): string[] {
  const directory = inside(engine, '/var/lib/hullguard/journals');
  if (!fs.existsSync(directory)) return [];
  return fs
    .readdirSync(directory)
    .toSorted()
    .map((name) => name.replace(/\.json$/, ''));
}

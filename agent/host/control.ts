/** What applying a plan does to the daemon and to programs: the only place that signals, restarts, or sends the engine anything but GET. */
import fs from 'node:fs';
import net from 'node:net';
import type { CommandResult } from '../../facts/host.ts';
import { reasonOf } from '../../facts/host.ts';
import { defaultPolicy } from '../../facts/policy.ts';
import { parseBootTime, parseStat } from '../../facts/processes.ts';
import { type Daemon, type EngineControl, type HostWriter, type Port, WriteError } from '../../remediations/writer.ts';
import { collectFacts } from '../collect.ts';
import { dockerWriter } from './docker.ts';
import { openHost } from './index.ts';
import { fileWriter, run, step } from './writer.ts';

export interface WriterOptions {
  /** The engine the plan is about; null where none answered, and none is concerned. */
  readonly endpoint: string | null;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The site's own way to restart dockerd, where no systemd unit runs it: program and arguments. */
  readonly restartCommand: readonly string[] | null;
}

const REQUEST_TIMEOUT = 10_000;
/** Starting or updating a container waits for its runtime, and for drivers of volumes and networks. */
const DEED_TIMEOUT = 60_000;
const CONNECT_TIMEOUT = 2000;

export function openWriter(options: WriterOptions): HostWriter {
  return {
    files: fileWriter,
    engine: engineControl(options),
    auditctl: async (args) => command('auditctl', args),
    reloadUnits,
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    now: () => Date.now(),
  };
}

/** Where systemd does not run, nobody has read them. */
async function reloadUnits(): Promise<void> {
  if (fs.existsSync('/run/systemd/system')) await run('systemctl', ['daemon-reload'], 60_000);
}

/** Its outcome is judged by what it says, since auditctl ends with 0 on errors. */
async function command(program: string, args: readonly string[]): Promise<CommandResult> {
  try {
    return { status: 0, ...(await run(program, args)) };
  } catch (error) {
    return { status: 1, stdout: '', stderr: `error: ${reasonOf(error)}` };
  }
}

function engineControl({ endpoint, environment, restartCommand }: WriterOptions): EngineControl {
  const send = async (method: 'GET' | 'POST', path: string, body?: object): Promise<string> => {
    if (endpoint === null) throw new WriteError('no engine answered when the plan was made');
    const requestTimeout = method === 'POST' ? DEED_TIMEOUT : REQUEST_TIMEOUT;
    const signal = AbortSignal.timeout(requestTimeout);
    const ask = dockerWriter(endpoint, { signal, requestTimeout, environment, locate: (socket) => socket });
    return ask({ method, path, ...(body && { body }) });
  };
  return {
    get: async (path) => JSON.parse(await send('GET', path)),
    async setLimits(id, limits) {
      await step('post', id, () => send('POST', `/containers/${id}/update`, limits));
    },
    async startContainer(id) {
      await step('post', id, () => send('POST', `/containers/${id}/start`, {}));
    },
    find: () => findDaemon(endpoint, environment),
    isRunBy: async (unit, { pid }) => Number((await properties(unit))['MainPID']) === pid,
    isAlive,
    hangUp,
    async reloads(since) {
      const filters = encodeURIComponent(JSON.stringify({ type: ['daemon'], event: ['reload'] }));
      // With `until` in the past the engine answers and closes.
      const time = (milliseconds: number): string => (milliseconds / 1000).toFixed(3);
      const events = await send('GET', `/events?since=${time(since - 1000)}&until=${time(Date.now())}&filters=${filters}`);
      return events.split('\n').filter((line) => line.trim() !== '').length;
    },
    validate,
    restart: (unit, timeout) => restart(unit, restartCommand, timeout),
    accepts,
  };
}

/**
 * A reload replaces the authorization plugins of the command line by those of the file, without a word: whatever was planned, and whoever has
 * started dockerd since, that never happens.
 */
function hangUp({ pid }: Daemon): void {
  const argv = argvOf(pid);
  if (argv.some((word) => /^--?authorization-plugin(=|$)/.test(word)))
    throw new WriteError(
      `dockerd (pid ${pid}) has --authorization-plugin on its command line, which a reload would switch off: restart it instead`,
    );
  step('signal', String(pid), () => process.kill(pid, 'SIGHUP'));
}

function argvOf(pid: number): string[] {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  } catch (error) {
    throw new WriteError(`dockerd (pid ${pid}) is gone`, { cause: error });
  }
}

async function findDaemon(endpoint: string | null, environment: WriterOptions['environment']): Promise<Daemon | null> {
  const signal = AbortSignal.timeout(REQUEST_TIMEOUT);
  const host = openHost({ root: '/', endpoint, signal, timeout: REQUEST_TIMEOUT, environment });
  const { facts } = await collectFacts(host, { policy: defaultPolicy, wanted: ['daemon'], signal });
  return facts.daemon?.process ?? null;
}

/** A process id is used again; the time of its start tells. Both are computed from the same clock ticks, so they are equal or far apart. */
function isAlive({ pid, startedAt }: Daemon): boolean {
  try {
    const stat = parseStat(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'));
    const boot = parseBootTime(fs.readFileSync('/proc/stat', 'utf8'));
    const zombie = / Z /.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/, ''));
    return stat !== null && !zombie && Math.abs(boot + stat.startTicks * 10 - startedAt) < 2000;
  } catch {
    return false; // there is no such process
  }
}

/**
 * `dockerd --validate` (engine 23 and later) under the flags of the running one, with the program on disk, which is what a restart runs. A copy
 * without userns-remap is looked at, for validating `default` would make its user and its ranges (seen on 26.1 and 28.5).
 */
async function validate({ pid }: Daemon, draft: string): Promise<string | null> {
  const argv = argvOf(pid);
  const program = programOf(argv[0], pid);
  const copy = withoutRemap(draft);
  const flags = withoutFlags(argv.slice(1), ['config-file', 'userns-remap', 'validate']);
  try {
    await run(program, [...flags, '--config-file', copy, '--validate']);
    return null;
  } catch (error) {
    const message = reasonOf(error);
    if (/unknown flag: --validate/.test(message)) return null; // engines before 23
    return (
      message
        .slice(message.indexOf(': ') + 2)
        .split('\n')
        .at(-1) ?? message
    );
  } finally {
    if (copy !== draft) fs.rmSync(copy, { force: true });
  }
}

function programOf(name: string | undefined, pid: number): string {
  if (name?.startsWith('/') && fs.existsSync(name)) return name;
  return fs.readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '');
}

function withoutRemap(draft: string): string {
  const { 'userns-remap': remap, ...rest } = JSON.parse(fs.readFileSync(draft, 'utf8').replace(/^\ufeff/, '')) as Record<string, unknown>;
  if (remap === undefined) return draft;
  const copy = `${draft}.validate`;
  fs.writeFileSync(copy, JSON.stringify(rest), { mode: 0o600, flag: 'wx' });
  return copy;
}

/** `--flag value` and `--flag=value` left out. */
function withoutFlags(argv: readonly string[], names: readonly string[]): string[] {
  const isOne = (word: string): boolean => names.some((name) => word === `--${name}`);
  return argv.filter(
    (word, index) =>
      !isOne(word) && !names.some((name) => word.startsWith(`--${name}=`)) && !(isOne(argv[index - 1] ?? '') && !word.startsWith('-')),
  );
}

/**
 * systemd gives up on a unit that failed some times in a minute, and on its socket, until the failures are reset. A daemon that hangs in its start
 * is ended first, or the restart would wait for it.
 */
async function restart(unit: string | null, restartCommand: readonly string[] | null, timeout: number): Promise<void> {
  const [program, ...args] = restartCommand ?? [];
  if (program !== undefined) {
    await run(program, args, timeout);
    return;
  }
  if (unit === null) throw new WriteError('dockerd runs under no systemd unit, and the configuration names no apply.restartCommand');
  await quietly(() => run('systemctl', ['reset-failed', unit, 'docker.socket']));
  const { ActiveState: state, MainPID: pid } = await properties(unit);
  if (state === 'activating' && Number(pid) > 0) await quietly(async () => void process.kill(Number(pid), 'SIGKILL'));
  await run('systemctl', ['restart', unit], timeout);
}

async function properties(unit: string): Promise<Readonly<Record<string, string>>> {
  const { stdout: shown } = await run('systemctl', ['show', '--property=ActiveState,MainPID', unit]);
  return Object.fromEntries(shown.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

/** For what only may help. */
async function quietly(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch {
    // What comes next tells whether it mattered.
  }
}

/** Docker's proxy accepts for a container that does not, and closes at once. */
const PROXY_GIVES_UP = 300;

function accepts({ host, port }: Port): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port, timeout: CONNECT_TIMEOUT });
    const answer = (accepted: boolean): void => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once('connect', () => setTimeout(answer, PROXY_GIVES_UP, true));
    socket.once('data', () => answer(true));
    socket.once('close', () => answer(false));
    socket.once('timeout', () => answer(false));
    socket.once('error', () => answer(false));
  });
}

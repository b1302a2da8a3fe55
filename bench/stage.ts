/** An engine with an agent beside it, as on a host of its own: state on disk, an audit daemon with the rules that attribution needs. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Report } from '../agent/report.ts';
import { type HistoryReader, readHistory } from '../agent/state/history.ts';
import { onHost, prepareHost } from '../test/engine/host.ts';
import { type Auditd, type Engine, importBusybox, startEngine, withAuditd } from '../test/lab/engine.ts';
import { addContainers } from './containers.ts';

/** What is shipped; npm run bench builds it first. */
export const COMMAND = path.join(import.meta.dirname, '..', 'dist', 'hullguard.cjs');
export const CONTAINERS = 500;
const RUNNING = 20;
/** The rule whose removal is an event. Rules with such a key go with the audit daemon of the lab. */
export const RULE = ['/etc/docker', '-p', 'wa', '-k', 'hullguard-bench'];
/** As in the engine's tests: a systemd of this machine knows nothing of that host. */
const ENTER = 'for d in /run/systemd /run/dbus; do [ ! -d $d ] || mount -n -t tmpfs none $d; done; exec "$@"';
const START_MS = 60_000;

export interface Stage {
  readonly engine: Engine;
  /** Where the engine's host has /var/lib/hullguard. */
  readonly state: string;
  stop(): Promise<void>;
}

export interface Agent {
  readonly pid: number;
  /** How long it took until it was ready, in milliseconds. */
  readonly startMs: number;
  isAlive(): boolean;
  kill(): Promise<void>;
  /** What it wrote, for a complaint. */
  log(): string;
}

export async function startStage(daemonJson: string): Promise<Stage> {
  const engine = await startEngine({ suite: 'trixie', daemonJson });
  const state = path.join(engine.dir, 'state');
  let auditd: Auditd | null = null;
  const stop = async (): Promise<void> => {
    await engine.stop();
    await auditd?.stop();
    if (auditd !== null) fs.rmSync(path.dirname(auditd.log), { recursive: true, force: true });
  };
  try {
    await importBusybox(engine);
    await addContainers(engine.socket, 0, CONTAINERS, RUNNING);
    fs.mkdirSync(state, { mode: 0o700 });
    auditd = await withAuditd(fs.mkdtempSync(path.join(path.dirname(engine.dir), 'bench-audit-')));
    await prepareHost(engine, {
      '/etc/docker': { directory: true },
      '/var/lib/hullguard': { directory: true, mode: 0o700 },
      '/etc/audit/auditd.conf': `log_file = ${auditd.log}\n`,
      '/etc/audit/rules.d/bench.rules': `-w ${RULE.join(' ')}\n`,
    });
    await onHost(engine, 'mount', '--bind', state, '/var/lib/hullguard');
    await onHost(engine, 'auditctl', '-w', ...RULE);
    const rules = path.join(engine.dir, 'who.rules');
    fs.writeFileSync(rules, await hullguard(engine, ['agent', '--audit-rules', '--docker-host', engine.endpoint]), { mode: 0o640 });
    await onHost(engine, 'auditctl', '-R', rules);
    return { engine, state, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Starts it, and waits until it says that it is ready. */
export async function startAgent({ engine }: Stage, endpoint = engine.endpoint): Promise<Agent> {
  const file = path.join(engine.dir, 'agent.log');
  const output = fs.openSync(file, 'w');
  const begun = performance.now();
  const child = enter(engine, ['agent', '--docker-host', endpoint], output);
  fs.closeSync(output);
  const { pid } = child;
  const log = (): string => fs.readFileSync(file, 'utf8');
  const isAlive = (): boolean => child.exitCode === null && child.signalCode === null;
  while (!/^<5>ready /m.test(log())) {
    if (!isAlive() || performance.now() - begun > START_MS) {
      child.kill('SIGKILL');
      throw new Error(`the agent does not start: ${log().slice(-2000)}`);
    }
    await sleep(20);
  }
  return {
    pid: pid ?? 0,
    startMs: performance.now() - begun,
    isAlive,
    log,
    async kill() {
      if (!isAlive()) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** A fresh audit there. */
export async function audit({ engine }: Stage): Promise<Report> {
  return JSON.parse(await hullguard(engine, ['audit', '--docker-host', engine.endpoint, '--report', 'json'])) as Report;
}

/** What an agent has written so far. */
export function openBooks({ state }: Stage): HistoryReader {
  const history = readHistory(path.join(state, 'history.db'));
  if (history === null) throw new Error(`no history in ${state}`);
  return history;
}

async function hullguard(engine: Engine, args: readonly string[]): Promise<string> {
  const child = enter(engine, args, 'pipe');
  const chunks: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  const [code] = await once(child, 'close');
  if (code !== null && Number(code) < 4) return Buffer.concat(chunks).toString('utf8');
  throw new Error(`hullguard ${args.join(' ')}: exit status ${code}`);
}

/** Each step becomes the next without a process between, so the child is the agent itself. */
function enter(engine: Engine, args: readonly string[], output: number | 'pipe'): ChildProcess {
  const namespace = ['--target', String(engine.pid()), '--mount', '--root', 'unshare', '--mount', '--propagation', 'private'];
  const env = { PATH: `${process.env['PATH']}:/usr/sbin:/sbin`, HOME: '/root', LC_ALL: 'C' };
  return spawn('nsenter', [...namespace, 'sh', '-c', ENTER, 'sh', process.execPath, COMMAND, ...args], {
    env,
    stdio: ['ignore', output, output === 'pipe' ? 'inherit' : output],
  });
}

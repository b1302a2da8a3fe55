/** Runs the built command as a user would: a child process, on the host whose files the engine sees. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { Report } from '../../agent/report.ts';
import type { Engine } from '../lab/engine.ts';
import { buildBundle } from './bundle.ts';

/** What one run of the command left behind; paths of the engine's folder read `/lab`. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Audit extends Outcome {
  readonly report: Report;
}

export interface Surroundings {
  /** Further environment variables. */
  readonly env?: Readonly<Record<string, string>>;
}

const bundle = await buildBundle();
const { PATH: path = '' } = process.env;

/**
 * In the engine's mount namespace /etc, /run, /opt and /var/lib are the engine's own, so tests prepare a host there without touching
 * this machine. A systemd of this machine knows nothing of that host's units and is hidden.
 */
const ENTER = 'for d in /run/systemd /run/dbus; do [ ! -d $d ] || mount -n -t tmpfs none $d; done; exec "$@"';

/** `hullguard ARGUMENTS…` on the engine's host. */
export function hullguard(engine: Engine, args: readonly string[], { env = {} }: Surroundings = {}): Promise<Outcome> {
  const enter = [
    '--target',
    String(engine.pid()),
    '--mount',
    '--root',
    'unshare',
    '--mount',
    '--propagation',
    'private',
    'sh',
    '-c',
    ENTER,
  ];
  const command = ['60', 'nsenter', ...enter, 'sh', process.execPath, bundle, ...args];
  const environment = { PATH: [path, '/usr/sbin', '/sbin'].join(delimiter), HOME: '/root', ...env };
  return new Promise((resolve) => {
    execFile('timeout', command, { env: environment, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : Number(error.code);
      resolve({ code, stdout: inLab(engine, stdout), stderr: inLab(engine, stderr) });
    });
  });
}

/** One audit of the engine with its report. */
export async function audit(engine: Engine, args: readonly string[] = [], surroundings: Surroundings = {}): Promise<Audit> {
  const outcome = await hullguard(engine, ['audit', '--docker-host', engine.endpoint, '--report', 'json', ...args], surroundings);
  if (outcome.stdout === '') throw new Error(`no report, exit status ${outcome.code}: ${outcome.stderr}`);
  return { ...outcome, report: JSON.parse(outcome.stdout) as Report };
}

/** Each engine has a folder of a random name; what tests compare says `/lab` instead. */
export function inLab(engine: Engine, text: string): string {
  return text.replaceAll(engine.dir, '/lab');
}

/** Judges facts that `recordFacts` recorded, which needs no host. */
export async function judgeFacts(engine: Engine, args: readonly string[] = []): Promise<Audit> {
  const command = [bundle, 'audit', '--facts', factsFile(engine), '--report', 'json', ...args];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, command, { maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      if (stdout === '') reject(new Error(stderr));
      else resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr, report: JSON.parse(inLab(engine, stdout)) as Report });
    });
  });
}

/** The facts of one audit, recorded while it reports. */
export async function recordFacts(engine: Engine, args: readonly string[] = []): Promise<Audit & { readonly facts: string }> {
  const done = await audit(engine, ['--save-facts', factsFile(engine), ...args]);
  return { ...done, facts: inLab(engine, await readFile(factsFile(engine), 'utf8')) };
}

function factsFile(engine: Engine): string {
  return join(engine.dir, 'facts.json');
}

/** Runs the command as users do, and tells how it ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Report } from '../../../agent/report.ts';
import { buildBundle } from '../bundle.ts';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

interface Surroundings {
  readonly environment?: Readonly<Record<string, string>>;
  /** Runs as nobody. */
  readonly unprivileged?: boolean;
  readonly directory?: string;
}

const NOBODY = 65534;
/** It must end by itself long before. */
const MAX_SECONDS = 90;

/** The words of a command line that runs hullguard. */
export const hullguard: readonly string[] = [process.execPath, await buildBundle()];

/** Runs any program; stdin is empty. */
export function execute(
  command: readonly string[],
  { environment = {}, unprivileged = false, directory = '/' }: Surroundings = {},
): Promise<Ended> {
  const [program = '', ...args] = command;
  const env = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ...environment };
  const user = unprivileged ? { uid: NOBODY, gid: NOBODY } : {};
  const begun = performance.now();
  const child = spawn(program, args, {
    env,
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: MAX_SECONDS * 1000,
    killSignal: 'SIGKILL',
    ...user,
  });
  return ending(child, begun);
}

async function ending(child: ChildProcess, begun: number): Promise<Ended> {
  const collect = (stream: ChildProcess['stdout']): Buffer[] => {
    const chunks: Buffer[] = [];
    stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
    return chunks;
  };
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve(status));
  });
  const text = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString();
  return { code, stdout: text(stdout), stderr: text(stderr), seconds: (performance.now() - begun) / 1000 };
}

/** `hullguard audit --report json …`, and the report it printed. */
export async function audit(args: readonly string[], surroundings: Surroundings = {}): Promise<Ended & { readonly report: Report }> {
  const ended = await execute([...hullguard, 'audit', '--report', 'json', ...args], surroundings);
  if (ended.stdout === '') throw new Error(`no report, exit status ${ended.code}: ${ended.stderr}`);
  return { ...ended, report: JSON.parse(ended.stdout) as Report };
}

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Runs a command under strace and counts the programs it started, threads and itself not counted. Its exit status must be below 4. */
export async function countProcesses(command: readonly string[]): Promise<number> {
  const scratch = await mkdtemp(path.join(tmpdir(), 'hullguard-strace-'));
  const log = path.join(scratch, 'execve');
  try {
    await trace(['--follow-forks', '--seccomp-bpf', '--quiet=all', '--trace=execve', '--status=successful', `--output=${log}`, ...command]);
    const started = (await readFile(log, 'utf8')).split('\n').filter((line) => line.includes('execve('));
    return started.length - 1;
  } finally {
    await rm(scratch, { recursive: true });
  }
}

function trace(args: readonly string[]): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  execFile('strace', args, { maxBuffer: 1 << 28, timeout: 120_000 }, (error) => {
    if (error === null || (typeof error.code === 'number' && error.code < 4)) resolve();
    else reject(error);
  });
  return promise;
}

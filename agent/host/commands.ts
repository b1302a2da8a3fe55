/** The few programs collectors may run: argument lists, a fixed path, no shell, a deadline. */
import { execFile } from 'node:child_process';
import { type CommandResult, HostError } from '../../facts/host.ts';

const ALLOWED = ['auditctl', 'getent', 'getfacl', 'systemctl'];
/** Answers for the running kernel; the others speak about the file system they run in, so not about another root. */
const KERNEL_WIDE = ['auditctl'];
const PATH = '/usr/sbin:/usr/bin:/sbin:/bin';
const MAX_OUTPUT = 16 << 20;

interface Options {
  readonly root: string;
  readonly signal: AbortSignal;
}

export function commandRunner({ root, signal }: Options): (program: string, args: readonly string[]) => Promise<CommandResult> {
  return async (program, args) => {
    if (!ALLOWED.includes(program)) throw new Error(`${program} is not among the programs hullguard runs`);
    if (root !== '/' && !KERNEL_WIDE.includes(program)) throw new HostError('missing', `${program} is not run for another root (${root})`);
    return execute(program, args, signal);
  };
}

function execute(program: string, args: readonly string[], signal: AbortSignal): Promise<CommandResult> {
  const { promise, resolve, reject } = Promise.withResolvers<CommandResult>();
  execFile(program, args, { env: { PATH, LC_ALL: 'C' }, maxBuffer: MAX_OUTPUT, signal, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
    if (error === null) resolve({ status: 0, stdout, stderr });
    else if (typeof error.code === 'number') resolve({ status: error.code, stdout, stderr });
    else reject(toHostError(program, error));
  });
  return promise;
}

function toHostError(program: string, error: Error & { code?: unknown }): HostError {
  if (error.code === 'ENOENT') return new HostError('missing', `${program} is not installed`, { cause: error });
  if (error.code === 'EACCES') return new HostError('denied', `${program} may not be run`, { cause: error });
  if (error.name === 'AbortError') return new HostError('timeout', `${program} did not end in time`, { cause: error });
  return new HostError('io', `${program}: ${error.message}`, { cause: error });
}

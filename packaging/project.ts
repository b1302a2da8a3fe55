/** What every build needs of the checkout. Builds of the same commit make the same bytes: nothing here depends on time or place. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import about from '../package.json' with { type: 'json' };

// What is built has the modes that it is given here, whoever builds it.
process.umask(0o022);

export const root = path.dirname(import.meta.dirname);
export const dist = path.join(root, 'dist');
export const { version } = about;
/** In a checkout the commit, with `-dirty` where it is not all; null elsewhere. */
export const commit = git('describe', '--always', '--abbrev=40', '--dirty', '--exclude=*');
/** Seconds since the epoch that files are said to be of: SOURCE_DATE_EPOCH, else the time of the commit. */
export const epoch = Number(process.env['SOURCE_DATE_EPOCH'] || git('log', '-1', '--format=%ct') || 0);
if (commit === null) console.error('git tells no commit here: what is built will not say which it is of');
if (epoch === 0) console.error('no time is known: what is built will be of 1970 (set SOURCE_DATE_EPOCH)');
/** Every program that a build starts then sees the same time. */
export const environment = { ...withoutNode(process.env), SOURCE_DATE_EPOCH: String(epoch), LC_ALL: 'C', TZ: 'UTC' };

export type Arch = 'x64' | 'arm64';

/** The architectures named on the command line; this machine's where none is. Throws for any other. */
export function wantedArchs(): Arch[] {
  const named = process.argv.slice(2);
  return named.length === 0 ? [thisArch()] : named.map(known);
}

/** That of this machine. Throws for one that nothing is built for. */
export function thisArch(): Arch {
  return known(process.arch);
}

function known(arch: string): Arch {
  if (arch !== 'x64' && arch !== 'arm64') throw new Error(`${arch}: expected x64 or arm64`);
  return arch;
}

/** The lockfile's entry of a package, by its path in node_modules. */
export interface Locked {
  readonly version: string;
  readonly license?: string;
  /** `sha512-…`, in base64. */
  readonly integrity?: string;
}

export const locked: Readonly<Record<string, Locked>> = (
  JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as { readonly packages: Readonly<Record<string, Locked>> }
).packages;

/** Runs a program to its end and returns what it prints; throws where it fails. */
export function run(program: string, args: readonly string[], cwd = root): string {
  return execFileSync(program, args, {
    cwd,
    env: environment,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 64 << 20,
  });
}

/** Node's own variables change how it compiles; one of them it passes on where it is not said to be empty. */
function withoutNode(variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...Object.fromEntries(Object.entries(variables).filter(([name]) => !name.startsWith('NODE_'))), NODE_V8_COVERAGE: '' };
}

function git(...args: readonly string[]): string | null {
  try {
    return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return null;
  }
}

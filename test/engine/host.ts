/** The host an engine believes to be on: its own /etc, /run, /opt and /var/lib, laid over this machine's. */

import { execFile } from 'node:child_process';
import { chmod, chown, lchown, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type { Engine } from '../lab/engine.ts';

const execute = promisify(execFile);

/** A file as its content alone, or with mode and owner; null for none. */
export type HostFile =
  | string
  | null
  | {
      readonly content?: string;
      readonly directory?: true;
      /** A symbolic link to this path. */
      readonly link?: string;
      readonly mode?: number;
      readonly uid?: number;
      readonly gid?: number;
    };

export type HostFiles = Readonly<Record<string, HostFile>>;

/** Where this machine sees a path of the engine's host. */
export function outside(engine: Engine, path: string): string {
  return `/proc/${engine.pid()}/root${path}`;
}

/** Puts files there. `/lab/…` is the engine's folder. Content alone means root's, 0644. */
export async function prepareHost(engine: Engine, files: HostFiles): Promise<void> {
  for (const [name, file] of Object.entries(files)) {
    const path = outside(engine, name.replace(/^\/lab(?=\/|$)/, engine.dir));
    if (file === null) {
      await rm(path, { recursive: true, force: true });
      continue;
    }
    const { content = '', directory = false, link, mode, uid = 0, gid = 0 } = typeof file === 'string' ? { content: file } : file;
    await mkdir(dirname(path), { recursive: true });
    if (link !== undefined) {
      await rm(path, { force: true });
      await symlink(link.replace(/^\/lab(?=\/|$)/, engine.dir), path);
      await lchown(path, uid, gid);
      continue;
    }
    if (directory) await mkdir(path, { recursive: true });
    else await writeFile(path, content.replaceAll('/lab/', `${engine.dir}/`));
    await chown(path, uid, gid);
    await chmod(path, mode ?? (directory ? 0o755 : 0o644));
  }
}

/** Runs a program there. */
export async function onHost(engine: Engine, ...command: readonly string[]): Promise<string> {
  const { stdout } = await execute('nsenter', ['--target', String(engine.pid()), '--mount', '--root', ...command], {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
  });
  return stdout;
}

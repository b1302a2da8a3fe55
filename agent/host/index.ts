/** The real host. */
import fs from 'node:fs';
import os from 'node:os';
import { resolve } from 'node:path';
import type { Host } from '../../facts/host.ts';
import { UsageError } from '../errors.ts';
import { commandRunner } from './commands.ts';
import { dockerReader } from './docker.ts';
import { openFiles } from './files.ts';

export interface HostOptions {
  /** Where the host's file system is mounted. */
  readonly root: string;
  /** The engine to audit; null to find one. */
  readonly endpoint: string | null;
  /** Ends every read that can wait. */
  readonly signal: AbortSignal;
  /** Milliseconds after which that signal comes. */
  readonly timeout: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export function openHost({ root, endpoint, signal, timeout, environment }: HostOptions): Host {
  if (!isDirectory(root)) throw new UsageError(`--root ${root}: there is no such directory`);
  const { locate, ...files } = openFiles(resolve(root));
  // A socket that was asked for may be one of ours, passed into the container we run in.
  const socket = (path: string): string => locate(path) ?? path;
  return {
    ...files,
    requestedEndpoint: endpoint,
    home: environment['HOME'] ?? '/root',
    addresses: [
      os.hostname(),
      ...Object.values(os.networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address)),
    ],
    run: commandRunner({ root: resolve(root), signal }),
    docker: dockerReader({ signal, requestTimeout: Math.ceil(timeout / 2), environment, locate: socket }),
    memory: totalMemory,
  };
}

async function totalMemory(): Promise<number> {
  // That module alone: all of the package is a fifth of the program, and the agent keeps what it has loaded.
  const { mem } = await import('systeminformation/lib/memory.js');
  return (await mem()).total;
}

function isDirectory(path: string): boolean {
  try {
    return fs.statSync(path).isDirectory();
  } catch {
    return false; // whatever keeps us from it, nothing below it can be read
  }
}

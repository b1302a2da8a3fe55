/** The real host. */
import os from 'node:os';
import type { Host } from '../../facts/host.ts';
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
  return {
    ...openFiles(root),
    requestedEndpoint: endpoint,
    home: environment['HOME'] ?? '/root',
    addresses: Object.values(os.networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address)),
    run: commandRunner({ root, signal }),
    docker: dockerReader({ signal, requestTimeout: timeout / 2, environment }),
    memory: totalMemory,
  };
}

async function totalMemory(): Promise<number> {
  const { mem } = await import('systeminformation');
  return (await mem()).total;
}

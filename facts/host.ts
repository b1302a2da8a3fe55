/** The reading port: all that collectors may ask of a host. The real one is agent/host/, tests build theirs from literals. */

export interface FileStatus {
  readonly kind: 'file' | 'directory' | 'link' | 'socket' | 'other';
  /** Permission bits, 0 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** When its content was last written, in milliseconds since the epoch. */
  readonly modifiedAt: number;
  /** When its content, place, owner or mode last changed. */
  readonly changedAt: number;
  /** Device and inode, the identity of a file whatever path leads to it. */
  readonly identity: string;
}

export interface CommandResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Files are read synchronously: they are local, few and tiny, and a thread-pool round trip costs more than the read.
 * Paths are absolute and relative to the host's root, which may be mounted elsewhere (`--root`).
 */
export interface Host {
  /**
   * What lies below a directory in which others than root may write, by paths relative to it: no link below it is followed, whatever is swapped
   * while we look, and only regular files with a single name are read. The directory itself is reached like any other path.
   */
  within(directory: string): Confined;
  /** The engine somebody asked for (`unix:///run/docker.sock`); null to find one. */
  readonly requestedEndpoint: string | null;
  /** Home directory of the user who runs the audit. */
  readonly home: string;
  /** Addresses of this host's own interfaces. */
  readonly addresses: readonly string[];
  /** What the path names, links in the last component not followed; null when nothing is there. Throws HostError. */
  lstat(path: string): FileStatus | null;
  readlink(path: string): string;
  /** Text of a file of at most `limit` bytes (1 MiB unless told). Throws HostError, also when it is larger. */
  read(path: string, limit?: number): string;
  /** Names in a directory, in no order. Throws HostError. */
  list(path: string): readonly string[];
  /** Runs one of the few programs collectors may use; a missing program or a time-out is a HostError, a non-zero status is not. */
  run(program: string, args: readonly string[]): Promise<CommandResult>;
  /** An engine's answer to GET `path`, as parsed JSON. There is no other method: reading cannot change a host. */
  docker(endpoint: string, path: string): Promise<unknown>;
  /** Bytes of memory of the host. */
  memory(): Promise<number>;
}

export type Confined = Pick<Host, 'lstat' | 'read' | 'list'>;

export type HostErrorCode = 'missing' | 'denied' | 'unreachable' | 'timeout' | 'invalid' | 'too-large' | 'not-found' | 'io';

/** A read that failed: what was read, why it failed, what would help. */
export class HostError extends Error {
  readonly code: HostErrorCode;
  constructor(code: HostErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'HostError';
    this.code = code;
  }
}

export function hasCode(error: unknown, ...codes: readonly HostErrorCode[]): boolean {
  return error instanceof HostError && codes.includes(error.code);
}

/** Text of a file as `read` gives it; null where there is none. Throws HostError for one that is there and cannot be read. */
export function readIfThere(files: Pick<Host, 'read'>, path: string, limit?: number): string | null {
  try {
    return files.read(path, limit);
  } catch (error) {
    if (hasCode(error, 'missing')) return null;
    throw error;
  }
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

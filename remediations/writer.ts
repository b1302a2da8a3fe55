/** The writing port: all that applying and undoing a plan may do to a host. The real one is agent/host/writer.ts. */
import type { CommandResult } from '../facts/host.ts';
import type { Access, ContainerLimits } from './plan.ts';

/** A regular file as it was: everything that a rollback brings back. */
export interface Snapshot extends Access {
  readonly content: Buffer;
  /** Seconds since the epoch with nine decimals, as stat and touch write them. */
  readonly modified: string;
  readonly accessed: string;
  /** Hard links to it, this one included. */
  readonly names: number;
}

/** Files. Each of these is safe to be killed in: the file is whole, before or after, and what lies beside it bears the journal's id. */
export interface FileWriter {
  /** Null where nothing is there. Throws WriteError where it is no regular file. */
  snapshot(path: string): Snapshot | null;
  /** Mode and owner of whatever is there, links not followed; null where nothing is. */
  access(path: string): Access | null;
  /** Directories that would have to be made for a file, outermost first. */
  missingAbove(path: string): readonly string[];
  makeDirectories(paths: readonly string[]): void;
  /** Writes the new content beside the file, with the extended attributes of what is there; returns the path of the draft. */
  draft(path: string, id: string, content: Buffer, access: Access): Promise<string>;
  /** Moves the draft into place, and keeps the file of before beside it. */
  install(path: string, id: string): void;
  /** Moves the file of before back into place; false where none was kept, or what was kept is another: a rollback keeps what it replaces, too. */
  bringBack(path: string, id: string, before: Buffer): boolean;
  /** Removes what `draft` and `install` left beside the file. */
  tidy(path: string, id: string): void;
  /** Removes a file that we made, and the directories made for it where they are empty. */
  remove(path: string, directories: readonly string[]): void;
  /** Mode and owner of the file itself, never of what a link leads to. */
  setAccess(path: string, access: Access): void;
  setTimes(path: string, times: Pick<Snapshot, 'modified' | 'accessed'>): Promise<void>;
}

export interface Daemon {
  readonly pid: number;
  readonly startedAt: number;
}

export interface Port {
  readonly container: string;
  readonly host: string;
  readonly port: number;
}

/** The daemon and its containers. */
export interface EngineControl {
  /** dockerd's API: parsed JSON. Throws HostError, `unreachable` or `timeout` where it does not answer. */
  get(path: string): Promise<unknown>;
  setLimits(id: string, limits: ContainerLimits): Promise<void>;
  startContainer(id: string): Promise<void>;
  /** The process behind the engine now; null where none is seen. */
  find(): Promise<Daemon | null>;
  /** Whether that unit is what runs the process. */
  isRunBy(unit: string, daemon: Daemon): Promise<boolean>;
  /** Whether that very process, started then, still runs. */
  isAlive(daemon: Daemon): boolean;
  /** Asks the daemon to read its configuration again. */
  hangUp(daemon: Daemon): void;
  /** Times at which the daemon said that it has taken its configuration, since a time in milliseconds. */
  reloads(since: number): Promise<number>;
  /** What the engine's own validator says of a configuration file under the running daemon's flags; null where it has none or is content. */
  validate(daemon: Daemon, draft: string): Promise<string | null>;
  /** Restarts dockerd: through its unit, or the site's own command. Throws WriteError. */
  restart(unit: string | null, timeout: number): Promise<void>;
  /** Whether somebody accepts connections there. */
  accepts(port: Port): Promise<boolean>;
}

export interface HostWriter {
  readonly files: FileWriter;
  readonly engine: EngineControl;
  /** Its exit status says little: it is 0 also where the rules are locked. */
  auditctl(args: readonly string[]): Promise<CommandResult>;
  /** Has systemd read its unit files again. */
  reloadUnits(): Promise<void>;
  sleep(milliseconds: number): Promise<void>;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** Something could not be written or made to happen: what, and why. */
export class WriteError extends Error {
  override readonly name = 'WriteError';
}

/** The host is not what the plan was made for; nothing was changed. */
export class StalePlanError extends Error {
  override readonly name = 'StalePlanError';
}

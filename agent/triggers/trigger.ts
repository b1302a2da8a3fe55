/** What tells the agent that something may have changed. It says which facts to look at again, never what they are. */
import type { ToldSession } from '../../facts/exec-sessions.ts';
import type { CollectorName } from '../../facts/index.ts';

export interface Stale {
  readonly facts: readonly CollectorName[];
  /** Containers to look at again, by id; the fact `containers` as a whole is not stale then. */
  readonly containers?: readonly string[];
  /** Exec sessions to look at. */
  readonly sessions?: readonly ToldSession[];
  /** Everything is: on a schedule, after a lost stream, when told to. */
  readonly full?: true;
  /** What happened, in words: `event container start web-1`, `file /etc/docker/daemon.json`. */
  readonly cause: string;
  /** When, in milliseconds since the epoch. */
  readonly at: number;
  /** The file that changed, links resolved, for the audit trail. */
  readonly path?: string;
  /** What the engine has told, for the audit trail. */
  readonly event?: EngineEvent;
}

/** An event of the engine, cut down to what tells one from another. */
export interface EngineEvent {
  /** `container`, `network`, `daemon`… */
  readonly type: string;
  /** `start`, `exec_create`…, without what may follow a colon. */
  readonly action: string;
  readonly id: string;
  readonly name: string | null;
  /** The session that an `exec_create` or `exec_die` is about. */
  readonly exec: string | null;
}

export interface Trigger {
  readonly name: string;
  /** Resolves when changes from now on are seen. */
  start(mark: (stale: Stale) => void): Promise<void>;
  stop(): Promise<void>;
  /** Why it cannot tell of changes just now, or only late; null while it can. */
  problem(): string | null;
}

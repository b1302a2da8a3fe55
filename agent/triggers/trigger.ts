/** What tells the agent that something may have changed. It says which facts to look at again, never what they are. */
import type { CollectorName } from '../../facts/index.ts';

export interface Stale {
  readonly facts: readonly CollectorName[];
  /** Containers to look at again, by id; the fact `containers` as a whole is not stale then. */
  readonly containers?: readonly string[];
  /** Everything is: on a schedule, after a lost stream, when told to. */
  readonly full?: true;
  /** What happened, in words: `event container start web-1`, `file /etc/docker/daemon.json`. */
  readonly cause: string;
  /** When, in milliseconds since the epoch. */
  readonly at: number;
  /** The file that changed, for the audit trail. */
  readonly path?: string;
}

export interface Trigger {
  readonly name: string;
  start(mark: (stale: Stale) => void): Promise<void>;
  stop(): Promise<void>;
  /** Why it cannot tell of changes just now; null while it can. */
  problem(): string | null;
}

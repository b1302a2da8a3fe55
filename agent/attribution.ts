/** Who made a change: the port between the agent and the audit trail. */
import type { Who } from './drift.ts';
import type { Evaluation } from './loop.ts';
import type { Difference } from './observations.ts';

export interface Attribution {
  /** Why changes cannot be attributed on this host; null where they can. */
  readonly problem: string | null;
  /** Who made each of these differences, in their order. Takes no longer than a second or two, and never throws. */
  attribute(found: readonly Difference[], evaluation: Evaluation): Promise<readonly Who[]>;
}

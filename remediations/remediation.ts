/** A remediation says how to reach one kind of goal: as changes that can be undone, or as steps for a person. Pure. */
import type { GoalKind, Goals } from '../checks/check.ts';
import type { FactName, Facts } from '../facts/index.ts';
import type { Applied, Change } from './plan.ts';

/** What reaching a goal takes, or why hullguard does not do it. */
export type Answer =
  | {
      readonly changes: readonly Change[];
      /** What it costs the host. */
      readonly impact: Applied;
      /** Who notices, and how. */
      readonly effects?: readonly Effect[];
      /** What is still to come after the changes: `takes effect after a reboot: …`. */
      readonly waits?: string;
    }
  /** It cannot be done now; the reason says what stands in the way, where, and what to do about it. */
  | { readonly refused: string }
  /** Never done by a program: exact steps for a person, a line each. */
  | { readonly steps: readonly string[] };

/** What will break or change for somebody: `stop while dockerd restarts`, and whom it concerns. */
export interface Effect {
  readonly effect: string;
  readonly resources: readonly string[];
}

export interface Remediation<K extends GoalKind = GoalKind, N extends FactName = FactName> {
  /** Facts it looks at; without one of them the goal is refused, with the reason why that fact is missing. */
  readonly needs: readonly N[];
  plan(goal: Goals[K], facts: Pick<Facts, N>): Answer;
}

/** Gives a remediation its types; does nothing else. */
export function defineRemediation<K extends GoalKind, const N extends FactName>(
  _kind: K,
  remediation: Remediation<K, N>,
): Remediation<K, N> {
  return remediation;
}

/** The threat view: what can go wrong on each attack surface, what stands against it here, and what to mend first. Pure. */
import type { Stride, Surface } from '../checks/check.ts';

/** One way to be attacked. */
export interface Threat {
  /** Such as `daemon/spoofing-tcp`. */
  readonly id: string;
  readonly surface: Surface;
  readonly stride: Stride;
  /** In one sentence. */
  readonly threat: string;
  /** Ids of the checks that mitigate it. */
  readonly checks: readonly string[];
  /** What no check can mitigate; null where nothing is left. */
  readonly uncovered: string | null;
  /** How much it matters to this site: 1 unless the configuration says otherwise, 0 not at all. */
  readonly weight: number;
}

/** A threat on this host: open (a check fails), guarded (all that could be judged pass), unknown (none could be judged), uncovered (no check). */
export interface ThreatState extends Threat {
  readonly state: 'open' | 'guarded' | 'unknown' | 'uncovered';
  readonly failing: readonly string[];
  readonly passing: readonly string[];
  /** For a person, not applicable, or not judged. */
  readonly undecided: readonly string[];
}

/** What to mend first, and why: the score is the product of its parts. */
export interface Priority {
  readonly check: string;
  readonly control: string | null;
  readonly title: string;
  readonly score: number;
  readonly severity: number;
  readonly exposure: number;
  readonly ease: number;
  /** What on this host makes it worse, and what makes it easy. */
  readonly why: readonly string[];
}

export interface ThreatView {
  readonly threats: readonly ThreatState[];
  /** All failing checks that are not waived, first things first. */
  readonly priorities: readonly Priority[];
}

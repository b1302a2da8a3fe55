import type { Stride, Surface } from '../check.ts';

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
  /** What no check mitigates; null where nothing is left. */
  readonly uncovered: string | null;
  /** How much it matters to this site: 1 unless the configuration says otherwise, 0 not at all. */
  readonly weight: number;
}

/** A threat as the files beside this one write it: its surface is the file. */
export interface ThreatRow extends Pick<Threat, 'stride' | 'threat' | 'checks'> {
  /** The second half of its id. */
  readonly name: string;
  readonly uncovered?: string;
}

/** The two checks that most files have: of its owner, and of its mode. */
export function access(...files: readonly string[]): string[] {
  return files.flatMap((file) => [`files/${file}-owner`, `files/${file}-mode`]);
}

import type { Host } from './host.ts';
import type { infer as Infer, ZodMiniType } from './schema.ts';

/**
 * A fact is one thing worth knowing about a host, collected in one place. `from` holds the facts collected before it: those it needs, and
 * those it comes after; one of the latter that could not be collected is undefined, and the collector says what it can without it.
 */
export interface Collector<Schema extends ZodMiniType = ZodMiniType, Needs = object, After = object> {
  /** One sentence, used by the documentation. */
  readonly describes: string;
  /** What makes the fact stale: paths, in which `*` stands for names in a directory and `/**` at the end for all below, and types of events. */
  readonly watch: { readonly paths?: readonly string[]; readonly events?: readonly string[] };
  /** Shape of the fact, in memory and in a facts file. */
  readonly schema: Schema;
  /** Facts to collect first, without which this one cannot be known: it is missing for the same reason, so one cause has one name. */
  readonly needs?: readonly (keyof Needs & string)[];
  /** Facts to collect first where they can be. */
  readonly after?: readonly (keyof After & string)[];
  /** Throws HostError when the fact cannot be known. */
  collect(host: Host, from: Needs & Partial<After>): Promise<Infer<Schema>>;
}

/** Gives a collector its types; does nothing else. */
export function defineCollector<Schema extends ZodMiniType, Needs = object, After = object>(
  collector: Collector<Schema, Needs, After>,
): Collector<Schema, Needs, After> {
  return collector;
}

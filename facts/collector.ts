import type { Host } from './host.ts';
import type { infer as Infer, ZodMiniType } from './schema.ts';

/**
 * A fact is one thing worth knowing about a host, collected in one place. `from` holds the facts collected before it; one that could not
 * be collected is undefined there, and the collector says what it can without it.
 */
export interface Collector<Schema extends ZodMiniType = ZodMiniType, From = never> {
  /** One sentence, used by the documentation. */
  readonly describes: string;
  /** What makes the fact stale. */
  readonly watch: { readonly paths?: readonly string[]; readonly events?: readonly string[] };
  /** Shape of the fact, in memory and in a facts file. */
  readonly schema: Schema;
  /** Facts to collect first. */
  readonly after?: readonly (keyof From & string)[];
  /** Throws HostError when the fact cannot be known. */
  collect(host: Host, from: Partial<From>): Promise<Infer<Schema>>;
}

/** Gives a collector its types; does nothing else. */
export function defineCollector<Schema extends ZodMiniType, From = never>(collector: Collector<Schema, From>): Collector<Schema, From> {
  return collector;
}

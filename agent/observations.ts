/** What checks have said of resources. Pure. */
import type { Outcome, Severity } from '../checks/check.ts';

/** What one check says of one resource. */
export interface Observation {
  readonly check: string;
  readonly severity: Severity;
  readonly resource: string;
  readonly outcome: Outcome;
  /** What was seen, in the words of the evidence. */
  readonly actual: string;
}

/** What was so, and what is: null for what was not there, or is gone. */
export interface Difference<T extends Observation = Observation> {
  readonly before: T | null;
  readonly after: T | null;
}

const NONE: ReadonlyMap<string, never> = new Map<string, never>();

/**
 * The state of a host: an observation of each resource by each check. It never changes. The next one shares with it all checks that say the same:
 * with many containers there are tens of thousands of observations, of which most stay for days.
 */
export class Observations<T extends Observation = Observation> {
  /** By check, then resource. */
  readonly checks: ReadonlyMap<string, ReadonlyMap<string, T>>;

  private constructor(checks: ReadonlyMap<string, ReadonlyMap<string, T>>) {
    this.checks = checks;
  }

  static of<T extends Observation>(all: Iterable<T> = []): Observations<T> {
    const checks = new Map<string, Map<string, T>>();
    for (const each of all) {
      const known = checks.get(each.check);
      if (known === undefined) checks.set(each.check, new Map([[each.resource, each]]));
      else known.set(each.resource, each);
    }
    return new Observations(checks);
  }

  get size(): number {
    return [...this.checks.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** By resource, what a check says. */
  of(check: string): ReadonlyMap<string, T> {
    return this.checks.get(check) ?? NONE;
  }

  get({ check, resource }: Pick<Observation, 'check' | 'resource'>): T | undefined {
    return this.of(check).get(resource);
  }

  *values(): Generator<T, void, undefined> {
    for (const resources of this.checks.values()) yield* resources.values();
  }

  with(changed: readonly Difference<T>[]): Observations<T> {
    if (changed.length === 0) return this;
    const checks = new Map(this.checks);
    for (const [check, differences] of Map.groupBy(changed, ({ before, after }) => (after ?? before)?.check ?? '')) {
      const resources = new Map(this.of(check));
      for (const { before, after } of differences) {
        if (after !== null) resources.set(after.resource, after);
        else if (before !== null) resources.delete(before.resource);
      }
      if (resources.size > 0) checks.set(check, resources);
      else checks.delete(check);
    }
    return new Observations(checks);
  }

  /** What is not the very same value in the next state. */
  *differencesTo<U extends Observation>(
    next: Observations<U>,
  ): Generator<{ before: T | undefined; after: U | undefined }, void, undefined> {
    for (const [check, resources] of next.checks) {
      const before = this.of(check);
      if (isSame(before, resources)) continue;
      for (const [resource, after] of resources) if (!isSame(before.get(resource), after)) yield { before: before.get(resource), after };
    }
    for (const [check, resources] of this.checks) {
      const after = next.of(check);
      if (isSame(resources, after)) continue;
      for (const [resource, before] of resources) if (!after.has(resource)) yield { before, after: undefined };
    }
  }
}

/** Of whatever types: one that adds fields to an observation is another value. */
function isSame(one: unknown, other: unknown): boolean {
  return one === other;
}

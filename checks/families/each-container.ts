import type { Container } from '../../facts/containers.ts';
import type { FactName, Facts } from '../../facts/index.ts';
import { type About, type Check, defineCheck, type Evidence, type Judgement, unknown, type Verdict } from '../check.ts';

type Needs<N extends FactName> = N | 'containers';

interface Row<N extends FactName> extends Omit<About, 'surface' | 'impact'>, Partial<Pick<About, 'surface' | 'impact'>> {
  readonly expected: string;
  /** What to inspect by hand; `docker inspect` unless told. */
  readonly source?: string;
  readonly needs?: readonly N[];
  /** Why it does not concern this host; null when it does. */
  readonly exempt?: (facts: Pick<Facts, Needs<N>>) => string | null;
  readonly judge: (container: Container, facts: Pick<Facts, Needs<N>>) => Verdict;
}

/** One question to every container, stopped ones included and marked. */
export function eachContainer<N extends FactName = 'containers'>(row: Row<N>): Check<Needs<N>> {
  const { expected, source, needs = [], exempt, judge, ...about } = row;
  return defineCheck<Needs<N>>({
    surface: 'container',
    impact: 'recreate',
    ...about,
    needs: ['containers', ...needs],
    judge(facts): Judgement {
      const { containers, unreadable } = facts.containers;
      const reason = exempt?.(facts);
      if (reason) return { notApplicable: reason };
      if (containers.length + unreadable.length === 0) return { notApplicable: 'there are no containers' };
      return [
        ...containers.map((container): Evidence => {
          const { outcome, actual } = judge(container, facts);
          const state = container.State.Running ? '' : ` (container is ${container.State.Status || 'not running'})`;
          return {
            resource: `container ${containerName(container)}`,
            expected,
            outcome,
            actual: actual + state,
            source: source ?? 'docker inspect',
          };
        }),
        ...unreadable.map(
          (entry): Evidence => ({
            resource: `container ${containerName(entry)}`,
            expected,
            source: 'docker inspect',
            ...unknown(entry.reason),
          }),
        ),
      ];
    },
  });
}

/** The engine prefixes names with a slash. */
export function containerName(container: { readonly Name: string }): string {
  return container.Name.replace(/^\//, '');
}

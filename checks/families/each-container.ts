import type { Container, Containers } from '../../facts/containers.ts';
import type { FactName, Facts } from '../../facts/index.ts';
import {
  type About,
  type Check,
  type ContainerOptions,
  defineCheck,
  type Evidence,
  type Goal,
  type Judgement,
  unknown,
  type Verdict,
} from '../check.ts';

type Needs<N extends FactName> = N | 'containers';

interface Row<N extends FactName> extends Omit<About, 'surface' | 'impact'>, Partial<Pick<About, 'surface' | 'impact'>> {
  readonly expected: string;
  /** What to inspect by hand; `docker inspect` unless told. */
  readonly source?: string;
  readonly needs?: readonly N[];
  /** Why it does not concern this host; null when it does. */
  readonly exempt?: (facts: Pick<Facts, Needs<N>>) => string | null;
  readonly judge: (container: Container, facts: Pick<Facts, Needs<N>>) => Verdict;
  /** What to lay over the options of one that fails, so that made anew it passes; undefined where options do not mend it. */
  readonly recreate?: (container: Container, facts: Pick<Facts, Needs<N>>) => ContainerOptions | undefined;
}

/** One question to every container, stopped ones included and marked. */
export function eachContainer<N extends FactName = 'containers'>(row: Row<N>): Check<Needs<N>> {
  const { expected, source, needs = [], exempt, judge, recreate, ...about } = row;
  return defineCheck<Needs<N>>({
    surface: 'container',
    impact: 'recreate',
    ...(recreate && { goal: 'container-option' }),
    ...about,
    needs: ['containers', ...needs],
    judge(facts): Judgement {
      const reason = exempt?.(facts);
      if (reason) return { notApplicable: reason };
      const evidence = containerEvidence(facts.containers, expected, (container) => {
        const verdict = judge(container, facts);
        const options = verdict.outcome === 'fail' ? recreate?.(container, facts) : undefined;
        return { source, ...verdict, ...(options && { goal: optionGoal(container, options) }) };
      });
      return evidence.length === 0 ? { notApplicable: 'there are no containers' } : evidence;
    },
  });
}

/** That the container is made anew with these options laid over its own. */
export function optionGoal(container: Container, options: ContainerOptions): Goal {
  return { kind: 'container-option', id: container.Id, name: containerName(container), options };
}

/** What was seen of each container, stopped ones marked, and which ones could not be seen. */
export function containerEvidence(
  { containers, unreadable }: Containers,
  expected: string,
  judge: (container: Container) => Verdict & { readonly source?: string | undefined; readonly goal?: Goal },
): Evidence[] {
  const seen = containers.map((container): Evidence => {
    const { outcome, actual, source = 'docker inspect', goal } = judge(container);
    const state = container.State.Running ? '' : ` (container is ${container.State.Status || 'not running'})`;
    const about = { resource: resourceOf(container), subject: { container: container.Id }, expected };
    return { ...about, outcome, actual: actual + state, source, ...(goal && { goal }) };
  });
  return [...seen, ...unreadableContainers(unreadable, expected)];
}

const resources = new WeakMap<Container, string>();

/** `container web`: one string for all that is said of it, since there are dozens of checks and maybe hundreds of containers. */
function resourceOf(container: Container): string {
  const known = resources.get(container) ?? `container ${containerName(container)}`;
  resources.set(container, known);
  return known;
}

/** Containers the engine listed but could not describe: unknown, so never passed. */
export function unreadableContainers(unreadable: Containers['unreadable'], expected: string): Evidence[] {
  return unreadable.map(
    (entry): Evidence => ({ resource: `container ${containerName(entry)}`, expected, source: 'docker inspect', ...unknown(entry.reason) }),
  );
}

/** The engine prefixes names with a slash. */
export function containerName(container: { readonly Name: string }): string {
  return container.Name.replace(/^\//, '');
}

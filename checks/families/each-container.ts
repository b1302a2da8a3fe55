import type { Container, Containers } from '../../facts/containers.ts';
import type { FactName, Facts } from '../../facts/index.ts';
import { sharing } from '../../facts/sharing.ts';
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
  /** Facts beside the container itself; `containers` where what it says depends on other containers, too. */
  readonly needs?: readonly N[];
  /** Why it does not concern this host; null when it does. */
  readonly exempt?: (facts: Pick<Facts, Needs<N>>) => string | null;
  readonly judge: (container: Container, facts: Pick<Facts, N>) => Verdict;
  /** What to lay over the options of one that fails, so that made anew it passes; undefined where options do not mend it. */
  readonly recreate?: (container: Container, facts: Pick<Facts, N>) => ContainerOptions | undefined;
}

/** One question to every container, stopped ones included and marked. */
export function eachContainer<N extends FactName = never>(row: Row<N>): Check<Needs<N>> {
  const { expected, source, needs = [], exempt, judge, recreate, ...about } = row;
  const recall = remembering();
  return defineCheck<Needs<N>>({
    surface: 'container',
    impact: 'recreate',
    ...(recreate && { goal: 'container-option' }),
    ...about,
    needs: [...new Set<Needs<N>>(['containers', ...needs])],
    judge(facts): Judgement {
      const reason = exempt?.(facts);
      if (reason) return { notApplicable: reason };
      const about = (container: Container): Judged => {
        const verdict = judge(container, facts);
        const options = verdict.outcome === 'fail' ? recreate?.(container, facts) : undefined;
        return { source, ...verdict, ...(options && { goal: optionGoal(container, options) }) };
      };
      const evidence = containerEvidence(facts.containers, expected, about, recall(needs.map((name) => facts[name])));
      return evidence.length === 0 ? { notApplicable: 'there are no containers' } : evidence;
    },
  });
}

/** That the container is made anew with these options laid over its own. */
export function optionGoal(container: Container, options: ContainerOptions): Goal {
  return { kind: 'container-option', id: container.Id, name: containerName(container), options };
}

type Judged = Verdict & { readonly source?: string | undefined; readonly goal?: Goal };

/** On hullguard's own image. Told, so that nobody looks for who runs it, but judged as every other: anybody may put it anywhere. */
const OWN_LABEL = 'io.hullguard.self';

/** What was seen of each container, stopped ones marked, and which ones could not be seen. `known` holds what is said already, and takes what is new. */
export function containerEvidence(
  { containers, unreadable }: Containers,
  expected: string,
  judge: (container: Container) => Judged,
  known: WeakMap<Container, Evidence> = new WeakMap(),
): Evidence[] {
  const share = sharing();
  const seen = containers.map((container): Evidence => {
    const before = known.get(container);
    if (before !== undefined) return before;
    const { outcome, actual, source = 'docker inspect', goal } = judge(container);
    const { resource, subject } = aboutOf(container);
    const state = container.State.Running ? '' : ` (container is ${container.State.Status || 'not running'})`;
    const own = container.Config.Labels[OWN_LABEL] === undefined ? '' : ' (labelled as hullguard’s own)';
    const told = share(actual + state + own);
    // Written out: objects that are put together of others take half as much memory again, and there are tens of thousands of these.
    const evidence: Evidence =
      goal === undefined
        ? { resource, subject, expected, outcome, actual: told, source }
        : { resource, subject, expected, outcome, actual: told, source, goal };
    known.set(container, evidence);
    return evidence;
  });
  return [...seen, ...unreadableContainers(unreadable, expected)];
}

/**
 * Evidence of one check by container, forgotten once other facts that it depends on are others. Facts do not change, they are replaced, so where the
 * value is the same one, the verdict is: of hundreds of containers an event touches one, and only that is judged again.
 */
function remembering(): (others: readonly unknown[]) => WeakMap<Container, Evidence> {
  let known = new WeakMap<Container, Evidence>();
  let basis: readonly unknown[] = [];
  return (others) => {
    if (others.some((fact, index) => fact !== basis[index])) known = new WeakMap();
    basis = others;
    return known;
  };
}

type AboutContainer = Required<Pick<Evidence, 'resource' | 'subject'>>;

const abouts = new WeakMap<Container, AboutContainer>();

/** `container web` and its id: one value for all that is said of it, since there are dozens of checks and maybe hundreds of containers. */
function aboutOf(container: Container): AboutContainer {
  const known = abouts.get(container) ?? { resource: `container ${containerName(container)}`, subject: { container: container.Id } };
  abouts.set(container, known);
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

import type { Container, Containers } from '../../facts/containers.ts';
import type { FactName, Facts } from '../../facts/index.ts';
import { sameEnds } from '../../facts/same-ends.ts';
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
      const others = needs.map((name) => facts[name]);
      const evidence = recall(facts.containers, others, (before) => containerEvidence(facts.containers, expected, about, before));
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

/** What was said of containers: the first evidence is that of the first one, and so on. */
interface Said {
  readonly containers: readonly Container[];
  readonly evidence: readonly Evidence[];
}

const NOTHING: Said = { containers: [], evidence: [] };

/** What was seen of each container, stopped ones marked, and which ones could not be seen. What was said before of a container is not judged again. */
export function containerEvidence(
  { containers, unreadable }: Containers,
  expected: string,
  judge: (container: Container) => Judged,
  before: Said = NOTHING,
): Evidence[] {
  const { start, end } = sameEnds(before.containers, containers);
  const last = before.containers.length - end;
  const known = new Map(before.containers.slice(start, last).map((container, index) => [container, before.evidence[start + index]]));
  const share = sharing();
  const fresh = containers
    .slice(start, containers.length - end)
    .map((container) => known.get(container) ?? evidenceOf(container, expected, judge(container), share));
  return before.evidence
    .slice(0, start)
    .concat(fresh, before.evidence.slice(last, before.containers.length), unreadableContainers(unreadable, expected));
}

function evidenceOf(
  container: Container,
  expected: string,
  { outcome, actual, source = 'docker inspect', goal }: Judged,
  share: (text: string) => string,
): Evidence {
  const { resource, subject } = aboutOf(container);
  const state = container.State.Running ? '' : ` (container is ${container.State.Status || 'not running'})`;
  const own = container.Config.Labels[OWN_LABEL] === undefined ? '' : ' (labelled as hullguard’s own)';
  // The state comes last: what is compared over time leaves it out there.
  const told = share(actual + own + state);
  // Written out: objects that are put together of others take half as much memory again, and there are tens of thousands of these.
  return goal === undefined
    ? { resource, subject, expected, outcome, actual: told, source }
    : { resource, subject, expected, outcome, actual: told, source, goal };
}

/**
 * What one check has said of containers, forgotten once other facts that it depends on are others. Facts do not change, they are replaced, so where the
 * value is the same one, the verdict is: of hundreds of containers an event touches one, and only that is judged again.
 */
function remembering(): (facts: Containers, others: readonly unknown[], judge: (before: Said) => Evidence[]) => Evidence[] {
  let said = NOTHING;
  let basis: readonly unknown[] = [];
  return ({ containers }, others, judge) => {
    const evidence = judge(others.every((fact, index) => fact === basis[index]) ? said : NOTHING);
    said = { containers, evidence };
    basis = others;
    return evidence;
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

/** Drift: what a check says of a resource now, against what it said before. Pure. */
import type { Evidence, Outcome, Severity } from '../checks/check.ts';
import type { Finding } from './scan.ts';

/** What one check says of one resource. */
export interface Observation {
  readonly check: string;
  readonly severity: Severity;
  readonly resource: string;
  readonly outcome: Outcome;
  /** What was seen, in the words of the evidence. */
  readonly actual: string;
}

/** Who made a change, as far as the audit trail tells; else why it does not. */
export type Who =
  | {
      /** `inferred`: the trail shows who ran the client at that time, not who sent the request. */
      readonly status: 'known' | 'inferred';
      /** Who logged in, whatever they became since; null where nobody did, as for a service. */
      readonly login: string | null;
      readonly user: string;
      readonly pid: number;
      readonly executable: string;
      /** The command line, without words that may be secret. */
      readonly command: string;
      readonly terminal: string | null;
      readonly directory: string | null;
      /** Milliseconds since the epoch. */
      readonly at: number;
    }
  | { readonly status: 'unattributed'; readonly reason: string };

/** One thing that has changed. `before` is null for what was not there, `after` for what is gone. */
export interface Drift {
  /** When it was seen, in milliseconds since the epoch. */
  readonly at: number;
  readonly check: string;
  readonly severity: Severity;
  readonly resource: string;
  readonly before: Pick<Observation, 'outcome' | 'actual'> | null;
  readonly after: Pick<Observation, 'outcome' | 'actual'> | null;
  /** What made us look: `event container start web-1`, `file /etc/docker/daemon.json`. */
  readonly causes: readonly string[];
  readonly who: Who;
  /** The waiver that covers what fails now. */
  readonly waiver?: string | undefined;
}

/** Observations by check and resource, the key that drift is told by. */
export type Observations = ReadonlyMap<string, Observation>;

export function keyOf({ check, resource }: Pick<Observation, 'check' | 'resource'>): string {
  return `${check}\0${resource}`;
}

/** Texts that are equal become one: of thousands of observations, most say the same. */
export function sharing(): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const shared = known.get(text) ?? text;
    known.set(shared, shared);
    return shared;
  };
}

/** What differs, and the state after it. What stays is the same object as before: with many containers, most of it stays for days. */
export interface Settled {
  readonly after: Observations;
  readonly changed: readonly Difference[];
}

/**
 * The state after these findings. What could not be seen keeps what was last known: a daemon that restarts is no drift of all that it tells, and what has
 * changed meanwhile shows when it is back. `settled` holds the findings that `before` is the state after, as far as they are known: what both share is
 * not looked at, for of hundreds of containers an event touches one.
 */
export function settle(before: Observations, findings: readonly Finding[], settled: ReadonlyMap<string, Finding> = new Map()): Settled {
  const share = sharing();
  const seen = findings.filter(isSeen);
  const strange = new Set(seen.map(({ check }) => check.id).filter((id) => !settled.has(id)));
  const known = strange.size === 0 ? new Map<string, string[]>() : resourcesOf(before, strange);
  const changed = seen.flatMap((finding) => {
    const earlier = settled.get(finding.check.id);
    const touched = earlier === undefined ? null : touchedBetween(earlier, finding);
    if (touched?.size === 0) return [];
    const entries = byResource(finding, touched);
    const resources = touched ?? new Set([...(known.get(finding.check.id) ?? []), ...entries.keys()]);
    return [...resources].flatMap((resource) => differenceOf(before, finding.check, resource, entries.get(resource), share) ?? []);
  });
  return { after: apply(before, changed), changed };
}

function differenceOf(
  state: Observations,
  { id: check, severity }: Finding['check'],
  resource: string,
  entry: Seen | undefined,
  share: (text: string) => string,
): Difference | null {
  const before = state.get(keyOf({ check, resource })) ?? null;
  if (entry === undefined) return before === null ? null : { before, after: null };
  const { outcome, actual } = entry;
  if (outcome === 'error') return null;
  if (before !== null && outcome === before.outcome && actual === before.actual && severity === before.severity) return null;
  return { before, after: { check, severity, resource, outcome, actual: share(actual) } };
}

function resourcesOf(state: Observations, checks: ReadonlySet<string>): Map<string, string[]> {
  const resources = new Map<string, string[]>([...checks].map((id) => [id, []]));
  for (const { check, resource } of state.values()) resources.get(check)?.push(resource);
  return resources;
}

/** Resources of evidence that is not the same value in both, between what both begin and end with. */
function touchedBetween(earlier: Finding, finding: Finding): ReadonlySet<string> {
  const [old, now] = [earlier.evidence, finding.evidence];
  if (old.length === 0 || now.length === 0 || earlier.check.severity !== finding.check.severity) return everything(earlier, finding);
  let start = 0;
  while (start < old.length && old[start] === now[start]) start++;
  let end = 0;
  while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end)) end++;
  return new Set([...old.slice(start, old.length - end), ...now.slice(start, now.length - end)].map(({ resource }) => resource));
}

function everything(...findings: readonly Finding[]): ReadonlySet<string> {
  return new Set(findings.flatMap((finding) => [...byResource(finding, null).keys()]));
}

function apply(before: Observations, changed: readonly Difference[]): Observations {
  if (changed.length === 0) return before;
  const state = new Map(before);
  for (const { before: old, after } of changed) {
    if (after !== null) state.set(keyOf(after), after);
    else if (old !== null) state.delete(keyOf(old));
  }
  return state;
}

const WORST: readonly Outcome[] = ['fail', 'error', 'review', 'pass', 'not-applicable'];

/** Whether the finding says anything: one that could not be judged does not. */
export function isSeen({ status, evidence }: Finding): boolean {
  return status !== 'error' || evidence.length > 0;
}

type Seen = Pick<Evidence, 'resource' | 'outcome' | 'actual'>;

/** One entry a resource, of these alone if told: the worst where there are several. A finding without evidence is its own resource. */
function byResource({ evidence, reason }: Finding, only: ReadonlySet<string> | null): ReadonlyMap<string, Seen> {
  const worst = new Map<string, Seen>();
  for (const entry of evidence) {
    if (only !== null && !only.has(entry.resource)) continue;
    const other = worst.get(entry.resource);
    if (other === undefined || WORST.indexOf(entry.outcome) < WORST.indexOf(other.outcome)) worst.set(entry.resource, entry);
  }
  if (evidence.length === 0) worst.set('host', { resource: 'host', outcome: 'not-applicable', actual: reason ?? '' });
  return worst;
}

/** A difference that a person should know of: another outcome, another value, something new or gone. */
export interface Difference {
  readonly before: Observation | null;
  readonly after: Observation | null;
}

/** What differs between two states of the host, of the checks that both tell of. */
export function differences(before: Observations, after: Observations, checks: ReadonlySet<string>): Difference[] {
  const keys = new Set([...before.keys(), ...after.keys()]);
  return [...keys].flatMap((key) => {
    const difference = { before: before.get(key) ?? null, after: after.get(key) ?? null };
    const check = (difference.after ?? difference.before)?.check ?? '';
    return checks.has(check) && isDrift(difference) ? [difference] : [];
  });
}

/** What is good stays good by another name or value, and what is harmless comes and goes, as containers do all day long: neither is drift. */
export function isDrift({ before, after }: Difference): boolean {
  if (!isBad(before) && !isBad(after)) return false;
  return before?.outcome !== after?.outcome || value(before) !== value(after);
}

function isBad(observation: Observation | null): boolean {
  return observation !== null && ['fail', 'error', 'review'].includes(observation.outcome);
}

/** That a container has stopped changes nothing of what is wrong with it, nor does one more of too many, or how precisely we know since when. */
function value(observation: Observation | null): string | undefined {
  return observation?.actual.replace(/ \((?:container is|now|since|\d+ of \d+ open) [^()]*\)$/, '');
}

/** Drift: what a check says of a resource now, against what it said before. Pure. */
import type { Evidence, Outcome, Severity } from '../checks/check.ts';
import { sameEnds } from '../facts/same-ends.ts';
import { sharing } from '../facts/sharing.ts';
import type { Difference, Observation, Observations } from './observations.ts';
import type { Finding } from './scan.ts';

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
  const changed = seen.flatMap((finding) => {
    const earlier = settled.get(finding.check.id);
    const touched = earlier === undefined ? null : touchedBetween(earlier, finding);
    if (touched?.size === 0) return [];
    const entries = byResource(finding, touched);
    const resources = touched ?? new Set([...before.of(finding.check.id).keys(), ...entries.keys()]);
    return [...resources].flatMap((resource) => differenceOf(before, finding.check, resource, entries.get(resource), share) ?? []);
  });
  return { after: before.with(changed), changed };
}

function differenceOf(
  state: Observations,
  { id: check, severity }: Finding['check'],
  resource: string,
  entry: Seen | undefined,
  share: (text: string) => string,
): Difference | null {
  const before = state.get({ check, resource }) ?? null;
  if (entry === undefined) return before === null ? null : { before, after: null };
  const { outcome, actual } = entry;
  if (outcome === 'error') return null;
  if (before !== null && outcome === before.outcome && actual === before.actual && severity === before.severity) return null;
  return { before, after: { check, severity, resource, outcome, actual: share(actual) } };
}

/** Resources of evidence that is not the same value in both, between what both begin and end with. */
function touchedBetween(earlier: Finding, finding: Finding): ReadonlySet<string> {
  const [old, now] = [earlier.evidence, finding.evidence];
  if (old.length === 0 || now.length === 0 || earlier.check.severity !== finding.check.severity) return everything(earlier, finding);
  const { start, end } = sameEnds(old, now);
  return new Set([...old.slice(start, old.length - end), ...now.slice(start, now.length - end)].map(({ resource }) => resource));
}

function everything(...findings: readonly Finding[]): ReadonlySet<string> {
  return new Set(findings.flatMap((finding) => [...byResource(finding, null).keys()]));
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

/** What differs between two states of the host, of these checks. */
export function differences(before: Observations, after: Observations, checks: ReadonlySet<string>): Difference[] {
  return [...checks].flatMap((check) => {
    const [old, now] = [before.of(check), after.of(check)];
    return [...new Set([...old.keys(), ...now.keys()])]
      .map((resource) => ({ before: old.get(resource) ?? null, after: now.get(resource) ?? null }))
      .filter(isDrift);
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

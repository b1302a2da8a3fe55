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
 * changed meanwhile shows when it is back.
 */
export function settle(before: Observations, findings: readonly Finding[]): Settled {
  const seen = new Map(findings.filter(isSeen).map((finding) => [finding.check.id, byResource(finding)]));
  const severities = new Map(findings.map(({ check }) => [check.id, check.severity]));
  const changed: Difference[] = [];
  const share = sharing();
  const kept = new Map<string, number>();
  for (const known of before.values()) {
    const { check, resource } = known;
    const entry = seen.get(check)?.get(resource);
    if (entry === undefined && seen.has(check)) changed.push({ before: known, after: null });
    if (entry === undefined) continue;
    kept.set(check, (kept.get(check) ?? 0) + 1);
    const { outcome, actual } = entry;
    const severity = severities.get(check) ?? known.severity;
    const same = outcome === known.outcome && actual === known.actual && severity === known.severity;
    if (!same && outcome !== 'error') changed.push({ before: known, after: { check, severity, resource, outcome, actual: share(actual) } });
  }
  for (const { check } of findings) {
    const entries = seen.get(check.id);
    // A key is looked up only where some are new: of thousands, that alone would be most of the work.
    if (entries === undefined || entries.size === kept.get(check.id)) continue;
    for (const { resource, outcome, actual } of entries.values()) {
      const observation = { check: check.id, severity: check.severity, resource, outcome, actual: share(actual) };
      if (outcome !== 'error' && !before.has(keyOf(observation))) changed.push({ before: null, after: observation });
    }
  }
  return { after: apply(before, changed), changed };
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

function isSeen({ status, evidence }: Finding): boolean {
  return status !== 'error' || evidence.length > 0;
}

type Seen = Pick<Evidence, 'resource' | 'outcome' | 'actual'>;

/** One entry a resource: the worst where there are several. A finding without evidence is its own resource. */
function byResource({ evidence, reason }: Finding): ReadonlyMap<string, Seen> {
  const worst = new Map<string, Seen>();
  for (const entry of evidence) {
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

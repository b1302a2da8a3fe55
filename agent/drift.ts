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

/** What the findings say, one observation a check and resource: the worst where there are several. A finding without evidence is its own resource. */
export function observe(findings: readonly Finding[]): Observations {
  const observations = new Map<string, Observation>();
  for (const { check, status, evidence, reason } of findings) {
    const { id, severity } = check;
    const seen = evidence.length > 0 ? evidence : [unseen(status, reason)];
    for (const { resource, outcome, actual } of seen) {
      const observation = { check: id, severity, resource, outcome, actual };
      const before = observations.get(keyOf(observation));
      if (before === undefined || WORST.indexOf(outcome) < WORST.indexOf(before.outcome)) observations.set(keyOf(observation), observation);
    }
  }
  return observations;
}

const WORST: readonly Outcome[] = ['fail', 'error', 'review', 'pass', 'not-applicable'];

function unseen(status: Finding['status'], reason: string | null): Pick<Evidence, 'resource' | 'outcome' | 'actual'> {
  return { resource: 'host', outcome: status === 'error' ? 'error' : 'not-applicable', actual: reason ?? '' };
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
function isDrift({ before, after }: Difference): boolean {
  if (!isBad(before) && !isBad(after)) return false;
  return before?.outcome !== after?.outcome || value(before) !== value(after);
}

function isBad(observation: Observation | null): boolean {
  return observation !== null && ['fail', 'error', 'review'].includes(observation.outcome);
}

/** That a container has stopped changes nothing of what is wrong with it, nor does how precisely we know since when it is. */
function value(observation: Observation | null): string | undefined {
  return observation?.actual.replace(/ \((container is|since|\d+ of \d+ open) [^()]*\)$/, '');
}

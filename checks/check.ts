import type { FactName, Facts } from '../facts/index.ts';

export type Severity = 'low' | 'medium' | 'high' | 'critical';
/** Spoofing, tampering, repudiation, information disclosure, denial of service, elevation of privilege. */
export type Stride = 'S' | 'T' | 'R' | 'I' | 'D' | 'E';
export type Surface = 'client' | 'host' | 'daemon' | 'registry' | 'image' | 'container' | 'orchestrator';
/** What the fix costs the host: nothing, a reload or restart of dockerd, containers made anew, a reboot. */
export type Impact = 'none' | 'reload' | 'restart' | 'recreate' | 'reboot';

/** What a check is about, in our own words; its numbers in the benchmark are in benchmark.ts. */
export interface About {
  /** Permanent: `daemon/live-restore`. */
  readonly id: string;
  /** The state of a good host, at most 72 characters. */
  readonly title: string;
  readonly severity: Severity;
  readonly stride: readonly Stride[];
  readonly surface: Surface;
  /** What an attacker or an accident gains where it fails. */
  readonly rationale: string;
  /** How to make it pass, by hand. */
  readonly fix: string;
  readonly impact: Impact;
}

export type Outcome = 'pass' | 'fail' | 'review' | 'not-applicable' | 'error';

/** The worst outcome decides: what is known to fail before what is unknown, and nothing unknown counts as passed. */
export const worstFirst: readonly Outcome[] = ['fail', 'error', 'review', 'pass', 'not-applicable'];

/** One observation: what was looked at, what should be there, what was, and where that was read. */
export interface Evidence {
  /** `dockerd`, `/etc/docker/daemon.json`, `container web-1`. */
  readonly resource: string;
  readonly expected: string;
  readonly actual: string;
  readonly outcome: Outcome;
  readonly source: string;
}

/** Evidence, or why there is nothing to judge. */
export type Judgement = readonly Evidence[] | { readonly notApplicable: string };

export interface Check<N extends FactName = FactName> extends About {
  /** The facts it sees, and no others; without one of them its finding is an error. */
  readonly needs: readonly N[];
  /** Nobody but a person can answer it; it says what to look at. */
  readonly manual?: boolean;
  /** Pure: no clock, no host, no configuration but the policy among the facts. */
  judge(facts: Pick<Facts, N>): Judgement;
}

/** Gives a check its types; does nothing else. */
export function defineCheck<const N extends FactName>(check: Check<N>): Check<N> {
  return check;
}

export interface Verdict {
  readonly outcome: Outcome;
  readonly actual: string;
}

export function pass(actual: string): Verdict {
  return { outcome: 'pass', actual };
}

export function fail(actual: string): Verdict {
  return { outcome: 'fail', actual };
}

/** A person has to decide. */
export function review(actual: string): Verdict {
  return { outcome: 'review', actual };
}

/** It could not be seen: never a pass. */
export function unknown(actual: string): Verdict {
  return { outcome: 'error', actual };
}

export function notApplicable(actual: string): Verdict {
  return { outcome: 'not-applicable', actual };
}

export function passIf(good: boolean, actual: string): Verdict {
  return good ? pass(actual) : fail(actual);
}

/** A control that no fact can decide: one question to a person, answered by an attestation. */
export function manual(about: About & { readonly procedure: string }): Check<never> {
  const { procedure, ...rest } = about;
  return defineCheck({
    ...rest,
    needs: [],
    manual: true,
    judge: () => [
      {
        resource: 'host',
        expected: 'an attestation',
        actual: `nobody has attested ${procedure}`,
        outcome: 'review',
        source: 'attestation',
      },
    ],
  });
}

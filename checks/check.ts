import type { Container } from '../facts/containers.ts';
import type { FactName, Facts } from '../facts/index.ts';
import type { Json } from '../facts/json.ts';

export const severities = ['low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof severities)[number];
export const worstSeverityFirst: readonly Severity[] = severities.toReversed();
/** Kinds of threat: the letters, and what they stand for. */
export const strideNames = {
  S: 'spoofing',
  T: 'tampering',
  R: 'repudiation',
  I: 'information disclosure',
  D: 'denial of service',
  E: 'elevation of privilege',
} as const;
export type Stride = keyof typeof strideNames;
export const strides = Object.keys(strideNames) as Stride[];
export const surfaces = ['client', 'host', 'daemon', 'registry', 'image', 'container', 'orchestrator'] as const;
export type Surface = (typeof surfaces)[number];
/** Costs that `apply` may be allowed, least first. */
export const allowedImpacts = ['none', 'reload', 'restart'] as const;
/** What the fix costs the host: nothing, a reload or restart of dockerd, containers made anew, a reboot. */
export const impacts = [...allowedImpacts, 'recreate', 'reboot'] as const;
export type Impact = (typeof impacts)[number];

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
  /** The kind of goal that its failing evidence carries, where `hullguard plan` knows more than the text of the fix. */
  readonly goal?: GoalKind;
}

export const outcomes = ['pass', 'fail', 'review', 'not-applicable', 'error'] as const;
export type Outcome = (typeof outcomes)[number];

/** The worst outcome decides: what is known to fail before what is unknown, and nothing unknown counts as passed. */
export const worstFirst: readonly Outcome[] = ['fail', 'error', 'review', 'pass', 'not-applicable'];

/** The state that would make a failing observation pass. Each kind is answered by one remediation in remediations/index.ts. */
export interface Goals {
  /** dockerd runs with this value of a key of daemon.json. */
  'daemon-setting': { readonly key: string; readonly value: Json };
  /** `path` is the file itself, links resolved. */
  'file-mode': { readonly path: string; readonly mode: number };
  'file-owner': { readonly path: string; readonly uid: number; readonly gid: number };
  /** Writes and attribute changes of the file, or below the directory, are recorded: by the kernel now, and after a reboot. */
  'audit-rule': { readonly path: string };
  /** What the engine can change while the container runs. */
  'container-limit': { readonly id: string; readonly name: string; readonly limits: Limits };
  /** What only a new container can have: options as `docker inspect` names them, laid over those it has. */
  'container-option': { readonly id: string; readonly name: string; readonly options: ContainerOptions };
  /** `DOCKER_CONTENT_TRUST=1` for the users of this host. */
  'content-trust': { readonly path: string | null };
}
export type GoalKind = keyof Goals;
export type Goal = { readonly [K in GoalKind]: { readonly kind: K } & Goals[K] }[GoalKind];

/** Limits of a container in the engine's own units: bytes, billionths of a CPU, processes. */
export interface Limits {
  readonly Memory?: number;
  readonly NanoCpus?: number;
  readonly PidsLimit?: number;
  readonly RestartPolicy?: { readonly Name: string; readonly MaximumRetryCount: number };
}

export interface ContainerOptions {
  readonly HostConfig?: Partial<Container['HostConfig']>;
  readonly Config?: Partial<Pick<Container['Config'], 'User' | 'Image'>>;
  readonly Mounts?: Container['Mounts'];
  /** What options cannot say, for a person: `use an image with a HEALTHCHECK`. */
  readonly advice?: string;
}

/** One observation: what was looked at, what should be there, what was, and where that was read. */
export interface Evidence {
  /** `dockerd`, `/etc/docker/daemon.json`, `container web-1`. */
  readonly resource: string;
  readonly expected: string;
  readonly actual: string;
  readonly outcome: Outcome;
  readonly source: string;
  /** Which resource that is, where a waiver may be limited to it. */
  readonly subject?: Subject;
  /** What would mend it; only where it fails. */
  readonly goal?: Goal;
}

/** A container or an image by its id, a file by the path that is looked at. */
export type Subject = { readonly container: string } | { readonly image: string } | { readonly path: string };

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
  /** What would mend it. */
  readonly goal?: Goal;
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

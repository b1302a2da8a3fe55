/** Facts and checks → findings. Pure. */
import { type BenchmarkVersion, crosswalk, type Level } from '../checks/benchmark.ts';
import { type Check, type Evidence, type Outcome, outcomes, worstFirst } from '../checks/check.ts';
import { reasonOf } from '../facts/host.ts';
import type { FactName, Facts, Recording } from '../facts/index.ts';

/** The outcome of the evidence that decided; where a person has to review that, it is `manual`. */
export type Status = Exclude<Outcome, 'review'> | 'manual';
export const statuses: readonly Status[] = outcomes.map(statusOf);

function statusOf(outcome: Outcome): Status {
  return outcome === 'review' ? 'manual' : outcome;
}

/** The outcome of the evidence that decided on a status. */
export function decisiveOutcome(status: Status): Outcome {
  return status === 'manual' ? 'review' : status;
}

/** What came of one check on one host. */
export interface Finding {
  readonly check: Check;
  /** Its number and level in the benchmark version of the audit; null where that lacks it. */
  readonly control: string | null;
  readonly level: Level | null;
  readonly section: string;
  readonly status: Status;
  readonly evidence: readonly Evidence[];
  /** Why it is not applicable or an error. */
  readonly reason: string | null;
}

const CHAPTERS = ['', 'host', 'daemon', 'files', 'images', 'containers', 'operations', 'swarm', 'enterprise'];
/** The first part of a check's id → the section it belongs to where the benchmark does not number it. */
const SECTIONS: Readonly<Record<string, string>> = { image: 'images', container: 'containers', ops: 'operations', client: 'community' };

export const sections: readonly string[] = [...CHAPTERS.slice(1), 'community', 'site'];

/** The chapter of the benchmark that has the check, or its own kind's. */
export function sectionOf(check: Pick<Check, 'id'>, control: string | null): string {
  const [prefix = ''] = check.id.split('/');
  return CHAPTERS[Number.parseInt(control ?? '', 10)] ?? SECTIONS[prefix] ?? prefix;
}

/** Judges one check. Without a fact it needs, or when it throws, the finding is an error: unknown is never pass. */
export function judge(check: Check, { facts, missing }: Recording, benchmark: BenchmarkVersion): Finding {
  const place = crosswalk.get(check.id)?.[benchmark];
  const about = { check, control: place?.number ?? null, level: place?.level ?? null, section: sectionOf(check, place?.number ?? null) };
  const lacking = check.needs.filter((name) => facts[name] === undefined);
  if (lacking.length > 0) return { ...about, status: 'error', evidence: [], reason: reasonsOf(lacking, missing) };
  try {
    // All facts of its needs are there, so for this check the partial facts are complete.
    const judgement = check.judge(facts as Facts);
    if ('notApplicable' in judgement) return { ...about, status: 'not-applicable', evidence: [], reason: judgement.notApplicable };
    return { ...about, ...weigh(judgement) };
  } catch (error) {
    const ours = check.id.startsWith('site/') ? '' : ' (please report this)';
    return { ...about, status: 'error', evidence: [], reason: `the check itself failed: ${reasonOf(error)}${ours}` };
  }
}

function reasonsOf(lacking: readonly FactName[], missing: Recording['missing']): string {
  const reasons = lacking.map((name) => missing[name] ?? `the fact ${name} was not collected`);
  return [...new Set(reasons)].join('; ');
}

function weigh(evidence: readonly Evidence[]): Pick<Finding, 'status' | 'evidence' | 'reason'> {
  const worst = worstFirst.find((outcome) => evidence.some((entry) => entry.outcome === outcome));
  if (worst === undefined) return { status: 'not-applicable', evidence, reason: 'there is nothing to judge' };
  const decisive = evidence.find((entry) => entry.outcome === worst);
  const unseen = evidence.filter((entry) => entry.outcome === 'error').length;
  const reason =
    worst === 'error' || worst === 'not-applicable'
      ? (decisive?.actual ?? null)
      : unseen > 0
        ? `${unseen} of ${evidence.length} could not be read`
        : null;
  return { status: statusOf(worst), evidence, reason };
}

/** Sorts findings as the benchmark numbers them; what it lacks follows the section it belongs to. */
export function inBenchmarkOrder(findings: readonly Finding[]): Finding[] {
  const key = ({ section, control }: Finding): number[] => [sections.indexOf(section), ...(control ?? '999').split('.').map(Number)];
  return findings.toSorted((left, right) => compare(key(left), key(right)));
}

function compare(left: readonly number[], right: readonly number[]): number {
  for (const [index, value] of left.entries()) {
    const difference = value - (right[index] ?? -1);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** What to mend first: severity × exposure × ease × weight. docs/threats.md explains the numbers and is made from them. Pure. */
import type { Severity } from '../checks/check.ts';
import type { Threat } from '../checks/threats.ts';
import { exposureOf, Others } from './exposure.ts';
import { isOpen, type Report, type ReportedFinding } from './report.ts';

/** What to mend first, and why: the score is the product of its parts. */
export interface Priority {
  readonly check: string;
  readonly control: string | null;
  readonly title: string;
  readonly score: number;
  readonly severity: number;
  readonly exposure: number;
  readonly ease: number;
  /** The largest of the threats that it mitigates. */
  readonly weight: number;
  /** What on this host makes it worse or less, and what makes it easy or hard. */
  readonly why: readonly string[];
}

export const severityPoints: Readonly<Record<Severity, number>> = { critical: 8, high: 4, medium: 2, low: 1 };

type Impact = ReportedFinding['remediation']['impact'];
interface Ease {
  readonly factor: number;
  readonly why: string;
}

export const easeByProgram: Readonly<Record<Impact, Ease>> = {
  none: { factor: 1.5, why: 'hullguard apply mends it, at no cost to the host' },
  reload: { factor: 1.5, why: 'hullguard apply mends it with a reload of dockerd' },
  restart: { factor: 1.25, why: 'hullguard apply mends it with a restart of dockerd' },
  recreate: { factor: 1, why: 'hullguard apply mends it; containers have to be made anew' },
  reboot: { factor: 1, why: 'hullguard apply mends it, with a reboot' },
};
export const easeByHand: Readonly<Record<Impact, Ease>> = {
  none: { factor: 1, why: 'mended by hand, at no cost to the host' },
  reload: { factor: 1, why: 'mended by hand, with a reload of dockerd' },
  restart: { factor: 1, why: 'mended by hand, with a restart of dockerd' },
  recreate: { factor: 0.8, why: 'mended by hand: what it concerns has to be made anew' },
  reboot: { factor: 0.8, why: 'mended by hand, with a reboot' },
};

/** Failing checks that are not waived, highest score first; of equal ones the more severe, then the order of the report. */
export function prioritise(report: Report, threats: readonly Threat[]): Priority[] {
  const failing = report.findings.filter(isOpen);
  const others = new Others(report);
  return failing
    .map((finding) => priorityOf(finding, others, threats))
    .toSorted((left, right) => right.score - left.score || right.severity - left.severity);
}

function priorityOf(finding: ReportedFinding, others: Others, threats: readonly Threat[]): Priority {
  const { check, control, title, remediation } = finding;
  const severity = severityPoints[finding.severity];
  const exposure = exposureOf(finding, others);
  const ease = (remediation.automatic ? easeByProgram : easeByHand)[remediation.impact];
  const weights = threats.filter(({ checks }) => checks.includes(check)).map(({ weight }) => weight);
  const weight = weights.length === 0 ? 1 : Math.max(...weights);
  const site = weight === 1 ? [] : [`the configuration of this site weighs it ${weight}`];
  return {
    check,
    control,
    title,
    score: rounded(severity * exposure.factor * ease.factor * weight),
    severity,
    exposure: exposure.factor,
    ease: ease.factor,
    weight,
    why: [...exposure.why, ...site, ease.why],
  };
}

/** Products of decimal fractions, without the noise of binary ones. */
function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

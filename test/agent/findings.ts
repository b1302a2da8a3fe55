/** Reports with findings made up, for the tests of what is told from other findings. */
import type { Report, ReportedFinding } from '../../agent/report.ts';
import { checks } from '../../checks/index.ts';
import { report } from './reports.ts';

export const empty = await report({}, { check: ['daemon/icc-disabled'] });

export type Seen = readonly [resource: string, actual: string, outcome?: 'pass' | 'fail', expected?: string];

/** A finding of a real check, with evidence made up. */
export function finding(id: string, ...seen: readonly Seen[]): ReportedFinding {
  const check = checks.find((each) => each.id === id);
  if (check === undefined) throw new Error(`no check ${id}`);
  const { title, severity, stride, surface, impact, fix, goal } = check;
  return {
    check: id,
    control: null,
    title,
    section: '',
    level: null,
    severity,
    stride: [...stride],
    surface,
    status: seen.some(([, , outcome = 'fail']) => outcome === 'fail') ? 'fail' : 'pass',
    evidence: seen.map(([resource, actual, outcome = 'fail', expected = '']) => ({ resource, expected, actual, outcome, source: '' })),
    reason: null,
    waiver: null,
    attestation: null,
    remediation: { automatic: goal !== undefined && goal !== 'container-option', impact, fix },
  };
}

export function reportOf(...findings: readonly ReportedFinding[]): Report {
  return { ...empty, findings: [...findings] };
}

export const web: Seen = ['container web', ''];

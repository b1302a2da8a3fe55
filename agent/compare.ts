/** Two reports of one host, an earlier one and this: what fails anew, what is mended, what still fails. Pure. */
import { worstSeverityFirst } from '../checks/check.ts';
import type { Report, ReportedFinding } from './report.ts';

/** One check whose failures are not the same in both reports. */
export interface ComparedCheck {
  readonly finding: ReportedFinding;
  /** What it did not fail on before, or fails on no more. */
  readonly resources: readonly string[];
  /** Whether the verdict on the check itself has changed with that. */
  readonly verdictChanged: boolean;
}

export interface Comparison {
  readonly at: string;
  readonly before: number;
  readonly after: number;
  /** Worst first. */
  readonly fresh: readonly ComparedCheck[];
  readonly mended: readonly ComparedCheck[];
  /** Checks that fail on the very same as before. */
  readonly unchanged: number;
  /** Checks that one of the two reports could not judge or lacks: nothing is known of a change. */
  readonly unknown: number;
  /** Why the two may differ for other reasons than the host, each in a sentence. */
  readonly caveats: readonly string[];
}

/** What has changed since the earlier report, by check and resource. Waived failures count as failures: a waiver mends nothing. */
export function compareReports(earlier: Report, report: Report): Comparison {
  const before = new Map(earlier.findings.map((finding) => [finding.check, finding]));
  const pairs = report.findings.flatMap((now) => {
    const then = before.get(now.check);
    return then === undefined || then.status === 'error' || now.status === 'error' ? [] : [{ then, now }];
  });
  const told = pairs.map(({ then, now }) => {
    const [was, is] = [having('fail', then), having('fail', now)];
    const verdictChanged = (then.status === 'fail') !== (now.status === 'fail');
    return {
      now,
      fresh: { finding: now, resources: [...is.difference(was).difference(having('error', then))], verdictChanged },
      // What can no longer be read need not be mended.
      mended: { finding: now, resources: [...was.difference(is).difference(having('error', now))], verdictChanged },
    };
  });
  const changed = (list: readonly ComparedCheck[]): ComparedCheck[] =>
    list
      .filter(({ resources }) => resources.length > 0)
      .toSorted((left, right) => worstSeverityFirst.indexOf(left.finding.severity) - worstSeverityFirst.indexOf(right.finding.severity));
  const all = new Set([...before.keys(), ...report.findings.map(({ check }) => check)]);
  return {
    at: earlier.at,
    before: earlier.summary.score,
    after: report.summary.score,
    fresh: changed(told.map(({ fresh }) => fresh)),
    mended: changed(told.map(({ mended }) => mended)),
    unchanged: told.filter(({ now, fresh, mended }) => now.status === 'fail' && fresh.resources.length + mended.resources.length === 0)
      .length,
    unknown: all.size - pairs.length,
    caveats: caveatsOf(earlier, report),
  };
}

function having(wanted: 'fail' | 'error', { evidence }: ReportedFinding): Set<string> {
  return new Set(evidence.filter(({ outcome }) => outcome === wanted).map(({ resource }) => resource));
}

function caveatsOf(earlier: Report, report: Report): string[] {
  const about = ({ host, benchmark, profile, tool }: Report) => [
    ['host', host.hostname],
    ['benchmark version', benchmark.version],
    ['profile', profile],
    ['hullguard', tool.version],
  ];
  const now = about(report);
  const newer = Date.parse(earlier.at) > Date.parse(report.at) ? ['The report compared with is newer than this one.'] : [];
  const others = about(earlier).flatMap(([what, then], index) => {
    const is = now[index]?.[1];
    return then === is ? [] : [`The earlier report is of another ${what}: ${then}, now ${is}.`];
  });
  return [...newer, ...others];
}

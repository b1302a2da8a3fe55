/** What must hold of a report whatever went wrong. */
import { expect } from 'vitest';
import type { Report, ReportedFinding } from '../../../agent/report.ts';
import { checks } from '../../../checks/index.ts';
import { type CollectorName, collectors, type FactName } from '../../../facts/index.ts';
import { schemaTester } from '../../json-schema.ts';
import { execute, hullguard } from './command.ts';

interface Relations {
  readonly needs?: readonly CollectorName[];
  readonly after?: readonly CollectorName[];
}

const names = Object.keys(collectors) as CollectorName[];
const complaintAbout = schemaTester((await execute([...hullguard, 'schema', 'report'])).stdout);

/** The facts that may differ when these do; `all` follows what they merely come after, too. */
export function dependents(changed: readonly FactName[], all: boolean): ReadonlySet<FactName> {
  const found = new Set<FactName>(changed);
  for (let before = 0; before !== found.size; ) {
    before = found.size;
    for (const name of names) {
      const { needs = [], after = [] } = collectors[name] as Relations;
      if ([...needs, ...(all ? after : [])].some((other) => found.has(other))) found.add(name);
    }
  }
  return found;
}

/** Ids of the checks that see one of these facts. */
export function checksOf(facts: ReadonlySet<FactName>): ReadonlySet<string> {
  return new Set(checks.filter(({ needs }) => needs.some((name) => facts.has(name))).map(({ id }) => id));
}

export function find(report: Report, check: string): ReportedFinding {
  const finding = report.findings.find((candidate) => candidate.check === check);
  if (finding === undefined) throw new Error(`no finding of ${check}`);
  return finding;
}

interface Fault {
  readonly healthy: Report;
  readonly faulty: Report;
  /** Facts that can no longer be known. */
  readonly missing?: readonly FactName[];
  /** Facts that may differ though they are there. */
  readonly changed?: readonly FactName[];
}

/** The report is whole and valid; what rests on a missing fact is an error, and what the fault does not touch is as it was. */
export function expectSound({ healthy, faulty, missing = [], changed = [] }: Fault): void {
  expect(complaintAbout(faulty)).toBeNull();
  expect(faulty.findings.map(({ check }) => check)).toEqual(healthy.findings.map(({ check }) => check));
  const lost = checksOf(dependents(missing, false));
  const touched = checksOf(dependents([...missing, ...changed], true));
  for (const finding of faulty.findings) {
    if (lost.has(finding.check))
      expect({ check: finding.check, status: finding.status, evidence: finding.evidence }).toEqual({
        check: finding.check,
        status: 'error',
        evidence: [],
      });
    else if (!touched.has(finding.check)) expect(finding).toEqual(find(healthy, finding.check));
  }
  const passing = new Set(
    healthy.findings.filter(({ status }) => status === 'pass' || status === 'not-applicable').map(({ check }) => check),
  );
  expect(faulty.findings.filter(({ check, status }) => status === 'pass' && !passing.has(check)).map(({ check }) => check)).toEqual([]);
}

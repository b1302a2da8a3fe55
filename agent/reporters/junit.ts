/** JUnit XML, for every CI: a suite for each section, a case for each check. */
import type { Report, ReportedFinding } from '../report.ts';
import type { Reporter } from './reporter.ts';
import { attestationText, type Row, rowsOf, rowText, waiverText } from './rows.ts';
import { element, textElement, type Xml, xmlDocument } from './xml.ts';

type Outcome = 'passed' | 'failures' | 'errors' | 'skipped';

export const junit: Reporter = (report) => {
  const rows = Map.groupBy(rowsOf(report), ({ finding }) => finding);
  const cases = report.findings.map((finding) => ({ finding, outcome: outcomeOf(finding), rows: rows.get(finding) ?? [] }));
  const bySection = Map.groupBy(cases, ({ finding }) => finding.section);
  const count = (members: readonly Case[], outcome: Outcome): number => members.filter((each) => each.outcome === outcome).length;
  const suites = [...bySection].map(([section, members]) =>
    element(
      'testsuite',
      {
        name: section,
        tests: members.length,
        failures: count(members, 'failures'),
        errors: count(members, 'errors'),
        skipped: count(members, 'skipped'),
        timestamp: report.at.replace(/Z$/, ''),
        hostname: report.host.hostname,
      },
      [properties(report), ...members.map(testCase)],
    ),
  );
  const totals = { tests: cases.length, failures: count(cases, 'failures'), errors: count(cases, 'errors') };
  return xmlDocument(element('testsuites', { name: 'hullguard', ...totals, time: (report.durationMs / 1000).toFixed(3) }, suites));
};

interface Case {
  readonly finding: ReportedFinding;
  readonly outcome: Outcome;
  readonly rows: readonly Row[];
}

/** What is accepted is no failure of a pipeline, and what only a person can answer no pass, until somebody did. */
function outcomeOf({ status, waiver, attestation }: ReportedFinding): Outcome {
  if (status === 'fail') return waiver === null ? 'failures' : 'skipped';
  if (status === 'error') return 'errors';
  return status === 'pass' || attestation !== null ? 'passed' : 'skipped';
}

function properties({ tool, benchmark, profile, host: { os, kernel, engine }, summary }: Report): Xml {
  const values = {
    tool: `${tool.name} ${tool.version}`,
    benchmark: `${benchmark.name} ${benchmark.version}`,
    profile,
    os,
    kernel,
    engine: engine === null ? 'none answered' : `Docker ${engine.version} at ${engine.endpoint}`,
    score: summary.score,
  };
  return element(
    'properties',
    {},
    Object.entries(values).map(([name, value]) => element('property', { name, value })),
  );
}

/** Named by its id first, so that it keeps its history when the benchmark numbers it anew. */
function testCase({ finding, outcome, rows }: Case): Xml {
  const { check, title, section } = finding;
  return element('testcase', { name: `${check}: ${title}`, classname: `hullguard.${section}` }, verdict(finding, outcome, rows));
}

function verdict(finding: ReportedFinding, outcome: Outcome, rows: readonly Row[]): Xml[] {
  const { severity, control, waiver, attestation, reason, remediation } = finding;
  const seen = (wanted: Row['outcome']): string[] => rows.filter((row) => row.outcome === wanted).map(rowText);
  if (outcome === 'failures') {
    const open = rows.filter((row) => row.outcome === 'fail' && row.accepted === null);
    const message = `${control === null ? '' : `${control}: `}${open.length} of ${rows.length} fail: ${open[0]?.resource ?? ''}${open.length > 1 ? ', …' : ''}`;
    return [textElement('failure', { type: severity, message }, ...seen('fail'), `Fix: ${remediation.fix}`)];
  }
  if (outcome === 'errors') return [textElement('error', { type: 'not judged', message: reason ?? 'not judged' }, ...seen('error'))];
  if (waiver !== null) return [textElement('skipped', { type: 'waived', message: waiverText(waiver) }, ...seen('fail'))];
  if (attestation !== null) return [textElement('system-out', {}, attestationText(attestation))];
  if (outcome === 'passed') return [];
  const type = finding.status === 'manual' ? 'for a person' : 'not applicable';
  return [textElement('skipped', { type, message: reason ?? type }, ...seen('review'))];
}

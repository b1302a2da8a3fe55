/** HTML reports of recorded hosts, and of made-up ones that show every part of the page. */
import path from 'node:path';
import { loadConfig } from '../../agent/config.ts';
import { type Audited, type Extras, gatherExtras, type Past } from '../../agent/extras.ts';
import { readFacts } from '../../agent/facts-file.ts';
import type { Report, ReportedFinding } from '../../agent/report.ts';
import { html } from '../../agent/reporters/html/report.ts';
import { inBenchmarkOrder, judge } from '../../agent/scan.ts';
import { checks } from '../../checks/index.ts';
import { reportOf } from './reports.ts';
import { drift } from './sinks/drifts.ts';

const plain = { all: false, quiet: false, color: false, width: 80 };

export function pageOf(report: Report, extras?: Partial<Extras>): string {
  return html(report, plain, { threats: null, plan: null, drift: null, earlier: null, ...extras });
}

/** The report of a host under test/hosts, and all that can be told beyond it. */
export async function golden(host: string): Promise<{ readonly report: Report; readonly extras: Extras }> {
  const audited = auditedHost(host);
  return { report: audited.report, extras: await gatherExtras(new Set(['threats', 'plan']), audited) };
}

export function auditedHost(host: string): Audited {
  const recording = readFacts(path.join(import.meta.dirname, `../hosts/${host}.facts.json`));
  const config = loadConfig(undefined, {});
  const whole = { facts: { policy: config.policy, ...recording.facts }, missing: recording.missing };
  const report = reportOf(whole);
  const findings = inBenchmarkOrder(checks.map((check) => judge(check, whole, '1.8.0')));
  return { report, findings, recording: whole, config, isThisHost: false, earlier: null, say: () => undefined };
}

/** What is not on that host: a waiver, an attestation, a past, an earlier report that was better here and worse there. */
export function adorned({ report, extras }: Awaited<ReturnType<typeof golden>>): { readonly report: Report; readonly extras: Extras } {
  const waiver = { id: 'legacy-ci', reason: 'The build host needs it until the move', owner: 'anna@example.org', expires: '2027-01-31' };
  const attestation = { statement: 'Reviewed in the yearly audit', by: 'otto', at: '2026-06-01', expires: '2027-06-01' };
  const waived = report.findings.find(({ status }) => status === 'fail')?.check ?? '';
  const attested = report.findings.find(({ status }) => status === 'manual')?.check ?? '';
  const findings = report.findings.map((finding): ReportedFinding => {
    if (finding.check === waived) return { ...finding, waiver };
    return finding.check === attested ? { ...finding, status: 'pass', attestation } : finding;
  });
  const waivers: Report['waivers'] = [{ ...waiver, check: waived, selector: 'container ci-*', state: 'active', note: null }];
  return { report: { ...report, findings, waivers }, extras: { ...extras, drift: past(report), earlier: earlierThan(report) } };
}

function past({ summary }: Report): Past {
  const audits = [0.1, 0.4, 0.35, summary.score].map((score, index) => ({
    id: index + 1,
    at: drift.at + index * 86_400_000,
    trigger: 'schedule',
    durationMs: 300,
    benchmark: '1.8.0',
    toolVersion: '0.1.0',
    summary: { ...summary, score },
  }));
  return { audits, events: [{ ...drift, id: 9 }] };
}

/** Every second check that fails passed then, and every second one that passes failed. */
function earlierThan(report: Report): Report {
  const findings = report.findings.map((finding, index): ReportedFinding => {
    if (index % 2 === 1 || !['pass', 'fail'].includes(finding.status)) return finding;
    const [status, outcome] = finding.status === 'fail' ? (['pass', 'pass'] as const) : (['fail', 'fail'] as const);
    return { ...finding, status, evidence: finding.evidence.map((entry) => ({ ...entry, outcome })) };
  });
  return { ...report, at: '2025-12-01T08:00:00.000Z', summary: { ...report.summary, score: 0.45 }, findings };
}

/** A few findings of each kind, with little evidence: every kind of thing that a page shows, soon looked through. */
export function sampled(report: Report): Report {
  const kinds = Map.groupBy(report.findings, ({ status, severity, waiver, section }) => `${status} ${severity} ${waiver?.id} ${section}`);
  const findings = [...kinds.values()].flatMap(([first]) =>
    first === undefined ? [] : [{ ...first, evidence: first.evidence.slice(0, 4) }],
  );
  return { ...report, findings };
}

export const nasty = '</title><script>globalThis.struck=1</script><img src=x onerror="globalThis.struck=1">\u202e\u001b[31m"\'&';

/** A report with text that would act, wherever text of a host can stand. */
export function withNastyNames(report: Report): Report {
  const [first, ...others] = report.findings;
  if (first === undefined) return report;
  const evidence = first.evidence.map((entry) => ({
    ...entry,
    resource: `container ${nasty}`,
    expected: nasty,
    actual: nasty,
    source: nasty,
  }));
  const finding = {
    ...first,
    status: 'fail' as const,
    reason: nasty,
    evidence: evidence.map((entry) => ({ ...entry, outcome: 'fail' as const })),
  };
  return { ...report, host: { ...report.host, hostname: nasty, os: nasty }, findings: [finding, ...others] };
}

/** So many findings, of every status, section and severity. */
export function manyFindings(report: Report, count: number): Report {
  const findings = Array.from({ length: count }, (_, index): ReportedFinding => {
    const pattern = report.findings[index % report.findings.length] as ReportedFinding;
    return { ...pattern, check: `${pattern.check}-${index}`, evidence: pattern.evidence.slice(0, 3) };
  });
  return { ...report, findings };
}

/** A finding with so many observations, no two alike. */
export function manyObservations(report: Report, count: number): Report {
  const [first] = report.findings.filter(({ status }) => status === 'fail');
  const pattern = first as ReportedFinding;
  const evidence = Array.from({ length: count }, (_, index) => ({
    resource: `container web-${index}`,
    expected: 'a limit',
    actual: `Memory=${index}`,
    outcome: 'fail' as const,
    source: 'docker inspect',
  }));
  return { ...report, findings: [{ ...pattern, evidence }] };
}

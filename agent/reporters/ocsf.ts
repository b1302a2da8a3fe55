/** OCSF 1.6, class 2003 (Compliance Finding), for security lakes: an event for each piece of evidence, one JSON object a line. */
import type { Report, ReportedFinding } from '../report.ts';
import { harmlessJson } from './printable.ts';
import type { Reporter } from './reporter.ts';
import { attestationText, type Row, rowsOf } from './rows.ts';

type Named = readonly [id: number, caption: string];

const SEVERITIES = { low: [2, 'Low'], medium: [3, 'Medium'], high: [4, 'High'], critical: [5, 'Critical'] } as const;
const INFORMATIONAL: Named = [1, 'Informational'];
/** How the check came out for the resource. Warning: it came to no verdict. */
const STATUS: Readonly<Record<Row['outcome'], Named>> = {
  pass: [1, 'Pass'],
  error: [2, 'Warning'],
  review: [2, 'Warning'],
  fail: [3, 'Fail'],
  'not-applicable': [99, 'Not Applicable'],
};
/** Where the finding is in the life of a finding. */
const NEW: Named = [1, 'New'];
const SUPPRESSED: Named = [3, 'Suppressed'];
const RESOLVED: Named = [4, 'Resolved'];

export const ocsf: Reporter = (report) =>
  rowsOf(report)
    .map((row) => `${harmlessJson(event(row, report))}\n`)
    .join('');

function event(row: Row, { tool, host, at, durationMs, benchmark }: Report): object {
  const { finding, resource, actual, fingerprint } = row;
  const time = Date.parse(at);
  const [severityId, severity] = row.outcome === 'pass' || row.outcome === 'not-applicable' ? INFORMATIONAL : SEVERITIES[finding.severity];
  const [statusId, status] = lifecycle(row);
  return {
    activity_id: 1,
    activity_name: 'Create',
    category_uid: 2,
    category_name: 'Findings',
    class_uid: 2003,
    class_name: 'Compliance Finding',
    type_uid: 200301,
    type_name: 'Compliance Finding: Create',
    time,
    duration: durationMs,
    severity_id: severityId,
    severity,
    status_id: statusId,
    status,
    message: `${finding.title}: ${resource}: ${actual}`,
    metadata: { version: '1.6.0', product: { name: tool.name, vendor_name: tool.name, version: tool.version } },
    finding_info: {
      uid: fingerprint,
      title: finding.title,
      desc: `${resource}: ${actual}`,
      types: [finding.section],
      last_seen_time: time,
      analytic: { type_id: 1, type: 'Rule', uid: finding.check, name: finding.title, version: tool.version },
    },
    compliance: compliance(row, benchmark),
    remediation: { desc: finding.remediation.fix },
    resources: [{ uid: `${host.hostname}/${resource}`, name: resource, type: resourceType(resource) }],
    device: { type_id: 1, type: 'Server', hostname: host.hostname, os: { type_id: 200, type: 'Linux', name: host.os } },
    unmapped: { source: row.source, stride: finding.stride, surface: finding.surface },
  };
}

function lifecycle({ outcome, accepted }: Row): Named {
  if (outcome === 'pass') return RESOLVED;
  return accepted === null ? NEW : SUPPRESSED;
}

function compliance({ finding, outcome, expected, actual, accepted }: Row, benchmark: Report['benchmark']): object {
  const [statusId, status] = answered(finding, outcome) ? STATUS.pass : STATUS[outcome];
  const { check, title, control, attestation } = finding;
  const standards = control === null ? [] : [`${benchmark.name} ${benchmark.version}`];
  return {
    ...(control === null ? {} : { control }),
    ...(standards.length > 0 ? { standards } : {}),
    checks: [{ uid: check, name: title, ...(standards.length > 0 ? { standards } : {}), status_id: statusId, status }],
    ...(expected === '' ? {} : { control_parameters: [{ name: 'expected', value: expected }] }),
    status_id: statusId,
    status,
    status_code: outcome,
    status_details: [actual, ...(accepted === null ? [] : [accepted]), ...(attestation === null ? [] : [attestationText(attestation)])],
  };
}

/** A person has answered what only a person can. */
function answered({ attestation }: ReportedFinding, outcome: Row['outcome']): boolean {
  return attestation !== null && outcome === 'review';
}

/** `file`, `container`, `image`, `dockerd`. */
function resourceType(resource: string): string {
  return resource.startsWith('/') ? 'file' : (resource.split(' ')[0] ?? '');
}

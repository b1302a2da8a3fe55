/** CSV (RFC 4180), for spreadsheets: a row for each piece of evidence. */
import type { Report } from '../report.ts';
import { printable } from './printable.ts';
import type { Reporter } from './reporter.ts';
import { attestationText, type Row, rowsOf } from './rows.ts';

const COLUMNS: Readonly<Record<string, (row: Row, report: Report) => string>> = {
  host: (_row, { host }) => host.hostname,
  at: (_row, { at }) => at,
  benchmark: (_row, { benchmark }) => benchmark.version,
  control: ({ finding }) => finding.control ?? '',
  check: ({ finding }) => finding.check,
  title: ({ finding }) => finding.title,
  section: ({ finding }) => finding.section,
  level: ({ finding }) => String(finding.level ?? ''),
  severity: ({ finding }) => finding.severity,
  status: ({ finding }) => finding.status,
  resource: ({ resource }) => resource,
  outcome: ({ outcome }) => outcome,
  expected: ({ expected }) => expected,
  actual: ({ actual }) => actual,
  source: ({ source }) => source,
  waiver: ({ accepted }) => accepted ?? '',
  attestation: ({ finding }) => (finding.attestation === null ? '' : attestationText(finding.attestation)),
  fix: ({ finding }) => (finding.status === 'fail' ? finding.remediation.fix : ''),
  fingerprint: ({ fingerprint }) => fingerprint,
};

export const csv: Reporter = (report) => {
  const rows = rowsOf(report).map((row) => Object.values(COLUMNS).map((column) => field(column(row, report))));
  return [Object.keys(COLUMNS), ...rows].map((fields) => `${fields.join(',')}\r\n`).join('');
};

// A spreadsheet runs what begins so, also after blanks, in wide characters, and behind a semicolon where that separates fields.
const FORMULA = /(^|;)(\s*)([=+\-@\uff1d\uff0b\uff0d\uff20])/gu;

/** Quoted where it has to be, and text whatever program opens it. */
function field(text: string): string {
  const safe = printable(text).replace(FORMULA, "$1$2'$3");
  return /[",;]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

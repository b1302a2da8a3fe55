/** Reports to make documents from: the golden hosts, what people have decided on them, and hosts that say anything at all. */
import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import type { Report, ReportedFinding } from '../../../agent/report.ts';
import { reportSchema } from '../../../agent/report.ts';

const folder = path.join(import.meta.dirname, '../../hosts');

function read(name: string): Report {
  return reportSchema.parse(JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8')));
}

const golden = fs
  .readdirSync(folder)
  .filter((name) => name.endsWith('.report.json'))
  .map((name) => [name, read(name)] as const);

export const insecure = read('trixie-insecure.report.json');

const waivers = {
  whole: { id: 'w-1', reason: 'a lab', owner: 'team lab', expires: '2027-01-31' },
  part: { id: 'w-2', reason: 'the vendor asks for it', owner: 'anna', expires: '2027-02-28' },
};

/** People have waived all that fails in one check, some of it in another, and attested what a third asks. */
export function decided(report: Report): Report {
  const failures = report.findings.filter(({ status }) => status === 'fail');
  const [whole, part] = [failures[0], failures.findLast(({ evidence }) => evidence.filter(({ outcome }) => outcome === 'fail').length > 1)];
  const attested = report.findings.find(({ status }) => status === 'manual');
  let first = true;
  const findings = report.findings.map((finding): ReportedFinding => {
    if (finding === attested)
      return { ...finding, attestation: { statement: 'looked at', by: 'berta', at: '2026-11-20T10:00:00Z', expires: '2027-11-20' } };
    if (finding !== whole && finding !== part) return finding;
    const { id } = finding === whole ? waivers.whole : waivers.part;
    const evidence = finding.evidence.map((entry) => {
      const covered = entry.outcome === 'fail' && (finding === whole || first);
      if (finding === part && entry.outcome === 'fail') first = false;
      return covered ? { ...entry, waiver: id } : entry;
    });
    return { ...finding, evidence, waiver: finding === whole ? waivers.whole : null };
  });
  const about = { check: 'daemon/icc-disabled', selector: null, note: null };
  return {
    ...report,
    findings,
    summary: { ...report.summary, waived: 1 },
    waivers: [
      { ...waivers.whole, ...about, check: whole?.check ?? '', state: 'active' },
      { ...waivers.part, ...about, check: part?.check ?? '', selector: 'container a', state: 'active' },
      { id: 'w-3', reason: 'r', owner: 'carl', expires: '2026-01-31', ...about, state: 'expired' },
      { id: 'w-4', reason: 'r', owner: 'dora', expires: '2027-01-31', ...about, state: 'unmatched' },
      { id: 'w-5', reason: 'r', owner: 'emil', expires: '2027-01-31', ...about, state: 'unneeded' },
      { id: 'w-6', reason: 'r', owner: 'fred', expires: '2027-01-31', ...about, state: 'reopened', note: 'it is privileged now' },
    ],
  };
}

/** The report with other words in each place that the host or its people fill. */
export function saying(report: Report, next: () => string): Report {
  const words = <T extends object>(value: T, ...keys: (keyof T)[]): T => ({
    ...value,
    ...Object.fromEntries(keys.map((key) => [key, value[key] === null ? null : next()])),
  });
  const waiver = <T extends NonNullable<ReportedFinding['waiver']>>(value: T): T => words(value, 'reason', 'owner');
  return {
    ...report,
    host: {
      ...words(report.host, 'hostname', 'os', 'kernel'),
      engine: report.host.engine && words(report.host.engine, 'version', 'api', 'endpoint', 'configFile'),
      engines: report.host.engines.map((engine) => words(engine, 'endpoint', 'how', 'configFile')),
    },
    findings: report.findings.map((finding) => ({
      ...words(finding, 'reason'),
      evidence: finding.evidence.map((entry) => words(entry, 'resource', 'expected', 'actual', 'source')),
      waiver: finding.waiver && waiver(finding.waiver),
      attestation: finding.attestation && words(finding.attestation, 'statement', 'by'),
    })),
    waivers: report.waivers.map((each) => words(waiver(each), 'note', 'selector')),
  };
}

const TRICKS = [
  '<script>alert(1)</script>',
  '"\'`&;,|',
  'two\r\nlines\tand a tab',
  '\u001b[2J\u009b31m',
  'nul\0bell\u0007',
  'gnp\u202etxt.exe\u2066\u200b\ufeff',
  '\ud800 and \udfff',
  ']]><!-- --> <?x ?> &#0; &amp; </testsuite>',
  "=cmd|' /C calc'!A0;=1+1",
  ' @SUM(1)',
  '-1+1\t＝1',
  '[text](http://example.org) http://example.org @root #1 ![i](x)',
  '\\| a\\',
  '````` ` ``',
  '{0} %s',
  '\ufffe\uffff\u{1fffe}\u2028\u2029',
  '# heading',
  '',
  ' ',
  '🐳'.repeat(200),
  '/etc/<b>"\u0001\ud800/..//%00',
];

/** Names and labels as an attacker would choose them, long ones among them. */
export function tricks(): () => string {
  let turn = 0;
  return () => {
    turn += 1;
    return turn % 97 === 0 ? `${TRICKS[turn % TRICKS.length]}${'x'.repeat(65_536)}` : (TRICKS[turn % TRICKS.length] ?? '');
  };
}

/** A few findings of every kind that say anything at all. */
export const anyReport = fc
  .infiniteStream(fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.constantFrom(...TRICKS)))
  .map((texts) => {
    const small = decided(insecure);
    const some = small.findings.filter((finding, index) => index % 12 === 0 || finding.waiver !== null || finding.attestation !== null);
    const findings = some.map((finding) => ({ ...finding, evidence: finding.evidence.slice(0, 3) }));
    return saying({ ...small, findings }, () => texts.next().value ?? '');
  });

export const samples: readonly (readonly [name: string, report: Report])[] = [
  ...golden,
  ['a host whose people have decided', decided(insecure)],
  ['a hostile host', saying(decided(insecure), tricks())],
];

/** XCCDF 1.2, for OpenSCAP and what reads its results: the checks as a benchmark of rules, and what came of them as its one test result. */
import type { Report, ReportedFinding } from '../report.ts';
import type { Reporter } from './reporter.ts';
import { attestationText, type Row, rowsOf, rowText, waiverText } from './rows.ts';
import { element, textElement, type Xml, xmlDocument } from './xml.ts';

const NAMESPACE = 'http://checklists.nist.gov/xccdf/1.2';
const BENCHMARK = id('benchmark', 'docker');
const SEVERITIES = { low: 'low', medium: 'medium', high: 'high', critical: 'high' } as const;
const RESULTS: Readonly<Record<ReportedFinding['status'], string>> = {
  pass: 'pass',
  fail: 'fail',
  error: 'error',
  manual: 'notchecked',
  'not-applicable': 'notapplicable',
};

export const xccdf: Reporter = (report) => {
  const { tool, at, benchmark, findings } = report;
  const bySection = Map.groupBy(findings, ({ section }) => section);
  return xmlDocument(
    element('Benchmark', { xmlns: NAMESPACE, id: BENCHMARK, resolved: 'true', 'xml:lang': 'en' }, [
      textElement('status', { date: at.slice(0, 10) }, 'accepted'),
      textElement('title', {}, `${tool.name}: Docker hosts, numbered as in ${benchmark.name} ${benchmark.version}`),
      textElement('description', {}, 'The checks of this audit. Each compares what a Docker host is with what it should be.'),
      // In the old way to write it, as oscap itself does: a document without any warning is one that oscap 1.3 calls invalid.
      element('platform', { idref: 'cpe:/a:docker:docker' }),
      textElement('version', {}, tool.version),
      element('metadata', {}, [textElement('dc:creator', { 'xmlns:dc': 'http://purl.org/dc/elements/1.1/' }, tool.name)]),
      ...[...bySection].map(([section, members]) =>
        element('Group', { id: id('group', section) }, [textElement('title', {}, section), ...members.map((each) => rule(each, report))]),
      ),
      testResult(report),
    ]),
  );
};

function rule({ check, control, title, severity, stride, remediation }: ReportedFinding, { benchmark }: Report): Xml {
  const number = control === null ? [] : [textElement('ident', { system: 'urn:hullguard:cis-docker' }, `${benchmark.version}: ${control}`)];
  return element('Rule', { id: id('rule', check), severity: SEVERITIES[severity] }, [
    textElement('title', {}, title),
    textElement('description', {}, `${check}, ${severity}; stands against: ${stride.join(', ')}`),
    ...number,
    textElement('fixtext', {}, remediation.fix),
    checkOf(check),
  ]);
}

function testResult(report: Report): Xml {
  const { tool, at, host, summary } = report;
  const rows = Map.groupBy(rowsOf(report), ({ finding }) => finding);
  const facts = { os: host.os, kernel: host.kernel, engine: host.engine === null ? 'none answered' : `Docker ${host.engine.version}` };
  const { version } = tool;
  return element(
    'TestResult',
    { id: id('testresult', 'audit'), 'end-time': at, version, 'test-system': `cpe:/a:hullguard:hullguard:${version}` },
    [
      textElement('title', {}, `Audit of ${host.hostname}`),
      textElement('target', {}, host.hostname),
      element(
        'target-facts',
        {},
        Object.entries(facts).map(([name, value]) => textElement('fact', { name: `urn:hullguard:fact:${name}`, type: 'string' }, value)),
      ),
      ...report.findings.map((finding) => ruleResult(finding, rows.get(finding) ?? [], at)),
      textElement('score', { system: 'urn:hullguard:score:passed-of-judged', maximum: 100 }, String(Math.round(summary.score * 1000) / 10)),
    ],
  );
}

function ruleResult(finding: ReportedFinding, rows: readonly Row[], at: string): Xml {
  const { check, severity, status, reason, waiver, attestation } = finding;
  const answered = status === 'manual' && attestation !== null;
  const told = rows.filter(({ outcome }) => outcome === 'fail' || outcome === 'error' || (outcome === 'review' && !answered));
  return element('rule-result', { idref: id('rule', check), time: at, severity: SEVERITIES[severity] }, [
    textElement('result', {}, answered ? 'pass' : RESULTS[status]),
    ...(reason === null ? [] : [message('info', reason)]),
    // In a message: oscap 1.3 turns down a document that has an override, which would be the place for it.
    ...(attestation === null ? [] : [message('info', attestationText(attestation))]),
    ...(waiver === null ? [] : [message('info', waiverText(waiver))]),
    ...told.map((row) => message(row.outcome === 'fail' ? 'error' : 'warning', rowText(row))),
    ...[...new Set(told.map(({ resource }) => resource))].map((resource) => textElement('instance', { context: resource }, resource)),
    checkOf(check),
  ]);
}

function checkOf(name: string): Xml {
  return element('check', { system: 'urn:hullguard:check' }, [element('check-content-ref', { href: 'hullguard', name })]);
}

function message(severity: 'info' | 'warning' | 'error', text: string): Xml {
  return textElement('message', { severity }, text);
}

/** `xccdf_hullguard_rule_daemon_icc-disabled` */
function id(kind: string, name: string): string {
  return `xccdf_hullguard_${kind}_${name.replace(/[^A-Za-z0-9.-]/g, '_')}`;
}

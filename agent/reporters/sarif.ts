/** SARIF 2.1.0, for code-scanning pages and trackers of findings: a rule for each check, a result for each resource that fails it. */
import { strideNames } from '../../checks/check.ts';
import type { Report, ReportedFinding } from '../report.ts';
import { harmlessJson, printable } from './printable.ts';
import type { Reporter } from './reporter.ts';
import { type Row, rowsOf, rowText } from './rows.ts';

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json';

const LEVELS = { critical: 'error', high: 'error', medium: 'warning', low: 'note' } as const;
/** As GitHub bands them: critical from 9.0, high from 7.0, medium from 4.0. */
const SCORES = { critical: '9.5', high: '8.0', medium: '5.5', low: '2.5' } as const;

export const sarif: Reporter = (report) => {
  const { tool, host, findings, benchmark, profile, summary, at, durationMs } = report;
  const index = new Map(findings.map(({ check }, position) => [check, position]));
  const run = {
    tool: {
      driver: { name: tool.name, version: tool.version, semanticVersion: tool.version, rules: findings.map((each) => rule(each, report)) },
    },
    automationDetails: { id: `${tool.name}/${host.hostname}/` },
    originalUriBaseIds: { HOST: { uri: 'file:///', description: { text: `The file system of ${host.hostname}` } } },
    invocations: [
      {
        executionSuccessful: summary.error === 0,
        endTimeUtc: at,
        machine: host.hostname,
        toolExecutionNotifications: findings
          .filter(({ status }) => status === 'error')
          .map((each) => notification(each, index.get(each.check) ?? 0)),
      },
    ],
    columnKind: 'utf16CodeUnits',
    properties: { benchmark, profile, summary, durationMs, engine: host.engine },
    results: rowsOf(report)
      .filter(({ outcome }) => outcome === 'fail')
      .map((row) => result(row, index.get(row.finding.check) ?? 0, report)),
  };
  return `${harmlessJson({ $schema: SCHEMA, version: '2.1.0', runs: [run] }, 1)}\n`;
};

function rule(
  { check, control, title, section, severity, stride, surface, level, remediation }: ReportedFinding,
  { benchmark }: Report,
): object {
  const number = control === null ? '' : `${benchmark.name} ${benchmark.version}, ${control}. `;
  return {
    id: check,
    name: check.replace(/(?:^|[^a-z0-9]+)([a-z0-9])/gi, (_all, first: string) => first.toUpperCase()),
    shortDescription: { text: title },
    fullDescription: { text: `${title}.` },
    help: { text: `${number}Fix: ${remediation.fix}` },
    defaultConfiguration: { level: LEVELS[severity] },
    properties: {
      tags: [...new Set(['security', 'docker', section, surface, ...stride.map((letter) => strideNames[letter].replaceAll(' ', '-'))])],
      'security-severity': SCORES[severity],
      precision: 'very-high',
      'problem.severity': severity === 'low' ? 'recommendation' : LEVELS[severity],
      severity,
      control,
      level,
      impact: remediation.impact,
    },
  };
}

/** What could not be judged is no result: nothing is known of it. */
function notification({ check, title, reason, evidence }: ReportedFinding, index: number): object {
  const why = reason ?? evidence.find(({ outcome }) => outcome === 'error')?.actual ?? 'the reason is unknown';
  return {
    level: 'error',
    message: { text: plain(`${check} (${title}) could not be judged: ${why}`) },
    descriptor: { id: 'not-judged' },
    associatedRule: { id: check, index },
  };
}

function result(row: Row, index: number, { host }: Report): object {
  const { finding, resource, expected, actual, source, accepted, fingerprint } = row;
  return {
    ruleId: finding.check,
    ruleIndex: index,
    kind: 'fail',
    level: LEVELS[finding.severity],
    message: { text: plain(rowText({ ...row, accepted: null })) },
    locations: [
      {
        physicalLocation: physicalLocation(resource, host.engine?.configFile ?? null),
        logicalLocations: [{ name: resource, fullyQualifiedName: `${host.hostname}/${resource}`, kind: 'resource' }],
      },
    ],
    partialFingerprints: { 'hullguardResource/v1': fingerprint },
    // Where one result has them, those without would count as not looked at.
    suppressions: accepted === null ? [] : [{ kind: 'external', status: 'accepted', justification: accepted }],
    properties: { resource, expected, actual, source },
  };
}

/**
 * Readers show no result without one. Files are where they are, the daemon is where it is configured; anything else stands as a path of its own
 * (`container/web-1`), below no base.
 */
function physicalLocation(resource: string, configFile: string | null): object {
  const file = resource.startsWith('/') ? resource : resource === 'dockerd' ? configFile : null;
  const artifactLocation =
    file === null ? { uri: uri(resource.replace(' ', '/')) } : { uri: uri(file.replace(/^\/+/, '')) || '.', uriBaseId: 'HOST' };
  return { artifactLocation, region: { startLine: 1 } };
}

function uri(path: string): string {
  return printable(path).split('/').map(encodeURIComponent).join('/');
}

/** Without what SARIF takes for a link in a message. */
function plain(text: string): string {
  return text.replaceAll('](', '] (');
}

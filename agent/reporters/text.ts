/** The report for people: what fails first, worst first, with evidence to act on, and what to do next. */
import type { Report, ReportedFinding } from '../report.ts';
import { type Paint, painter, plural, type Style, wrap } from './layout.ts';
import { printable } from './printable.ts';
import type { Reporter } from './reporter.ts';

interface Context {
  readonly width: number;
  readonly paint: Paint;
}

const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const;
const SEVERITY_STYLE: Readonly<Record<string, Style>> = { critical: ['bold', 'red'], high: 'red', medium: 'yellow', low: 'cyan' };
/** Resources named for one observation before the rest is counted. */
const MAX_RESOURCES = 5;
/** Observations shown of one finding. */
const MAX_OBSERVATIONS = 6;
/** Findings with one and the same observation from which they are told together. */
const TOGETHER = 3;
const NUMBER_WIDTH = 7;
const INDENT = ' '.repeat(2 + NUMBER_WIDTH);

export const text: Reporter = (report, { all, quiet, color, width }) => {
  const context: Context = { width: Math.max(40, Math.min(width, 120)), paint: painter(color) };
  const { findings } = report;
  const lines = [
    ...(quiet ? [] : header(report, context)),
    ...SEVERITIES.flatMap((severity) =>
      section(
        `${capital(severity)}`,
        severity,
        findings.filter((finding) => finding.status === 'fail' && finding.severity === severity),
        context,
      ),
    ),
    ...unjudged(
      findings.filter(({ status }) => status === 'error'),
      context,
    ),
    ...(quiet
      ? []
      : section(
          'For a person to decide',
          'bold',
          findings.filter(({ status }) => status === 'manual'),
          context,
        )),
    ...(all
      ? section(
          'Passed',
          'green',
          findings.filter(({ status }) => status === 'pass'),
          context,
        )
      : []),
    ...(all
      ? reasons(
          'Not applicable',
          findings.filter(({ status }) => status === 'not-applicable'),
          context,
        )
      : []),
    ...summary(report, context),
    ...(quiet ? [] : next(report, all, context)),
  ];
  return `${lines.join('\n')}\n`;
};

function header({ tool, host, benchmark, profile, at }: Report, { width, paint }: Context): string[] {
  const { engine } = host;
  const about =
    engine === null
      ? 'no engine answered'
      : `Docker ${engine.version} (API ${engine.api}${engine.rootless ? ', rootless' : ''}) at ${engine.endpoint}`;
  const others = host.engines.filter(({ endpoint }) => endpoint !== engine?.endpoint);
  return [
    ...wrap(
      printable(
        `${tool.name} ${tool.version}: ${benchmark.name} ${benchmark.version}, ${profile}, ${at.slice(0, 16).replace('T', ' ')} UTC`,
      ),
      width,
      '  ',
      '',
    ).map((line) => paint('bold', line)),
    ...wrap(printable(`${host.hostname}: ${about}; ${host.os}, Linux ${host.kernel}`), width, '  ', ''),
    ...others.flatMap(({ endpoint, how, configFile }) =>
      wrap(
        printable(
          `Also found: ${endpoint} (${how}${configFile === null ? '' : `, ${configFile}`}); audit it with --docker-host ${endpoint}`,
        ),
        width,
        '  ',
        '',
      ),
    ),
    '',
  ];
}

function section(title: string, style: string, findings: readonly ReportedFinding[], context: Context): string[] {
  if (findings.length === 0) return [];
  const heading = context.paint(SEVERITY_STYLE[style] ?? (style as Style), `${title} (${findings.length})`);
  const groups = Map.groupBy(findings, observed);
  return [
    heading,
    ...[...groups.values()].flatMap((group) =>
      group.length < TOGETHER ? group.flatMap((finding) => show(finding, context)) : showTogether(group, context),
    ),
    '',
  ];
}

/** What the finding rests on, where that is one observation; else something only it has. */
function observed({ check, status, evidence, remediation }: ReportedFinding): string {
  const wanted = OUTCOMES[status];
  const actuals = new Set(evidence.filter(({ outcome }) => outcome === wanted).map(({ actual }) => actual));
  return actuals.size === 1 ? `${[...actuals][0]} ${remediation.impact}` : check;
}

const OUTCOMES: Readonly<Record<string, string>> = { pass: 'pass', fail: 'fail', manual: 'review', error: 'error' };

/** `  5.5   Containers run unprivileged  [container/no-privileged]`, what was seen, and what to do. */
function show(finding: ReportedFinding, context: Context): string[] {
  const { width } = context;
  const partly = finding.reason === null ? [] : wrap(printable(finding.reason), width, INDENT);
  const fix = finding.status === 'fail' ? fixLines(finding.remediation.fix, context) : [];
  return [...titleLines(finding, context), ...observations(finding, context), ...partly, ...fix];
}

function showTogether(group: readonly ReportedFinding[], context: Context): string[] {
  const [first] = group;
  if (first === undefined) return [];
  const actual = first.evidence.find(({ outcome }) => outcome === OUTCOMES[first.status])?.actual ?? '';
  const fix = first.status === 'fail' ? fixLines(`hullguard checks ID tells for each, such as: ${first.remediation.fix}`, context) : [];
  return [
    ...group.flatMap((finding) => titleLines(finding, context)),
    ...wrap(`each: ${printable(actual)}`, context.width, INDENT),
    ...fix,
  ];
}

function titleLines({ control, title, check }: ReportedFinding, { width }: Context): string[] {
  return wrap(`${title}  [${check}]`, width, INDENT, `  ${(control ?? '-').padEnd(NUMBER_WIDTH)}`);
}

function fixLines(fix: string, { width, paint }: Context): string[] {
  return wrap(`Fix: ${printable(fix)}`, width, `${INDENT}     `, INDENT).map((line) => paint('dim', line));
}

/** Equal observations of many resources become one line: `no limit: container a, container b and 48 more`. */
function observations(finding: ReportedFinding, { width }: Context): string[] {
  const groups = Map.groupBy(
    finding.evidence.filter((entry) => entry.outcome === OUTCOMES[finding.status]),
    (entry) => entry.actual,
  );
  const lines = [...groups].slice(0, MAX_OBSERVATIONS).flatMap(([actual, entries]) => {
    const names = entries.slice(0, MAX_RESOURCES).map(({ resource }) => printable(resource));
    const more = entries.length > MAX_RESOURCES ? ` and ${entries.length - MAX_RESOURCES} more` : '';
    return wrap(`${names.join(', ')}${more}: ${printable(actual)}`, width, `${INDENT}  `, INDENT);
  });
  const rest = groups.size - MAX_OBSERVATIONS;
  return rest > 0 ? [...lines, `${INDENT}and ${plural(rest, 'more observation')} (--report json has all)`] : lines;
}

/** Checks that could not be judged, by the reason they share. */
function unjudged(findings: readonly ReportedFinding[], context: Context): string[] {
  return reasons('Could not be judged', findings, context, ['bold', 'magenta']);
}

function reasons(title: string, findings: readonly ReportedFinding[], { width, paint }: Context, style: Style = 'bold'): string[] {
  if (findings.length === 0) return [];
  const groups = Map.groupBy(findings, ({ reason }) => reason ?? '');
  const lines = [...groups].flatMap(([reason, members]) => [
    ...wrap(printable(reason), width, '    ', '  '),
    ...wrap(members.map(({ control, check }) => control ?? check).join(', '), width, INDENT),
  ]);
  return [paint(style, `${title} (${findings.length})`), ...lines, ''];
}

function summary({ summary: counts }: Report, { width, paint }: Context): string[] {
  const parts = [
    `${counts.fail} failed`,
    `${counts.pass} passed`,
    `${counts.manual} for a person`,
    `${counts['not-applicable']} not applicable`,
    `${counts.error} not judged`,
    ...(counts.waived > 0 ? [`${counts.waived} waived`] : []),
  ];
  return wrap(`${parts.join(', ')}. Score ${Math.round(counts.score * 100)} % of ${counts.pass + counts.fail} judged.`, width, '', '').map(
    (line) => paint('bold', line),
  );
}

function next({ findings, summary: counts }: Report, all: boolean, { width }: Context): string[] {
  const worst = SEVERITIES.flatMap((severity) =>
    findings.filter((finding) => finding.status === 'fail' && finding.severity === severity),
  )[0];
  const mendable = findings.filter(({ status, remediation }) => status === 'fail' && remediation.automatic).length;
  const hints = [
    ...(mendable === 0 ? [] : [`hullguard plan  shows what would mend ${mendable} of them, and what that would break`]),
    ...(worst === undefined ? [] : [`hullguard checks ${worst.check}  explains the first of them`]),
    ...(all || counts.pass === 0 ? [] : ['hullguard audit --all  shows what passed, too']),
    'hullguard audit --report json=report.json  keeps all evidence',
  ];
  return hints.flatMap((hint, index) => wrap(hint, width, '      ', index === 0 ? 'Next: ' : '      '));
}

function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}

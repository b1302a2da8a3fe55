/** The report for people: what fails first, worst first, with evidence to act on, and what to do next. */
import { worstSeverityFirst } from '../../checks/check.ts';
import { type ComparedCheck, type Comparison, compareReports } from '../compare.ts';
import { noExtras } from '../extras.ts';
import { decisive, isOpen, type Report, type ReportedFinding } from '../report.ts';
import { minuteOf } from '../time.ts';
import {
  capital,
  clip,
  headline,
  type Layout,
  layoutOf,
  listed,
  nextLines,
  percent,
  plural,
  type Style,
  severityStyles,
  wrap,
} from './layout.ts';
import { printable } from './printable.ts';
import type { Reporter } from './reporter.ts';
import { acceptedText, attestationText, waiverText } from './rows.ts';
import { troubles } from './waivers.ts';

interface Context extends Layout {
  readonly accepted: (entry: ReportedFinding['evidence'][number]) => string | null;
}

/** Resources named for one observation before the rest is counted. */
const MAX_RESOURCES = 5;
/** Observations shown of one finding. */
const MAX_OBSERVATIONS = 6;
/** Findings with one and the same observation from which they are told together. */
const TOGETHER = 3;
const NUMBER_WIDTH = 7;
const INDENT = ' '.repeat(2 + NUMBER_WIDTH);

export const text: Reporter = (report, { all, quiet, color, width }, { earlier } = noExtras) => {
  const context: Context = { ...layoutOf({ width, color }), accepted: acceptance(report) };
  const { findings } = report;
  const of = (status: ReportedFinding['status']): ReportedFinding[] => findings.filter((finding) => finding.status === status);
  const lines = [
    ...(quiet ? [] : header(report, context)),
    ...worstSeverityFirst.flatMap((severity) => {
      const members = findings.filter((finding) => isOpen(finding) && finding.severity === severity);
      return section(capital(severity), severityStyles[severity], members, context);
    }),
    ...reasons('Could not be judged', of('error'), context, ['bold', 'magenta']),
    ...(quiet ? [] : forPeople(report, context)),
    ...(all
      ? section(
          'Passed',
          'green',
          of('pass').filter(({ attestation }) => attestation === null),
          context,
        )
      : []),
    ...(all ? reasons('Not applicable', of('not-applicable'), context) : []),
    ...summary(report, context),
    ...(earlier === null ? [] : comparison(compareReports(earlier, report), context)),
    ...(quiet ? [] : next(report, all, context)),
  ];
  return `${lines.join('\n')}\n`;
};

/** What people have decided, and what they still have to. */
function forPeople(report: Report, context: Context): string[] {
  const { findings } = report;
  const stale = troubles(report);
  return [
    ...section(
      'Failed, and waived',
      'dim',
      findings.filter(({ status, waiver }) => status === 'fail' && waiver !== null),
      context,
    ),
    ...(stale.length === 0 ? [] : [context.paint(['bold', 'yellow'], `Waivers to look at (${stale.length})`)]),
    ...stale.flatMap((trouble) => wrap(printable(trouble), context.width, '    ', '  ')),
    ...(stale.length === 0 ? [] : ['']),
    ...section(
      'For a person to decide',
      'bold',
      findings.filter(({ status, attestation }) => status === 'manual' && attestation === null),
      context,
    ),
    ...section(
      'Attested',
      'green',
      findings.filter(({ attestation }) => attestation !== null),
      context,
    ),
  ];
}

/** What the waiver of a piece of evidence says. */
function acceptance(report: Report): Context['accepted'] {
  const waivers = new Map(report.waivers.map((waiver) => [waiver.id, waiver]));
  return ({ waiver }) => (waiver === undefined ? null : acceptedText(waiver, waivers.get(waiver)));
}

function header({ tool, host, benchmark, profile, excluded, at }: Report, context: Context): string[] {
  const { width } = context;
  const { engine } = host;
  const asked = host.engines.find(({ how }) => how === 'asked for');
  const about =
    engine === null
      ? `no engine answered${asked === undefined ? '' : ` at ${asked.endpoint}`}`
      : `Docker ${engine.version} (API ${engine.api}${engine.rootless ? ', rootless' : ''}) at ${engine.endpoint}`;
  const others = host.engines.filter((found) => found !== asked && found.endpoint !== engine?.endpoint);
  // Where none was asked for and none answered, it is one of those that were found which did not.
  const chosen = engine !== null || asked !== undefined;
  return [
    ...headline(`${tool.name} ${tool.version}: ${benchmark.name} ${benchmark.version}, ${profile}, ${minuteOf(at)}`, context),
    ...wrap(printable(`${host.hostname}: ${about}; ${host.os}, Linux ${host.kernel}`), width, '  ', ''),
    ...others.flatMap(({ endpoint, how, configFile }) =>
      wrap(
        printable(
          `${chosen ? 'Also found' : 'Found'}: ${endpoint} (${how}${configFile === null ? '' : `, ${configFile}`})${chosen ? `; audit it with --docker-host ${endpoint}` : ''}`,
        ),
        width,
        '  ',
        '',
      ),
    ),
    ...(excluded.length === 0 ? [] : wrap(printable(`Left out: ${counted(excluded)} (--report json names them)`), width, '  ', '')),
    '',
  ];
}

/** `22 by profile level-1, 1 by skip`. */
function counted(excluded: Report['excluded']): string {
  return [...Map.groupBy(excluded, ({ by }) => by)].map(([by, members]) => `${members.length} by ${by}`).join(', ');
}

function section(title: string, style: Style, findings: readonly ReportedFinding[], context: Context): string[] {
  if (findings.length === 0) return [];
  const heading = context.paint(style, `${title} (${findings.length})`);
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
function observed(finding: ReportedFinding): string {
  const { check, remediation, waiver, attestation } = finding;
  if (waiver !== null || attestation !== null) return check;
  const actuals = new Set(decisive(finding).map(({ actual }) => actual));
  return actuals.size === 1 ? `${[...actuals][0]} ${remediation.impact}` : check;
}

/** `  5.5   Containers run unprivileged  [container/no-privileged]`, what was seen, and what to do. */
function show(finding: ReportedFinding, context: Context): string[] {
  const { waiver, attestation, reason, remediation } = finding;
  const said = (text: string): string[] => wrap(printable(text), context.width, `${INDENT}  `, INDENT);
  if (attestation !== null) return [...titleLines(finding, context), ...said(attestationText(attestation))];
  return [
    ...titleLines(finding, context),
    ...observations(finding, context),
    ...(reason === null ? [] : said(reason)),
    ...(waiver === null ? [] : said(waiverText(waiver))),
    ...(isOpen(finding) ? fixLines(remediation.fix, context) : []),
  ];
}

function showTogether(group: readonly ReportedFinding[], context: Context): string[] {
  const [first] = group;
  if (first === undefined) return [];
  const actual = decisive(first)[0]?.actual ?? '';
  const fix = first.status === 'fail' ? fixLines(`hullguard checks ID tells for each, such as: ${first.remediation.fix}`, context) : [];
  return [
    ...group.flatMap((finding) => titleLines(finding, context)),
    ...wrap(`each: ${clip(printable(actual))}`, context.width, INDENT),
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
function observations(finding: ReportedFinding, { width, accepted }: Context): string[] {
  const groups = Map.groupBy(decisive(finding), (entry) => {
    const waived = finding.waiver === null ? accepted(entry) : null; // else the finding says it once
    return waived === null ? entry.actual : `${entry.actual} [${waived}]`;
  });
  const lines = [...groups].slice(0, MAX_OBSERVATIONS).flatMap(([actual, entries]) => {
    const more = entries.length > MAX_RESOURCES ? ` and ${entries.length - MAX_RESOURCES} more` : '';
    return wrap(
      `${listed(entries.slice(0, MAX_RESOURCES).map(({ resource }) => clip(printable(resource))))}${more}: ${clip(printable(actual))}`,
      width,
      `${INDENT}  `,
      INDENT,
    );
  });
  const rest = groups.size - MAX_OBSERVATIONS;
  return rest > 0 ? [...lines, `${INDENT}and ${plural(rest, 'more observation')} (--report json has all)`] : lines;
}

/** Checks by the reason they share. */
function reasons(title: string, findings: readonly ReportedFinding[], { width, paint }: Context, style: Style = 'bold'): string[] {
  if (findings.length === 0) return [];
  const groups = Map.groupBy(findings, ({ reason }) => reason ?? '');
  const lines = [...groups].flatMap(([reason, members]) => [
    ...wrap(clip(printable(reason)), width, '    ', '  '),
    ...wrap(members.map(({ control, check }) => control ?? check).join(', '), width, INDENT),
  ]);
  return [paint(style, `${title} (${findings.length})`), ...lines, ''];
}

function summary({ summary: counts }: Report, { width, paint }: Context): string[] {
  const parts = [
    `${counts.fail} failed${counts.waived > 0 ? ` (${counts.waived} of them waived)` : ''}`,
    `${counts.pass} passed`,
    `${counts.manual} for a person`,
    `${counts['not-applicable']} not applicable`,
    `${counts.error} not judged`,
  ];
  return wrap(`${parts.join(', ')}. Score ${percent(counts.score)} of ${counts.pass + counts.fail} judged.`, width, '', '').map((line) =>
    paint('bold', line),
  );
}

/** `Since 2026-10-01 03:04 UTC: score 17 % → 45 %; 3 checks with new failures, …`, and which those are. */
function comparison(compared: Comparison, { width }: Context): string[] {
  const { at, before, after, fresh, mended, unchanged, unknown, caveats } = compared;
  const scores = `score ${percent(before)} → ${percent(after)}`;
  const counts = `${plural(fresh.length, 'check')} with new failures, ${mended.length} with failures mended, ${unchanged} as before`;
  const incomparable = unknown === 0 ? '' : `, ${unknown} not comparable`;
  return [
    ...wrap(printable(`Since ${minuteOf(at)}: ${scores}; ${counts}${incomparable}.`), width, '  ', ''),
    ...caveats.flatMap((caveat) => wrap(printable(caveat), width, '  ')),
    ...named('New', fresh, width),
    ...named('Mended', mended, width),
  ];
}

function named(title: string, compared: readonly ComparedCheck[], width: number): string[] {
  if (compared.length === 0) return [];
  const shown = compared.slice(0, MAX_OBSERVATIONS).map(({ finding, resources }) => {
    const [first = '', ...others] = resources;
    return `${finding.check} (${clip(first)}${others.length > 0 ? ` and ${others.length} more` : ''})`;
  });
  const rest = compared.length > shown.length ? ` and ${compared.length - shown.length} more` : '';
  return wrap(printable(`${title}: ${shown.join(', ')}${rest}`), width, '    ', '  ');
}

function next({ findings, summary: counts }: Report, all: boolean, { width }: Context): string[] {
  const worst = worstSeverityFirst.flatMap((severity) => findings.filter((finding) => isOpen(finding) && finding.severity === severity))[0];
  const mendable = findings.filter((finding) => isOpen(finding) && finding.remediation.automatic).length;
  const hints = [
    ...(mendable === 0 ? [] : [`hullguard plan  shows what would mend ${mendable} of them, and what that would break`]),
    ...(worst === undefined ? [] : [`hullguard checks ${worst.check}  explains the first of them`]),
    ...(all || counts.pass === 0 ? [] : ['hullguard audit --all  shows what passed, too']),
    'hullguard audit --report json=report.json  keeps all evidence',
  ];
  return nextLines(hints, width);
}

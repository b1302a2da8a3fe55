/** Markdown for a comment on a pull request: what fails first, worst first, as much as a comment holds, and what was left out. */
import { worstSeverityFirst } from '../../checks/check.ts';
import { isOpen, type Report, type ReportedFinding } from '../report.ts';
import { decisiveOutcome } from '../scan.ts';
import { minuteOf } from '../time.ts';
import { capital, clip, percent, plural } from './layout.ts';
import { printable } from './printable.ts';
import type { Reporter } from './reporter.ts';
import { attestationText, type Row, rowsOf, waiverText } from './rows.ts';
import { troubles } from './waivers.ts';

/** What GitHub takes for a comment; GitLab takes more. */
const MAX_LENGTH = 65_536;
/** Kept free for the words on what was left out. */
const RESERVE = 500;
const MAX_RESOURCES = 10;

interface Section {
  readonly title: string;
  /** One for each item, whole or not at all. */
  readonly items: readonly string[];
}

export const markdown: Reporter = (report) => {
  const first = header(report);
  const parts = [first];
  let room = MAX_LENGTH - RESERVE - first.length;
  let left = 0;
  for (const { title, items } of sections(report).filter((section) => section.items.length > 0)) {
    const heading = `\n### ${title} (${items.length})\n\n`;
    const shown: string[] = [];
    let length = heading.length;
    for (const item of items) {
      if (left > 0 || length + item.length > room) left += 1;
      else {
        shown.push(item);
        length += item.length;
      }
    }
    if (shown.length === 0) continue;
    parts.push(heading, ...shown);
    room -= length;
  }
  if (left > 0)
    parts.push(
      `\n**${plural(left, 'more item')} left out**, since a comment holds no more: \`hullguard audit --report json=report.json\` has all.\n`,
    );
  return parts.join('');
};

function header({ tool, host, benchmark, profile, summary: counts, at }: Report): string {
  const { engine } = host;
  const about = engine === null ? 'no engine answered' : `Docker ${code(engine.version)} at ${code(engine.endpoint)}`;
  const rows = [
    ['failed', counts.fail],
    ['of them waived', counts.waived],
    ['passed', counts.pass],
    ['for a person', counts.manual],
    ['not judged', counts.error],
    ['not applicable', counts['not-applicable']],
    ['score', percent(counts.score)],
  ] as const;
  return [
    `## ${tool.name}: ${counts.fail} failed, ${counts.pass} passed on ${code(host.hostname)}`,
    '',
    `${benchmark.name} ${benchmark.version}, ${profile}; ${about}; ${code(host.os)}; ${minuteOf(at)}`,
    '',
    `| ${rows.map(([name]) => name).join(' | ')} |`,
    `|${rows.map(() => '---|').join('')}`,
    `| ${rows.map(([, count]) => count).join(' | ')} |`,
    '',
  ].join('\n');
}

function sections(report: Report): Section[] {
  const { findings } = report;
  const rows = Map.groupBy(rowsOf(report), ({ finding }) => finding);
  const show = (finding: ReportedFinding): string => item(finding, rows.get(finding) ?? []);
  const open = findings.filter(isOpen);
  const manual = findings.filter(({ status }) => status === 'manual');
  const some = (title: string, members: readonly ReportedFinding[]): Section => ({ title, items: members.map(show) });
  return [
    ...worstSeverityFirst.map((severity) =>
      some(
        capital(severity),
        open.filter((finding) => finding.severity === severity),
      ),
    ),
    some(
      'Could not be judged',
      findings.filter(({ status }) => status === 'error'),
    ),
    { title: 'Waivers to look at', items: troubles(report).map((trouble) => `- ${code(trouble)}\n`) },
    some(
      'Failed, and waived',
      findings.filter(({ status, waiver }) => status === 'fail' && waiver !== null),
    ),
    some(
      'For a person to decide',
      manual.filter(({ attestation }) => attestation === null),
    ),
    some(
      'Attested',
      findings.filter(({ attestation }) => attestation !== null),
    ),
  ];
}

function item(finding: ReportedFinding, rows: readonly Row[]): string {
  const { check, control, title, status, reason, remediation, waiver, attestation } = finding;
  const seen = rows.filter(({ outcome }) => outcome === decisiveOutcome(status));
  const more = seen.length - MAX_RESOURCES;
  const lines = [
    `- ${control === null ? '' : `**${control}** `}${words(title)} ${code(check)}`,
    ...(waiver === null ? [] : [`  - ${code(waiverText(waiver))}`]),
    ...(attestation === null ? [] : [`  - ${code(attestationText(attestation))}`]),
    ...(reason === null ? [] : [`  - ${code(reason)}`]),
    ...(attestation === null && reason === null ? seen.slice(0, MAX_RESOURCES).map(observation) : []),
    ...(attestation === null && reason === null && more > 0 ? [`  - and ${more} more`] : []),
    ...(isOpen(finding) ? [`  - Fix: ${words(remediation.fix)}`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function observation({ resource, actual, accepted, finding }: Row): string {
  const waived = accepted === null || finding.waiver !== null ? '' : ` (${code(accepted)})`;
  return `  - ${code(resource)}: ${code(actual)}${waived}`;
}

/** A code span: nothing in it is markup, a mention or a link. */
function code(text: string): string {
  const safe = clip(printable(text));
  const longest = Math.max(0, ...(safe.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1);
  const blank = /^[` ]|[` ]$/.test(safe) ? ' ' : '';
  return safe === '' ? '–' : `${fence}${blank}${safe}${blank}${fence}`;
}

/** Text of ours, in which nothing is markup. */
function words(text: string): string {
  return clip(printable(text)).replace(/[\\`*_[\]<>#|~&@]/g, '\\$&');
}

/** An import for people: what differs first, with the reason. All that was read from a file is made safe to show. */
import type { ImportDocument, ImportedFinding } from '../import/document.ts';
import { minuteOf } from '../time.ts';
import { clip, headline, type Layout, layoutOf, plural, wrap } from './layout.ts';
import { printable } from './printable.ts';
import type { RenderOptions } from './reporter.ts';

const INDENT = ' '.repeat(9);
/** Observations of ours that are told. */
const MAX_SEEN = 3;

/** Renders an import. What both say alike is counted only, but for `all`. */
export function importText(document: ImportDocument, { all, quiet, width, color }: RenderOptions): string {
  const layout = layoutOf({ width, color });
  const { findings } = document;
  const unknown = findings.filter(({ same }) => same === null);
  const different = findings.filter(({ same }) => same === false);
  const same = findings.filter((finding) => finding.same === true);
  const noted = same.filter(({ note }) => note !== null);
  const lines = [
    ...(quiet ? [] : header(document, layout)),
    ...section('Not told or not judged', unknown, layout),
    ...section('hullguard says otherwise', different, layout),
    ...section(all ? 'Both say the same' : 'Both say the same, and the number needs a word', all ? same : noted, layout),
    ...summary(document, layout),
  ];
  return `${lines.join('\n')}\n`;
}

function header({ source, ours }: ImportDocument, layout: Layout): string[] {
  const { width } = layout;
  const made = source.startedAt === null ? '' : `, of ${minuteOf(source.startedAt)}`;
  const printed = source.printed === null ? '' : `, prints ${source.printed}`;
  const from = { host: 'this host', facts: 'recorded facts', report: 'a report' }[ours.from];
  const why = { asked: 'as asked for', titles: 'which fit most of its titles', printed: 'as it prints', unknown: '' }[source.how];
  const numbers = source.numbering === null ? 'Whose numbers it uses cannot be told' : `Numbers of ${source.numbering} (${why})`;
  return [
    ...headline(`${source.file}: ${source.tool === 'unknown' ? 'findings' : source.tool}${printed}${made}`, layout),
    ...wrap(printable(numbers), width, '  ', ''),
    ...wrap(
      printable(`Beside ${from} ${ours.hostname}, ${minuteOf(ours.at)}; numbers in front are those of CIS Docker ${ours.benchmark}`),
      width,
      '  ',
      '',
    ),
    '',
  ];
}

function section(title: string, findings: readonly ImportedFinding[], { width, paint }: Layout): string[] {
  if (findings.length === 0) return [];
  return [paint('bold', `${title} (${findings.length})`), ...findings.flatMap((finding) => show(finding, width)), ''];
}

function show(finding: ImportedFinding, width: number): string[] {
  const { control, title, check, word, number, text, line, ours, note, why, named } = finding;
  const heading = check === null ? 'cannot be told' : `${title ?? ''}  [${check}]`.trimStart();
  const quoted = [number, text].filter((part) => part !== '').join(' ');
  const names =
    named.length === 0 ? '' : ` (${named.slice(0, 5).map(clip).join(', ')}${named.length > 5 ? ` and ${named.length - 5} more` : ''})`;
  const place = line === null ? '' : `line ${line}: `;
  const tell = (words: string): string[] => wrap(printable(words), width, `${INDENT}  `, INDENT);
  return [
    ...wrap(printable(heading), width, INDENT, `  ${(control ?? '-').padEnd(7)}`),
    ...tell(`${place}${word === '' ? 'no result' : word} ${quoted}${names}`),
    ...(ours === null ? [] : tell(`hullguard: ${ours.status}${seen(ours)}`)),
    ...(note === null ? [] : tell(`Note: ${note}`)),
    ...why.flatMap((reason) => tell(`Why: ${reason}`)),
  ];
}

function seen({ seen: all, reason }: NonNullable<ImportedFinding['ours']>): string {
  const told = all.slice(0, MAX_SEEN).map(({ resource, actual }) => `${clip(resource)}: ${clip(actual)}`);
  const more = all.length > MAX_SEEN ? [`and ${all.length - MAX_SEEN} more`] : [];
  const parts = told.length > 0 ? [...told, ...more] : reason === null ? [] : [reason];
  return parts.length === 0 ? '' : `, since ${parts.join('; ')}`;
}

function summary({ summary: counts }: ImportDocument, { width, paint }: Layout): string[] {
  return wrap(
    `${plural(counts.findings, 'finding')}: ${counts.same} said alike, ${counts.different} otherwise, ${counts.unknown} not told or not judged.`,
    width,
    '',
    '',
  ).map((line) => paint('bold', line));
}

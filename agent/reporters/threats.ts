/** The threat view for people: a grid of what fails where, the threats with what stands against them, and what to mend first. */
import { strideNames, strides, surfaces } from '../../checks/check.ts';
import type { Report } from '../report.ts';
import type { Priority, ThreatState, ThreatView } from '../threats.ts';
import { minuteOf } from '../time.ts';
import { capital, clip, headline, type Layout, layoutOf, nextLines, type Paint, plural, type Style, wrap } from './layout.ts';
import { printable } from './printable.ts';
import type { RenderOptions } from './reporter.ts';

/** Priorities that are shown. */
const FIRST = 5;
/** Checks named of one threat before the rest is counted. */
const MAX_CHECKS = 6;
const NAME_WIDTH = 12;
const CELL_WIDTH = 7;
const INDENT = ' '.repeat(4);
const STATES = ['open', 'unknown', 'uncovered', 'guarded'] as const;
const STATE_STYLE: Readonly<Record<ThreatState['state'], Style>> = {
  open: 'red',
  guarded: 'green',
  unknown: 'magenta',
  uncovered: 'yellow',
};

export function renderThreats(view: ThreatView, report: Report, { all, quiet, color, width }: RenderOptions): string {
  const layout = layoutOf({ width, color });
  const lines = [
    ...(quiet ? [] : header(report, layout)),
    ...grid(view.threats, layout),
    ...(quiet ? [] : surfaces.flatMap((surface) => section(surface, { threats: view.threats, report, all }, layout))),
    ...first(view.priorities, report, layout),
    ...(quiet ? [] : next(view.priorities, all, layout)),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

function header({ tool, host, benchmark, profile, at }: Report, layout: Layout): string[] {
  const what = `${tool.name} ${tool.version}: threats to ${host.hostname}, by ${benchmark.name} ${benchmark.version}, ${profile}, ${minuteOf(at)}`;
  return [...headline(what, layout), ''];
}

/** Checks that fail / checks that stand against threats there. */
function grid(threats: readonly ThreatState[], { width, paint }: Layout): string[] {
  const columns = strides.filter((stride) => threats.some((threat) => threat.stride === stride));
  const rows = surfaces
    .filter((surface) => threats.some((threat) => threat.surface === surface))
    .map((surface) => {
      const cells = columns.map((stride) =>
        cell(
          threats.filter((threat) => threat.surface === surface && threat.stride === stride),
          paint,
        ),
      );
      return surface.padEnd(NAME_WIDTH) + cells.join('');
    });
  const legend = columns.map((letter) => `${letter} ${strideNames[letter]}`).join(', ');
  return [
    paint('bold', ' '.repeat(NAME_WIDTH) + columns.map((letter) => letter.padStart(CELL_WIDTH)).join('')),
    ...rows,
    ...wrap(`Checks that fail / checks that mitigate; - where none does. ${legend}.`, width, '').map((line) => paint('dim', line)),
    '',
  ];
}

function cell(threats: readonly ThreatState[], paint: Paint): string {
  const checks = new Set(threats.flatMap((threat) => threat.checks)).size;
  const failing = new Set(threats.flatMap((threat) => threat.failing)).size;
  if (checks === 0) return (threats.length === 0 ? '' : '-').padStart(CELL_WIDTH);
  const worst = failing > 0 ? 'open' : threats.some(({ state }) => state === 'unknown') ? 'unknown' : 'guarded';
  return paint(STATE_STYLE[worst], `${failing}/${checks}`.padStart(CELL_WIDTH));
}

interface Shown {
  readonly threats: readonly ThreatState[];
  readonly report: Report;
  readonly all: boolean;
}

function section(surface: string, { threats, report, all }: Shown, layout: Layout): string[] {
  const ours = threats.filter((threat) => threat.surface === surface);
  if (ours.length === 0) return [];
  const counts = STATES.map((state) => ({ state, members: ours.filter((threat) => threat.state === state).length }));
  const summary = counts.flatMap(({ state, members }) => (members > 0 ? [`${members} ${state}`] : [])).join(', ');
  // Of threats whose checks were not asked for, nothing could be said.
  const asked = (threat: ThreatState): boolean =>
    threat.checks.length === 0 || threat.checks.some((check) => report.findings.some((finding) => finding.check === check));
  const shown = ours.filter((threat) => all || (threat.state !== 'guarded' && asked(threat)));
  return [layout.paint('bold', `${capital(surface)} (${summary})`), ...shown.flatMap((threat) => show(threat, layout)), ''];
}

/** `  E open       A container was given …  [container/elevation-granted]`, what fails, and what nothing stands against. */
function show(about: ThreatState, { width, paint }: Layout): string[] {
  const { id, stride, threat, state, uncovered } = about;
  const counts = standing(about);
  const [line = '', ...more] = wrap(printable(`${state}: ${threat}  [${id}]`), width, INDENT, `  ${stride} `);
  return [
    line.replace(state, paint(STATE_STYLE[state], state)),
    ...more,
    ...(counts === '' ? [] : wrap(capital(counts), width, `${INDENT}  `, INDENT)),
    ...(uncovered === null
      ? []
      : wrap(printable(`Uncovered: ${uncovered}`), width, `${INDENT}  `, INDENT).map((text) => paint('dim', text))),
  ];
}

/** What the checks say. */
function standing({ state, checks, failing, passing, undecided }: ThreatState): string {
  if (checks.length === 0) return '';
  if (failing.length + passing.length === 0)
    return `${state === 'guarded' ? 'nothing here to attack, by' : 'undecided:'} ${few(undecided)}`;
  const counts = [
    ...(failing.length > 0 ? [`fails: ${few(failing)}`] : []),
    ...(passing.length > 0 ? [`${passing.length} pass`] : []),
    ...(undecided.length > 0 ? [`${undecided.length} undecided`] : []),
  ];
  return counts.join('; ');
}

function few(names: readonly string[]): string {
  const more = names.length > MAX_CHECKS ? ` and ${names.length - MAX_CHECKS} more` : '';
  return names.slice(0, MAX_CHECKS).join(', ') + more;
}

function first(priorities: readonly Priority[], { summary }: Report, layout: Layout): string[] {
  const shown = priorities.filter(({ score }) => score > 0).slice(0, FIRST);
  const { paint, width } = layout;
  if (shown.length === 0) return wrap(nothing(summary), width, '').map((line) => paint('bold', line));
  const title = shown.length === 1 ? 'Fix this one' : `Fix these ${COUNTS[shown.length]} first`;
  return [
    paint('bold', `${title}, of ${plural(priorities.length, 'failing check')}`),
    ...shown.flatMap(({ check, title: what, score, why }, index) => [
      ...wrap(`${what}  [${check}], score ${score}`, width, INDENT, ` ${index + 1}. `),
      ...why.flatMap((reason) => wrap(clip(printable(reason)), width, `${INDENT}  `, `${INDENT}- `)),
    ]),
    '',
  ];
}

const COUNTS = ['none', 'one', 'two', 'three', 'four', 'five'];

function nothing({ error, manual }: Report['summary']): string {
  const left = [
    ...(error > 0 ? [`${plural(error, 'check')} could not be judged`] : []),
    ...(manual > 0 ? [`${manual} wait for a person`] : []),
  ];
  return `Nothing to fix first${left.length > 0 ? `; ${left.join(', ')}` : ''}.`;
}

function next([worst]: readonly Priority[], all: boolean, { width }: Layout): string[] {
  const hints = [
    ...(worst === undefined ? [] : [`hullguard checks ${worst.check}  explains the first of them`]),
    ...(all ? [] : ['hullguard threats --all  shows what is guarded against, too']),
    'hullguard audit  shows all that fails, with evidence',
  ];
  return nextLines(hints, width);
}

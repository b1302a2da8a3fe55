/** The first look: whose report it is, the score as a picture, and each section's share of it. */
import { worstSeverityFirst } from '../../../checks/check.ts';
import type { Report, ReportedFinding } from '../../report.ts';
import { percent, plural } from '../layout.ts';
import { html, type Markup } from './markup.ts';
import { part, type State, stateOf, states, timeTag } from './view.ts';

/** A share of the ring and of the bars: its class says the colour. */
interface Slice {
  readonly kind: string;
  readonly label: string;
  readonly count: number;
}

export function masthead({ host, benchmark, profile, at, tool }: Report): Markup {
  const { engine } = host;
  const facts: readonly (readonly [string, string | Markup])[] = [
    ['Audited', timeTag(at)],
    ['Against', `${benchmark.name} ${benchmark.version}, ${profile.replace(/^level-/, 'level ')}`],
    ['Engine', engine === null ? 'none answered' : `Docker ${engine.version}, API ${engine.api}${engine.rootless ? ', rootless' : ''}`],
    ...(engine === null ? [] : [['Endpoint', engine.endpoint] as const]),
    ['System', `${host.os}, Linux ${host.kernel}`],
    ['By', `${tool.name} ${tool.version}`],
  ];
  return html`<header class="masthead"><p class="kicker">Docker host hardening report</p><h1>${host.hostname}</h1>
    <dl class="about">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl></header>`;
}

export function overview(report: Report): Markup {
  const { summary, findings } = report;
  const slices = slicesOf(findings);
  const failed = slices.filter(({ kind }) => worstSeverityFirst.some((severity) => severity === kind));
  const open = failed.reduce((sum, { count }) => sum + count, 0);
  return part(
    'overview',
    'Overview',
    html`<div class="score">${ring(summary.score, slices)}<div><p class="lead">${leadOf(report, open)}</p>${legend(slices)}</div></div>`,
    sectionTable(findings),
  );
}

function leadOf({ summary, findings }: Report, open: number): Markup {
  const critical = findings.filter((finding) => stateOf(finding) === 'fail' && finding.severity === 'critical').length;
  const judged = `Of ${plural(summary.pass + summary.fail, 'judged check')}, ${summary.pass} passed.`;
  if (open === 0) return html`<strong>Nothing fails${summary.error > 0 ? ' of what could be judged' : ''}.</strong> ${judged}`;
  const worst = critical > 0 ? `, ${critical} of them critical` : '';
  return html`<strong>${plural(open, 'check')} ${open === 1 ? 'fails' : 'fail'}${worst}.</strong> ${judged}`;
}

/** Failures by severity, worst first, then the other states; of those that there are. */
function slicesOf(findings: readonly ReportedFinding[]): Slice[] {
  const count = (state: State, severity?: string): number =>
    findings.filter((finding) => stateOf(finding) === state && (severity === undefined || finding.severity === severity)).length;
  const failures = worstSeverityFirst.map((severity) => ({ kind: severity, label: `Failed, ${severity}`, count: count('fail', severity) }));
  const others = (['error', 'manual', 'waived', 'pass', 'not-applicable'] as const).map((state) => ({
    kind: state,
    label: states[state],
    count: count(state),
  }));
  return [...failures, ...others].filter((slice) => slice.count > 0);
}

function applicable(slices: readonly Slice[]): Slice[] {
  return slices.filter(({ kind }) => kind !== 'not-applicable');
}

function describe(slices: readonly Slice[]): string {
  return slices.map(({ label, count }) => `${label.toLowerCase()} ${count}`).join('; ');
}

/** Shares of 100, each beginning where the one before it ends. */
function endToEnd(slices: readonly Slice[]): { readonly kind: string; readonly start: number; readonly length: number }[] {
  const total = slices.reduce((sum, { count }) => sum + count, 0);
  let end = 0;
  return slices.map(({ kind, count }) => {
    const start = end;
    const length = (count / total) * 100;
    end += length;
    return { kind, start, length };
  });
}

function ring(score: number, slices: readonly Slice[]): Markup {
  const shown = applicable(slices);
  const arcs = endToEnd(shown).map(
    ({ kind, start, length }) =>
      html`<circle class="arc ${kind}" cx="60" cy="60" r="50" pathLength="100" stroke-dasharray="${dash(length, shown.length)}" stroke-dashoffset="${(-start).toFixed(2)}"/>`,
  );
  return html`<svg class="ring" viewBox="0 0 120 120" width="200" height="200" role="img" aria-label="Score ${percent(score)}. ${describe(shown)}.">
    <g transform="rotate(-90 60 60)"><circle class="track" cx="60" cy="60" r="50"/>${arcs}</g>
    <text class="figure" x="60" y="66" text-anchor="middle">${percent(score).replace(' %', '')}<tspan class="unit" dx="1">%</tspan></text>
    <text class="caption" x="60" y="80" text-anchor="middle">score</text></svg>`;
}

/** A hair of space tells neighbours apart. */
function dash(length: number, parts: number): string {
  const drawn = parts > 1 ? Math.max(length - 0.5, 0.3) : length;
  return `${drawn.toFixed(2)} ${(100 - drawn).toFixed(2)}`;
}

function legend(slices: readonly Slice[]): Markup {
  return html`<ul class="legend">${slices.map(
    ({ kind, label, count }) => html`<li><span class="swatch ${kind}"></span><span class="count">${count}</span> ${label}</li>`,
  )}</ul>`;
}

function sectionTable(findings: readonly ReportedFinding[]): Markup {
  const bySection = Map.groupBy(findings, ({ section }) => section);
  const rows = [...bySection].map(([section, members]) => {
    const slices = slicesOf(members);
    const count = (...kinds: readonly string[]): number =>
      slices.filter(({ kind }) => kinds.includes(kind)).reduce((sum, slice) => sum + slice.count, 0);
    const [failed, passed] = [count(...worstSeverityFirst), count('pass')];
    return html`<tr><th scope="row">${section}</th><td class="bar-cell">${bar(section, slices)}</td>
      <td class="n">${failed}</td><td class="n">${passed}</td><td class="n wide">${count('manual', 'error', 'waived')}</td>
      <td class="n">${failed + passed === 0 ? '–' : percent(passed / (failed + passed))}</td></tr>`;
  });
  return html`<table class="sections"><caption>By section of the benchmark</caption><thead><tr><th scope="col">Section</th><th scope="col" class="bar-cell">Share</th>
    <th scope="col" class="n">Failed</th><th scope="col" class="n">Passed</th><th scope="col" class="n wide">Other</th>
    <th scope="col" class="n">Score</th></tr></thead><tbody>${rows}</tbody></table>`;
}

function bar(section: string, slices: readonly Slice[]): Markup {
  const shown = applicable(slices);
  const parts = endToEnd(shown).map(
    ({ kind, start, length }) => html`<rect class="fill ${kind}" x="${start.toFixed(2)}" y="0" width="${length.toFixed(2)}" height="8"/>`,
  );
  const label = shown.length === 0 ? 'nothing applies' : describe(shown);
  return html`<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="${section}: ${label}"><rect class="rail" width="100" height="8"/>${parts}</svg>`;
}

/** What has changed: since an earlier report, and as the agent's history tells it. */
import { type ComparedCheck, compareReports } from '../../compare.ts';
import type { Past } from '../../extras.ts';
import type { Report, ReportedFinding } from '../../report.ts';
import { isoTime } from '../../time.ts';
import { changeText, whoText } from '../drift.ts';
import { percent, plural } from '../layout.ts';
import { html, type Markup } from './markup.ts';
import { checkLink, names, part, scrollable, severityTag, timeTag } from './view.ts';

const MOST_NAMES = 8;

export function comparisonSection(report: Report, earlier: Report): Markup {
  const { at, before, after, fresh, mended, unchanged, unknown, caveats } = compareReports(earlier, report);
  return part(
    'comparison',
    'Since the earlier report',
    html`<p class="lead">Compared with ${timeTag(at)}: the score went from <strong>${percent(before)}</strong> to <strong>${percent(after)}</strong>.</p>
      <ul class="tiles"><li><b>${fresh.length}</b> checks with new failures</li><li><b>${mended.length}</b> with failures mended</li><li><b>${unchanged}</b> fail as before</li>
      ${unknown === 0 ? null : html`<li><b>${unknown}</b> not comparable</li>`}</ul>
      ${caveats.map((caveat) => html`<p class="note">${caveat}</p>`)}`,
    comparedList('New failures', fresh),
    comparedList('Mended', mended),
  );
}

function comparedList(title: string, compared: readonly ComparedCheck[]): Markup | null {
  if (compared.length === 0) return null;
  return html`<h3>${title}</h3><ul class="compared">${compared.map(
    ({ finding, resources, verdictChanged }) =>
      html`<li><p>${severityTag(finding.severity)} ${checkLink(finding)} ${verdictChanged ? null : html`<span class="quiet">in part</span>`}</p>${names(resources, MOST_NAMES)}</li>`,
  )}</ul>`;
}

export function driftSection({ audits, events }: Past, findings: ReadonlyMap<string, ReportedFinding>): Markup | null {
  if (audits.length + events.length === 0) return null;
  return part('drift', 'Drift', scoreLine(audits), eventTable(events, findings));
}

const WIDTH = 600;
const HEIGHT = 80;

/** The score of each audit, as far as the history goes. */
function scoreLine(audits: Past['audits']): Markup | null {
  const [first, last] = [audits[0], audits.at(-1)];
  if (first === undefined || last === undefined || audits.length < 2) return null;
  const span = Math.max(last.at - first.at, 1);
  const points = audits.map(({ at, summary }) => {
    const x = ((at - first.at) / span) * (WIDTH - 12) + 6;
    return [x.toFixed(1), ((1 - summary.score) * (HEIGHT - 16) + 8).toFixed(1)] as const;
  });
  const label = `Score of ${audits.length} audits: ${percent(first.summary.score)} at first, ${percent(last.summary.score)} at last`;
  return html`<figure><svg class="line-chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}">
    <line class="grid" x1="0" x2="${WIDTH}" y1="8" y2="8"/><line class="grid" x1="0" x2="${WIDTH}" y1="${HEIGHT - 8}" y2="${HEIGHT - 8}"/><text x="${WIDTH}" y="6" text-anchor="end">100 %</text><text x="${WIDTH}" y="${HEIGHT}" text-anchor="end">0 %</text>
    <polyline class="trend" points="${points.map((point) => point.join(',')).join(' ')}"/>
    ${points.map(([x, y]) => html`<circle class="dot" cx="${x}" cy="${y}" r="3"/>`)}</svg>
    <figcaption>${label}, from ${timeTag(isoTime(first.at))} to ${timeTag(isoTime(last.at))}.</figcaption></figure>`;
}

function eventTable(events: Past['events'], findings: ReadonlyMap<string, ReportedFinding>): Markup | null {
  if (events.length === 0) return null;
  const rows = events.toReversed().map(
    (
      event,
    ) => html`<tr><td>${timeTag(isoTime(event.at))}</td><td>${severityTag(event.severity)}</td><td>${checkName(event.check, findings)}<span class="source">${event.resource}</span></td>
      <td>${changeText(event)}</td><td>${whoText(event.who)}</td></tr>`,
  );
  return scrollable(
    'Drift events',
    html`<table class="plain drift"><caption>${plural(events.length, 'drift event')}, newest first</caption><thead><tr><th scope="col">When</th><th scope="col">Severity</th>
      <th scope="col">Check</th><th scope="col">Change</th><th scope="col">Who</th></tr></thead><tbody>${rows}</tbody></table>`,
  );
}

function checkName(id: string, findings: ReadonlyMap<string, ReportedFinding>): Markup {
  const finding = findings.get(id);
  return finding === undefined ? html`<code>${id}</code>` : checkLink(finding);
}

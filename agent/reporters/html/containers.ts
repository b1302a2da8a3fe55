/** Which container fails what. */
import { worstSeverityFirst } from '../../../checks/check.ts';
import type { Mending } from '../../extras.ts';
import type { Report, ReportedFinding } from '../../report.ts';
import { html, type Markup } from './markup.ts';
import { checkLink, part, severityTag } from './view.ts';

const PREFIX = 'container ';

export function containerSection({ findings }: Report, plan: Mending | null): Markup | null {
  const failures = findings.flatMap((finding) => {
    const failing = finding.evidence.filter(
      ({ outcome, waiver, resource }) => outcome === 'fail' && waiver === undefined && resource.startsWith(PREFIX),
    );
    return [...new Set(failing.map(({ resource }) => resource))].map((resource) => ({ finding, resource }));
  });
  if (failures.length === 0) return null;
  const weight = (members: readonly ReportedFinding[]): readonly number[] =>
    worstSeverityFirst.map((severity) => countOf(members, severity));
  const rows = [...Map.groupBy(failures, ({ resource }) => resource)]
    .map(([resource, members]) => ({ resource, members: members.map(({ finding }) => finding) }))
    .toSorted((left, right) => worseFirst(weight(left.members), weight(right.members)));
  const recipes = new Map(plan?.whole.byHand.map(({ resource, steps }) => [resource, steps]) ?? []);
  return part(
    'containers',
    'Containers',
    html`<p class="note">${rows.length === 1 ? 'One container fails' : `${rows.length} containers fail`} at least one check. Worst first.</p>
      <ul class="containers">${rows.map(({ resource, members }) => containerItem(resource, members, recipes.get(resource) ?? []))}</ul>`,
  );
}

function countOf(members: readonly ReportedFinding[], severity: string): number {
  return members.filter((finding) => finding.severity === severity).length;
}

function worseFirst(left: readonly number[], right: readonly number[]): number {
  const index = left.findIndex((count, position) => count !== right[position]);
  return index === -1 ? 0 : (right[index] ?? 0) - (left[index] ?? 0);
}

function containerItem(resource: string, members: readonly ReportedFinding[], steps: readonly string[]): Markup {
  const counts = worstSeverityFirst.flatMap((severity) => {
    const count = countOf(members, severity);
    return count === 0 ? [] : [html`<span class="tag ${severity}">${count} ${severity}</span>`];
  });
  const sorted = worstSeverityFirst.flatMap((severity) => members.filter((finding) => finding.severity === severity));
  return html`<li><details class="container"><summary><b>${resource.slice(PREFIX.length)}</b><span class="tags">${counts}</span></summary>
    <ul class="links">${sorted.map((finding) => html`<li>${severityTag(finding.severity)} ${checkLink(finding)}</li>`)}</ul>
    ${steps.length === 0 ? null : html`<details class="more recipe"><summary>How to make it anew with what it lacks</summary><pre class="diff">${steps.map((step) => html`<span class="line">${step}</span>`)}</pre></details>`}</details></li>`;
}

/** The threats on each attack surface as a heat map, each in words below it, and what to mend first. */
import type { Surface } from '../../../checks/check.ts';
import { strideNames, strides, surfaces } from '../../../checks/check.ts';
import type { ReportedFinding } from '../../report.ts';
import type { Priority, ThreatState, ThreatView } from '../../threats.ts';
import { html, type Markup } from './markup.ts';
import { checkLink, part, severityTag } from './view.ts';

type Findings = ReadonlyMap<string, ReportedFinding>;

const MOST_PRIORITIES = 10;

export function priorities(view: ThreatView, findings: Findings): Markup | null {
  const { priorities: all } = view;
  if (all.length === 0) return null;
  const items = all.slice(0, MOST_PRIORITIES).map((priority) => priorityItem(priority, findings.get(priority.check)));
  const rest = all.length - items.length;
  return part(
    'first',
    'Fix these first',
    html`<p class="note">Ordered by severity &times; exposure on this host &times; ease of the fix.</p><ol class="priorities">${items}</ol>`,
    rest > 0
      ? html`<p class="note">${rest} more failing checks follow in this order; all are under <a href="#findings">Checks</a>.</p>`
      : null,
  );
}

function priorityItem(priority: Priority, finding: ReportedFinding | undefined): Markup {
  const { score, severity, exposure, ease, weight, why } = priority;
  const parts = `severity ${round(severity)} × exposure ${round(exposure)} × ease ${round(ease)}${weight === 1 ? '' : ` × weight ${round(weight)}`}`;
  return html`<li><div class="priority"><div><p class="title">${checkLink(priority)} ${finding === undefined ? null : severityTag(finding.severity)}</p>
    ${why.length === 0 ? null : html`<ul class="why">${why.map((reason) => html`<li>${reason}</li>`)}</ul>`}</div>
    <p class="points" title="${parts}"><b>${round(score)}</b> <span>${parts}</span></p></div></li>`;
}

function round(value: number): string {
  return `${Math.round(value * 10) / 10}`;
}

export function threatSection({ threats }: ThreatView, findings: Findings): Markup | null {
  if (threats.length === 0) return null;
  const attacked = surfaces.filter((surface) => threats.some((threat) => threat.surface === surface));
  const row = (surface: Surface): Markup =>
    html`<tr><th scope="row"><a href="#threats-${surface}">${surface}</a></th>${strides.map((letter) =>
      cell(threats.filter((threat) => threat.surface === surface && threat.stride === letter)),
    )}</tr>`;
  return part(
    'threats',
    'Threats by attack surface',
    html`<p class="note">In each field: the checks that fail, of all that stand against these threats.</p>`,
    html`<table class="heat"><caption>STRIDE threats on each attack surface</caption><thead><tr><th scope="col">Surface</th>${strides.map(
      (letter) =>
        html`<th scope="col"><abbr title="${strideNames[letter]}">${letter}</abbr><span class="long">${strideNames[letter].slice(1)}</span></th>`,
    )}</tr></thead><tbody>${attacked.map(row)}</tbody></table>`,
    scale(),
    ...attacked.map((surface) =>
      surfaceDetails(
        surface,
        threats.filter((threat) => threat.surface === surface),
        findings,
      ),
    ),
  );
}

/** What the colours mean, and on narrow screens the letters. */
function scale(): Markup {
  const steps = [
    ['heat-0', 'none fails'],
    ['heat-1', 'up to a quarter'],
    ['heat-2', 'up to half'],
    ['heat-3', 'up to three quarters'],
    ['heat-4', 'more'],
    ['bare', 'no check, or none that could be judged'],
  ] as const;
  return html`<p class="letters note">${strides.map((letter) => `${letter} ${strideNames[letter]}`).join(', ')}</p>
    <ul class="scale">${steps.map(([kind, label]) => html`<li><span class="swatch ${kind}"></span>${label}</li>`)}</ul>`;
}

function cell(threats: readonly ThreatState[]): Markup {
  if (threats.length === 0) return html`<td class="none"></td>`;
  const failing = new Set(threats.flatMap((threat) => threat.failing));
  const covered = new Set(threats.flatMap((threat) => [...threat.failing, ...threat.passing, ...threat.undecided]));
  if (covered.size === 0) return html`<td class="bare"><span aria-label="no check">&ndash;</span></td>`;
  const heat = failing.size === 0 ? 0 : Math.ceil((failing.size / covered.size) * 4);
  const known = heat > 0 || threats.some(({ state }) => state === 'guarded');
  return html`<td class="${known ? `heat-${heat}` : 'bare'}">${failing.size}<span class="of">/${covered.size}</span></td>`;
}

const STATES: Readonly<Record<ThreatState['state'], string>> = {
  open: 'open',
  guarded: 'guarded',
  unknown: 'not known',
  uncovered: 'no check',
};
const ORDER = Object.keys(STATES);

function surfaceDetails(surface: Surface, threats: readonly ThreatState[], findings: Findings): Markup {
  const open = threats.filter(({ state }) => state === 'open').length;
  const sorted = threats.toSorted((left, right) => ORDER.indexOf(left.state) - ORDER.indexOf(right.state));
  return html`<details class="surface" id="threats-${surface}"><summary><b>${surface}</b> <span class="quiet">${threats.length} threats, ${open} open</span></summary>
    <ul class="threats">${sorted.map((threat) => threatItem(threat, findings))}</ul></details>`;
}

function threatItem({ state, stride, threat, failing, uncovered }: ThreatState, findings: Findings): Markup {
  const links = failing.flatMap((id) => {
    const finding = findings.get(id);
    return finding === undefined ? [] : [html`<li>${checkLink(finding)}</li>`];
  });
  return html`<li><p><span class="tag threat-${state}">${STATES[state]}</span> <span class="quiet">${strideNames[stride]}</span></p><p>${threat}</p>
    ${links.length === 0 ? null : html`<ul class="links" aria-label="What fails">${links}</ul>`}
    ${uncovered === null ? null : html`<p class="quiet">Left over: ${uncovered}</p>`}</li>`;
}

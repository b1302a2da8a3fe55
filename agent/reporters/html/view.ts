/** What all parts of the page share: words, states, anchors. */
import { checks } from '../../../checks/index.ts';
import type { ReportedFinding } from '../../report.ts';
import { minuteOf } from '../../time.ts';
import { html, type Markup } from './markup.ts';

/** The status as a reader thinks of it: a failure that the site has accepted is none to mend. */
export type State = ReportedFinding['status'] | 'waived';

export const states: Readonly<Record<State, string>> = {
  fail: 'Failed',
  error: 'Not judged',
  manual: 'For a person to decide',
  waived: 'Waived',
  pass: 'Passed',
  'not-applicable': 'Not applicable',
};

export function stateOf({ status, waiver }: ReportedFinding): State {
  return status === 'fail' && waiver !== null ? 'waived' : status;
}

/** The id of a check's place on the page. */
export function anchor(check: string): string {
  return `check-${check.replace(/[^\w-]/g, '-')}`;
}

/** `5.5 Containers run unprivileged`, leading to what is told of it. */
export function checkLink({ check, control, title }: Pick<ReportedFinding, 'check' | 'control' | 'title'>): Markup {
  return html`<a href="#${anchor(check)}">${control === null ? null : html`<span class="number">${control}</span> `}${title}</a>`;
}

export function severityTag(severity: ReportedFinding['severity']): Markup {
  return html`<span class="tag ${severity}">${severity}</span>`;
}

/** Why a check matters; null for one that this hullguard does not know. */
export function rationaleOf(id: string): string | null {
  return checks.find((check) => check.id === id)?.rationale ?? null;
}

/** `2026-11-21 11:43 UTC` */
export function timeTag(iso: string): Markup {
  return html`<time datetime="${iso}">${minuteOf(iso)}</time>`;
}

/** A part of the page with its heading. */
export function part(id: string, title: string, ...content: readonly (Markup | null)[]): Markup {
  return html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${content}</section>`;
}

/** Something wide that scrolls by itself, also with the keyboard. */
export function scrollable(label: string, content: Markup): Markup {
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0">${content}</div>`;
}

/** The first names, and the rest to open. */
export function names(resources: readonly string[], most: number): Markup {
  const [only = ''] = resources;
  if (resources.length === 1) return html`<code>${only}</code>`;
  const shown = resources.slice(0, most).map((name) => html`<li>${name}</li>`);
  const rest = resources.slice(most);
  const more =
    rest.length === 0
      ? null
      : html`<details class="more"><summary>and ${rest.length} more</summary><ul class="names">${rest.map((name) => html`<li>${name}</li>`)}</ul></details>`;
  return html`<ul class="names">${shown}</ul>${more}`;
}

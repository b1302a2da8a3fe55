/** What was seen: resources of which the same was seen stand together, what decides first. */
import { worstFirst } from '../../../checks/check.ts';
import { decisive, type ReportedFinding } from '../../report.ts';
import { html, type Markup } from './markup.ts';
import { names } from './view.ts';

type Evidence = ReportedFinding['evidence'][number];

/** Rows and resources that are open at once; the rest is there to unfold. */
const MOST_ROWS = 50;
const MOST_NAMES = 12;

const WORDS: Readonly<Record<Evidence['outcome'], string>> = {
  fail: 'fails',
  error: 'not judged',
  review: 'to decide',
  pass: 'passes',
  'not-applicable': 'does not apply',
};

export function evidenceTable(finding: ReportedFinding): Markup | null {
  const { evidence, title } = finding;
  if (evidence.length === 0) return null;
  const groups = grouped(evidence);
  const shared = sharedBy(evidence);
  const rows = groups.map((group) => row(group, shared));
  const rest = rows.slice(MOST_ROWS);
  return html`<p class="shared">${shared.expected === null ? null : html`<b>Expected</b> ${shared.expected}`}
    ${shared.source === null ? null : html` <span class="source">read from ${shared.source}</span>`}</p>
    ${table(`Evidence: ${title}`, rows.slice(0, MOST_ROWS))}
    ${rest.length === 0 ? null : html`<details class="more"><summary>${rest.length} more observations</summary>${table(`More evidence: ${title}`, rest)}</details>`}`;
}

/** The worst first; within it, what was seen most often. */
function grouped(evidence: readonly Evidence[]): (readonly Evidence[])[] {
  const groups = Map.groupBy(evidence, (entry) => JSON.stringify({ ...entry, resource: '' }));
  const rank = ([first]: readonly Evidence[]): number => worstFirst.indexOf(first?.outcome ?? 'pass');
  return [...groups.values()].toSorted((left, right) => rank(left) - rank(right) || right.length - left.length);
}

/** What is the same of all is said once. */
function sharedBy(evidence: readonly Evidence[]): Record<'expected' | 'source', string | null> {
  const only = (key: 'expected' | 'source'): string | null => {
    const [first = null, ...others] = new Set(evidence.map((entry) => entry[key]));
    return others.length === 0 ? first : null;
  };
  return { expected: only('expected'), source: only('source') };
}

function table(caption: string, rows: readonly Markup[]): Markup {
  return html`<table class="evidence"><caption class="hidden-text">${caption}</caption><thead><tr><th scope="col">Verdict</th><th scope="col">Found</th><th scope="col">On</th></tr></thead><tbody>${rows}</tbody></table>`;
}

function row(group: readonly Evidence[], shared: Record<'expected' | 'source', string | null>): Markup {
  const [first] = group;
  if (first === undefined) return html``;
  const { outcome, actual, expected, source, waiver } = first;
  return html`<tr><td><span class="mark ${outcome}">${waiver === undefined ? WORDS[outcome] : 'waived'}</span></td><td><code>${actual}</code>
    ${shared.expected === null ? html`<span class="source">expected: ${expected}</span>` : null}
    ${shared.source === null ? html`<span class="source">read from ${source}</span>` : null}
    ${waiver === undefined ? null : html`<span class="source">waiver ${waiver}</span>`}</td>
    <td>${names(
      group.map(({ resource }) => resource),
      MOST_NAMES,
    )}</td></tr>`;
}

/** The finding in one line: `31 of 34: Privileged=true`. */
export function gist(finding: ReportedFinding): string {
  const { evidence, reason } = finding;
  const told = decisive(finding);
  const [first] = told;
  if (first === undefined) return reason ?? '';
  const same = told.every(({ actual }) => actual === first.actual);
  const seen = same ? first.actual : `${first.actual}; and others`;
  if (evidence.length === 1) return `${first.resource}: ${seen}`;
  return `${told.length} of ${evidence.length}: ${seen}`;
}

/** What people have decided: waivers, and attestations. */
import type { Report } from '../../report.ts';
import { html, type Markup } from './markup.ts';
import { checkLink, part, scrollable } from './view.ts';

export function decisionSection(report: Report): Markup | null {
  const waivers = waiverTable(report);
  const attestations = attestationTable(report);
  return waivers === null && attestations === null ? null : part('decisions', 'Decisions of the site', waivers, attestations);
}

function waiverTable({ waivers, findings }: Report): Markup | null {
  if (waivers.length === 0) return null;
  const rows = waivers.map(({ id, check, selector, reason, owner, expires, state, note }) => {
    const finding = findings.find((candidate) => candidate.check === check);
    const what = finding === undefined ? html`<code>${check}</code>` : checkLink(finding);
    return html`<tr><th scope="row">${id}</th><td>${what}${selector === null ? null : html`<span class="source">${selector}</span>`}</td><td>${reason}</td>
      <td>${owner}</td><td>${expires}</td><td><span class="tag waiver-${state}">${state}</span>${note === null ? null : html`<span class="source">${note}</span>`}</td></tr>`;
  });
  return scrollable(
    'Waivers',
    html`<table class="plain"><caption>Waivers: failures that the site lives with</caption><thead><tr><th scope="col">Waiver</th><th scope="col">Of</th>
      <th scope="col">Reason</th><th scope="col">Owner</th><th scope="col">Expires</th><th scope="col">State</th></tr></thead><tbody>${rows}</tbody></table>`,
  );
}

function attestationTable({ findings }: Report): Markup | null {
  const rows = findings.flatMap((finding) => {
    const { attestation } = finding;
    if (attestation === null) return [];
    const { statement, by, at, expires } = attestation;
    return [
      html`<tr><th scope="row">${checkLink(finding)}</th><td>${statement}</td><td>${by}</td><td>${at.slice(0, 10)}</td><td>${expires}</td></tr>`,
    ];
  });
  if (rows.length === 0) return null;
  return scrollable(
    'Attestations',
    html`<table class="plain"><caption>Attestations: what only a person can know</caption><thead><tr><th scope="col">Check</th><th scope="col">Statement</th>
      <th scope="col">By</th><th scope="col">On</th><th scope="col">Good until</th></tr></thead><tbody>${rows}</tbody></table>`,
  );
}

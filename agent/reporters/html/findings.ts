/** Every check with its verdict: failures first, worst first; each opens to its evidence and what mends it. */
import { worstSeverityFirst } from '../../../checks/check.ts';
import type { Mending } from '../../extras.ts';
import type { Report, ReportedFinding } from '../../report.ts';
import { evidenceTable, gist } from './evidence.ts';
import { html, type Markup } from './markup.ts';
import { plannedFor } from './planned.ts';
import { anchor, part, rationaleOf, type State, severityTag, stateOf, states } from './view.ts';

export function findingSection({ findings }: Report, plan: Mending | null): Markup {
  const groups = groupsOf(findings);
  return part(
    'findings',
    'Checks',
    filterBar(findings),
    html`<div id="results">${groups.map((group) => groupSection(group, plan))}</div><p id="nothing" class="note" hidden>No check is like that.</p>`,
  );
}

interface Group {
  readonly title: string;
  readonly kind: string;
  readonly members: readonly ReportedFinding[];
}

function groupsOf(findings: readonly ReportedFinding[]): Group[] {
  const failures = worstSeverityFirst.map((severity) => ({
    title: `Failed, ${severity}`,
    kind: severity as string,
    members: findings.filter((finding) => stateOf(finding) === 'fail' && finding.severity === severity),
  }));
  const others = (['error', 'manual', 'waived', 'pass', 'not-applicable'] as const).map((state) => ({
    title: states[state],
    kind: state as string,
    members: findings.filter((finding) => stateOf(finding) === state),
  }));
  return [...failures, ...others].filter(({ members }) => members.length > 0);
}

function groupSection({ title, kind, members }: Group, plan: Mending | null): Markup {
  return html`<div class="group"><h3><span class="swatch ${kind}"></span>${title} <span class="quiet">${members.length}</span></h3>
    ${members.map((finding) => card(finding, plan))}</div>`;
}

function card(finding: ReportedFinding, plan: Mending | null): Markup {
  const { check, control, title, section, severity } = finding;
  return html`<details class="finding" id="${anchor(check)}" data-state="${stateOf(finding)}" data-section="${section}" data-severity="${severity}">
    <summary><span class="number">${control ?? '–'}</span><span class="what"><span class="title">${title}</span><span class="gist">${gist(finding)}</span></span>${severityTag(severity)}</summary>
    <div class="body">${body(finding, plan)}</div></details>`;
}

function body(finding: ReportedFinding, plan: Mending | null): Markup {
  const { check, reason, status, remediation, waiver, attestation, level, surface, stride, section } = finding;
  const rationale = rationaleOf(check);
  const planned = plan?.byCheck.get(check);
  return html`${rationale === null ? null : html`<p>${rationale}</p>`}
    ${reason === null ? null : html`<p class="reason">${reason}</p>`}
    ${waiver === null ? null : html`<p class="decision"><b>Waived</b> by ${waiver.owner} until ${waiver.expires}: ${waiver.reason} <span class="quiet">(${waiver.id})</span></p>`}
    ${attestation === null ? null : html`<p class="decision"><b>Attested</b> by ${attestation.by} on ${attestation.at.slice(0, 10)}, good until ${attestation.expires}: ${attestation.statement}</p>`}
    ${evidenceTable(finding)}
    ${status === 'pass' || status === 'not-applicable' ? null : html`<h4>Fix</h4><p>${remediation.fix}</p>`}
    ${planned === undefined ? null : plannedFor(check, planned)}
    <p class="meta"><code>${check}</code> ${[`section ${section}`, ...(level === null ? [] : [`level ${level}`]), `surface ${surface}`, `STRIDE ${stride.join(' ')}`, `a fix takes: ${COSTS[remediation.impact]}`].map((word) => html`<span>${word}</span>`)}</p>`;
}

const COSTS: Readonly<Record<ReportedFinding['remediation']['impact'], string>> = {
  none: 'nothing',
  reload: 'a reload of dockerd',
  restart: 'a restart of dockerd',
  recreate: 'new containers',
  reboot: 'a reboot',
};

/** Hidden until the script has shown that it runs. */
function filterBar(findings: readonly ReportedFinding[]): Markup {
  const present = Object.keys(states).filter((state) => findings.some((finding) => stateOf(finding) === state)) as State[];
  const choice = (name: string, label: string, all: string, options: readonly (readonly [string, string])[]): Markup =>
    html`<label><span>${label}</span><select name="${name}"><option value="">${all}</option>${options.map(
      ([value, text]) => html`<option value="${value}">${text}</option>`,
    )}</select></label>`;
  const sections = [...new Set(findings.map(({ section }) => section))];
  return html`<form id="filter" class="filter" role="search" aria-label="Filter the checks" hidden>
    <label class="search"><span>Search</span><input type="search" name="text" placeholder="Container, path, check, word&hellip;" autocomplete="off" spellcheck="false"></label>
    ${choice(
      'state',
      'Status',
      'All',
      present.map((state) => [state, states[state]]),
    )}
    ${choice(
      'section',
      'Section',
      'All',
      sections.map((section) => [section, section]),
    )}
    ${choice(
      'severity',
      'Severity',
      'All',
      worstSeverityFirst.map((severity) => [severity, severity]),
    )}
    <div class="actions"><output id="shown" role="status"></output><button type="button" id="unfold">Open all</button><button type="reset">Reset</button></div></form>`;
}

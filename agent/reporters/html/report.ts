/** The report as one page: no file beside it, no request, readable without scripts, on paper and on a phone. */
import { createHash } from 'node:crypto';
import { type Extras, noExtras } from '../../extras.ts';
import type { Report } from '../../report.ts';
import type { Reporter } from '../reporter.ts';
import { comparisonSection, driftSection } from './changes.ts';
import { containerSection } from './containers.ts';
import { decisionSection } from './decisions.ts';
import { findingSection } from './findings.ts';
import { type Markup, serialize, html as template, trusted } from './markup.ts';
import { masthead, overview } from './overview.ts';
import { planSection } from './planned.ts';
import { scriptText } from './script.ts';
import { styleText } from './style.ts';
import { priorities, threatSection } from './threats.ts';

export const html: Reporter = (report, _options, extras = noExtras) => {
  const [style, script] = [styleText, scriptText()];
  const parts = partsOf(report, extras);
  const policy = `default-src 'none'; style-src ${hashOf(style)}; script-src ${hashOf(script)}; img-src data:; base-uri 'none'; form-action 'none'`;
  const links = parts.map(({ id, title }) => template`<li><a href="#${id}">${title}</a></li>`);
  const page = template`<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">
    <meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">
    <title>${report.host.hostname}: Docker host hardening report</title><style>${trusted(style)}</style></head>
    <body><a class="skip" href="#main">Skip to the report</a>${masthead(report)}
    <nav aria-label="Contents"><ul>${links}</ul></nav>
    <main id="main">${parts.map(({ content }) => content)}</main>
    <footer><p>Made by ${report.tool.name} ${report.tool.version}. This file asks nothing of the network.</p></footer>
    <script>${trusted(script)}</script></body></html>`;
  return `<!doctype html>\n${serialize(page)}\n`;
};

interface Part {
  readonly id: string;
  /** In the table of contents. */
  readonly title: string;
  readonly content: Markup;
}

function partsOf(report: Report, { threats, plan, drift, earlier }: Extras): Part[] {
  const findings = new Map(report.findings.map((finding) => [finding.check, finding]));
  const parts: readonly (readonly [string, string, Markup | null])[] = [
    ['overview', 'Overview', overview(report)],
    ['comparison', 'Since', earlier && comparisonSection(report, earlier)],
    ['first', 'Fix first', threats && priorities(threats, findings)],
    ['threats', 'Threats', threats && threatSection(threats, findings)],
    ['findings', 'Checks', findingSection(report, plan)],
    ['containers', 'Containers', containerSection(report, plan)],
    ['plan', 'Plan', plan && planSection(plan)],
    ['decisions', 'Decisions', decisionSection(report)],
    ['drift', 'Drift', drift && driftSection(drift, findings)],
  ];
  return parts.flatMap(([id, title, content]) => (content === null ? [] : [{ id, title, content }]));
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

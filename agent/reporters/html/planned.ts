/** What `hullguard apply` would do about it: the changes themselves, and who would notice. */
import { presentable } from '../../../facts/daemon.ts';
import type { Json } from '../../../facts/json.ts';
import type { Assembled } from '../../../remediations/assemble.ts';
import type { Change } from '../../../remediations/plan.ts';
import type { Mending } from '../../extras.ts';
import { plural } from '../layout.ts';
import { deedOf } from '../plan-changes.ts';
import { html, type Markup } from './markup.ts';
import { names, part } from './view.ts';

const MOST_CHANGES = 12;
const MOST_NAMES = 8;

const COSTS = {
  none: 'at no cost to the host',
  reload: 'with a reload of dockerd',
  restart: 'with a restart of dockerd',
} as const;

/** The plan for one check; null where hullguard has none. */
export function plannedFor(check: string, plan: Assembled): Markup | null {
  const { changes, effects, refused, waits, fixes, impact } = plan;
  if (fixes.length + refused.length + waits.length === 0) return null;
  return html`<h4>Planned change</h4>${fixes.length === 0 ? null : html`<p><code>hullguard apply${impact === 'restart' ? ' --max-impact restart' : ''} ${check}</code> mends ${plural(fixes.length, 'failure')}, ${COSTS[impact]}.</p>`}
    ${difference(changes)}${effectList(effects)}
    ${reasons('In the way', refused)}${reasons('Afterwards', waits)}`;
}

function difference(changes: readonly Change[]): Markup | null {
  if (changes.length === 0) return null;
  const blocks = changes.map(block);
  const rest = blocks.slice(MOST_CHANGES);
  return html`<pre class="diff">${blocks.slice(0, MOST_CHANGES)}</pre>
    ${rest.length === 0 ? null : html`<details class="more"><summary>and ${plural(rest.length, 'more change')}</summary><pre class="diff">${rest}</pre></details>`}`;
}

/** The lines of a difference: a span each, since `white-space` keeps what is in them. */
function block(change: Change): Markup {
  switch (change.kind) {
    case 'setting':
      return html`${line('at', change.path)}${change.before === undefined ? null : line('out', setting(change.key, change.before))}${line('in', setting(change.key, change.after))}`;
    case 'lines':
      return html`${line('at', change.path)}${change.lines.map((text) => line('in', text))}`;
    case 'access':
    case 'audit-rule':
    case 'limits':
      return deed(change);
  }
}

function deed(change: Change): Markup {
  const { commands, before } = deedOf(change) ?? { commands: [], before: '' };
  const was = before === '' ? '' : `   # was ${before}`;
  return html`${commands.map((command, index) => line('run', `${command}${index === commands.length - 1 ? was : ''}`))}`;
}

const SIGNS = { at: '', out: '- ', in: '+ ', run: '$ ' } as const;

function line(kind: keyof typeof SIGNS, text: string): Markup {
  return html`<span class="line ${kind}">${SIGNS[kind]}${text}</span>`;
}

/** A value that may be secret is not shown. */
function setting(key: string, value: Json): string {
  return `${JSON.stringify(key)}: ${JSON.stringify(presentable(key, value))}`;
}

function effectList(effects: Assembled['effects']): Markup | null {
  if (effects.length === 0) return null;
  const distinct = new Map(effects.map(({ effect, resources }) => [JSON.stringify([effect, resources]), { effect, resources }]));
  return html`<ul class="effects" aria-label="Who would notice">${[...distinct.values()].map(
    ({ effect, resources }) => html`<li>${names(resources, MOST_NAMES)} <span>${effect}</span></li>`,
  )}</ul>`;
}

function reasons(title: string, entries: Assembled['refused']): Markup | null {
  if (entries.length === 0) return null;
  const groups = Map.groupBy(entries, ({ reason }) => reason);
  return html`<ul class="effects" aria-label="${title}">${[...groups].map(
    ([reason, members]) =>
      html`<li>${names(
        members.map(({ resource }) => resource),
        MOST_NAMES,
      )} <span>${title.toLowerCase()}: ${reason}</span></li>`,
  )}</ul>`;
}

/** What one `hullguard apply` would come to. */
export function planSection({ whole }: Mending): Markup | null {
  const { fixes, refused, byHand, effects, changes } = whole;
  if (fixes.length + byHand.length + refused.length === 0) return null;
  const counts: readonly (readonly [string, number, string])[] = [
    ['At no cost', fixes.filter(({ impact }) => impact === 'none').length, 'hullguard apply --max-impact none'],
    ['With a reload of dockerd', fixes.filter(({ impact }) => impact === 'reload').length, 'hullguard apply'],
    ['With a restart of dockerd', fixes.filter(({ impact }) => impact === 'restart').length, 'hullguard apply --max-impact restart'],
    ['Something is in the way', refused.length, 'hullguard plan'],
    ['By hand', byHand.length, 'hullguard plan --all'],
  ];
  const rows = counts
    .filter(([, count]) => count > 0)
    .map(
      ([name, count, command]) => html`<tr><th scope="row">${name}</th><td class="n">${count}</td><td><code>${command}</code></td></tr>`,
    );
  return part(
    'plan',
    'What hullguard can mend',
    html`<table class="plain"><caption class="hidden-text">Failures by what mending them costs</caption>
      <thead><tr><th scope="col">Cost</th><th scope="col" class="n">Failures</th><th scope="col">Command</th></tr></thead><tbody>${rows}</tbody></table>`,
    effects.length === 0 ? null : html`<h3>Who would notice</h3>${effectList(effects)}`,
    changes.length === 0
      ? null
      : html`<details class="box"><summary>All ${plural(changes.length, 'change')}</summary><pre class="diff">${changes.map(block)}</pre></details>`,
  );
}

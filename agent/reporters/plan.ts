/** The plan for people: what it costs, what would be changed, who would notice, and what is left to a person. */
import { allowedImpacts } from '../../checks/check.ts';
import { type Applied, costliest, type Plan } from '../../remediations/plan.ts';
import { capital, headline, type Layout, layoutOf, listed, plural, wrap } from './layout.ts';
import { type Deed, deedOf, diffLines } from './plan-changes.ts';
import { printable } from './printable.ts';
import type { RenderOptions } from './reporter.ts';

/** `all`: name every resource, and say every step. */
export interface PlanView extends RenderOptions {
  /** It was carried out: no word of what could be done next. */
  readonly past?: boolean;
  /** It is about to be carried out. */
  readonly applying?: boolean;
}

interface Context extends Layout {
  readonly all: boolean;
}

/** Resources named before the rest is counted. */
const MAX_RESOURCES = 5;
/** Changes, commands, reasons or effects shown before the rest is counted. */
const MAX_ITEMS = 20;
/** Resources whose instructions are given in full, and those of a single sentence. */
const MAX_RECIPES = 3;
const MAX_SENTENCES = 10;
/** Checks named in a command; with more of them it stands for all. */
const MAX_CHECKS = 6;

const COSTS: Readonly<Record<Applied, string>> = {
  none: 'at no cost to the host',
  reload: 'with a reload of dockerd',
  restart: 'with a restart of dockerd',
};

export function renderPlan(plan: Plan, { all, quiet, color, width, past = false, applying = false }: PlanView): string {
  const context: Context = { ...layoutOf({ width, color }), all };
  const left = quiet || past ? [] : [...held(plan, context), ...refused(plan, context), ...byHand(plan, context), ...waits(plan, context)];
  const lines = [
    ...summary(plan, past, context),
    ...fixes(plan, context),
    ...changes(plan, context),
    ...effects(plan, context),
    ...left,
    ...(quiet || past || (applying && plan.fixes.length > 0) ? [] : next(plan, context)),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

function summary(plan: Plan, past: boolean, context: Context): string[] {
  const { fixes: mended, impact, host, tool } = plan;
  const engine = host.engine === null ? '' : ` (Docker ${host.engine.version} at ${host.engine.endpoint})`;
  const where = `${host.hostname}${engine}`;
  const left = [
    ...(plan.held.length > 0 ? [`${plan.held.length} held back`] : []),
    ...(plan.refused.length > 0 ? [`${plan.refused.length} with something in the way`] : []),
    ...(plan.byHand.length > 0 ? [`${plan.byHand.length} for a person`] : []),
    ...(plan.waits.length > 0 ? [`${plan.waits.length} to wait for`] : []),
  ];
  const rest = past || left.length === 0 ? '' : `; ${left.join(', ')}`;
  const sentence =
    mended.length === 0
      ? `nothing to apply on ${where}${rest}.`
      : `${past ? 'mended' : 'would mend'} ${plural(mended.length, 'failure')} on ${where}, ${COSTS[impact]}${rest}.`;
  return [...headline(`${tool.name} ${tool.version}: ${sentence}`, context), ''];
}

/** A heading with its number, and what is below it. */
function section(title: string, count: number | null, lines: readonly string[], { paint }: Context): string[] {
  const end = lines.findLastIndex((line) => line !== '') + 1;
  return end === 0 ? [] : [paint('bold', count === null ? title : `${title} (${count})`), ...lines.slice(0, end), ''];
}

/** `container a, container b and 48 more`. */
function some(resources: readonly string[], { all }: Context): string {
  const unique = [...new Set(resources)];
  const shown = all ? unique : unique.slice(0, MAX_RESOURCES);
  const more = unique.length - shown.length;
  return printable(listed(shown)) + (more > 0 ? ` and ${more} more` : '');
}

interface Concerned {
  readonly check: string;
  readonly resource: string;
}

/** One entry a check, with its resources below. */
function byCheck(items: readonly Concerned[], context: Context, indent = '  '): string[] {
  const groups = Map.groupBy(items, ({ check }) => check);
  return [...groups].flatMap(([check, members]) =>
    wrap(
      `${printable(check)}: ${some(
        members.map(({ resource }) => resource),
        context,
      )}`,
      context.width,
      `${indent}  `,
      indent,
    ),
  );
}

/** Equal reasons are told once, with what they concern. */
function byReason(items: readonly (Concerned & { readonly reason: string })[], context: Context): string[] {
  const groups = [...Map.groupBy(items, ({ reason }) => reason)];
  const told = ([reason, members]: (typeof groups)[number]): string[] => [
    ...wrap(printable(reason), context.width, '    ', '  '),
    ...byCheck(members, context, '      '),
  ];
  return few(groups, told, 'reason', context);
}

function fixes({ fixes: mended }: Plan, context: Context): string[] {
  return allowedImpacts.flatMap((impact) => {
    const members = mended.filter((fix) => fix.impact === impact);
    return section(capital(COSTS[impact]), members.length, byCheck(members, context), context);
  });
}

/** The lines of some items, the rest counted. */
function few<T>(items: readonly T[], tell: (item: T) => readonly string[], noun: string, { all }: Context): string[] {
  if (all || items.length <= MAX_ITEMS) return items.flatMap(tell);
  return [...items.slice(0, MAX_ITEMS).flatMap(tell), `  and ${plural(items.length - MAX_ITEMS, `more ${noun}`)} (--all shows them)`];
}

function changes({ files, changes: made, commands }: Plan, context: Context): string[] {
  const deeds = made.flatMap((change) => deedOf(change) ?? []);
  const told = new Set(deeds.flatMap((deed) => deed.commands));
  const tell = ({ commands: words, before }: Deed): string[] => {
    const was = before === '' ? '' : context.paint('dim', ` (was ${printable(before)})`);
    return [`  ${printable(words.join(' && '))}${was}`];
  };
  const further = commands.filter((command) => !told.has(command));
  return [
    ...files.flatMap((file) =>
      section(`${file.before === null ? 'New file' : 'Edit of'} ${printable(file.path)}`, null, diffLines(file, context.paint), context),
    ),
    ...section('Changes', deeds.length, few(deeds, tell, 'change', context), context),
    ...section(
      'Then run',
      null,
      few(further, (words) => [`  ${printable(words)}`], 'command', context),
      context,
    ),
  ];
}

function effects({ effects: all }: Plan, context: Context): string[] {
  const groups = [...Map.groupBy(all, ({ effect }) => effect)];
  const tell = ([effect, members]: (typeof groups)[number]): string[] => {
    const resources = members.flatMap((member) => member.resources);
    const whom = resources.length > 0 ? `${some(resources, context)}: ` : '';
    const checks = [...new Set(members.flatMap(({ check }) => check ?? []))];
    const why = checks.length > 0 ? `  [${printable(checks.join(', '))}]` : '';
    return wrap(`${whom}${printable(effect)}${why}`, context.width, '    ', '  ');
  };
  return section('What will break or change', null, few(groups, tell, 'effect', context), context);
}

function held({ held: items }: Plan, context: Context): string[] {
  const impact = costliest(items.map((fix) => fix.impact));
  const lines = [...byCheck(items, context), ...(items.length > 0 ? [`  ${context.paint('dim', command(items, impact))}`] : [])];
  return section(`Held back: needs --max-impact ${impact}`, items.length, lines, context);
}

function refused({ refused: items }: Plan, context: Context): string[] {
  return section('Stands in the way', items.length, byReason(items, context), context);
}

function waits({ waits: items }: Plan, context: Context): string[] {
  return section('Waits', items.length, byReason(items, context), context);
}

/** Equal instructions for several resources are given once. Those of many lines are for one each, and the first of them show what they are like. */
function byHand({ byHand: items }: Plan, context: Context): string[] {
  const groups = [...Map.groupBy(items, ({ check, steps }) => JSON.stringify([check, steps])).values()];
  const sentences = groups.filter(([first]) => (first?.steps.length ?? 0) <= 1);
  const recipes = groups.filter(([first]) => (first?.steps.length ?? 0) > 1);
  const shown = new Set(context.all ? groups : [...sentences.slice(0, MAX_SENTENCES), ...recipes.slice(0, MAX_RECIPES)]);
  const rest = groups.filter((group) => !shown.has(group)).flat();
  const lines = [
    ...[...shown].flatMap((group) => instructions(group, context)),
    ...(rest.length > 0 ? [`  and the steps for ${rest.length} more (--all shows them)`] : []),
  ];
  return section('By hand', items.length, lines, context);
}

/** A sentence is wrapped; lines that are to be copied stand as they are. */
function instructions(group: readonly Plan['byHand'][number][], context: Context): string[] {
  const [first] = group;
  if (first === undefined) return [];
  const whom = some(
    group.map(({ resource }) => resource),
    context,
  );
  const heading = wrap(`${whom}  [${printable(first.check)}]`, context.width, '    ', '  ');
  const [only] = first.steps;
  if (only !== undefined && first.steps.length === 1) return [...heading, ...wrap(printable(only), context.width, '      ', '    ')];
  return [...heading, ...first.steps.map((step) => `    ${printable(step)}`), ''];
}

/** The command that would apply these, and no others where they are few. */
function command(items: readonly Concerned[], impact: Applied): string {
  const checks = [...new Set(items.map(({ check }) => check))];
  const named = checks.length <= MAX_CHECKS ? checks.map((check) => `${printable(check)} `).join('') : '';
  return `hullguard apply ${named}--max-impact ${impact}`;
}

function next(plan: Plan, { paint }: Context): string[] {
  if (plan.fixes.length === 0) return ['Nothing was changed.'];
  return [`Nothing was changed. Next: ${paint('bold', command(plan.fixes, plan.maxImpact))}`];
}

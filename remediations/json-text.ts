/** Edits the text of daemon.json, so that only what is asked for differs. Pure. */
import { duplicatesOf, type Json, type Member, type Placed, placeObject, position } from '../facts/json.ts';

export type Edited = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly problem: string };

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** How values are written at one place. */
interface Layout {
  /** Null where all stands on one line. */
  readonly lineBreak: string | null;
  /** Of the line that the value begins on. */
  readonly indent: string;
  /** What a level adds to it. */
  readonly unit: string;
  readonly colon: string;
}

/**
 * The text with these top-level keys set; null is a file that is not there. A key that has its value already keeps the spelling of it, new ones
 * follow the last one in its style.
 */
export function setKeys(text: string | null, values: Readonly<Record<string, Json>>): Edited {
  const mark = text?.startsWith('\ufeff') ? '\ufeff' : '';
  const body = text?.slice(mark.length) ?? '';
  if (/^[ \t\r\n]*(null)?[ \t\r\n]*$/.test(body)) return { ok: true, text: mark + freshObject(body, values) };
  const parsed = placeObject(body);
  if (!parsed.ok) return parsed;
  const [twice] = duplicatesOf(parsed.object.members);
  if (twice !== undefined) {
    return { ok: false, problem: `${position(body, twice.name.start)}: ${JSON.stringify(twice.key)} is there a second time` };
  }
  return { ok: true, text: mark + apply(body, editsOf(body, parsed.object, values)) };
}

function freshObject(body: string, values: Readonly<Record<string, Json>>): string {
  const lineBreak = lineBreakOf(body);
  return `${print(values, { lineBreak, indent: '', unit: '  ', colon: ': ' })}${lineBreak}`;
}

function editsOf(body: string, object: Placed, values: Readonly<Record<string, Json>>): Edit[] {
  const members = new Map(object.members.map((member) => [member.key, member]));
  const added = Object.entries(values).filter(([key]) => !members.has(key));
  const replaced = Object.entries(values).flatMap(([key, value]) => {
    const member = members.get(key);
    if (member === undefined || isSame(member.content.value, value)) return [];
    const { start, end } = member.content;
    return [{ start, end, text: print(value, layoutOf(body, object, member)) }];
  });
  const last = object.members.at(-1);
  if (added.length === 0) return replaced;
  return [...replaced, last === undefined ? filled(body, object, added) : appended(body, object, added)];
}

/** New members after the last one, set apart from it as it is from the one before. */
function appended(body: string, object: Placed, added: readonly (readonly [string, Json])[]): Edit {
  const [previous, last] = object.members.length > 1 ? object.members.slice(-2) : [undefined, object.members[0]];
  if (last === undefined) return filled(body, object, added);
  const colon = colonOf(body, last);
  const gap = body.slice(previous?.content.end ?? object.start + 1, last.name.start);
  const alone = /[\r\n]/.test(gap) ? `,${gap}` : colon.endsWith(':') ? ',' : ', ';
  const separator = withoutBlankLines(previous === undefined ? alone : gap);
  const layout = layoutAfter(separator, { body, object, colon });
  const text = added.map(([key, value]) => `${separator}${JSON.stringify(key)}${colon}${print(value, layout)}`).join('');
  return { start: last.content.end, end: last.content.end, text };
}

/** The members of an empty object, a line each. */
function filled(body: string, object: Placed, added: readonly (readonly [string, Json])[]): Edit {
  const lineBreak = lineBreakOf(body);
  const indent = /[\r\n]([ \t]*)$/.exec(body.slice(0, object.end - 1))?.[1] ?? indentOf(body, object);
  const layout: Layout = { lineBreak, indent, unit: '  ', colon: ': ' };
  return { start: object.start, end: object.end, text: print(Object.fromEntries(added), layout) };
}

function layoutOf(body: string, object: Placed, member: Member): Layout {
  return layoutAfter(body.slice(object.start, member.name.start), { body, object, colon: colonOf(body, member) });
}

/** The layout of a member behind this text: a line for each value of a list or object where the member has a line of its own. */
function layoutAfter(before: string, { body, object, colon }: { body: string; object: Placed; colon: string }): Layout {
  const [, indent] = /[\r\n]([ \t]*(?:,[ \t]*)?)$/.exec(before) ?? [];
  if (indent === undefined) return { lineBreak: null, indent: '', unit: '', colon };
  const column = indent.replace(',', ' ');
  const outer = indentOf(body, object);
  const unit = column.startsWith(outer) ? column.slice(outer.length) : column;
  return { lineBreak: lineBreakOf(before), indent: column, unit: unit === '' ? '  ' : unit, colon };
}

function indentOf(body: string, { start }: Placed): string {
  return /[ \t]*$/.exec(body.slice(0, start))?.[0] ?? '';
}

/** What stands between the name and the value of a member, at most one blank on either side. */
function colonOf(body: string, { name, content }: Member): string {
  const [before = '', after = ''] = body.slice(name.end, content.start).split(':');
  const blank = (space: string): string => (/[\r\n]/.test(space) ? ' ' : space.slice(0, 1));
  return `${blank(before)}:${blank(after)}`;
}

function lineBreakOf(text: string): string {
  return /\r\n|\r|\n/.exec(text)?.[0] ?? '\n';
}

function withoutBlankLines(separator: string): string {
  return separator.replace(/(?:(?:\r\n|\r(?!\n)|\n)[ \t]*)+(?=\r|\n)/g, '');
}

function print(value: Json | Readonly<Record<string, Json>>, layout: Layout): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const { lineBreak, indent, unit, colon } = layout;
  const inner = { ...layout, indent: indent + unit };
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  const parts = Array.isArray(value)
    ? value.map((item) => print(item, inner))
    : Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}${colon}${print(item, inner)}`);
  if (parts.length === 0) return `${open}${close}`;
  if (lineBreak === null) return `${open}${parts.join(colon.endsWith(':') ? ',' : ', ')}${close}`;
  const line = `${lineBreak}${inner.indent}`;
  return `${open}${line}${parts.join(`,${line}`)}${lineBreak}${indent}${close}`;
}

function apply(body: string, edits: readonly Edit[]): string {
  // From the end, where an insertion behind a replaced value comes first.
  const fromEnd = edits.toSorted((left, right) => right.start - left.start);
  return fromEnd.reduce((text, { start, end, text: replacement }) => text.slice(0, start) + replacement + text.slice(end), body);
}

/** Whether two values mean the same; the order of keys does not matter. */
function isSame(left: Json, right: Json): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const [entries, others] = [Object.entries(left), new Map(Object.entries(right))];
  return entries.length === others.size && entries.every(([key, value]) => others.has(key) && isSame(value, others.get(key) ?? null));
}

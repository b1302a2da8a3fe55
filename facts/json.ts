/** daemon.json as dockerd reads it: strict JSON, with the place of each mistake, and with what JSON.parse hides (keys given twice). */
import { findNodeAtLocation, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import * as z from './schema.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export const json: z.ZodMiniType<Json> = z.json() as unknown as z.ZodMiniType<Json>;

export type ParsedObject =
  | { readonly ok: true; readonly value: Readonly<Record<string, Json>>; readonly duplicates: readonly string[] }
  | { readonly ok: false; readonly problem: string };

/** A value and the place of its text, from `start` up to `end`. */
export interface Placed {
  readonly start: number;
  readonly end: number;
  readonly value: Json;
  /** Of an object, as often as each is written. */
  readonly members: readonly Member[];
  /** Of a list. */
  readonly items: readonly Placed[];
}

export interface Member {
  readonly key: string;
  readonly name: { readonly start: number; readonly end: number };
  readonly content: Placed;
}

export type PlacedObject = { readonly ok: true; readonly object: Placed } | { readonly ok: false; readonly problem: string };

/** Whether a value is an object, and neither a list nor null. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Parses one JSON object. A problem names line and column (from 1) and what stands there. */
export function parseObject(source: string): ParsedObject {
  const parsed = placeObject(source);
  if (!parsed.ok) return parsed;
  const { value, members } = parsed.object;
  const duplicates = new Set(duplicatesOf(members).map(({ key }) => key));
  return { ok: true, value: value as Record<string, Json>, duplicates: [...duplicates] };
}

/** The same, with the places of all values. */
export function placeObject(source: string): PlacedObject {
  try {
    return place(source);
  } catch (error) {
    // The parser recurses: what is nested some thousand times exhausts the stack.
    if (error instanceof RangeError) return { ok: false, problem: 'nested too deeply' };
    throw error;
  }
}

/** Members whose key stands further up already. */
export function duplicatesOf(members: readonly Member[]): Member[] {
  const seen = new Set<string>();
  return members.filter(({ key }) => seen.size === seen.add(key).size);
}

function place(source: string): PlacedObject {
  const errors: ParseError[] = [];
  const tree = parseTree(source, errors, { disallowComments: true, allowTrailingComma: false });
  const first = errors[0];
  if (first !== undefined) {
    return { ok: false, problem: `${position(source, first.offset)}: ${describe(first)}` };
  }
  if (tree?.type !== 'object') return { ok: false, problem: 'line 1, column 1: expected an object ({ … })' };
  return { ok: true, object: toPlaced(tree) };
}

/** Values are as JSON.parse would make them, the last of two equal keys winning, and `__proto__` a key like any other. */
function toPlaced(node: Node): Placed {
  const span = spanOf(node);
  const children = node.children ?? [];
  if (node.type === 'array') {
    const items = children.map(toPlaced);
    return { ...span, value: items.map(({ value }) => value), members: [], items };
  }
  if (node.type !== 'object') return { ...span, value: node.value as Json, members: [], items: [] };
  const members = children.flatMap(({ children: [name, content] = [] }) =>
    name === undefined || content === undefined ? [] : [{ key: String(name.value), name: spanOf(name), content: toPlaced(content) }],
  );
  return { ...span, value: Object.fromEntries(members.map(({ key, content }) => [key, content.value])), members, items: [] };
}

function spanOf({ offset, length }: Node): { start: number; end: number } {
  return { start: offset, end: offset + length };
}

/** `line L, column C` of an offset, both from 1. */
export function position(source: string, offset: number): string {
  const before = source.slice(0, offset).split('\n');
  return `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`;
}

function describe(error: ParseError): string {
  const words = printParseErrorCode(error.error).replace(/([a-z])([A-Z])/g, '$1 $2');
  return words.toLowerCase();
}

/** Offset of the value at a path in JSON text, or of the nearest one above it. */
export function locate(source: string, path: readonly PropertyKey[]): number {
  const tree = parseTree(source);
  for (let length = path.length; length >= 0 && tree !== undefined; length--) {
    const node = findNodeAtLocation(
      tree,
      path.slice(0, length).map((step) => (typeof step === 'number' ? step : String(step))),
    );
    if (node !== undefined) return node.offset;
  }
  return 0;
}

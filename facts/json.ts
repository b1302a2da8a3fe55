/** daemon.json as dockerd reads it: strict JSON, with the place of each mistake, and with what JSON.parse hides (keys given twice). */
import { findNodeAtLocation, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import * as z from './schema.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export const json: z.ZodMiniType<Json> = z.json() as unknown as z.ZodMiniType<Json>;

export type ParsedObject =
  | { readonly ok: true; readonly value: Readonly<Record<string, Json>>; readonly duplicates: readonly string[] }
  | { readonly ok: false; readonly problem: string };

/** Parses one JSON object. A problem names line and column (from 1) and what stands there. */
export function parseObject(source: string): ParsedObject {
  try {
    return parse(source);
  } catch (error) {
    // The parser recurses: what is nested some thousand times exhausts the stack.
    if (error instanceof RangeError) return { ok: false, problem: 'nested too deeply' };
    throw error;
  }
}

function parse(source: string): ParsedObject {
  const errors: ParseError[] = [];
  const tree = parseTree(source, errors, { disallowComments: true, allowTrailingComma: false });
  const first = errors[0];
  if (first !== undefined) {
    return { ok: false, problem: `${position(source, first.offset)}: ${describe(first)}` };
  }
  if (tree?.type !== 'object') return { ok: false, problem: 'line 1, column 1: expected an object ({ … })' };
  const names = (tree.children ?? []).map((property) => String(property.children?.[0]?.value));
  return {
    ok: true,
    value: toValue(tree) as Record<string, Json>,
    duplicates: [...new Set(names.filter((name, index) => names.indexOf(name) !== index))],
  };
}

/** As JSON.parse would, the last of two equal keys winning; built from the tree so that a `__proto__` key stays a key. */
function toValue(node: Node): Json {
  if (node.type === 'array') return (node.children ?? []).map(toValue);
  if (node.type !== 'object') return node.value as Json;
  const value: { [key: string]: Json } = Object.create(null);
  for (const property of node.children ?? []) {
    const [name, child] = property.children ?? [];
    if (name !== undefined && child !== undefined) value[String(name.value)] = toValue(child);
  }
  return { ...value };
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

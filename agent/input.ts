/** Files that the user hands us: read whole, checked against a schema, and every mistake told with its line and column. */
import { isUtf8 } from 'node:buffer';
import fs from 'node:fs';
import { isMap, LineCounter, type Node, parseDocument } from 'yaml';
import { locate, parseObject, position } from '../facts/json.ts';
import type * as z from '../facts/schema.ts';
import { UsageError } from './errors.ts';
import { didYouMean } from './nearest.ts';

const MAX_BYTES = 512 << 20;

export function readInput(path: string, what: string): string {
  try {
    const stats = fs.statSync(path);
    if (!stats.isFile()) throw new UsageError(`${path}: the ${what} must be a file`);
    if (stats.size > MAX_BYTES) throw new UsageError(`${path}: the ${what} is larger than ${MAX_BYTES >> 20} MiB`);
    return decode(path, fs.readFileSync(path));
  } catch (error) {
    if (error instanceof UsageError || !(error instanceof Error)) throw error;
    throw new UsageError(`${path}: cannot read the ${what}: ${error.message}`, { cause: error });
  }
}

/** Text with a byte order mark, which some editors put first, reads as without. */
function decode(path: string, bytes: Buffer): string {
  const text = bytes.toString('utf8');
  if (!isUtf8(bytes)) throw new UsageError(`${path}: ${position(text, text.indexOf('\ufffd'))}: not UTF-8 text`);
  return text.replace(/^\ufeff/, '');
}

/** Parses JSON text of a known shape. */
export function parseJson<Schema extends z.ZodMiniType>(path: string, source: string, schema: Schema): z.infer<Schema> {
  const value = attemptJson(path, source);
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new UsageError(describeIssues(path, result.error.issues, (at) => position(source, locate(source, at))));
}

function attemptJson(path: string, source: string): unknown {
  try {
    return JSON.parse(source);
  } catch (error) {
    const parsed = parseObject(source);
    throw new UsageError(`${path}: ${parsed.ok ? 'not valid JSON' : parsed.problem}`, { cause: error });
  }
}

/** Parses YAML text of a known shape. Duplicate keys and alias bombs are refused by the parser. */
export function parseYaml<Schema extends z.ZodMiniType>(path: string, source: string, schema: Schema): z.infer<Schema> {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, uniqueKeys: true });
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `line ${line}, column ${col}`;
  };
  const [mistake] = [...document.errors, ...document.warnings];
  if (mistake !== undefined)
    throw new UsageError(
      `${path}: ${place(mistake.pos[0])}: ${mistake.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '')}`,
    );
  const result = schema.safeParse(toValue(path, document) ?? {});
  if (result.success) return result.data;
  throw new UsageError(describeIssues(path, result.error.issues, (at) => place(offsetOf(document.contents, at))));
}

function toValue(path: string, document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw new UsageError(`${path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** Where a value stands; for a key that should not be there, where the key itself does. */
function offsetOf(root: unknown, path: readonly PropertyKey[]): number {
  let node = root as Node | null;
  let offset = 0;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => String((key as { value?: unknown } | null)?.value ?? key) === String(step));
      offset = (pair?.key as Node | null)?.range?.[0] ?? offset;
      node = (pair?.value ?? null) as Node | null;
    } else {
      node = ((node as { items?: unknown[] } | null)?.items?.[Number(step)] ?? null) as Node | null;
    }
    offset = node?.range?.[0] ?? offset;
  }
  return offset;
}

function describeIssues(path: string, issues: readonly z.core.$ZodIssue[], place: (at: readonly PropertyKey[]) => string): string {
  const lines = issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys')
      return [`${place(issue.path)}: ${issue.path.join('.') || 'the document'}: ${issue.message.replace(/^Invalid input: /, '')}`];
    return issue.keys.map((key) => `${place([...issue.path, key])}: unknown key ${[...issue.path, key].join('.')}`);
  });
  return lines.map((line) => `${path}: ${line}`).join('\n');
}

/** Adds the nearest known key to each complaint about an unknown one. */
export function withSuggestions(error: unknown, known: readonly string[]): unknown {
  if (!(error instanceof UsageError)) return error;
  const message = error.message.replace(
    /unknown key (\S+)$/gm,
    (text, key: string) => text + didYouMean(key.split('.').at(-1) ?? key, known),
  );
  return new UsageError(message, { cause: error });
}

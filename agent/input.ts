/** Files that the user hands us: read whole, checked against a schema, and every mistake told with its line and column. */
import { isUtf8 } from 'node:buffer';
import fs from 'node:fs';
import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, type YAMLError } from 'yaml';
import { locate, parseObject, position } from '../facts/json.ts';
import type * as z from '../facts/schema.ts';
import { UsageError } from './errors.ts';
import { didYouMean } from './nearest.ts';

const MAX_MEBIBYTES = 512;

/** Reads UTF-8 text. Throws UsageError where there is none, or too much of it. */
export function readInput(path: string, what: string, limit = MAX_MEBIBYTES): string {
  try {
    const stats = fs.statSync(path);
    if (!stats.isFile()) throw new UsageError(`${path}: the ${what} must be a file`);
    if (stats.size > limit * 2 ** 20) throw new UsageError(`${path}: the ${what} is larger than ${limit} MiB`);
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
  throw new UsageError(
    describeIssues(path, result.error.issues, { offset: (at) => locate(source, at), place: (at) => position(source, at) }),
  );
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
  if (mistake !== undefined) throw new UsageError(`${path}: ${place(mistake.pos[0])}: ${describeMistake(mistake)}`);
  const result = schema.safeParse(toValue(path, document) ?? {});
  if (result.success) return result.data;
  throw new UsageError(describeIssues(path, result.error.issues, { offset: (at, part) => offsetOf(document.contents, at, part), place }));
}

function describeMistake({ code, message }: YAMLError): string {
  if (code === 'MULTIPLE_DOCS') return 'a second document begins: expected one';
  return message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? code;
}

/** A key without a value is as good as none: often all that was below it is commented out. */
function toValue(path: string, document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS({ maxAliasCount: 100, reviver: (_key, value) => (value === null ? undefined : value) });
  } catch (error) {
    throw new UsageError(`${path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** Where the key of a path stands, or its value. */
function offsetOf(root: unknown, path: readonly PropertyKey[], part: Part): number {
  let node = root;
  let offset = 0;
  for (const [index, step] of path.entries()) {
    const pair = isMap(node) ? node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step)) : undefined;
    node = isSeq(node) ? node.items[Number(step)] : pair?.value;
    const named = part === 'key' && index === path.length - 1;
    offset = (named ? startOf(pair?.key) : (startOf(node) ?? startOf(pair?.key))) ?? offset;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

type Part = 'key' | 'value';

interface Places {
  readonly offset: (at: readonly PropertyKey[], part: Part) => number;
  /** Its line and column. */
  readonly place: (offset: number) => string;
}

/** A line for each issue, in the order of the source. */
function describeIssues(path: string, issues: readonly z.core.$ZodIssue[], { offset, place }: Places): string {
  const found = issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({ at: offset([...issue.path, key], 'key'), text: `unknown key ${[...issue.path, key].join('.')}` }));
    const message = issue.message.replace(/^(Invalid|Too) \w+: /, '');
    return [{ at: offset(issue.path, 'value'), text: `${issue.path.join('.') || 'the document'}: ${message}` }];
  });
  return found
    .toSorted((left, right) => left.at - right.at)
    .map(({ at, text }) => `${path}: ${place(at)}: ${text}`)
    .join('\n');
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

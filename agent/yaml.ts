/** YAML that the user hands us: files that add up to one value, and every mistake told with its file, line and column. */
import {
  type Alias,
  type Document,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type ParsedNode,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml';
import * as z from '../facts/schema.ts';
import { type KeySchema, nearestKey } from './config-keys.ts';
import { UsageError } from './errors.ts';
import { type Problem, problemsOf } from './input.ts';

/** A file by its name and content. */
export interface YamlFile {
  readonly path: string;
  readonly text: string;
}

/** Where something stands; lines and columns count from 1. */
export interface Place {
  readonly path: string;
  readonly line: number;
  readonly column: number;
}

/** What files say together. */
export interface Merged {
  readonly value: unknown;
  /** Where files say the value of a key: a place for each that adds to a list; none where no file says it. */
  places(path: readonly PropertyKey[]): Place[];
  /** A line for each problem, in the order of the files. */
  describe(problems: readonly Problem[]): string[];
}

/** The value where it has the shape of the schema, else a line for each problem. */
export function fitTo<Schema extends z.ZodMiniType>(
  { value, describe }: Merged,
  schema: Schema,
): { readonly value: z.infer<Schema>; readonly problems?: undefined } | { readonly problems: readonly string[] } {
  const result = schema.safeParse(value);
  if (result.success) return { value: result.data };
  const keys = z.toJSONSchema(schema, { io: 'input' }) as KeySchema;
  const problems = problemsOf(result.error.issues).map((problem) =>
    problem.isUnknownKey ? { ...problem, text: problem.text + nearestKey(problem.path, keys) } : problem,
  );
  return { problems: describe(problems) };
}

/**
 * Adds up files: maps key by key, lists one after the other unless a later one is tagged `!override`; of anything else the last word counts.
 * `whole` names lists that are one value, such as the words of a command, and never added to. Throws UsageError for what is no YAML.
 */
export function mergeYaml(files: readonly YamlFile[], whole: readonly string[] = []): Merged {
  const parsed = files.map(parse);
  const mistakes = parsed.flatMap(({ mistakes }) => mistakes);
  if (mistakes.length > 0) throw new UsageError(mistakes.join('\n'));
  const parts = parsed.map(read);
  const orderOf = (source: Source | null): number => files.findIndex(({ path }) => path === source?.path);
  const root = parts.reduce((before, after) => merge(before, after, [], whole), EMPTY);
  return {
    value: toPlain(root) ?? {},
    places(path) {
      const { part, rest } = find(root, path);
      const lists = [...Map.groupBy(part.items ?? [], ({ source }) => source).values()].flatMap(([item]) =>
        item ? { ...item, path: item.path.slice(0, -1) } : [],
      );
      const said = rest.length > 0 ? [] : lists.length > 0 ? lists : [part];
      return said.flatMap((each) => (each.source === null ? [] : placeAt(each.source, offsetOf({ part: each, rest }, 'key'))));
    },
    describe: (problems) =>
      problems
        .map(({ path, isUnknownKey, text }) => ({ found: find(root, path), isUnknownKey, text }))
        .map(({ found, isUnknownKey, text }) => ({
          source: found.part.source,
          offset: offsetOf(found, isUnknownKey ? 'key' : 'value'),
          text,
        }))
        .toSorted((left, right) => orderOf(left.source) - orderOf(right.source) || left.offset - right.offset)
        .map(({ source, offset, text }) => (source === null ? text : `${told(placeAt(source, offset))}: ${text}`)),
  };
}

interface Source {
  readonly path: string;
  readonly document: Document.Parsed<ParsedNode>;
  readonly lines: LineCounter;
}

/** A value, and the place in a file it comes from. */
interface Part {
  readonly source: Source | null;
  readonly path: readonly PropertyKey[];
  readonly value: unknown;
  readonly members?: ReadonlyMap<string, Part>;
  readonly items?: readonly Part[];
}

const EMPTY: Part = { source: null, path: [], value: undefined };

/** As Docker Compose calls it; on anything but a list it stays an unknown tag. */
const OVERRIDE = { tag: '!override', collection: 'seq', resolve: (list: unknown) => list } as const;

function parse({ path, text }: YamlFile): Source & { readonly mistakes: readonly string[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, customTags: [OVERRIDE] });
  const source = { path, document, lines };
  const all = [...document.errors, ...document.warnings];
  // Where the parser gives up, what it says of the rest means nothing.
  const exhausted = all.find(({ code }) => code === 'RESOURCE_EXHAUSTION');
  const mistakes = exhausted ? [exhausted] : all;
  return { ...source, mistakes: mistakes.map((mistake) => `${told(placeAt(source, mistake.pos[0]))}: ${describeMistake(mistake)}`) };
}

function describeMistake({ code, message }: YAMLError): string {
  if (code === 'MULTIPLE_DOCS') return 'a second document begins: expected one';
  if (code === 'RESOURCE_EXHAUSTION') return 'nested too deeply';
  return message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? code;
}

/** Copies that aliases may make, all together. Configurations need none. */
const MOST_COPIES = 100;

function read(source: Source): Part {
  try {
    return toPart(source, source.document.toJS({ maxAliasCount: MOST_COPIES }), []);
  } catch (error) {
    if (!(error instanceof ReferenceError || error instanceof RangeError)) throw error;
    const name = /: (\S+)$/.exec(error.message)?.[1];
    const alias = findAlias(source.document, name);
    const what =
      name === undefined ? `aliases that multiply, to more than ${MOST_COPIES} copies or without end` : `nothing is anchored as ${name}`;
    throw new UsageError(`${told(placeAt(source, alias?.range?.[0] ?? 0))}: ${what}: write the values out`, { cause: error });
  }
}

/** The first alias, or the first of that name. */
function findAlias(document: Document.Parsed<ParsedNode>, name: string | undefined): Alias | undefined {
  let found: Alias | undefined;
  visit(document, {
    Alias(_key, node) {
      if (name !== undefined && node.source !== name) return undefined;
      found = node;
      return visit.BREAK;
    },
  });
  return found;
}

/**
 * A key without a value is as good as none: often all that was below it is commented out. Not so in an item of a list, where that would widen what
 * the item is about.
 */
function toPart(source: Source, value: unknown, path: readonly PropertyKey[]): Part {
  const about = { source, path, value };
  if (Array.isArray(value)) return { ...about, items: value.map((item, index) => toPart(source, item, [...path, index])) };
  if (typeof value !== 'object' || value === null) return about;
  const isInItem = path.some((step) => typeof step === 'number');
  const members = Object.entries(value).filter(([, member]) => isInItem || member !== null);
  return { ...about, members: new Map(members.map(([key, member]) => [key, toPart(source, member, [...path, key])])) };
}

function toPlain({ value, members, items }: Part): unknown {
  if (members !== undefined) return Object.fromEntries([...members].map(([key, part]) => [key, toPlain(part)]));
  return items === undefined ? value : items.map(toPlain);
}

function merge(before: Part, after: Part, path: readonly string[], whole: readonly string[]): Part {
  if (after.value === null || after.value === undefined) return before;
  if (before.members !== undefined && after.members !== undefined) {
    const members = new Map(before.members);
    for (const [key, part] of after.members) members.set(key, merge(members.get(key) ?? EMPTY, part, [...path, key], whole));
    return { ...after, members };
  }
  const adds = before.items !== undefined && after.items !== undefined && !whole.includes(path.join('.')) && !overrides(after);
  return adds ? { ...after, items: [...(before.items ?? []), ...(after.items ?? [])] } : after;
}

function overrides({ source, path }: Part): boolean {
  const node = source?.document.getIn(path, true);
  return isSeq(node) && node.tag === OVERRIDE.tag;
}

interface Found {
  readonly part: Part;
  /** What of the path leads beyond what is there. */
  readonly rest: readonly PropertyKey[];
}

function find(root: Part, path: readonly PropertyKey[]): Found {
  let part = root;
  for (const [index, step] of path.entries()) {
    const next = part.members?.get(String(step)) ?? part.items?.[Number(step)];
    if (next === undefined) return { part, rest: path.slice(index) };
    part = next;
  }
  return { part, rest: [] };
}

/** Where the key stands that a path leads to, or its value; as near to it as there is something. */
function offsetOf({ part: { source, path }, rest }: Found, wanted: 'key' | 'value'): number {
  let node: unknown = source?.document.contents;
  let offset = startOf(node) ?? 0;
  for (const [index, step] of [...path, ...rest].entries()) {
    const pair = isMap(node) ? node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step)) : undefined;
    node = isSeq(node) ? node.items[Number(step)] : pair?.value;
    const named = wanted === 'key' && index === path.length + rest.length - 1;
    offset = (named ? startOf(pair?.key) : (startOf(node) ?? startOf(pair?.key))) ?? startOf(node) ?? offset;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

function placeAt({ path, lines }: Source, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { path, line, column: col };
}

function told({ path, line, column }: Place): string {
  return `${path}: line ${line}, column ${column}`;
}

/** YAML text with an item more at the end of the list of that name, which is made where it is missing. Comments and order stay. */
export function addToList(source: string, name: string, item: unknown): string {
  const document = parseDocument(source);
  const list = document.get(name);
  if (isSeq(list)) {
    list.flow = false;
    list.add(document.createNode(item));
  } else document.set(name, document.createNode([item]));
  return document.toString({ lineWidth: 0 });
}

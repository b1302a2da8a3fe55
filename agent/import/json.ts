/**
 * JSON logs. docker-bench-security nests findings in sections; with `-c` it does not, before 1.3.5 it wrote `"1.1": "WARN"`, and Aqua's
 * docker-bench nests them deeper under names of its own. A finding is known by itself in all of them: a number and a result.
 */
import { isRecord, locate, position } from '../../facts/json.ts';
import * as z from '../../facts/schema.ts';
import { UsageError } from '../errors.ts';
import { parseJson } from '../input.ts';
import { cleanTitle, type Entry, isHeading, type Log, MAX_ENTRIES, NUMBER, resultOf } from './entry.ts';

const WHOLE_NUMBER = new RegExp(`^${NUMBER}$`, 'i');
/** Aqua's nests findings six levels below the root. */
const MAX_DEPTH = 8;

type Fields = Readonly<Record<string, unknown>>;
type Path = readonly (string | number)[];

/** Throws UsageError with line and column where it is not JSON, or a finding in it is as no release writes it. */
export function parseJsonLog(path: string, source: string): Log {
  const root = parse(path, source);
  const entries = findings(root, []).map(({ at, fields }) => toEntry(fields, (key, problem) => fault(path, source, [...at, key], problem)));
  const all = [...entries, ...flatFindings(root)].filter(({ number, title }) => !isHeading(number, title));
  if (all.length === 0)
    throw new UsageError(
      `${path}: line 1, column 1: no finding in it: expected the JSON log of docker-bench-security, with "tests" and in them "id" and "result"`,
    );
  if (all.length > MAX_ENTRIES) throw new UsageError(`${path}: line 1, column 1: ${all.length} findings: not the log of one host`);
  const { dockerbenchsecurity: printed, start } = isRecord(root) ? root : {};
  return {
    format: 'json',
    tool: printed === undefined ? 'unknown' : 'docker-bench-security',
    printed: typeof printed === 'string' ? printed : null,
    startedAt: typeof start === 'number' && start > 0 && start < 8e12 ? new Date(start * 1000).toISOString() : null,
    entries: all,
  };
}

function parse(path: string, source: string): unknown {
  try {
    return parseJson(path, source, z.unknown());
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(
      `${error.message} (docker-bench-security writes its JSON by hand, and cut short or with some names in it that is none: import its text log, docker-bench-security.log)`,
      { cause: error },
    );
  }
}

/** Every object that has a number and a result, wherever it is. */
function findings(value: unknown, at: Path): { readonly at: Path; readonly fields: Fields }[] {
  if (at.length > MAX_DEPTH) return [];
  if (Array.isArray(value)) return value.flatMap((item, index) => findings(item, [...at, index]));
  if (!isRecord(value)) return [];
  if ('result' in value || 'status' in value) return [{ at, fields: value }];
  return Object.entries(value).flatMap(([key, item]) => (typeof item === 'object' ? findings(item, [...at, key]) : []));
}

function toEntry(fields: Fields, refuse: (key: string, problem: string) => never): Entry {
  const text = (key: string, other: string): string => {
    const name = key in fields || !(other in fields) ? key : other;
    const value = fields[name] ?? '';
    return typeof value === 'string' ? value : refuse(name, 'expected text');
  };
  const number = text('id', 'test_number');
  if (!WHOLE_NUMBER.test(number)) refuse('id' in fields ? 'id' : 'test_number', 'expected a number such as "5.10"');
  const word = text('result', 'status');
  const items = fields['items'] ?? [];
  if (!Array.isArray(items)) refuse('items', 'expected a list');
  const names = (items as readonly unknown[]).map((item) => (typeof item === 'string' ? item : refuse('items', 'expected texts')));
  return {
    line: null,
    number,
    title: cleanTitle(text('desc', 'test_desc')),
    word,
    result: resultOf(word, 'test_number' in fields),
    // Written blank by blank: `[a:1 b:2]` became `[a:1` and `b:2]`.
    named: names.map((name) => name.replace(/^\[|\]$/g, '')).filter((name) => name !== '' && name !== '(truncated)'),
  };
}

/** `"1.1": "WARN"`, and `"1.4": "docker:x:993:anna"`, as releases before 1.3.5 wrote them. */
function flatFindings(root: unknown): Entry[] {
  if (!isRecord(root)) return [];
  return Object.entries(root).flatMap(([number, value]) => {
    if (!WHOLE_NUMBER.test(number) || typeof value !== 'string') return [];
    const word = /^[A-Z]{4}$/.test(value) ? value : '';
    return [{ line: null, number, title: '', word, result: resultOf(word, false), named: [] }];
  });
}

function fault(path: string, source: string, at: Path, problem: string): never {
  throw new UsageError(`${path}: ${placeOf(source, at)}: ${at.join('.')}: ${problem}`);
}

function placeOf(source: string, at: Path): string {
  try {
    return position(source, locate(source, at));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return 'line 1, column 1'; // elsewhere in it something is nested so deeply that places cannot be told
  }
}

/** Files that the user hands us: read whole, checked against a schema, and every mistake told with its line and column. */
import { isUtf8 } from 'node:buffer';
import fs from 'node:fs';
import { locate, parseObject, position } from '../facts/json.ts';
import type * as z from '../facts/schema.ts';
import { UsageError } from './errors.ts';

const MAX_MEBIBYTES = 512;

/** Reads UTF-8 text. Throws UsageError where there is none, or too much of it. */
export function readInput(path: string, what: string, limit = MAX_MEBIBYTES): string {
  return openInput(path, what, limit).text;
}

/** The same, and whose file it was when it was read. */
export function openInput(path: string, what: string, limit: number): { readonly text: string; readonly stats: fs.Stats } {
  try {
    // Without waiting for somebody to write, should it be a pipe.
    const descriptor = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    try {
      const stats = fs.fstatSync(descriptor);
      if (!stats.isFile()) throw new UsageError(`${path}: the ${what} must be a file`);
      if (stats.size > limit * 2 ** 20) throw new UsageError(`${path}: the ${what} is larger than ${limit} MiB`);
      return { text: decode(path, fs.readFileSync(descriptor)), stats };
    } finally {
      fs.closeSync(descriptor);
    }
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
  const found = problemsOf(result.error.issues).map(({ path: at, text }) => ({ offset: locate(source, at), text }));
  const lines = found.toSorted((left, right) => left.offset - right.offset);
  throw new UsageError(lines.map(({ offset, text }) => `${path}: ${position(source, offset)}: ${text}`).join('\n'));
}

function attemptJson(path: string, source: string): unknown {
  try {
    return JSON.parse(source);
  } catch (error) {
    const parsed = parseObject(source);
    throw new UsageError(`${path}: ${parsed.ok ? 'not valid JSON' : parsed.problem}`, { cause: error });
  }
}

/** What is wrong with a value: where it stands, and in what words. */
export interface Problem {
  readonly path: readonly PropertyKey[];
  /** Nobody knows the key; else what it says is wrong. */
  readonly isUnknownKey: boolean;
  readonly text: string;
}

/** What a schema finds wrong, one problem for each key and value. */
export function problemsOf(issues: readonly z.core.$ZodIssue[]): Problem[] {
  return issues.flatMap((issue): Problem[] => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({
        path: [...issue.path, key],
        isUnknownKey: true,
        text: `unknown key ${[...issue.path, key].join('.')}`,
      }));
    const message = issue.message.replace(/^(Invalid|Too) \w+: /, '');
    return [{ path: issue.path, isUnknownKey: false, text: `${issue.path.join('.') || 'the document'}: ${message}` }];
  });
}

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Json, placeObject } from '../../facts/json.ts';
import { setKeys } from '../../remediations/json-text.ts';

type Values = Readonly<Record<string, Json>>;

const ulimits: Json = { nofile: { Name: 'nofile', Hard: 64, Soft: 32 } };

describe('setKeys', () => {
  test.each<[string, string | null, Values, string]>([
    ['no file', null, { icc: false, 'log-level': 'info' }, '{\n  "icc": false,\n  "log-level": "info"\n}\n'],
    ['an empty file', '', { icc: false }, '{\n  "icc": false\n}\n'],
    ['a blank file', ' \n\n', { icc: false }, '{\n  "icc": false\n}\n'],
    ['a blank file with a byte order mark', '\ufeff\r\n', { icc: false }, '\ufeff{\r\n  "icc": false\r\n}\r\n'],
    ['null', 'null\n', { icc: false }, '{\n  "icc": false\n}\n'],
    ['{}', '{}', { icc: false }, '{\n  "icc": false\n}'],
    ['{ }', '{ }\n', { icc: false }, '{\n  "icc": false\n}\n'],
    ['{ } in a file from Windows', '{ }\r\n', { icc: false }, '{\r\n  "icc": false\r\n}\r\n'],
    ['an empty object on two lines', '\n{\n}\n\n', { icc: false }, '\n{\n  "icc": false\n}\n\n'],
    ['an indented empty object', '  {\n  }', { icc: false }, '  {\n    "icc": false\n  }'],
    ['an indented {}', '\n  {}', { icc: false }, '\n  {\n    "icc": false\n  }'],

    [
      'a key that has another value',
      '{\n  "icc": true,\n  "debug": false\n}\n',
      { icc: false },
      '{\n  "icc": false,\n  "debug": false\n}\n',
    ],
    ['a key spelt with escapes', '{"\\u0069cc": true}', { icc: false }, '{"\\u0069cc": false}'],
    ['a value that it has already, spelt otherwise', '{"a": 1.50e1, "b": "\\u0041"}', { a: 15, b: 'A' }, '{"a": 1.50e1, "b": "\\u0041"}'],
    ['an object that has the same in another order', '{"a": {"b": 1, "c": [2]}}', { a: { c: [2], b: 1 } }, '{"a": {"b": 1, "c": [2]}}'],
    ['null, which is not false', '{"icc": null}', { icc: false }, '{"icc": false}'],
    ['a list by a shorter one', '{\n  "a": [\n    1,\n    2\n  ],\n  "b": 1\n}', { a: [] }, '{\n  "a": [],\n  "b": 1\n}'],
    ['a list by another', '{\n\t"a": [1],\n\t"b": 1\n}', { a: [2, {}] }, '{\n\t"a": [\n\t\t2,\n\t\t{}\n\t],\n\t"b": 1\n}'],
    ['keys named like what all objects have', '{"constructor": 1}', { toString: 1 }, '{"constructor": 1, "toString": 1}'],
    ['__proto__', '{"__proto__": 1}', { ['__proto__']: 2 }, '{"__proto__": 2}'],

    ['two spaces', '{\n  "a": 1\n}\n', { b: 2, c: 3 }, '{\n  "a": 1,\n  "b": 2,\n  "c": 3\n}\n'],
    ['four spaces', '{\n    "a": 1\n}', { b: [2] }, '{\n    "a": 1,\n    "b": [\n        2\n    ]\n}'],
    ['tabs', '{\n\t"a": 1\n}\n', { b: { c: 2 } }, '{\n\t"a": 1,\n\t"b": {\n\t\t"c": 2\n\t}\n}\n'],
    ['no indentation', '{\n"a": 1\n}\n', { b: [2] }, '{\n"a": 1,\n"b": [\n  2\n]\n}\n'],
    ['an indented object', '  {\n    "a": 1\n  }', { b: [2] }, '  {\n    "a": 1,\n    "b": [\n      2\n    ]\n  }'],
    ['line breaks of Windows', '{\r\n  "a": 1\r\n}\r\n', { b: [2] }, '{\r\n  "a": 1,\r\n  "b": [\r\n    2\r\n  ]\r\n}\r\n'],
    ['a byte order mark', '\ufeff{\n  "a": 1\n}\n', { b: 2 }, '\ufeff{\n  "a": 1,\n  "b": 2\n}\n'],
    ['a blank line between two', '{\n  "a": 1,\n\n  "b": 2\n\n}\n', { c: 3 }, '{\n  "a": 1,\n\n  "b": 2,\n  "c": 3\n\n}\n'],
    ['a blank line at the top', '{\n\n  "a": 1\n}\n', { b: 2 }, '{\n\n  "a": 1,\n  "b": 2\n}\n'],
    ['one line', '{"a": 1, "b": 2}\n', { c: ulimits }, `{"a": 1, "b": 2, "c": ${oneLine(ulimits)}}\n`],
    ['one line with one key', '{"a": 1}', { b: [2, 3] }, '{"a": 1, "b": [2, 3]}'],
    ['one line, set apart from the braces', '{ "a": 1 }', { b: 2 }, '{ "a": 1, "b": 2 }'],
    ['minified', '{"a":1,"b":2}', { c: ulimits }, `{"a":1,"b":2,"c":${JSON.stringify(ulimits)}}`],
    ['minified with one key', '{"a":1}', { b: [2, 3], c: 4 }, '{"a":1,"b":[2,3],"c":4}'],
    ['several keys to a line', '{\n  "a": 1, "b": 2\n}', { c: [3, 4] }, '{\n  "a": 1, "b": 2, "c": [3, 4]\n}'],
    ['commas first', '{\n    "a": 1\n  , "b": 2\n}', { c: 3 }, '{\n    "a": 1\n  , "b": 2\n  , "c": 3\n}'],
    ['blanks before colons', '{\n  "a" : 1\n}', { b: { c: 2 } }, '{\n  "a" : 1,\n  "b" : {\n    "c" : 2\n  }\n}'],
    ['columns of values', '{\n  "a":\t\t1\n}', { b: 2 }, '{\n  "a":\t\t1,\n  "b":\t2\n}'],
    ['a value below its key', '{\n  "a":\n    1\n}', { b: 2 }, '{\n  "a":\n    1,\n  "b": 2\n}'],
    ['a last key that is replaced, too', '{\n  "a": 1\n}', { b: 2, a: 3 }, '{\n  "a": 3,\n  "b": 2\n}'],
    [
      'numbers that no other program writes like this',
      '{"a": 1E+2, "b": 12345678901234567890}',
      { c: 1 },
      '{"a": 1E+2, "b": 12345678901234567890, "c": 1}',
    ],
  ])('%s', (_, text, values, expected) => {
    expect(setKeys(text, values)).toEqual({ ok: true, text: expected });
    expect(setKeys(expected, values)).toEqual({ ok: true, text: expected });
  });

  test.each([
    ['{"icc": true, "icc": true}', 'line 1, column 15: "icc" is there a second time'],
    ['{\n  "a": 1,\n  "\\u0061": 2\n}', 'line 3, column 3: "a" is there a second time'],
    ['{"icc": true,}', 'line 1, column 14: property name expected'],
    ['\ufeff{"icc" true}', 'line 1, column 8: colon expected'],
    ['{\n  // why\n}', 'line 2, column 3: invalid comment token'],
    ['[]', 'line 1, column 1: expected an object'],
    ['nul', 'line 1, column 1: invalid symbol'],
    ['\u00a0', 'line 1, column 1: invalid symbol'],
    ['{} {}', 'line 1, column 4: end of file expected'],
  ])('does not touch %j', (text, problem) => {
    expect(setKeys(text, { icc: false })).toEqual({ ok: false, problem: expect.stringContaining(problem) });
  });

  test('does not touch what is nested too deeply for the parser', () => {
    const text = `{"a": ${'['.repeat(50_000)}${']'.repeat(50_000)}}`;
    expect(setKeys(text, { icc: false })).toEqual({ ok: false, problem: 'nested too deeply' });
  });
});

function oneLine(value: Json): string {
  return JSON.stringify(value, null, 1)
    .replace(/\n */g, ' ')
    .replace(/([{[]) | ([}\]])/g, '$1$2');
}

/** An object as somebody may have written it: its text, and the text of each value. */
interface Written {
  readonly text: string;
  readonly keys: readonly string[];
  readonly spellings: readonly string[];
}

const gap = fc.string({ unit: fc.constantFrom(' ', '\t', '\n', '\r', '\r\n'), maxLength: 3 });
const key = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', '1', '0', 'icc', 'log-opts', 'ключ', '\u2028"\\'));
// Negative zero is a number that JSON.parse knows and JSON.stringify does not write.
const json = fc.jsonValue({ maxDepth: 3 }).map((value): Json => JSON.parse(JSON.stringify(value)));

/** The spellings of one value, in all of which it means the same. */
function spelt(value: Json): fc.Arbitrary<string> {
  if (typeof value === 'string') {
    const code = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
    return fc.constantFrom(JSON.stringify(value), `"${value.split('').map(code).join('')}"`);
  }
  if (Array.isArray(value)) {
    const items = fc.tuple(...value.map((item) => around(spelt(item))));
    return fc.oneof(
      items.map((parts) => `[${parts.join(',')}]`),
      fc.constant(JSON.stringify(value, null, 2)),
    );
  }
  if (typeof value === 'object' && value !== null) {
    return written(Object.entries(value)).map(({ text }) => text.trim());
  }
  return typeof value === 'number'
    ? fc.constantFrom(JSON.stringify(value), `${value}e0`.replace(/(e.*)e0$/, '$1'))
    : fc.constant(JSON.stringify(value));
}

function around(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(gap, text, gap).map((parts) => parts.join(''));
}

function written(entries: readonly (readonly [string, Json])[]): fc.Arbitrary<Written> {
  const keys = entries.map(([name]) => name);
  const members = fc.tuple(...entries.map(([name, value]) => fc.tuple(around(spelt(name)), gap, spelt(value), gap)));
  const free = fc.tuple(gap, members, gap).map(([before, parts, after]) => {
    const body = parts.map(([name, left, value, right]) => `${name}:${left}${value}${right}`).join(',');
    return { text: `${before}{${parts.length === 0 ? before : body}}${after}`, keys, spellings: parts.map(([, , value]) => value) };
  });
  const usual = fc.constantFrom<(string | number)[]>(2, 4, '\t', '').map((indent) => {
    const object = Object.fromEntries(entries);
    const text = JSON.stringify(object, null, indent);
    const parsed = placeObject(text);
    const placed = parsed.ok ? parsed.object.members : [];
    return {
      text,
      keys: placed.map((member) => member.key),
      spellings: placed.map(({ content }) => text.slice(content.start, content.end)),
    };
  });
  return fc.oneof(free, usual);
}

const entries = fc.uniqueArray(fc.tuple(key, json), { selector: ([name]) => name, maxLength: 6 });
const situation = entries
  .chain((all) => fc.record({ file: written(all), mark: fc.constantFrom('', '\ufeff') }))
  .chain(({ file, mark }) =>
    fc.record({
      file: fc.constant(file),
      mark: fc.constant(mark),
      values: fc
        .tuple(fc.subarray([...file.keys]), fc.array(key, { maxLength: 3 }))
        .chain(([old, added]) => fc.tuple(...new Set([...old, ...added].values().map((name) => fc.tuple(fc.constant(name), json)))))
        .map((pairs): Values => Object.fromEntries(pairs)),
    }),
  );

function edited(text: string, values: Values): string {
  const result = setKeys(text, values);
  if (!result.ok) throw new Error(result.problem);
  return result.text;
}

function partsOf(text: string): { key: string; start: number; end: number }[] {
  const parsed = placeObject(text);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.object.members.map(({ key: name, content: { start, end } }) => ({ key: name, start, end }));
}

/** The edited text with the values of before, and without what came behind them. */
function undone(text: string, { keys, spellings }: Written): string {
  const parts = partsOf(text);
  const [last, veryLast] = [parts[keys.length - 1], parts.at(-1)];
  if (last === undefined || veryLast === undefined) return text;
  const kept = text.slice(0, last.end) + text.slice(veryLast.end);
  return parts
    .slice(0, keys.length)
    .reduceRight((before, { start, end }, index) => before.slice(0, start) + spellings[index] + before.slice(end), kept);
}

describe('whatever the file looks like', { timeout: 60_000 }, () => {
  const runs = { numRuns: 1000 };

  test('the keys have their values, all others keep theirs, and the order stays', () => {
    fc.assert(
      fc.property(situation, ({ file, mark, values }) => {
        const text = edited(mark + file.text, values);
        expect(text.startsWith('\ufeff')).toBe(mark !== '');
        const body = text.slice(mark.length);
        expect(JSON.parse(body)).toEqual({ ...JSON.parse(file.text), ...values });
        expect(partsOf(body).map((part) => part.key)).toEqual([...new Set([...file.keys, ...Object.keys(values)])]);
      }),
      runs,
    );
  });

  test('everything but the values stays byte for byte', () => {
    fc.assert(
      fc.property(situation, ({ file, values }) => {
        const text = edited(file.text, values);
        if (file.keys.length > 0) expect(undone(text, file)).toBe(file.text);
        else expect(text.replace(/\{[\s\S]*\}/, '')).toBe(file.text.replace(/\{[\s\S]*\}/, ''));
        const untouched = file.keys.flatMap((name, index) => (Object.hasOwn(values, name) ? [] : [index]));
        const now = partsOf(text).map(({ start, end }) => text.slice(start, end));
        expect(untouched.map((index) => now[index])).toEqual(untouched.map((index) => file.spellings[index]));
      }),
      runs,
    );
  });

  test('a second time changes nothing', () => {
    fc.assert(
      fc.property(situation, ({ file, mark, values }) => {
        const text = edited(mark + file.text, values);
        expect(edited(text, values)).toBe(text);
      }),
      runs,
    );
  });

  test('the way back leads to the same bytes', () => {
    fc.assert(
      fc.property(situation, ({ file, values }) => {
        const old = JSON.parse(file.text);
        const plain = file.keys.filter((name, index) => Object.hasOwn(values, name) && file.spellings[index] === plainly(old[name]));
        const pick = (from: Values): Values => Object.fromEntries(plain.map((name) => [name, from[name] ?? null]));
        expect(edited(edited(file.text, pick(values)), pick(old))).toBe(file.text);
      }),
      runs,
    );
  });
});

/** How a value of one word is written; undefined for others. */
function plainly(value: Json): string | undefined {
  return typeof value === 'object' && value !== null ? undefined : JSON.stringify(value);
}

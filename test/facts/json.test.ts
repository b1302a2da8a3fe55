import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { locate, parseObject, position } from '../../facts/json.ts';

describe('parseObject', () => {
  test.each([
    ['{}', {}, []],
    [' \n{"icc": false}\n', { icc: false }, []],
    ['{"hosts": [\n  "fd://",\n  "tcp://0.0.0.0:2376"\n]}', { hosts: ['fd://', 'tcp://0.0.0.0:2376'] }, []],
    ['{"icc": true, "icc": false}', { icc: false }, ['icc']],
    ['{"a": 1, "a": 2, "a": 3, "b": 1, "b": 1}', { a: 3, b: 1 }, ['a', 'b']],
    ['{"a": {"b": 1, "b": 2}}', { a: { b: 2 } }, []],
    ['{"\\u0069cc": false, "icc": true}', { icc: true }, ['icc']],
  ])('%s', (source, value, duplicates) => {
    expect(parseObject(source)).toEqual({ ok: true, value, duplicates });
  });

  test('a key named __proto__ is a key like any other', () => {
    const parsed = parseObject('{"__proto__": {"polluted": true}}');
    expect(parsed.ok && Object.keys(parsed.value)).toEqual(['__proto__']);
    expect({}).not.toHaveProperty('polluted');
  });

  test.each([
    ['', 'line 1, column 1: value expected'],
    ['[]', 'line 1, column 1: expected an object'],
    ['null', 'line 1, column 1: expected an object'],
    ['{"icc": false', 'line 1, column 14: close brace expected'],
    ['{\n  "icc": false,\n}', 'line 3, column 1: property name expected'],
    ['{\n  // comment\n  "icc": false\n}', 'line 2, column 3: invalid comment token'],
    ['{"icc": false} trailing', 'line 1, column 16: invalid symbol'],
    ['{"icc": false} {}', 'line 1, column 16: end of file expected'],
    ['{"icc": False}', 'line 1, column 9: invalid symbol'],
    ["{'icc': false}", 'line 1, column 2: invalid symbol'],
    ['{"icc" false}', 'line 1, column 8: colon expected'],
    ['{"icc": false "debug": true}', 'line 1, column 15: comma expected'],
    ['\ufeff{"icc": false}', 'line 1, column 1: invalid symbol'],
    ['{\r\n  "icc": nul\r\n}', 'line 2, column 10: invalid symbol'],
  ])('%j', (source, problem) => {
    expect(parseObject(source)).toEqual({ ok: false, problem: expect.stringContaining(problem) });
  });

  test.each([
    ['{"a":', '}'],
    ['[', ']'],
  ])('what is nested a hundred thousand times (%s) is refused, not a crash', (open, close) => {
    expect(parseObject(`{"a":${open.repeat(100_000)}1${close.repeat(100_000)}}`)).toEqual({ ok: false, problem: 'nested too deeply' });
  });

  const fragments = fc.string({
    unit: fc.constantFrom(...'{}[]":,019.eE+-truefalsnul \t\n\r\\/*_', '\u00a0', '\u2028', '\ufeff'),
    maxLength: 30,
  });
  const sources = fc.oneof(
    fragments,
    fragments.map((text) => `{${text}}`),
    fragments.map((text) => `{"a":${text}}`),
    fc.json(),
    fc.string(),
  );
  test('accepts what JSON.parse accepts, with the same value, and nothing else', () => {
    fc.assert(
      fc.property(sources, (source) => {
        const parsed = parseObject(source);
        expect(parsed.ok ? { value: parsed.value } : null).toEqual(reference(source));
      }),
      { numRuns: 2000 },
    );
  });
});

function reference(source: string): { readonly value: unknown } | null {
  try {
    const value: unknown = JSON.parse(source);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { value } : null;
  } catch {
    return null;
  }
}

test.each<[string, readonly PropertyKey[], string]>([
  ['{\n  "a": {"b": [1, true]}\n}', ['a'], 'line 2, column 8'],
  ['{\n  "a": {"b": [1, true]}\n}', ['a', 'b', 1], 'line 2, column 18'],
  ['{\n  "a": {"b": [1, true]}\n}', ['a', 'c', 'd'], 'line 2, column 8'],
  ['{"a": 1}', [], 'line 1, column 1'],
  ['', ['a'], 'line 1, column 1'],
])('in %j, the value at %j or the nearest above it is at %s', (source, path, place) => {
  expect(position(source, locate(source, path))).toBe(place);
});

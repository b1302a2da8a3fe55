import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from '../../facts/schema.ts';

describe('what engines leave out', () => {
  const schema = z.object({ list: z.list(z.string()), map: z.dictionary(z.string()), text: z.text, integer: z.integer, flag: z.flag });
  const empty = { list: [], map: {}, text: '', integer: 0, flag: false };

  test.each([
    ['left out', {}],
    ['null', { list: null, map: null, text: null, integer: null, flag: null }],
    ['empty', empty],
  ])('%s is the same as empty', (_, value) => {
    expect(schema.parse(value)).toEqual(empty);
  });

  test.each([
    [{ list: 'a' }],
    [{ list: [1] }],
    [{ map: [] }],
    [{ text: 1 }],
    [{ integer: '1' }],
    [{ integer: Number.NaN }],
    [{ flag: 'yes' }],
  ])('%j is refused', (value) => expect(schema.safeParse(value).success).toBe(false));

  test.each([0, -1, 2 ** 53, 31_536_000e9, 2 ** 63])('%d is a number the engine may say', (integer) => {
    expect(schema.parse({ integer }).integer).toBe(integer);
  });
});

describe('variables', () => {
  test.each<[string[] | null, string[]]>([
    [null, []],
    [
      ['PATH=/bin', 'LANG=C'],
      ['PATH', 'LANG'],
    ],
    [['EMPTY=', 'UNSET', ''], ['UNSET']],
    [
      ['TOKEN=Zm9v=', 'QUERY=a=b', 'LINES=a\nb', 'EQUALS=='],
      ['TOKEN', 'QUERY', 'LINES', 'EQUALS'],
    ],
    [['=C:=C:\\'], []],
  ])('%j → %j', (pairs, names) => {
    expect(z.variableNames.parse(pairs)).toEqual(names);
  });

  test('values are never kept, and recorded names read back the same', () => {
    const pair = fc.tuple(fc.stringMatching(/^[A-Z_]{1,8}$/), fc.stringMatching(/^[a-z0-9=\n]{1,12}$/));
    fc.assert(
      fc.property(fc.array(pair), (pairs) => {
        const names = z.variableNames.parse(pairs.map(([name, value]) => `${name}=${value}`));
        expect(names).toEqual(pairs.map(([name]) => name));
        expect(z.variableNames.parse(names)).toEqual(names);
      }),
    );
  });
});

describe('labels', () => {
  test('values of those named like secrets are hidden, others cut', () => {
    expect(z.labels.parse({ 'app.token': 'x', version: '1', note: 'n'.repeat(300) })).toEqual({
      'app.token': '(not shown)',
      version: '1',
      note: 'n'.repeat(256),
    });
  });

  test('so is an address with a password', () => {
    expect(z.labels.parse({ database: 'postgres://app:word@db' })).toEqual({ database: '(not shown)' });
  });

  test('recorded labels read back the same', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string({ maxLength: 400 })), (entries) => {
        const once = z.labels.parse(entries);
        expect(z.labels.parse(once)).toEqual(once);
      }),
    );
  });
});

test.each([
  [null, null],
  [{ Test: null }, { Test: [] }],
  [{ Test: ['NONE'] }, { Test: ['NONE'] }],
  [{ Test: ['CMD-SHELL', 'mysqladmin --password=word ping'] }, { Test: ['CMD-SHELL'] }],
])('of the health check %j %j is kept', (check, kept) => {
  expect(z.healthcheck.parse(check)).toEqual(kept);
});

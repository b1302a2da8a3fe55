import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { harmlessJson, printable, printableJson } from '../../agent/reporters/printable.ts';

/** Any text, with more of what is dangerous than chance would give. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        '\u001b[31m',
        '\u009b2J',
        '\r',
        '\n',
        '\0',
        '\u202e',
        '\u2066',
        '\ufeff',
        '\ud800',
        '\udc00',
        '\u{e0041}',
        '\u00ad',
        'a',
        '🐳',
        'é',
      ),
      { maxLength: 20 },
    )
    .map((parts) => parts.join('')),
);

/** Control and format characters, line and paragraph separators, unpaired surrogates. */
const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

describe('text', () => {
  test('every one of them is found', () => {
    const units = Array.from({ length: 0x10000 }, (_, unit) => String.fromCharCode(unit)).filter((unit) => unsafe.test(unit));
    expect(units.filter((unit) => printable(`a${unit}`).includes(unit))).toEqual([]);
    for (const json of [printableJson, harmlessJson])
      expect(units.filter((unit) => unit !== '\n' && json([unit]).includes(unit))).toEqual([]);
  });

  test('nothing that could act on a terminal survives', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(printable(text)).not.toMatch(unsafe);
      }),
    );
  });

  test('what is safe stays as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(unsafe.test(text) || printable(text) === text).toBe(true);
      }),
    );
    expect(printable('web-1 “prod” ünïcödé 🐳 \\n')).toBe('web-1 “prod” ünïcödé 🐳 \\n');
  });

  test.each([
    ['an escape sequence', '\u001b[31mred\u001b[0m', '\\x1b[31mred\\x1b[0m'],
    ['a C1 control sequence', '\u009b2J', '\\u009b2J'],
    ['line breaks and tabs', 'a\r\n\tb', 'a\\r\\n\\tb'],
    ['a NUL and a bell', '\0\u0007', '\\0\\u0007'],
    ['a backspace and delete', '\b\u007f', '\\u0008\\u007f'],
    ['text that runs backwards', 'cod\u202egpj.exe', 'cod\\u202egpj.exe'],
    ['zero-width marks', 'a\u200bb\ufeff', 'a\\u200bb\\ufeff'],
    ['line and paragraph separators', '\u2028\u2029', '\\u2028\\u2029'],
    ['half a surrogate pair', 'a\ud83d', 'a\\ud83d'],
    ['invisible tags beyond the first plane', '\u{e0041}', '\\udb40\\udc41'],
  ])('%s', (_what, text, shown) => {
    expect(printable(text)).toBe(shown);
  });
});

describe('JSON', () => {
  test('reads back as the same value, and shows nothing unsafe but its own line breaks', () => {
    const value = fc.jsonValue({ stringUnit: 'binary', maxDepth: 4 });
    fc.assert(
      fc.property(fc.oneof(value, fc.record({ [' \u001b']: hostile, list: fc.array(hostile) })), (document) => {
        const text = printableJson(document);
        expect(text.replaceAll('\n', '')).not.toMatch(unsafe);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(document)));
      }),
    );
  });

  test('or the same value with each string made printable', () => {
    fc.assert(
      fc.property(fc.record({ one: hostile, list: fc.array(hostile), number: fc.integer() }), fc.constantFrom(0, 2), (document, indent) => {
        const text = harmlessJson(document, indent);
        expect(text.replaceAll('\n', '')).not.toMatch(unsafe);
        const { one, list, number } = document;
        expect(JSON.parse(text)).toEqual({ one: printable(one), list: list.map(printable), number });
      }),
    );
  });
});

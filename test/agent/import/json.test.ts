import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../agent/errors.ts';
import { parseLog } from '../../../agent/import/log.ts';

function read(value: unknown): string[] {
  return parseLog('FILE', JSON.stringify(value)).entries.map(({ word, number, title, named }) =>
    [word, number, title, named.join(',')].join('|'),
  );
}

const finding = { id: '5.11', desc: 'Memory (Automated)', result: 'WARN', details: 'without limits:  a b', items: ['a', 'b'] };

describe('the shape of each release', () => {
  test('up to 1.3.4: numbers and results, and here and there a text', () => {
    const log = {
      dockerbenchsecurity: '1.3.4',
      start: 1507636447,
      '1.1': 'WARN',
      '1.3': 'PASS',
      '1.4': 'docker:x:993:anna',
      '5.10': 'NOTE',
      checks: 84,
      score: -3,
      end: 1507636448,
    };
    expect(read(log)).toEqual(['WARN|1.1||', 'PASS|1.3||', '|1.4||', 'NOTE|5.10||']);
    expect(parseLog('FILE', JSON.stringify(log))).toMatchObject({
      format: 'json',
      tool: 'docker-bench-security',
      printed: '1.3.4',
      startedAt: '2017-10-10T11:54:07.000Z',
    });
  });

  test('1.3.5: sections with results', () => {
    const tests = [
      { id: '1', desc: 'Host Configuration', results: [{ id: '1.1.1', desc: 'Hardened', result: 'INFO' }] },
      { id: '5', desc: 'Container Runtime', results: [finding] },
      { id: '8', desc: 'Docker Enterprise Configuration', results: [] },
    ];
    expect(read({ dockerbenchsecurity: '1.3.5', start: 1, tests, checks: 2, score: 0, end: 2 })).toEqual([
      'INFO|1.1.1|Hardened|',
      'WARN|5.11|Memory|a,b',
    ]);
  });

  test.each(['1.3.6', '1.5.0', '1.6.0'])('%s: the same, with measures', (version) => {
    const measured = { ...finding, remediation: 'Use --memory.', 'remediation-impact': 'None.' };
    expect(read({ dockerbenchsecurity: version, start: 1, tests: [{ id: '5', desc: 'R', results: [measured] }], end: 2 })).toEqual([
      'WARN|5.11|Memory|a,b',
    ]);
  });

  test('with -c: findings outside sections', () => {
    expect(read({ dockerbenchsecurity: '1.6.0', start: 1, tests: [finding, { id: '5.12', desc: 'CPU', result: 'PASS' }], end: 2 })).toEqual(
      ['WARN|5.11|Memory|a,b', 'PASS|5.12|CPU|'],
    );
  });

  test('image names that were taken apart at blanks are put right, and the mark of a cut list is none', () => {
    const items = ['[nginx:1', 'web:2]', '[db:3]', '(truncated)'];
    expect(read({ tests: [{ ...finding, items }] })).toEqual(['WARN|5.11|Memory|nginx:1,web:2,db:3']);
  });

  test('Aqua’s: names of its own, halves, what it saw left out', () => {
    const results = [
      { test_number: '2.17.a', test_desc: 'Privileges (Scored)', status: 'PASS', actual_value: '--password=secret', scored: true },
      { test_number: '2.17.b', test_desc: 'Privileges (Scored)', status: 'FAIL', actual_value: '', scored: true },
    ];
    const log = { version: '', id: '2', text: 'Daemon', tests: [{ section: '2', pass: 1, fail: 1, results }], total_pass: 1 };
    expect(read(log)).toEqual(['PASS|2.17.a|Privileges|', 'FAIL|2.17.b|Privileges|']);
    expect(read([log])).toHaveLength(2);
    expect(parseLog('FILE', JSON.stringify({ tests: [{ ...results[0], status: 'WARN' }] })).entries).toMatchObject([{ result: 'open' }]);
    expect(JSON.stringify(parseLog('FILE', JSON.stringify(log)))).not.toContain('secret');
  });
});

describe('what is not a log says where and what to do', () => {
  const whole = JSON.stringify({ dockerbenchsecurity: '1.6.0', tests: [{ id: '1', results: [finding] }] }, null, 1);
  test.each([
    [whole.slice(0, 60), /^FILE: line 5, column \d+: .*import its text log, docker-bench-security\.log\)$/],
    ['{"tests": [{"id": "7.4", "result": "WARN"}"result": "WARN"}]}', /^FILE: line 1, column 43: .*import its text log/],
    ['{"a": "x', /^FILE: line 1, column 7: /],
    [`{"a": ${'['.repeat(100_000)}`, /^FILE: .*nested too deeply/],
    ['{}', /^FILE: line 1, column 1: no finding in it: expected the JSON log/],
    ['{"tests": []}', /^FILE: line 1, column 1: no finding in it/],
    ['[{}]', /^FILE: line 1, column 1: no finding in it/],
    ['{"tests": [\n {"id": 5, "result": "WARN"}]}', /^FILE: line 2, column 9: tests\.0\.id: expected text$/],
    ['{"tests": [\n {"id": "five", "result": "WARN"}]}', /^FILE: line 2, column 9: tests\.0\.id: expected a number such as "5\.10"$/],
    ['{"tests": [{"id": "5.1", "result": ["WARN"]}]}', /^FILE: line 1, column 36: tests\.0\.result: expected text$/],
    ['{"tests": [{"id": "5.1", "result": "WARN", "items": "a"}]}', /tests\.0\.items: expected a list$/],
    ['{"tests": [{"id": "5.1", "result": "WARN", "items": [1]}]}', /tests\.0\.items: expected texts$/],
    [`{"tests": [{"id": 5, "result": "x"}], "deep": ${'['.repeat(50_000)}${']'.repeat(50_000)}}`, /tests\.0\.id: expected text$/],
    [JSON.stringify({ tests: Array(10_001).fill(finding) }), /^FILE: line 1, column 1: 10001 findings: not the log of one host$/],
  ])('%.60s', (text, message) => {
    expect(() => parseLog('FILE', text)).toThrow(message);
    expect(() => parseLog('FILE', text)).toThrow(UsageError);
  });
});

describe('whatever it is given, the parser throws nothing but UsageError', () => {
  function survives(text: string): void {
    try {
      expect(parseLog('FILE', text).entries.length).toBeGreaterThan(0);
    } catch (error) {
      expect(error).toBeInstanceOf(UsageError);
    }
  }
  const word = fc.constantFrom(
    '[WARN]',
    '[PASS]',
    '5.10',
    '2.17.b',
    '-',
    '*',
    '[',
    ']',
    '\n',
    '\r\n',
    ' ',
    '\u001b[1;31m',
    '(Scored)',
    'in',
    ':',
    '{',
    '"',
    'C.2',
    '\0',
    '`',
  );
  const key = fc.constantFrom(
    'tests',
    'results',
    'id',
    'desc',
    'result',
    'items',
    'details',
    'test_number',
    'status',
    '5.1',
    '__proto__',
    'start',
    'dockerbenchsecurity',
  );
  const leaf = fc.oneof(
    fc.constantFrom('WARN', 'PASS', '5.10', ''),
    fc.string(),
    fc.integer(),
    fc.double(),
    fc.constant(null),
    fc.boolean(),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof({ maxDepth: 6 }, leaf, fc.array(tie('tree'), { maxLength: 4 }), fc.dictionary(key, tie('tree'), { maxKeys: 6 })),
  }));

  test('text', () => fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), survives), { numRuns: 500 }));
  test('words of logs', () =>
    fc.assert(
      fc.property(fc.array(fc.oneof(word, fc.string()), { maxLength: 60 }), (words) => survives(words.join(''))),
      { numRuns: 500 },
    ));
  test('JSON', () =>
    fc.assert(
      fc.property(tree, (value) => survives(JSON.stringify(value))),
      { numRuns: 1000 },
    ));
  test('JSON cut short', () =>
    fc.assert(
      fc.property(tree, fc.nat(), (value, at) => survives(JSON.stringify({ tests: value }).slice(0, at % 200))),
      { numRuns: 500 },
    ));

  test.each([
    ['one long line', `[WARN] 5.10 - ${'x '.repeat(2 ** 20)}`],
    ['colours', '\u001b[1;31m'.repeat(2 ** 18)],
    ['brackets', `[WARN] 5.10 - x\n * ${': ['.repeat(2 ** 19)}`],
    ['digits that look like a colour', `[${'1'.repeat(2 ** 20)}`],
    ['blanks', `[WARN] 5.10${' '.repeat(2 ** 21)}x`],
    ['blanks in a title', JSON.stringify({ tests: [{ ...finding, desc: ' '.repeat(2 ** 21) }] })],
    ['many continued lines', `[WARN] 5.10 - x\n${'y\n'.repeat(2 ** 19)}`],
  ])('and takes no long time: %s', (_, text) => {
    const begun = performance.now();
    survives(text);
    expect(performance.now() - begun).toBeLessThan(3000);
  });
});

import { describe, expect, test } from 'vitest';
import { distance, isoTime, parseTime, shortTime } from '../../agent/time.ts';

const NOON = Date.UTC(2026, 10, 21, 12);

describe('times as people give them', () => {
  test.each([
    ['90s', '2026-11-21T11:58:30.000Z'],
    ['30m', '2026-11-21T11:30:00.000Z'],
    ['12h', '2026-11-21T00:00:00.000Z'],
    ['2d', '2026-11-19T12:00:00.000Z'],
    ['1w', '2026-11-14T12:00:00.000Z'],
    ['2026-11-20', '2026-11-20T00:00:00.000Z'],
    ['2026-11-20T10:30', '2026-11-20T10:30:00.000Z'],
    ['2026-11-20 10:30', '2026-11-20T10:30:00.000Z'],
    ['2026-11-20T10:30:15.250', '2026-11-20T10:30:15.250Z'],
    ['2026-11-20T10:30Z', '2026-11-20T10:30:00.000Z'],
    ['2026-11-20T10:30+02:00', '2026-11-20T08:30:00.000Z'],
  ])('%s', (text, expected) => expect(new Date(parseTime(text, NOON)).toISOString()).toBe(expected));

  test.each([
    '',
    'yesterday',
    '5',
    'h',
    '-1h',
    '1.5h',
    '1y',
    '12:00',
    '2026-13-01',
    '2026-02-30T99:00',
    '20261120',
    '9999999d',
    'Nov 20 2026',
  ])('not %j', (text) => expect(() => parseTime(text, NOON)).toThrow('no time (expected one as 2026-11-21'));
});

test('times as people read them', () => {
  expect(shortTime(NOON)).toBe('2026-11-21 12:00:00');
  expect(isoTime(NOON)).toBe('2026-11-21T12:00:00.000Z');
  for (const beyond of [Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY])
    expect(isoTime(beyond)).toMatch(/^[+-]2\d{5}-/);
});

test.each([
  [0, 'now'],
  [-400, 'now'],
  [-1000, '1 second ago'],
  [-59_000, '59 seconds ago'],
  [-61_000, '1 minute ago'],
  [-7_300_000, '2 hours ago'],
  [-86_400_000 * 3, '3 days ago'],
  [3_600_000, 'in 1 hour'],
])('%d ms from now is %s', (milliseconds, expected) => expect(distance(NOON + milliseconds, NOON)).toBe(expected));

import { describe, expect, test } from 'vitest';
import { isWithin } from '../../agent/times.ts';

describe('a window', () => {
  const at = (time: string): number => Date.parse(`2026-03-29T${time}Z`);

  test.each([
    ['02:00-05:00', '02:00:00', true],
    ['02:00-05:00', '01:59:59.999', false],
    ['02:00-05:00', '04:59:59.999', true],
    ['02:00-05:00', '05:00:00', false],
    ['22:30-05:00', '23:00:00', true],
    ['22:30-05:00', '00:00:00', true],
    ['22:30-05:00', '22:29:00', false],
    ['22:30-05:00', '12:00:00', false],
    ['00:00-00:00', '00:00:00', true],
    ['00:00-00:00', '23:59:59', true],
  ])('%s at %s: %s', (window, time, expected) => {
    expect(isWithin(window, at(time))).toBe(expected);
  });
});

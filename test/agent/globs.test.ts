import { expect, test } from 'vitest';
import { fits } from '../../agent/globs.ts';

test.each([
  ['', '', true],
  ['', 'a', false],
  ['*', '', true],
  ['?', '', false],
  ['5.?', '5.1', true],
  ['5.?', '5.10', false],
  ['5.1', '511', false],
  ['container/*', 'container/no-privileged', true],
  ['container/*', 'a-container/no-privileged', false],
  ['a*b*c', 'axbxbc', true],
  ['a*b', 'ab\n', false],
  ['(a|b)+', 'a', false],
])('%s, %j: %s', (pattern, text, expected) => expect(fits(pattern, text)).toBe(expected));

test('globs take their time from neither side', () => {
  const begun = performance.now();
  expect(fits(`${'*a'.repeat(30)}b`, 'a'.repeat(255))).toBe(false);
  expect(fits(`${'*a'.repeat(30)}*`, 'a'.repeat(255))).toBe(true);
  expect(performance.now() - begun).toBeLessThan(100);
});

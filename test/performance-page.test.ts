/** docs/performance.md, which the benchmark writes its figures into. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parts, withFigures } from '../bench/page.ts';
import { row } from '../bench/table.ts';

const page = fs.readFileSync(path.join(import.meta.dirname, '../docs/performance.md'), 'utf8');

test.each(parts)('%s: figures are replaced, and nothing else', (part) => {
  const first = withFigures(page, part, { rows: [row('requests', 3, 2, '', 1)], faults: [] }, 'Yesterday.');
  expect(first).toContain('| requests | 3.0 / 2 | **1.50, over** |\n\nYesterday.\n');
  const second = withFigures(first, part, { rows: [row('requests', 1, 2, '')], faults: ['lost: all of it'] }, 'Today.');
  expect(second).toContain('| requests | 1 / 2 | 0.50 |\n\n**Wrong: 1 of the drifts, the first: lost: all of it**\n\nToday.\n');
  expect(second).not.toContain('Yesterday');
  const bare = (text: string): string => text.replace(new RegExp(`(<!-- figures: ${part} -->).*(<!-- end: ${part} -->)`, 's'), '$1$2');
  expect(bare(second)).toBe(bare(page));
});

test('a page without the place is refused', () => {
  expect(() => withFigures('# Performance\n', 'audit', { rows: [], faults: [] }, '')).toThrow('no place for audit');
});

/** The figures in docs/performance.md: each part of the benchmark has its place there, between two comments. */
import fs from 'node:fs';
import path from 'node:path';
import { isOver, type Measured } from './table.ts';

/** Parts of the benchmark that have a place there. */
export const parts = ['audit', 'reports', 'latency', 'rest', 'soak'] as const;
export type Part = (typeof parts)[number];

const PAGE = path.join(import.meta.dirname, '..', 'docs', 'performance.md');

/** Puts what was measured in the place of that part. `setting`: on what, and when. */
export function writeFigures(part: Part, measured: Measured, setting: string): void {
  fs.writeFileSync(PAGE, withFigures(fs.readFileSync(PAGE, 'utf8'), part, measured, setting));
}

/** Throws an Error where the page has no place for that part. */
export function withFigures(page: string, part: Part, { rows, faults }: Measured, setting: string): string {
  const [begin, end] = [`<!-- figures: ${part} -->\n`, `<!-- end: ${part} -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/performance.md has no place for ${part} (${begin.trim()}, ${end})`);
  const lines = rows.map((row) => {
    const mark = row.budget === null ? '' : isOver(row) ? `**${row.ratio.toFixed(2)}, over**` : row.ratio.toFixed(2);
    return `| ${row.what} | ${row.measured} | ${mark} |`;
  });
  const wrong = faults.length === 0 ? '' : `\n**Wrong: ${faults.length} of the drifts, the first: ${faults[0]}**\n`;
  const table = `\n| what | measured / most | of the budget |\n|---|---|---|\n${lines.join('\n')}\n${wrong}\n${setting}\n\n`;
  return page.slice(0, from + begin.length) + table + page.slice(to);
}

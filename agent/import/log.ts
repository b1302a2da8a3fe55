/** Another tool's log, whatever its form. */
import type { Log } from './entry.ts';
import { parseJsonLog } from './json.ts';
import { parseLines } from './lines.ts';

/** JSON begins with a brace, or with a bracket that no result stands in. Throws UsageError with line and column where nothing can be made of it. */
export function parseLog(path: string, source: string): Log {
  return /^\s*(?:\{|\[\s*(?:[[{"\]]|$))/.test(source) ? parseJsonLog(path, source) : parseLines(path, source);
}

/** What the files of a plan will hold: the same computation when planning, applying and recovering. */
import { setKeys } from './json-text.ts';
import type { Change, ChangeOf } from './plan.ts';
import { WriteError } from './writer.ts';

/** The first line of a file of our own. */
export const HEADER = '# Written by hullguard; hullguard rollback takes it back.';

/** Paths of the files whose content the changes touch, daemon.json last: it is the one that costs most. */
export function editedFiles(changes: readonly Change[]): string[] {
  const paths = (kind: 'lines' | 'setting'): string[] => changes.flatMap((change) => (change.kind === kind ? [change.path] : []));
  return [...new Set([...paths('lines'), ...paths('setting')])];
}

/** A file's text with the changes made. Throws WriteError where it cannot be edited. */
export function editedText(path: string, before: string | null, changes: readonly Change[]): string {
  const settings = changes.filter((change): change is ChangeOf<'setting'> => change.kind === 'setting' && change.path === path);
  if (settings.length > 0) return withKeys(path, before, Object.fromEntries(settings.map(({ key, after }) => [key, after])));
  const lines = changes.flatMap((change) => (change.kind === 'lines' && change.path === path ? change.lines : []));
  return withLines(before, lines);
}

export function withKeys(path: string, before: string | null, values: Parameters<typeof setKeys>[1]): string {
  const edited = setKeys(before, values);
  if (!edited.ok) throw new WriteError(`${path}: ${edited.problem}`);
  return edited.text;
}

function withLines(before: string | null, lines: readonly string[]): string {
  const text = before ?? `${HEADER}\n`;
  const there = new Set(text.split('\n'));
  const missing = [...new Set(lines)].filter((line) => !there.has(line));
  const joint = text === '' || text.endsWith('\n') ? '' : '\n';
  return missing.length === 0 ? text : `${text}${joint}${missing.join('\n')}\n`;
}

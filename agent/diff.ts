/** What a file's change looks like to a person. */
import { FILE_HEADERS_ONLY, formatPatch, structuredPatch } from 'diff';
import { presentable } from '../facts/daemon.ts';
import { type Json, type Placed, placeObject } from '../facts/json.ts';

const MASK = '(not shown)';

/** A unified diff with three lines of context; null is a file that is not there yet. Empty where nothing differs. */
export function unifiedDiff(path: string, before: string | null, after: string): string {
  const patch = structuredPatch(before === null ? '/dev/null' : path, path, before ?? '', after, '', '', { context: 3 });
  return patch.hunks.length === 0 ? '' : formatPatch(patch, FILE_HEADERS_ONLY);
}

/**
 * The text of daemon.json without what may be secret: each word of such a value reads `(not shown)`. The lines stay, so that a diff tells
 * their numbers. Of a text that nobody can parse, nothing is shown.
 */
export function maskSecrets(text: string): string {
  const body = text.replace(/^\ufeff/, '');
  if (/^[ \t\r\n]*(null)?[ \t\r\n]*$/.test(body)) return text;
  const parsed = placeObject(body);
  if (!parsed.ok) return `${MASK}: ${parsed.problem}\n`;
  const masks = parsed.object.members.flatMap(({ key, content }) => masksOf(content, presentable(key, content.value)));
  const masked = masks.reduceRight((shown, { start, end, word }) => shown.slice(0, start) + word + shown.slice(end), body);
  return text.slice(0, text.length - body.length) + masked;
}

interface Mask {
  readonly start: number;
  readonly end: number;
  readonly word: string;
}

/** Where a value differs from what may be shown of it; what has no counterpart there is not shown at all. */
function masksOf(content: Placed, shown: Json | undefined): Mask[] {
  const { start, end, value, members, items } = content;
  if (typeof value !== 'object' || value === null) {
    if (value === shown) return [];
    const word = typeof shown === 'string' ? shown : MASK;
    return [{ start, end, word: JSON.stringify(word) }];
  }
  const parts = typeof shown === 'object' && shown !== null ? new Map(Object.entries(shown)) : undefined;
  return [
    ...members.flatMap((member) => masksOf(member.content, parts?.get(member.key))),
    ...items.flatMap((item, index) => masksOf(item, parts?.get(String(index)))),
  ];
}

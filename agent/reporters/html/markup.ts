/** HTML as values. Whatever is put into a template is escaped, unless it is such a value itself. */
import { printable } from '../printable.ts';

const content = Symbol('markup');

export interface Markup {
  readonly [content]: string;
}

/** What a template takes: null is nothing, lists are joined. */
type Part = string | number | Markup | null | readonly Part[];

/** HTML from a template. Text in it is made safe to show as well as to parse; the template's own line breaks and indents are left out. */
export function html(fixed: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  let text = '';
  for (const [index, own] of fixed.entries()) {
    const part = parts[index];
    text += own.replace(/\s*\n\s*/g, '');
    if (part !== undefined) text += textOf(part);
  }
  return { [content]: text };
}

/** Text that is markup already: a style sheet or a script of our own. */
export function trusted(text: string): Markup {
  return { [content]: text };
}

export function serialize(markup: Markup): string {
  return markup[content];
}

function textOf(part: Part): string {
  if (part === null) return '';
  if (typeof part === 'number') return `${part}`;
  if (typeof part === 'string') return escaped(part);
  return content in part ? part[content] : part.map(textOf).join('');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escaped(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

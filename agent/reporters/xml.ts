/** XML 1.0: elements whose names are ours and whose text may be anything. */
import { printable } from './printable.ts';

/** Text that is XML already. */
export type Xml = string & { readonly __xml: true };

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

type Attributes = Readonly<Record<string, string | number | null>>;

/** An element; attributes that are null are left out. Children stand on lines of their own. */
export function element(name: string, attributes: Attributes, children: readonly Xml[] = []): Xml {
  const start = startTag(name, attributes);
  return (children.length === 0 ? `<${start}/>` : `<${start}>\n${children.join('\n')}\n</${name}>`) as Xml;
}

/** An element with lines of text. */
export function textElement(name: string, attributes: Attributes, ...lines: readonly string[]): Xml {
  return `<${startTag(name, attributes)}>${lines.map(escaped).join('\n')}</${name}>` as Xml;
}

export function xmlDocument(root: Xml): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root}\n`;
}

function startTag(name: string, attributes: Attributes): string {
  const pairs = Object.entries(attributes).map(([key, value]) => (value === null ? '' : ` ${key}="${escaped(String(value))}"`));
  return name + pairs.join('');
}

/** XML has no way to say control characters, halves of surrogate pairs, or the two that are no characters. */
function escaped(text: string): string {
  return printable(text)
    .replace(/[\ufffe\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16)}`)
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

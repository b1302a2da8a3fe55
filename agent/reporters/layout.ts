/** Lines, widths and colours of text for people. */
import { styleText } from 'node:util';
import type { Severity } from '../../checks/check.ts';
import { printable } from './printable.ts';

export type Style = Parameters<typeof styleText>[0];
export type Paint = (style: Style, text: string) => string;

/** What text for people is fitted to: columns that can be read, and how to colour. */
export interface Layout {
  readonly width: number;
  readonly paint: Paint;
}

export function layoutOf({ width, color }: { readonly width: number; readonly color: boolean }): Layout {
  return { width: Math.max(40, Math.min(width, 120)), paint: painter(color) };
}

export const severityStyles: Readonly<Record<Severity, Style>> = {
  critical: ['bold', 'red'],
  high: 'red',
  medium: 'yellow',
  low: 'cyan',
};

/** Colours text, or leaves it alone. */
function painter(color: boolean): Paint {
  return color ? (style, text) => styleText(style, text, { validateStream: false }) : (_style, text) => text;
}

/** Breaks text at blanks, but not before a percent sign, into lines of at most `width` columns, each after `indent`; a longer word stands on a line of its own. */
export function wrap(text: string, width: number, indent: string, first = indent): string[] {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of text.split(/(?<=\S) (?!%)/)) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = indent;
      empty = true;
    }
    line += empty ? word.trimStart() : ` ${word}`;
    empty = false;
  }
  return [...lines, line];
}

/** Of one text from the host. */
const MAX_TEXT = 300;

/** The beginning of a long text: a label of 64 kB must not bury what else there is to read. */
export function clip(text: string): string {
  return text.length <= MAX_TEXT
    ? text
    : `${text
        .slice(0, MAX_TEXT)
        .toWellFormed()
        .replace(/\ufffd$/, '')}…`;
}

/** What a text is about, in its first lines. */
export function headline(text: string, { width, paint }: Layout): string[] {
  return wrap(printable(text), width, '  ', '').map((line) => paint('bold', line));
}

/** What to do next, a line or more each. */
export function nextLines(hints: readonly string[], width: number): string[] {
  return hints.flatMap((hint, index) => wrap(hint, width, '      ', index === 0 ? 'Next: ' : '      '));
}

export function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** `45 %`, of a share from 0 to 1. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** `3 checks`, `1 check`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `container a, b, c`: of what kind they are is said once. */
export function listed(resources: readonly string[]): string {
  const kind = /^[a-z]+ /.exec(resources[0] ?? '')?.[0] ?? '';
  const alike = resources.every((resource) => resource.startsWith(kind));
  return resources.map((resource, index) => (alike && index > 0 ? resource.slice(kind.length) : resource)).join(', ');
}

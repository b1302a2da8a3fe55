/** What another tool reported, as it stands in its log. */

/** `open`: it was printed, but not judged (INFO, NOTE, MANUAL), or no word says so. */
export type Result = 'pass' | 'fail' | 'open';

export interface Entry {
  /** Where it stands; null in JSON. */
  readonly line: number | null;
  /** `5.10`, `2.17.b`, `C.2`; empty where there is none. */
  readonly number: string;
  readonly title: string;
  /** As printed: `WARN`; empty where nothing was. */
  readonly word: string;
  readonly result: Result;
  /** Containers, images or files that the details name. */
  readonly named: readonly string[];
}

export interface Log {
  readonly format: 'json' | 'text';
  /** Who wrote it, where that is plain. */
  readonly tool: 'docker-bench-security' | 'unknown';
  /** The version it says it is. */
  readonly printed: string | null;
  /** When it began, where it says so. */
  readonly startedAt: string | null;
  readonly entries: readonly Entry[];
}

/** More would not be one host's log. */
export const MAX_ENTRIES = 10_000;

const RESULTS: Readonly<Record<string, Result>> = { PASS: 'pass', WARN: 'fail', FAIL: 'fail' };

/** What a word means; one that says nothing judges nothing. Aqua's docker-bench warns of what a person must look at. */
export function resultOf(word: string, aqua: boolean): Result {
  const known = word.toUpperCase();
  if (aqua && known === 'WARN') return 'open';
  return Object.hasOwn(RESULTS, known) ? (RESULTS[known] ?? 'open') : 'open';
}

export const NUMBER = String.raw`(?:C\.)?\d{1,2}(?:\.\d{1,2}){0,3}(?:\.[a-z])?`;

/** Headings that carry a number like a finding, and examples that check nothing. */
export function isHeading(number: string, title: string): boolean {
  if (/^\d+$/.test(number)) return true;
  if (['C.1', 'C.1.1'].includes(number.toUpperCase())) return true;
  return /^(linux hosts? specific|general|universal control plane|docker trusted registry) configuration\b/i.test(title);
}

/** No title is longer, so what is longer need not be looked at. */
const LONGEST_TITLE = 400;

/** The number again at the head of a title, and the word on scoring at its end, say nothing. */
export function cleanTitle(title: string): string {
  return title
    .slice(0, LONGEST_TITLE)
    .replace(/\s+/g, ' ')
    .trim()
    .replace(new RegExp(`^${NUMBER}\\s(?=\\S)`, 'i'), '')
    .replace(/ ?\((?:(?:not )?scored|automated|manual|deprecated)\)/gi, '')
    .trim();
}

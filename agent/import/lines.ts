/** Logs as text, and lists of findings as people paste them. */
import { stripVTControlCharacters } from 'node:util';
import { UsageError } from '../errors.ts';
import { cleanTitle, type Entry, isHeading, type Log, MAX_ENTRIES, NUMBER, resultOf } from './entry.ts';

type Draft = { -readonly [K in keyof Omit<Entry, 'named' | 'result'>]: Entry[K] } & { details: string[] };

// Escape sequences that lost their escape character on the way, as `[1;31m` or `\033[0m`.
const BARE_COLOR = /(?:\\033|\\e|\\x1b|\^\[)?\[(?:\d{1,2}(?:;\d{1,2})*)?m/gi;
const MARKS = /^(?:[-+>|\u2022\u00b7\u2013]\s+|#\s+|`|"|\*\s+(?=\[)|\*\*|\[[ x]\]\s+)+/i;
/** In brackets, or before a number. */
const RESULT = /^(?:\[\s?(PASS|WARN|FAIL|INFO|NOTE|MANUAL)\s?\]\**|(PASS|WARN|FAIL|INFO|NOTE|MANUAL):?(?=\s(?:C\.)?\d+\.\d))/i;
const WORD = 'PASS|WARN|FAIL|INFO|NOTE|MANUAL';
/** What stands before a result, as the time in the log of a CI, or the number in a list. */
const BEFORE = new RegExp(String.raw`^[^*]{1,80}?(?=\[(?:${WORD})\]\**\s+(?:\* |${NUMBER}(?:$|[\s:.)\u2013-])))`);
/** In the row of a table. */
const FIRST_CELL = new RegExp(String.raw`^\[?(${WORD})\]? \| (?=\S)`);
/** A result behind the number, or behind the text: `5.10 | WARN | text`, `5.10 text: WARN`. */
const EARLY = new RegExp(String.raw`^((?:C\.)?\d+\.\d[\w.]*)[\s|:\u2013-]+\[?(${WORD})\]?(?!\w)`);
const LATE = new RegExp(String.raw`^((?:C\.)?\d+\.\d[\w.]*\s.*?)(?: [|\u2013-]|:)? \[?(${WORD})\]?$`);
/** Lines of a log that speak of the run. */
const CHATTER = /^(?:checks|score): |^some tests might require root/i;
/** Nothing that matters stands further right. */
const LONGEST_LINE = 4096;
const FINDING = new RegExp(String.raw`^(${NUMBER})(?=$|[\s.:)\u2013-])[\s.:)\u2013|-]*(.*)$`, 'i');
const HEADER = /Docker Bench for Security v?(\d[\w.]*)/i;
const STARTED = /^Initializing (\d{4}-\d\d-\d\dT[\d:]+(?:Z|[+-]\d\d:\d\d))/;
/** After these come numbers again, of what to do and of totals. */
const END = /^Section [BC] - /;
const END_OF_AQUA = /^== (?:Remediations|Summary)/;

/** Reads a log of docker-bench-security, or lines like its. Throws UsageError where nothing in it is a finding. */
export function parseLines(path: string, source: string): Log {
  const lines = source.split(/\r\n|\n|\r/).map((line) => turned(clean(line)));
  const aqua = lines.some((line) => END_OF_AQUA.test(line));
  const reader = new Reader(lines.some((line) => RESULT.test(line)));
  for (const [index, line] of lines.entries()) {
    if (END.test(line) || END_OF_AQUA.test(line)) break;
    reader.read(line, index + 1);
    if (reader.drafts.length > MAX_ENTRIES)
      throw new UsageError(`${path}: line ${index + 1}, column 1: more than ${MAX_ENTRIES} findings: not the log of one host`);
  }
  const entries = reader.drafts.map((draft) => finish(draft, aqua)).filter(({ number, title }) => !isHeading(number, title));
  if (entries.length === 0)
    throw new UsageError(
      `${path}: line 1, column 1: no finding in it: expected lines such as "[WARN] 2.2 - …", or the JSON log of docker-bench-security (docker-bench-security.log.json)`,
    );
  const printed = firstMatch(lines, HEADER);
  const said = (word: string): boolean => entries.some((entry) => entry.word === word);
  const shell = printed !== null || (!aqua && !said('FAIL') && (said('WARN') || said('NOTE')));
  return {
    format: 'text',
    tool: shell ? 'docker-bench-security' : 'unknown',
    printed,
    startedAt: timeOf(firstMatch(lines, STARTED)),
    entries,
  };
}

/** Null where it is no time, as the 40th of a month. */
function timeOf(text: string | null): string | null {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}

function clean(line: string): string {
  return stripVTControlCharacters(line.slice(0, LONGEST_LINE))
    .replace(BARE_COLOR, '')
    .replace(/[\s\u00a0]+/g, ' ')
    .trim()
    .replace(MARKS, '')
    .replace(/(?:`+|\*\*| \|)$/, '')
    .trim();
}

/** With its result first, wherever that stood. */
function turned(line: string): string {
  if (FIRST_CELL.test(line)) return line.replace(FIRST_CELL, '[$1] ');
  return RESULT.test(line) ? line : line.replace(EARLY, '[$2] $1').replace(LATE, '[$2] $1').replace(BEFORE, '');
}

function firstMatch(lines: readonly string[], pattern: RegExp): string | null {
  for (const line of lines) {
    const found = pattern.exec(line)?.[1];
    if (found !== undefined) return found;
  }
  return null;
}

/** Puts lines together to findings: `[WARN] 5.10 - title`, then its details, marked with a star. A line broken in two goes on in the next. */
class Reader {
  readonly drafts: Draft[] = [];
  readonly #judged: boolean;
  /** The last line may go on. */
  #open = false;
  /** A result that stood alone on its line. */
  #word = '';

  /** `judged`: somewhere a line says a result, so those that do not are no findings. */
  constructor(judged: boolean) {
    this.#judged = judged;
  }

  read(text: string, line: number): void {
    const [whole = '', bracketed, bare] = RESULT.exec(text) ?? [];
    const word = (bracketed ?? bare ?? '').toUpperCase();
    const rest = text.slice(whole.length).trim();
    const last = this.drafts.at(-1);
    const [, number, title = ''] = FINDING.exec(rest) ?? [];
    if (text === '') this.#open = false;
    else if (rest.startsWith('* ')) this.#detail(last, rest.slice(2));
    else if (number !== undefined && (word !== '' || this.#word !== '' || !this.#judged))
      this.#start(line, number, title, word || this.#word);
    else if (word !== '' && rest === '') this.#word = word;
    else if (word !== '' && !CHATTER.test(rest)) this.#start(line, '', rest, word);
    else if (word === '' && this.#open && last !== undefined) this.#goOn(last, rest);
  }

  #start(line: number, number: string, title: string, word: string): void {
    this.drafts.push({ line, number, title, word, details: [] });
    this.#open = true;
    this.#word = '';
  }

  #detail(last: Draft | undefined, text: string): void {
    last?.details.push(text);
    this.#open = true;
  }

  #goOn(last: Draft, text: string): void {
    if (last.details.length === 0) last.title += ` ${text}`;
    else last.details.push(`${last.details.pop()} ${text}`);
  }
}

function finish({ details, title, ...draft }: Draft, aqua: boolean): Entry {
  return { ...draft, result: resultOf(draft.word, aqua), title: cleanTitle(title), named: details.flatMap(namesIn) };
}

/** `Running as root: web` names web, `Port in use: 80 in web` too, `No Healthcheck found: [a:1 b:2]` both. */
function namesIn(detail: string): string[] {
  const listed = detail.endsWith(']');
  const start = detail.lastIndexOf(listed ? ' [' : ' ');
  if (start === -1 || !/(?::| in| to)$/.test(detail.slice(Math.max(0, start - 3), start))) return [];
  const names = listed ? detail.slice(start + 2, -1) : detail.slice(start + 1);
  return names.split(' ').filter((name) => name !== '');
}

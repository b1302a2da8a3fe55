/** Times of day that a configuration names: cron schedules and windows. All in UTC, which has no hour twice and none missing. */

interface Field {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Names for its numbers, in their order. */
  readonly words?: string;
}

/** Minute, hour, day of the month, month, day of the week. */
const FIELDS: readonly Field[] = [
  { name: 'minute', from: 0, to: 59 },
  { name: 'hour', from: 0, to: 23 },
  { name: 'day of the month', from: 1, to: 31 },
  { name: 'month', from: 1, to: 12, words: ' jan feb mar apr may jun jul aug sep oct nov dec' },
  { name: 'day of the week', from: 0, to: 7, words: 'sun mon tue wed thu fri sat' },
];

/** What is wrong with a cron expression; null where nothing is. Stricter than node-cron, which takes `5-1` for a range. */
export function cronProblem(expression: string): string | null {
  const fields = expression.trim().split(/\s+/);
  if (fields.length !== FIELDS.length)
    return `expected five fields (minute, hour, day, month, weekday), found ${expression.trim() === '' ? 0 : fields.length}`;
  for (const [index, field] of FIELDS.entries()) {
    const wrong = fields[index]?.split(',').find((part) => !isPart(part, field));
    if (wrong !== undefined)
      return `expected a ${field.name} from ${field.from} to ${field.to}, or *, a range, or a step, found "${wrong}"`;
  }
  return null;
}

/** `*`, `5`, `1-5`, and the first and last with a step behind a slash. */
function isPart(text: string, { from, to, words = '' }: Field): boolean {
  const part = text.replace(/[a-z]{3}/gi, (word) => numberOf(word, words));
  const [, first, last, step] = /^(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:\/(\d{1,2}))?$/.exec(part) ?? ['', '-1'];
  if (step !== undefined && (Number(step) < 1 || (first !== undefined && last === undefined))) return false;
  const low = Number(first ?? from);
  const high = Number(last ?? first ?? to);
  return from <= low && low <= high && high <= to;
}

function numberOf(word: string, words: string): string {
  const number = words.split(' ').indexOf(word.toLowerCase());
  return number === -1 ? word : String(number);
}

const WINDOW = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/;

/** `22:00-05:00`; the whole day is `00:00-00:00`. */
export function isWindow(text: string): boolean {
  return WINDOW.test(text);
}

/** Whether a moment, in milliseconds since the epoch, lies in a window. Its end does not. */
export function isWithin(window: string, at: number): boolean {
  const [, fromHour, fromMinute, toHour, toMinute] = WINDOW.exec(window)?.map(Number) ?? [];
  const begin = (fromHour ?? 0) * 60 + (fromMinute ?? 0);
  const end = (toHour ?? 0) * 60 + (toMinute ?? 0);
  const now = Math.floor(at / 60_000) % 1440;
  return begin < end ? begin <= now && now < end : begin <= now || now < end;
}

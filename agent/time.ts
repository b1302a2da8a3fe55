/** Times as people give and read them. All are UTC unless they say otherwise. */
import { UsageError } from './errors.ts';

/** In milliseconds. */
export const DAY_MS = 86_400_000;
const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: DAY_MS, w: 7 * DAY_MS };
const ISO = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/;
/** The most that a Date holds. */
const FURTHEST = 8.64e15;

/** `2026-11-21`, `2026-11-21T10:00`, or how long ago: `90m`, `2d`. Milliseconds since the epoch. Throws UsageError. */
export function parseTime(text: string, now: number): number {
  const [, count, unit = ''] = /^(\d{1,6})([smhdw])$/.exec(text) ?? [];
  if (count !== undefined) return now - Number(count) * (UNITS[unit] ?? 0);
  const iso = text.replace(' ', 'T');
  const time = ISO.test(iso) ? Date.parse(/T.*(Z|[+-]\d{2}:?\d{2})$|^[^T]*$/.test(iso) ? iso : `${iso}Z`) : Number.NaN;
  if (Number.isNaN(time))
    throw new UsageError(`${text}: no time (expected one as 2026-11-21, 2026-11-21T10:00, or how long ago: 30m, 12h, 2d)`);
  return time;
}

/** `2026-11-21T11:43:11.123Z`; a time that no clock can have shown is brought to the nearest that one could. */
export function isoTime(time: number): string {
  return new Date(Math.max(-FURTHEST, Math.min(time, FURTHEST))).toISOString();
}

/** `2026-11-21 11:43:11` */
export function shortTime(time: number): string {
  return isoTime(time)
    .replace('T', ' ')
    .replace(/\.\d+Z$/, '');
}

/** `2026-11-21 11:43 UTC`, of a time as `isoTime` writes it. */
export function minuteOf(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`;
}

/** `3 minutes ago`, `in 2 hours`, `now`. */
export function distance(time: number, now: number): string {
  const seconds = Math.round(Math.abs(now - time) / 1000);
  if (seconds < 1) return 'now';
  const [unit, size] = (
    [
      ['day', 86_400],
      ['hour', 3600],
      ['minute', 60],
      ['second', 1],
    ] as const
  ).find(([, length]) => seconds >= length) ?? ['second', 1];
  const count = Math.floor(seconds / size);
  const span = `${count} ${unit}${count === 1 ? '' : 's'}`;
  return time > now ? `in ${span}` : `${span} ago`;
}

/**
 * Dates in parts, as node-cron asks Intl for them. In the bundle it stands in for Intl, which reads a locale and its calendars for the first
 * date: 8 MB, a tenth of what the agent may take at rest, to tell the hour of a clock that is UTC.
 */
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

class UtcDateFormat {
  /** Throws RangeError for another zone. */
  constructor(_locale: string, { timeZone }: { readonly timeZone?: string } = {}) {
    if (timeZone !== 'Etc/UTC') throw new RangeError(`this clock is Etc/UTC, not ${timeZone}`);
  }

  /** Numbers have no leading zeros. */
  formatToParts(date: Date): { readonly type: string; readonly value: string }[] {
    const parts = {
      weekday: WEEKDAYS[date.getUTCDay()],
      month: date.getUTCMonth() + 1,
      day: date.getUTCDate(),
      year: date.getUTCFullYear(),
      hour: date.getUTCHours(),
      minute: date.getUTCMinutes(),
      second: date.getUTCSeconds(),
      timeZoneName: 'GMT+0',
    };
    return Object.entries(parts).map(([type, value]) => ({ type, value: String(value) }));
  }
}

export const utcIntl = { DateTimeFormat: UtcDateFormat };

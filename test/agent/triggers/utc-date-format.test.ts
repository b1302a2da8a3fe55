import fc from 'fast-check';
import { expect, test } from 'vitest';
import { utcIntl } from '../../../agent/triggers/utc-date-format.ts';

const timeZone = 'Etc/UTC';

/** The parts, as node-cron reads them: no text between them, numbers without zeros before them. */
function told(parts: readonly { readonly type: string; readonly value: string }[], wanted: readonly string[]): Record<string, string> {
  const found = parts.filter(({ type }) => wanted.includes(type)).map(({ type, value }) => [type, value.replace(/^0(?=\d)/, '')]);
  return Object.fromEntries(found) as Record<string, string>;
}

test('says of every moment what Intl says', () => {
  const asked = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' } as const;
  const real = new Intl.DateTimeFormat('en-US', { ...asked, weekday: 'short', hourCycle: 'h23', timeZone });
  const slim = new utcIntl.DateTimeFormat('en-US', { timeZone });
  fc.assert(
    fc.property(fc.date({ min: new Date('1970-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }), (date) => {
      const wanted = [...Object.keys(asked), 'weekday'];
      expect(told(slim.formatToParts(date), wanted)).toEqual(told(real.formatToParts(date), wanted));
    }),
  );
});

test('is no summer time away from Greenwich', () => {
  const real = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'shortOffset' });
  const wanted = ['timeZoneName'];
  const date = new Date('2026-07-01');
  expect(told(new utcIntl.DateTimeFormat('en-US', { timeZone }).formatToParts(date), wanted)).toEqual(
    told(real.formatToParts(date), wanted),
  );
});

test('knows no other zone', () => {
  expect(() => new utcIntl.DateTimeFormat('en-US', { timeZone: 'Europe/Berlin' })).toThrow(RangeError);
});

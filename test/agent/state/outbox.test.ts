import { expect, test } from 'vitest';
import { drift, HOUR, NOON, observation, observations, withPast } from './past.ts';

const good = observation('container/no-privileged', 'container web-1');
const bad = observation('container/no-privileged', 'container web-1', 'fail', 'Privileged=true');

test('each drift is there once for each sink, and gone when it is delivered', () =>
  withPast(({ open }) => {
    const history = open();
    const events = history.recordDrift([drift(good, bad), drift(bad, good)], observations(good), ['webhook', 'syslog']);
    const parcels = history.outbox.due(NOON);
    expect(parcels.map(({ id, sink, payload }) => [id, sink, JSON.parse(payload)])).toEqual([
      [1, 'webhook', events[0]],
      [2, 'webhook', events[1]],
      [3, 'syslog', events[0]],
      [4, 'syslog', events[1]],
    ]);
    history.outbox.done(1, 3);
    history.outbox.done(99);
    expect(history.outbox.due(NOON).map(({ id }) => id)).toEqual([2, 4]);
  }));

test('what failed waits until its time, and says why', () =>
  withPast(({ open, clock }) => {
    const history = open();
    history.recordDrift([drift(good, bad)], observations(bad), ['webhook']);
    history.outbox.retry(1, NOON + HOUR, 'connect ECONNREFUSED');
    expect(history.outbox.due(NOON + HOUR - 1)).toEqual([]);
    expect(history.outbox.due(NOON + HOUR)).toMatchObject([{ id: 1, attempts: 1, error: 'connect ECONNREFUSED', created: NOON }]);
    clock.now += HOUR;
    history.recordDrift([drift(good, bad)], observations(bad), ['webhook']);
    expect(history.waiting()).toEqual([{ sink: 'webhook', count: 2, oldest: NOON, error: 'connect ECONNREFUSED' }]);
  }));

test('a clock that is set back by a year holds nothing up', () =>
  withPast(({ open }) => {
    const history = open();
    history.recordDrift([drift(good, bad)], observations(bad), ['webhook']);
    history.outbox.retry(1, NOON + HOUR, 'x');
    expect(history.outbox.due(NOON - 365 * 24 * HOUR)).toHaveLength(1);
    expect(history.outbox.due(Number.MAX_SAFE_INTEGER)).toHaveLength(1);
  }));

test('a sink that is down stands before no other', () =>
  withPast(({ open }) => {
    const history = open();
    for (let count = 0; count < 5; count += 1) history.recordDrift([drift(good, bad)], observations(bad), ['down', 'up']);
    expect(history.outbox.due(NOON, 2).map(({ id, sink }) => [id, sink])).toEqual([
      [1, 'down'],
      [2, 'up'],
      [3, 'down'],
      [4, 'up'],
    ]);
  }));

test('is bounded for each sink: the oldest go, with a note', () =>
  withPast(({ open }) => {
    const history = open({ mostWaiting: 20 });
    history.recordDrift([drift(good, bad)], observations(bad), ['other']);
    for (let count = 0; count < 30; count += 1) history.recordDrift([drift(good, bad)], observations(bad), ['webhook']);
    expect(history.waiting().map(({ sink, count }) => [sink, count])).toEqual([
      ['other', 1],
      ['webhook', 18 + ((30 - 21) % 3)],
    ]);
    const dropped = history.entries().flatMap((entry) => (entry.kind === 'note' && entry.about === 'dropped' ? [entry] : []));
    expect(dropped.map(({ data }) => data)).toEqual(Array(4).fill({ sink: 'webhook', dropped: 3 }));
    expect(dropped[0]?.text).toBe('webhook is more than 20 messages behind: the 3 oldest will not reach it');
    const ids = history.outbox.due(NOON).map(({ id }) => id);
    expect(ids).toEqual([1, ...ids.slice(1).toSorted((left, right) => left - right)]);
    expect(ids.at(-1)).toBe(31);
    expect(history.verify()).toMatchObject({ ok: true });
  }));

test('its numbers are never given twice', () =>
  withPast(({ open }) => {
    const history = open();
    history.recordDrift([drift(good, bad)], observations(bad), ['webhook']);
    history.outbox.done(1);
    history.close();
    const again = open();
    again.recordDrift([drift(good, bad)], observations(bad), ['webhook']);
    expect(again.outbox.due(NOON).map(({ id }) => id)).toEqual([2]);
  }));

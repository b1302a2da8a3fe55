import { expect, test } from 'vitest';
import { ask, audit, DAY, drift, meddle, NOON, observation, observations, withPast } from './past.ts';

const good = observation('container/no-privileged', 'container web-1');
const bad = observation('container/no-privileged', 'container web-1', 'fail', 'Privileged=true');
const all = observations(bad);

test('rows older than a time go, and the chain stays whole', () =>
  withPast(({ open, clock }) => {
    const history = open();
    for (let day = 0; day < 10; day += 1) {
      clock.now = NOON + day * DAY;
      history.recordAudit({ ...audit(all, clock.now), drifts: [drift(good, bad, { at: clock.now })] });
    }
    const before = history.head();
    expect(history.prune({ before: NOON + 5 * DAY })).toBe(11);
    expect(history.prune({ before: NOON + 5 * DAY })).toBe(0);
    expect(history.entries()[0]).toMatchObject({ id: 12, kind: 'drift', at: NOON + 5 * DAY });
    expect(history.begins()).toBe(NOON + 5 * DAY);
    expect(history.verify()).toMatchObject({ ok: true, rows: 11, first: 12 });
    expect(history.verify(before.hash)).toMatchObject({ ok: true });
    expect(history.entries({ limit: 1 })).toMatchObject([{ about: 'pruned', text: 'rows up to 11 are no longer kept' }]);
    expect(history.recordDrift([drift(good, bad)], all)).toMatchObject([{ id: 23 }]);
  }));

test('what is pruned again and again verifies each time, and the baseline stays vouched for', () =>
  withPast(({ open, clock, file }) => {
    const history = open();
    history.recordAudit(audit(all, NOON));
    history.acceptBaseline('root', NOON);
    for (let day = 1; day < 30; day += 1) {
      clock.now = NOON + day * DAY;
      history.recordAudit({ ...audit(all, clock.now), drifts: [drift(good, bad, { at: clock.now })] });
      while (history.prune({ before: clock.now - 3 * DAY }) > 0);
      expect(history.verify()).toMatchObject({ ok: true });
    }
    expect(history.entries().length).toBeLessThan(15);
    expect(history.baseline()).toMatchObject({ by: 'root', at: NOON });
    meddle(file, `UPDATE baseline SET body = replace(body, 'fail', 'pass')`);
    expect(history.verify()).toMatchObject({ ok: false, why: 'the baseline is not the one that was accepted' });
  }));

test('a clock that has jumped ahead costs nothing of the past, until it stays there', () =>
  withPast(({ open, clock }) => {
    const history = open();
    for (let day = 0; day < 5; day += 1) {
      clock.now = NOON + day * DAY;
      history.recordAudit(audit(all, clock.now));
    }
    const prune = (): number => history.prune({ before: clock.now - 90 * DAY });
    for (const minute of [0, 1, 60]) {
      clock.now = NOON + 4000 * DAY + minute * 60_000;
      history.recordAudit(audit(all, clock.now));
      expect(prune()).toBe(0);
    }
    clock.now = NOON + 5 * DAY;
    history.recordAudit(audit(all, clock.now));
    expect(prune()).toBe(0);
    expect(history.entries().filter(({ kind }) => kind === 'audit')).toHaveLength(9);
    for (let day = 100; day < 103; day += 1) {
      clock.now = NOON + day * DAY;
      history.recordAudit(audit(all, clock.now));
    }
    expect(prune()).toBeGreaterThan(0);
  }));

test('the last audit stays, however old', () =>
  withPast(({ open, clock }) => {
    clock.now = NOON - 600 * DAY;
    const history = open();
    history.recordAudit(audit(all, NOON - 500 * DAY));
    for (let count = 0; count < 5; count += 1) history.recordDrift([drift(good, bad, { at: NOON - 400 * DAY })], all);
    expect(history.prune({ before: NOON })).toBe(1);
    expect(history.lastAudit()).toMatchObject({ at: NOON - 500 * DAY });
  }));

test('more rows than are to be kept go, however young', () =>
  withPast(({ open }) => {
    const history = open();
    history.recordAudit(audit(all));
    for (let count = 0; count < 50; count += 1) history.recordDrift([drift(good, bad)], all);
    expect(history.prune({ most: 20 })).toBe(32);
    expect(history.verify()).toMatchObject({ ok: true, rows: 21, first: 33 });
  }));

test('nothing is younger than a clock that was set back, or older than one that was set forth', () =>
  withPast(({ open, clock, file }) => {
    const history = open();
    history.recordAudit(audit(all, NOON - 90 * DAY));
    history.recordAudit(audit(all, NOON + 9000 * DAY)); // the clock was wrong
    history.recordAudit(audit(all, NOON - 80 * DAY));
    history.recordAudit(audit(all, NOON));
    history.recordAudit(audit(all, 0)); // and wrong again
    history.recordAudit(audit(all, NOON));
    clock.now = NOON;
    while (history.prune({ before: NOON - DAY }) > 0);
    expect(ask(file, "SELECT at FROM log WHERE kind = 'audit' ORDER BY seq")).toEqual([
      [NOON - 90 * DAY],
      [NOON + 9000 * DAY],
      [NOON - 80 * DAY],
      [NOON],
      [0],
      [NOON],
    ]);
    clock.now = NOON + 2 * DAY;
    history.recordAudit(audit(all, clock.now));
    while (history.prune({ before: NOON + 1.5 * DAY }) > 0);
    expect(ask(file, "SELECT at FROM log WHERE kind = 'audit' ORDER BY seq")).toEqual([[NOON + 2 * DAY]]);
    expect(history.verify()).toMatchObject({ ok: true });
  }));

test('an empty time prunes nothing', () =>
  withPast(({ open }) => {
    const history = open();
    expect(history.prune({})).toBe(0);
    expect(history.prune({ before: NOON + DAY })).toBe(0);
    expect(history.verify()).toMatchObject({ ok: true, rows: 1 });
  }));

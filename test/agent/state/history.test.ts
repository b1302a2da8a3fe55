import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Observation } from '../../../agent/observations.ts';
import { readHistory } from '../../../agent/state/history.ts';
import { ask, audit, DAY, drift, HOUR, meddle, NOON, observation, observations, withPast } from './past.ts';

const good = observation('container/no-privileged', 'container web-1');
const bad = observation('container/no-privileged', 'container web-1', 'fail', 'Privileged=true');
const other = observation('daemon/icc-disabled', 'dockerd', 'fail', 'icc=true');

describe('the file', () => {
  test('is for its owner alone, and so is what lies beside it', () =>
    withPast(({ open, directory }) => {
      const before = process.umask(0);
      try {
        open().note('started', 'hullguard 0.1.0');
        const modes = fs.readdirSync(directory).map((name) => [name, fs.statSync(path.join(directory, name)).mode & 0o777]);
        expect(modes.toSorted()).toEqual([
          ['history.db', 0o600],
          ['history.db-shm', 0o600],
          ['history.db-wal', 0o600],
        ]);
      } finally {
        process.umask(before);
      }
    }));

  test('that was readable for others is not any more', () =>
    withPast(({ open, file }) => {
      open().close();
      fs.chmodSync(file, 0o644);
      open();
      expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    }));

  test('has strict tables, a write-ahead log, and begins with a note', () =>
    withPast(({ open, file }) => {
      const history = open();
      expect(ask(file, 'PRAGMA journal_mode')).toEqual([['wal']]);
      expect(ask(file, "SELECT name FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%' AND strict = 0")).toEqual([]);
      expect(history.entries()).toEqual([{ kind: 'note', id: 1, at: NOON, about: 'begun', text: 'there was no history before' }]);
      expect(history.verify()).toMatchObject({ ok: true, rows: 1, first: 1 });
    }));
});

describe('audits', () => {
  test('keep their summary and become the state', () =>
    withPast(({ open }) => {
      const history = open();
      const { audit: recorded, events } = history.recordAudit(audit(observations(good, other)));
      expect(events).toEqual([]);
      const { observations: _all, ...about } = audit(observations());
      expect(recorded).toEqual({ id: 2, ...about });
      expect(history.lastAudit()).toEqual(recorded);
      expect([...history.state().values()]).toEqual([
        { ...good, since: NOON },
        { ...other, since: NOON },
      ]);
    }));

  test('come with what they found changed, in one transaction and before them', () =>
    withPast(({ open }) => {
      const history = open();
      history.recordAudit(audit(observations(good)));
      const { events } = history.recordAudit({ ...audit(observations(bad)), drifts: [drift(good, bad)], sinks: ['webhook'] });
      expect(events).toEqual([{ id: 3, ...drift(good, bad) }]);
      expect(history.entries().map(({ kind }) => kind)).toEqual(['note', 'audit', 'drift', 'audit']);
      expect(history.outbox.due(NOON).map(({ payload }) => JSON.parse(payload))).toEqual(events);
    }));

  test('are listed oldest first, the last ones where there are many', () =>
    withPast(({ open }) => {
      const history = open();
      for (let day = 0; day < 5; day += 1) history.recordAudit(audit(observations(good), NOON + day * DAY));
      expect(history.audits({ limit: 2 }).map(({ at }) => (at - NOON) / DAY)).toEqual([3, 4]);
      expect(history.audits({ since: NOON + DAY, until: NOON + 2 * DAY })).toHaveLength(2);
    }));
});

describe('drift', () => {
  test('is recorded with growing numbers, and the state with it', () =>
    withPast(({ open, clock }) => {
      const history = open();
      history.recordAudit(audit(observations(good, other)));
      expect(history.lastEventId()).toBe(0);
      clock.now += HOUR;
      const events = history.recordDrift([drift(good, bad), drift(other, null)], observations(bad));
      expect(events.map(({ id }) => id)).toEqual([3, 4]);
      expect(history.events()).toEqual(events);
      expect(history.lastEventId()).toBe(4);
      expect([...history.state().values()]).toEqual([{ ...bad, since: NOON + HOUR }]);
    }));

  test('keeps who did it as it is', () =>
    withPast(({ open }) => {
      const who = {
        status: 'known',
        login: 'anna',
        user: 'root',
        pid: 812,
        executable: '/usr/bin/vim',
        command: 'vim daemon.json',
        terminal: 'pts/0',
        directory: '/etc/docker',
        at: NOON - 5,
      } as const;
      const history = open();
      history.recordDrift([drift(good, bad, { who, causes: ['file /etc/docker/daemon.json', 'SIGHUP'] })], observations(bad));
      expect(history.events()[0]).toMatchObject({ who, causes: ['file /etc/docker/daemon.json', 'SIGHUP'] });
    }));

  test('of a time, of one resource, and the first since a time', () =>
    withPast(({ open }) => {
      const history = open();
      const all = observations(bad, other);
      history.recordDrift([drift(good, bad, { at: NOON })], all);
      history.recordDrift([drift(bad, good, { at: NOON + HOUR })], all);
      history.recordDrift([drift(good, bad, { at: NOON + 2 * HOUR }), drift(null, other, { at: NOON + 2 * HOUR })], all);
      expect(history.events({ since: NOON + HOUR }).map(({ id }) => id)).toEqual([3, 4, 5]);
      expect(history.events({ until: NOON + HOUR }).map(({ id }) => id)).toEqual([2, 3]);
      expect(history.events({ limit: 1 }).map(({ id }) => id)).toEqual([5]);
      expect(history.lastChange(bad.check, bad.resource)?.id).toBe(4);
      expect(history.lastChange('no/such', 'thing')).toBeNull();
      expect(history.changedSince(NOON + HOUR).map(({ id }) => id)).toEqual([3, 5]);
      expect(history.begins()).toBe(NOON);
    }));
});

test('times are whole milliseconds, whatever clock they come from', () =>
  withPast(({ open, clock }) => {
    clock.now += 0.4;
    const history = open();
    const { audit: recorded, events } = history.recordAudit({
      ...audit(observations(bad), NOON + 0.5),
      drifts: [drift(good, bad, { at: NOON + 0.6 })],
      sinks: ['webhook'],
    });
    expect([recorded.at, events[0]?.at, history.acceptBaseline('root', NOON + 1.2)]).toEqual([NOON + 1, NOON + 1, 1]);
    history.outbox.retry(1, NOON + 5.5, 'x');
    expect([history.lastAudit(), history.events()]).toEqual([recorded, events]);
    expect(history.verify()).toMatchObject({ ok: true, rows: 4 });
  }));

describe('the state', () => {
  test('says since when it is so', () =>
    withPast(({ open }) => {
      const history = open();
      const at = (hours: number, seen: Observation): number | undefined => {
        history.recordAudit(audit(observations(seen), NOON + hours * HOUR));
        return ((history.state().values().next().value?.since ?? 0) - NOON) / HOUR;
      };
      expect([at(0, good), at(1, good), at(2, bad), at(3, { ...bad, severity: 'low' }), at(4, { ...bad, actual: 'other' })]).toEqual([
        0, 0, 2, 2, 4,
      ]);
    }));

  test(
    'is what was last told, whatever came before, and whoever opens it',
    () =>
      withPast(({ open }) => {
        const seen = fc.record({
          check: fc.constantFrom('a/a', 'b/b'),
          resource: fc.oneof(fc.constantFrom('one', 'two'), fc.string({ unit: 'binary' })),
          severity: fc.constantFrom('low' as const, 'critical' as const),
          outcome: fc.constantFrom('pass' as const, 'fail' as const),
          actual: fc.oneof(fc.constantFrom('x', 'y'), fc.constant('\ud800 \0 \u001b[31m\n"\'\\')),
        });
        const step = fc.record({ all: fc.array(seen, { maxLength: 6 }), again: fc.boolean(), foreign: fc.boolean() });
        const writers = [open(), open()] as const;
        fc.assert(
          fc.property(fc.array(step, { minLength: 1, maxLength: 6 }), (steps) => {
            for (const { all, again, foreign } of steps) {
              const after = observations(...all);
              writers[foreign ? 1 : 0].recordDrift([], after);
              const history = again ? open() : writers[0];
              expect(observations(...[...history.state().values()].map(({ since: _since, ...known }) => known))).toEqual(after);
              if (again) history.close();
            }
          }),
          { numRuns: 15 },
        );
        expect(writers[0].verify().ok).toBe(true);
      }),
    30_000,
  );
});

describe('the baseline', () => {
  test('is what was so when it was accepted', () =>
    withPast(({ open }) => {
      const history = open();
      expect(history.baseline()).toBeNull();
      expect(history.openDrift()).toBeNull();
      history.recordAudit(audit(observations(good, other)));
      expect(history.acceptBaseline('root (sudo by anna)', NOON + 1)).toBe(2);
      expect(history.openDrift()).toEqual([]);
      history.recordDrift([], observations(bad));
      expect(history.baseline()).toEqual({ by: 'root (sudo by anna)', at: NOON + 1, observations: observations(good, other) });
    }));

  test('tells from what is so now what differs, of the checks that both know', () =>
    withPast(({ open }) => {
      const history = open();
      const harmless = observation('container/no-privileged', 'container web-2');
      history.recordAudit(audit(observations(good, other, observation('old/check', 'host', 'fail'))));
      history.acceptBaseline('root', NOON);
      history.recordAudit(audit(observations(bad, harmless, { ...other, severity: 'low' }, observation('new/check', 'host', 'fail'))));
      expect(history.openDrift()).toEqual([{ before: good, after: bad }]);
      history.acceptBaseline('root', NOON);
      expect(history.openDrift()).toEqual([]);
    }));

  test('cannot be accepted before anything is known', () =>
    withPast(({ open }) => {
      const history = open();
      expect(() => history.acceptBaseline('root', NOON)).toThrow('after the first audit');
      expect(history.baseline()).toBeNull();
      expect(history.verify()).toMatchObject({ ok: true, rows: 1 });
    }));
});

describe('what the agent says of itself', () => {
  const report = { state: 'running', problems: [], version: '0.1.0', startedAt: NOON, nextAudit: NOON + HOUR, waivers: [] } as const;

  test('is there for others, with whether it still runs', () =>
    withPast(({ open, file }) => {
      const history = open();
      expect(history.agent()).toBeNull();
      history.reportAgent(report);
      const reader = readHistory(file);
      expect(reader?.agent()).toEqual({ ...report, at: NOON, pid: process.pid, alive: true });
      reader?.close();
    }));

  test('costs no write where nothing has changed', () =>
    withPast(({ open, clock, file }) => {
      const history = open();
      history.reportAgent(report);
      const size = fs.statSync(`${file}-wal`).size;
      clock.now += HOUR;
      history.reportAgent(report);
      expect(fs.statSync(`${file}-wal`).size).toBe(size);
      history.reportAgent({ ...report, state: 'degraded', problems: ['x'] });
      expect(history.agent()).toMatchObject({ state: 'degraded', at: NOON + HOUR });
    }));

  test.each([
    ['that has its number since', `$.process', 'other boot 1`],
    ['whose number nobody has', "$.pid', '4194999"],
  ])('a process %s is not it', (_case, change) =>
    withPast(({ open, file }) => {
      const history = open();
      history.reportAgent(report);
      meddle(file, `UPDATE meta SET body = json_set(body, '${change}') WHERE key = 'agent'`.replace("'4194999'", '4194999'));
      expect(history.agent()).toMatchObject({ state: 'running', alive: false });
    }),
  );
});

test('notes tell what the agent did, with what goes with it', () =>
  withPast(({ open }) => {
    const history = open();
    expect(history.note('apply', '20261121T114311Z-3f2a applied: daemon/icc-disabled', { journal: '20261121T114311Z-3f2a' })).toBe(2);
    expect(history.entries({ limit: 1 })).toEqual([
      {
        kind: 'note',
        id: 2,
        at: NOON,
        about: 'apply',
        text: '20261121T114311Z-3f2a applied: daemon/icc-disabled',
        data: { journal: '20261121T114311Z-3f2a' },
      },
    ]);
  }));

/** What is done to the log is found, at the row it was done to. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { History } from '../../../agent/state/history.ts';
import { ask, audit, drift, meddle, NOON, observation, observations, type Scene, withPast } from './past.ts';

const good = observation('container/no-privileged', 'container web-1');
const bad = observation('container/no-privileged', 'container web-1', 'fail', 'Privileged=true');

/** Row 1 is a note, 2 an audit, 3 the baseline, then drift until 12. */
function fill(history: History): void {
  history.recordAudit(audit(observations(good)));
  history.acceptBaseline('root', NOON);
  for (let count = 0; count < 9; count += 1) history.recordDrift([drift(good, bad, { at: NOON + count })], observations(bad));
}

function hashed(previous: string, seq: number, at: number, kind: string, body: string): string {
  return createHash('sha256')
    .update(JSON.stringify([previous, seq, at, kind, body]))
    .digest('hex');
}

test('each hash follows from the row and the hash before it, as anybody can work out', () =>
  withPast(({ open, file }) => {
    const history = open();
    fill(history);
    let previous = '0'.repeat(64);
    for (const row of ask(file, 'SELECT seq, at, kind, body, hash FROM log ORDER BY seq') as [number, number, string, string, string][]) {
      const [seq, at, kind, body, hash] = row;
      expect(hash).toBe(hashed(previous, seq, at, kind, body));
      previous = hash;
    }
    expect(history.head()).toEqual({ seq: 12, hash: previous });
    expect(history.verify()).toEqual({ ok: true, rows: 12, first: 1, head: { seq: 12, hash: previous } });
  }));

describe('tampering', () => {
  test.each<[string, string, number | null, RegExp]>([
    ['another body', `UPDATE log SET body = replace(body, 'fail', 'pass') WHERE seq = 7`, 7, /row 7 was changed/],
    ['one blank more', `UPDATE log SET body = body || ' ' WHERE seq = 7`, 7, /row 7 was changed/],
    ['something behind a NUL', `UPDATE log SET body = '{}' || char(0) || 'x' WHERE seq = 7`, 7, /row 7 was changed/],
    ['another time', 'UPDATE log SET at = at - 1 WHERE seq = 5', 5, /row 5 was changed/],
    ['a time beyond all numbers', 'UPDATE log SET at = 9223372036854775807 WHERE seq = 5', 5, /row 5 was changed/],
    ['another kind', `UPDATE log SET kind = 'note' WHERE seq = 12`, 12, /row 12 was changed/],
    ['another hash', `UPDATE log SET hash = '${'a'.repeat(64)}' WHERE seq = 4`, 4, /row 4 was changed/],
    [
      'two rows that changed places',
      'UPDATE log SET seq = CASE seq WHEN 6 THEN -7 WHEN 7 THEN -6 ELSE seq END; UPDATE log SET seq = abs(seq)',
      6,
      /row 6 was changed/,
    ],
    ['a row less', 'DELETE FROM log WHERE seq = 8', 8, /^row 8 is missing$/],
    ['several rows less', 'DELETE FROM log WHERE seq BETWEEN 5 AND 8', 5, /^rows 5 to 8 are missing$/],
    [
      'rows less and the others moved up',
      'DELETE FROM log WHERE seq = 8; UPDATE log SET seq = seq - 1 WHERE seq > 8',
      8,
      /row 8 was changed/,
    ],
    ['the first rows less', 'DELETE FROM log WHERE seq < 3', 1, /^rows 1 to 2 are missing$/],
    ['the last row less', 'DELETE FROM log WHERE seq = 12', 12, /the last rows are gone: row 12 is missing/],
    ['all rows less', 'DELETE FROM log', 1, /rows 1 to 12 are missing/],
    [
      'the last rows less, and the head set back',
      `DELETE FROM log WHERE seq > 10; UPDATE chain SET seq = 10 WHERE name = 'head'`,
      10,
      /note of the last row is of another one/,
    ],
    ['no head', 'DELETE FROM chain', null, /note of the last row is gone/],
    ['a row before the first', `INSERT INTO log VALUES (0, 0, 'note', '{}', '')`, 0, /row 0 should have been pruned/],
    [
      'the first rows less, and an anchor',
      `INSERT INTO chain SELECT 'anchor', seq, hash FROM log WHERE seq = 5; DELETE FROM log WHERE seq <= 5`,
      5,
      /rows up to 5 are gone, and no note says that hullguard removed them/,
    ],
    ['another baseline', `UPDATE baseline SET body = replace(body, 'pass', 'fail')`, 3, /the baseline is not the one that was accepted/],
    ['a baseline with less', 'DELETE FROM baseline', 3, /the baseline is not the one/],
    [
      'a baseline of somebody else',
      `UPDATE meta SET body = '{"by":"anna","at":1}' WHERE key = 'baseline'`,
      3,
      /the baseline is not the one/,
    ],
  ])('%s', (_case, sql, row, why) =>
    withPast(({ open, file }) => {
      const history = open();
      fill(history);
      expect(history.verify().ok).toBe(true);
      meddle(file, sql);
      expect(history.verify()).toEqual({ ok: false, row, why: expect.stringMatching(why) });
    }),
  );

  test('every byte of a row counts', () =>
    withPast(({ open, file }) => {
      const history = open();
      fill(history);
      meddle(file, 'DROP INDEX log_subject'); // it would refuse what is no JSON
      const [[body]] = ask(file, 'SELECT body FROM log WHERE seq = 9') as [[string]];
      for (let at = 0; at < body.length; at += 1) {
        const other = body.slice(0, at) + (body[at] === 'x' ? 'y' : 'x') + body.slice(at + 1);
        meddle(file, `PRAGMA ignore_check_constraints = ON; UPDATE log SET body = '${other.replaceAll("'", "''")}' WHERE seq = 9`);
        expect(history.verify()).toMatchObject({ ok: false, row: 9 });
      }
      meddle(file, `UPDATE log SET body = '${body.replaceAll("'", "''")}' WHERE seq = 9`);
      expect(history.verify().ok).toBe(true);
    }));

  test('a chain written anew is sound, but has no hash that was noted elsewhere', () =>
    withPast((scene) => {
      const history = scene.open();
      fill(history);
      const noted = history.head().hash;
      history.note('stopped', 'x');
      expect(history.verify(noted)).toMatchObject({ ok: true });
      const middle = history.entries()[5]?.id;
      const [[hash]] = ask(scene.file, `SELECT hash FROM log WHERE seq = ${middle}`) as [[string]];
      expect(history.verify(hash)).toMatchObject({ ok: true });
      history.close();
      const anew = writeAnew(scene);
      expect(anew.verify()).toMatchObject({ ok: true });
      expect(anew.verify(noted)).toMatchObject({ ok: false, row: null, why: expect.stringMatching(/no row has the hash/) });
    }));

  test('does not keep the agent from writing, and is still found then', () =>
    withPast(({ open, file }) => {
      const history = open();
      fill(history);
      for (const sql of [
        `UPDATE log SET body = '{}' WHERE seq = 2`,
        `UPDATE chain SET seq = 3 WHERE name = 'head'`,
        'DELETE FROM chain',
        'DELETE FROM log WHERE seq > 11',
        `UPDATE state SET body = '{}', since = 9223372036854775807`,
        `UPDATE state SET id = 'no id'`,
      ]) {
        meddle(file, sql);
        const [event] = history.recordDrift([drift(good, bad)], observations(bad));
        expect(history.events({ limit: 1 })).toEqual([event]);
        expect([...history.state().values()].map(({ since: _since, ...known }) => known)).toEqual([bad]);
        expect(history.verify()).toMatchObject({ ok: false, row: 2 });
      }
    }));
});

test('rows that are not as hullguard writes them are refused by number, not taken for something else', () =>
  withPast(({ open, file }) => {
    const history = open();
    fill(history);
    meddle(file, `UPDATE log SET body = json_remove(body, '$.who') WHERE seq = 9`);
    expect(() => history.events()).toThrow('row 9 of the history is not as hullguard wrote it (hullguard history verify)');
    meddle(file, 'UPDATE log SET at = 9223372036854775807 WHERE seq = 9');
    expect(() => history.events()).toThrow('hullguard history verify');
  }));

function writeAnew({ file, open }: Scene): History {
  for (const end of ['', '-wal', '-shm']) fs.rmSync(file + end, { force: true });
  const history = open();
  history.note('started', 'as if nothing had been');
  fill(history);
  return history;
}

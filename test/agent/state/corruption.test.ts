/** A file that cannot be used is moved aside, and what could be read of it lives on. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { HistoryError } from '../../../agent/errors.ts';
import { type History, readHistory } from '../../../agent/state/history.ts';
import { ask, audit, drift, HOUR, meddle, NOON, observation, observations, type Scene, withPast } from './past.ts';

const good = observation('container/no-privileged', 'container web-1');
const bad = observation('container/no-privileged', 'container web-1', 'fail', 'Privileged=true');
const ASIDE = 'history.db.corrupt-20261121T120000Z';

function fill(history: History, events = 3): void {
  history.recordAudit(audit(observations(good)));
  history.acceptBaseline('root', NOON - HOUR);
  for (let count = 0; count < events; count += 1) history.recordDrift([drift(good, bad)], observations(bad), ['webhook']);
}

/** A file with everything in it and nothing beside it. */
function closed({ open }: Scene, events?: number): void {
  const history = open();
  fill(history, events);
  history.close();
}

/** Overwrites pages of a table, from its root on, as a bad disk does. */
function spoil(file: string, table: string): void {
  const [[root]] = ask(file, `SELECT rootpage FROM sqlite_schema WHERE name = '${table}'`) as [[number]];
  const [[size]] = ask(file, 'PRAGMA page_size') as [[number]];
  const descriptor = fs.openSync(file, 'r+');
  fs.writeSync(descriptor, Buffer.alloc(size, 0xa5), 0, size, (root - 1) * size);
  fs.closeSync(descriptor);
}

describe('a file that is no history', () => {
  const big = Buffer.alloc(20_000);
  test.each<[string, (file: string) => void]>([
    ['zeros', (file) => fs.writeFileSync(file, big)],
    ['text', (file) => fs.writeFileSync(file, 'no database at all\n'.repeat(500))],
    ['a few bytes', (file) => fs.writeFileSync(file, 'SQLite format 3\0')],
    ['a history cut in the middle', (file) => fs.truncateSync(file, fs.statSync(file).size >> 1)],
    ['a history cut within a page', (file) => fs.truncateSync(file, fs.statSync(file).size - 1000)],
    ['a history with a spoiled header', (file) => fs.writeFileSync(file, 'XXXXXXXXXXXXXXXX', { flag: 'r+' })],
    ['the log lost', (file) => spoil(file, 'log')],
    ['an index lost', (file) => spoil(file, 'log_kind')],
    [
      'a database of something else',
      (file) => {
        fs.rmSync(file);
        meddle(file, 'CREATE TABLE users (name TEXT); PRAGMA user_version = 1');
      },
    ],
    [
      'nothing, where the log of a history is left',
      (file) => {
        fs.writeFileSync(file, '');
        fs.writeFileSync(`${file}-wal`, 'x');
      },
    ],
  ])('%s', (_case, harm) =>
    withPast((scene) => {
      closed(scene, 200);
      harm(scene.file);
      const found = fs.readFileSync(scene.file);
      const history = scene.open();
      expect(fs.readFileSync(path.join(scene.directory, ASIDE))).toEqual(found);
      const [begun] = history.entries({});
      expect(begun).toMatchObject({
        kind: 'note',
        about: 'begun',
        text: expect.stringContaining(`it is now ${ASIDE}, and a new one is begun`),
      });
      expect(scene.said).toEqual([begun?.kind === 'note' ? begun.text : '']);
      expect(fs.statSync(scene.file).mode & 0o777).toBe(0o600);
      fill(history);
      expect(history.verify()).toMatchObject({ ok: true });
    }),
  );

  test('nothing is moved over what was moved before', () =>
    withPast((scene) => {
      for (const text of ['one', 'two', 'three']) {
        fs.writeFileSync(scene.file, text);
        scene.open().close();
      }
      const aside = fs.readdirSync(scene.directory).filter((name) => name.includes('corrupt'));
      expect(aside.toSorted()).toEqual([ASIDE, `${ASIDE}-2`, `${ASIDE}-3`]);
      expect(aside.toSorted().map((name) => fs.readFileSync(path.join(scene.directory, name), 'utf8'))).toEqual(['one', 'two', 'three']);
    }));

  test('an empty one, as a kill right at the beginning leaves it, is taken', () =>
    withPast(({ file, open, said, directory }) => {
      fs.writeFileSync(file, '');
      expect(open().entries()).toMatchObject([{ text: `${file} was empty` }]);
      expect([said, fs.readdirSync(directory).filter((name) => name.includes('corrupt'))]).toEqual([[], []]);
    }));

  test.each<[string, (file: string) => void, RegExp]>([
    ['a directory', (file) => fs.mkdirSync(file), /history\.db: no regular file/],
    ['a link', (file) => fs.symlinkSync('/dev/null', file), /history\.db: no regular file/],
    [
      'a history of a newer hullguard',
      (file) => meddle(file, 'PRAGMA application_id = 0x48554c4c; PRAGMA user_version = 99'),
      /written by a newer hullguard \(its schema is 99/,
    ],
  ])('%s is left alone', (_case, make, message) =>
    withPast(({ file, open, directory }) => {
      make(file);
      expect(() => open()).toThrow(message);
      expect(fs.readdirSync(directory)).toEqual(['history.db']);
    }),
  );
});

describe('what could be read lives on', () => {
  test.each([
    ['log', ['the state', 'the baseline', 'the outbox']],
    ['state', ['the baseline', 'the outbox']],
    ['baseline', ['the state', 'the outbox']],
    ['outbox', ['the state', 'the baseline']],
    ['meta', ['the state', 'the outbox']],
  ])('without %s', (table, kept) =>
    withPast((scene) => {
      closed(scene);
      spoil(scene.file, table);
      const history = scene.open();
      expect(scene.said[0]).toMatch(new RegExp(`with ${kept.join(', ')} of the old one$`));
      const has = (what: string): boolean => kept.includes(what);
      expect([...history.state().values()]).toEqual(has('the state') ? [{ ...bad, since: NOON }] : []);
      expect(history.baseline()?.at ?? null).toBe(has('the baseline') ? NOON - HOUR : null);
      expect(history.outbox.due(NOON)).toHaveLength(has('the outbox') ? 3 : 0);
      expect(history.verify()).toMatchObject({ ok: true });
    }),
  );
});

describe('while it is in use', () => {
  test('damage that comes up later is met in the same way, and what was to be written is written', () =>
    withPast((scene) => {
      closed(scene, 500);
      const history = scene.open();
      spoil(scene.file, 'log');
      meddle(scene.file, `INSERT INTO meta VALUES ('x', '{}')`); // another process has written, so what is remembered of the file is void
      const [event] = history.recordDrift([drift(bad, good)], observations(good), ['webhook']);
      expect(scene.said).toEqual([expect.stringMatching(/damaged.*with the state, the baseline, the outbox of the old one$/)]);
      expect(history.events()).toEqual([event]);
      expect(history.outbox.due(NOON, 1000)).toHaveLength(501);
      expect(event?.id).toBe(506); // 503 was the last; two notes say that the history was begun anew, and with what baseline
      expect([...history.state().values()]).toMatchObject([good]);
      expect(history.verify()).toMatchObject({ ok: true });
    }));

  test('a file that is removed is begun anew, with what is known', () =>
    withPast((scene) => {
      const history = scene.open();
      fill(history);
      for (const name of fs.readdirSync(scene.directory)) fs.rmSync(path.join(scene.directory, name));
      const [event] = history.recordDrift([drift(bad, good)], observations(good));
      expect(scene.said).toEqual([expect.stringMatching(/history\.db was removed while it was in use: a new one is begun$/)]);
      expect(history.events()).toEqual([event]);
      expect(history.baseline()).toMatchObject({ by: 'root' });
      expect(history.outbox.due(NOON)).toHaveLength(3);
      expect(history.verify()).toMatchObject({ ok: true });
      const reader = readHistory(scene.file);
      expect(reader?.events()).toEqual([event]);
      reader?.close();
    }));

  test('a file that is replaced by another history is used', () =>
    withPast((scene) => {
      const history = scene.open();
      fill(history);
      const copy = path.join(scene.directory, 'copy');
      meddle(scene.file, `VACUUM INTO '${copy}'`);
      history.note('started', 'x');
      fs.renameSync(copy, scene.file);
      history.note('started', 'y');
      const texts = history.entries().flatMap((entry) => (entry.kind === 'note' ? entry.text : []));
      expect(texts.slice(2)).toEqual([`${scene.file} was replaced by another one while it was in use`, 'y']);
      expect(scene.said).toEqual([texts[2]]);
      expect(history.verify()).toMatchObject({ ok: true, rows: 8 });
    }));
});

test('commands move nothing, they say what is wrong', () =>
  withPast(({ file, directory, open }) => {
    expect(readHistory(file)).toBeNull();
    expect(() => open({ mend: false })).toThrow('history.db: there is no history yet; the agent begins it');
    fs.writeFileSync(file, 'no database\n'.repeat(100));
    for (const attempt of [() => readHistory(file), () => open({ mend: false })]) {
      expect(attempt).toThrow(HistoryError);
      expect(attempt).toThrow('history.db: damaged, or no history of hullguard');
    }
    expect(fs.readdirSync(directory)).toEqual(['history.db']);
  }));

/** Other processes read while the agent writes, after it was killed, and where they may not write. */
import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { readHistory } from '../../../agent/state/history.ts';
import { asNobody } from '../nobody.ts';
import { audit, drift, NOON, observation, observations, type Scene, withPast } from './past.ts';
import { type Other, otherProcess } from './process.ts';

const good = observation('container/no-privileged', 'container web-1');
const bad = observation('container/no-privileged', 'container web-1', 'fail', 'Privileged=true');

function withOther(work: (other: Other, scene: Scene) => Promise<void>): Promise<void> {
  return withPast(async (scene) => {
    const other = await otherProcess(scene.file);
    try {
      await work(other, scene);
    } finally {
      await other.kill();
    }
  });
}

test('while another process writes, what was committed is read', () =>
  withPast(({ open, file }) => {
    const history = open();
    history.recordDrift([drift(good, bad)], observations(bad));
    const writer = new DatabaseSync(file);
    writer.exec('BEGIN IMMEDIATE; DELETE FROM log; DELETE FROM state');
    const reader = readHistory(file);
    expect(reader?.events()).toHaveLength(1);
    expect(reader?.verify()).toMatchObject({ ok: true, rows: 2 });
    expect(reader?.state().size).toBe(1);
    writer.close();
    reader?.close();
  }));

test('after the agent was killed, all that it had recorded is read', () =>
  withOther(async (other, { file }) => {
    await other.run('history = openHistory({ path: file }), history.recordAudit(audit(observations(observation("a/b", "c")))), 1');
    await other.kill();
    expect(fs.statSync(`${file}-wal`).size).toBeGreaterThan(0);
    const reader = readHistory(file);
    expect(reader?.lastAudit()).toMatchObject({ trigger: 'schedule' });
    expect(reader?.state().size).toBe(1);
    expect(reader?.verify()).toMatchObject({ ok: true, rows: 2 });
    reader?.close();
  }));

test('a lock is waited for', () =>
  withOther(async (other, { open, file }) => {
    const history = open();
    await other.run("other = new DatabaseSync(file), other.exec('BEGIN IMMEDIATE')");
    const freed = other.run("pause(700), other.exec('ROLLBACK')");
    const begun = performance.now();
    history.recordDrift([drift(good, bad)], observations(bad));
    expect(performance.now() - begun).toBeGreaterThan(300);
    await freed;
    expect(history.verify()).toMatchObject({ ok: true, rows: 2 });
    expect(readHistory(file)?.events()).toHaveLength(1);
  }));

test('two that begin one at the same time begin one', () =>
  withOther(async (other, { open }) => {
    const begun = other.run('history = openHistory({ path: file }), history.note("started", "there")');
    open().note('started', 'here');
    await begun;
    const texts = open().entries();
    expect(texts.flatMap((entry) => (entry.kind === 'note' ? entry.about : []))).toEqual(['begun', 'started', 'started']);
    expect(open().verify()).toMatchObject({ ok: true, rows: 3 });
  }));

test('a copy is read where nothing can be written', () =>
  withPast(({ open, file, directory }) => {
    const history = open();
    history.recordDrift([drift(good, bad)], observations(bad));
    history.close();
    const copies = path.join(directory, 'copies of # 100 %');
    fs.mkdirSync(copies);
    const copy = path.join(copies, 'history?.db');
    fs.copyFileSync(file, copy);
    fs.chmodSync(copy, 0o444);
    fs.chmodSync(copies, 0o555);
    fs.chmodSync(directory, 0o755);
    asNobody(() => {
      const reader = readHistory(copy);
      expect(reader?.events()).toEqual([{ id: 2, ...drift(good, bad) }]);
      expect(reader?.verify()).toMatchObject({ ok: true, rows: 2 });
      reader?.close();
    });
    expect(fs.readdirSync(copies)).toEqual(['history?.db']);
    fs.chmodSync(copies, 0o755);
  }));

test('who may not read it is told so', () =>
  withPast(({ open, file, directory }) => {
    open().recordAudit(audit(observations(good), NOON));
    fs.chmodSync(directory, 0o755);
    asNobody(() => expect(() => readHistory(file)).toThrow('history.db: may not be opened or written to by this user'));
    fs.chmodSync(directory, 0o700);
    asNobody(() => expect(() => readHistory(file)).toThrow('history.db: only root may use it: EACCES'));
  }));

test('a reader cannot write', () =>
  withPast(({ open, file }) => {
    open();
    const reader = readHistory(file);
    expect(Object.keys(reader ?? {})).not.toContain('note');
    reader?.close();
  }));

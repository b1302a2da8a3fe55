/** The history of an agent that is killed at any moment. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type History, openHistory } from '../../../agent/state/history.ts';
import { inScratch } from '../../agent/hullguard.ts';

const writer = join(import.meta.dirname, 'writer.ts');

interface Writer {
  readonly child: ChildProcess;
  /** What it has said so far. */
  text(): string;
  /** Resolves when it has said that. */
  said(word: string): Promise<void>;
  /** Resolves when it is gone and all it said is here. */
  kill(): Promise<void>;
}

function start(file: string, most = ''): Writer {
  const child = spawn(process.execPath, [writer, file, ...(most === '' ? [] : [most])], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  return {
    child,
    text: () => text,
    async said(word) {
      while (!text.includes(word)) {
        if (child.exitCode !== null) throw new Error(`the writer has ended: ${text.slice(-500)}`);
        await once(child.stdout, 'data');
      }
    },
    async kill() {
      child.kill('SIGKILL');
      await once(child, 'close');
    },
  };
}

/** Everything that is recorded: the counter of each event, which must go up by one. */
function countsOf(history: History): number[] {
  return history.events().map(({ after }) => Number(after?.actual));
}

test('nothing acknowledged is lost, nothing is there twice, in 60 kills', { timeout: 300_000 }, () =>
  inScratch(async (directory) => {
    const file = join(directory, 'history.db');
    let acknowledged = 0;
    for (let round = 0; round < 60; round += 1) {
      const one = start(file);
      await one.said('begun');
      await sleep(Math.random() * 120);
      await one.kill();
      expect(one.text()).not.toContain('replaced');
      acknowledged = Math.max(acknowledged, ...[...one.text().matchAll(/ack (\d+)\n/g)].map(([, count]) => Number(count)));
    }
    const history = openHistory({ path: file });
    const counts = countsOf(history);
    expect(counts).toEqual(counts.map((_, index) => index + 1));
    expect(counts.length).toBeGreaterThanOrEqual(acknowledged);
    expect(counts.length - acknowledged).toBeLessThanOrEqual(1); // on disk, and killed before it could say so
    expect(acknowledged).toBeGreaterThan(200);
    expect(history.state().get({ check: 'a/b', resource: 'host' })?.actual).toBe(String(counts.length));
    expect(history.verify()).toMatchObject({ ok: true });
    const parcels = history.outbox.due(Number.MAX_SAFE_INTEGER, 1_000_000).map(({ payload }) => Number(JSON.parse(payload).after.actual));
    expect(parcels).toEqual(counts.slice(-parcels.length));
    expect(parcels.length).toBeGreaterThanOrEqual(Math.min(counts.length, 9000));
    history.close();
  }),
);

test('one that is killed while it begins leaves nothing that the next one stumbles over', { timeout: 300_000 }, () =>
  inScratch(async (directory) => {
    for (let round = 0; round < 25; round += 1) {
      const file = join(directory, `${round}.db`);
      const one = start(file);
      await one.said('opening');
      await sleep(Math.random() * 25);
      await one.kill();
      const said: string[] = [];
      const history = openHistory({ path: file, onReplaced: (what) => void said.push(what) });
      expect(said).toEqual([]);
      expect(history.verify()).toMatchObject({ ok: true });
      expect(history.entries()[0]).toMatchObject({ about: 'begun' });
      history.close();
    }
  }),
);

test('two that write and one that reads are in no one’s way', { timeout: 120_000 }, () =>
  inScratch(async (directory) => {
    const file = join(directory, 'history.db');
    const own = openHistory({ path: file });
    const one = start(file, '400');
    await one.said('begun');
    let notes = 0;
    let reads = 0;
    while (one.child.exitCode === null) {
      own.note('started', String(notes));
      notes += 1;
      const counts = countsOf(own);
      expect(counts).toEqual(counts.map((_, index) => index + 1));
      expect(own.verify()).toMatchObject({ ok: true });
      reads += 1;
      await sleep(1);
    }
    expect(one.text()).toContain('ack 400\n');
    expect(countsOf(own)).toHaveLength(400);
    expect(own.entries().filter((entry) => entry.kind === 'note' && entry.about === 'started')).toHaveLength(notes);
    expect(reads).toBeGreaterThan(5);
    own.close();
  }),
);

test('a lock that is not let go of is an error that names the file', { timeout: 60_000 }, () =>
  inScratch(async (directory) => {
    const file = join(directory, 'history.db');
    const history = openHistory({ path: file });
    const holder = spawn(process.execPath, [
      '--eval',
      `const { DatabaseSync } = require('node:sqlite');
       new DatabaseSync(process.argv[1]).exec('BEGIN IMMEDIATE'); console.log('held'); setInterval(() => undefined, 1000);`,
      file,
    ]);
    await once(holder.stdout, 'data');
    const begun = performance.now();
    expect(() => history.note('started', 'x')).toThrow(`${file}: another process has it locked, and did not let go in time`);
    expect(performance.now() - begun).toBeGreaterThan(4500);
    expect(history.verify()).toMatchObject({ ok: true, rows: 1 }); // reading goes on
    holder.kill('SIGKILL');
    await once(holder, 'close');
    expect(history.note('started', 'x')).toBe(2);
    history.close();
    expect(fs.readdirSync(directory)).toEqual(['history.db']);
  }),
);

/** Disks that are full, or cannot be written to; and a history that has grown large, whose cost is told in CPU time, as others use this machine, too. */
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { HistoryError } from '../../../agent/errors.ts';
import { openHistory, readHistory } from '../../../agent/state/history.ts';
import { hullguard, inScratch } from '../../agent/hullguard.ts';
import { audit, drift, NOON, observation, observations } from '../../agent/state/past.ts';
import { labSuite } from '../../lab/suite.ts';

const execute = promisify(execFile);
const good = observation('container/no-privileged', 'container web-1');
const bad = observation('container/no-privileged', 'container web-1', 'fail', 'Privileged=true');

/** Runs work with a file system of that size. */
function onDisk(size: string, work: (directory: string) => Promise<void> | void): Promise<void> {
  return inScratch(async (directory) => {
    await execute('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=0700`, 'history-test', directory]);
    try {
      await work(directory);
    } finally {
      await execute('umount', ['--lazy', directory]);
    }
  });
}

/** Takes all space but so many bytes. */
function fill(directory: string, rest: number): void {
  const { bavail, bsize } = fs.statfsSync(directory);
  const blocks = Math.max(0, bavail - Math.ceil(rest / bsize));
  fs.writeFileSync(join(directory, 'filler'), Buffer.alloc(blocks * bsize));
}

function problemOf(work: () => unknown): string | null {
  try {
    work();
    return null;
  } catch (error) {
    if (!(error instanceof HistoryError)) throw error;
    expect(error.message).toContain('history.db: ');
    return error.problem;
  }
}

labSuite('a full disk', () => {
  test('nothing is half written, whatever space is left, and all is well when there is space again', () =>
    onDisk('32m', (directory) => {
      const file = join(directory, 'history.db');
      const history = openHistory({ path: file });
      history.recordAudit(audit(observations(good)));
      const problems: (string | null)[] = [];
      for (let rest = 0; rest <= 120_000; rest += 4096) {
        const before = { rows: history.entries().length, state: history.state(), head: history.head(), waiting: history.waiting() };
        fill(directory, rest);
        const many = Array.from({ length: 40 }, (_, index) => ({ ...bad, resource: `container ${rest} ${index} ${'x'.repeat(300)}` }));
        const drifts = many.map((after) => drift(null, after));
        const problem = problemOf(() => history.recordDrift(drifts, observations(good, ...many), ['webhook']));
        problems.push(problem);
        const reader = readHistory(file);
        expect(reader?.verify()).toMatchObject({ ok: true });
        if (problem !== null)
          expect({ rows: reader?.entries().length, state: reader?.state(), head: reader?.head(), waiting: reader?.waiting() }).toEqual(
            before,
          );
        reader?.close();
        fs.rmSync(join(directory, 'filler'));
        if (problem !== null) expect(history.recordDrift(drifts, observations(good, ...many), ['webhook'])).toHaveLength(40);
      }
      expect(new Set(problems)).toEqual(new Set(['full', null]));
      expect(history.verify()).toMatchObject({ ok: true });
      history.close();
    }));

  test('none is begun there, or opened, and that is said', () =>
    onDisk('1m', (directory) => {
      const file = join(directory, 'history.db');
      for (let rest = 0; rest < 100_000; rest += 4096) {
        fill(directory, rest);
        const problem = problemOf(() => openHistory({ path: file }).close());
        expect(['full', null]).toContain(problem);
        fs.rmSync(join(directory, 'filler'));
        const said: string[] = [];
        const history = openHistory({ path: file, onReplaced: (what) => void said.push(what) });
        expect(said).toEqual([]);
        expect(history.verify()).toMatchObject({ ok: true, rows: 1 });
        history.close();
        fs.rmSync(file);
      }
    }));

  test('one that was left behind by a kill is read there', () =>
    onDisk('1m', async (directory) => {
      const file = join(directory, 'history.db');
      const history = openHistory({ path: file });
      history.recordDrift([drift(good, bad)], observations(bad));
      for (const end of ['', '-wal']) fs.copyFileSync(file + end, join(directory, `copy.db${end}`));
      fill(directory, 0);
      const { code, stderr, stdout } = await hullguard(['history', '--history', join(directory, 'copy.db')]);
      // Without room for its index there is no way to read the log beside it.
      expect(code === 0 ? stdout : stderr).toMatch(/Privileged=true|copy\.db: the disk is full/);
      history.close();
    }));

  test('one that cannot be written to is read, and says why it is not written', () =>
    onDisk('1m', async (directory) => {
      const file = join(directory, 'history.db');
      const history = openHistory({ path: file });
      history.recordAudit(audit(observations(good)));
      history.close();
      await execute('mount', ['-o', 'remount,ro', directory]);
      expect(readHistory(file)?.lastAudit()).toMatchObject({ at: NOON });
      expect(problemOf(() => openHistory({ path: file }))).not.toBeNull();
      expect(await hullguard(['baseline', 'accept', '--history', file])).toMatchObject({
        code: 3,
        stderr: expect.stringContaining('history.db: '),
      });
    }));
});

describe('a large one', () => {
  test('stays quick with 100,000 events', { timeout: 300_000 }, () =>
    inScratch(async (directory) => {
      const file = join(directory, 'history.db');
      const history = openHistory({ path: file });
      const all = observations(
        ...Array.from({ length: 20_000 }, (_, index) => observation(`check/${index % 40}`, `container web-${index}`)),
      );
      history.recordAudit(audit(all));
      history.acceptBaseline('root', NOON);
      const event = (index: number) => drift(good, { ...bad, resource: `container web-${index % 500}` }, { at: NOON + index });
      const one = (): number => cost(() => history.recordDrift([event(1)], all, ['webhook']));
      const few = median(Array.from({ length: 50 }, one));
      for (let count = 0; count < 100_000; count += 500)
        history.recordDrift(
          Array.from({ length: 500 }, (_, index) => event(count + index)),
          all,
        );
      const many = median(Array.from({ length: 50 }, one));
      expect(many).toBeLessThan(few * 3 + 5);
      expect(many).toBeLessThan(100);
      for (const command of ['status', 'history --limit 50', 'drift', 'drift --since 1h', 'history verify', 'baseline show']) {
        const begun = process.cpuUsage();
        expect((await hullguard([...command.split(' '), '--history', file])).code, command).toBe(0);
        expect(milliseconds(begun), command).toBeLessThan(2000);
      }
      history.close();
      const begun = process.cpuUsage();
      const again = openHistory({ path: file });
      again.prune({ most: 50_000 });
      expect(milliseconds(begun)).toBeLessThan(3000);
      again.close();
    }),
  );
});

function cost(work: () => unknown): number {
  const begun = process.cpuUsage();
  work();
  return milliseconds(begun);
}

function milliseconds(begun: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1000;
}

function median(times: readonly number[]): number {
  return times.toSorted((left, right) => left - right)[times.length >> 1] ?? 0;
}

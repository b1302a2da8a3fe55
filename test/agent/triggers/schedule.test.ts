import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { type Schedule, schedule } from '../../../agent/triggers/schedule.ts';
import type { Stale } from '../../../agent/triggers/trigger.ts';

let running: Schedule | null = null;

async function start(expression: string): Promise<{ marks: Stale[]; trigger: Schedule }> {
  const marks: Stale[] = [];
  running = schedule(expression);
  await running.start((stale) => marks.push(stale));
  return { marks, trigger: running };
}

afterEach(async () => {
  await running?.stop();
  running = null;
  vi.useRealTimers();
});

test('looks at everything when it is time', async () => {
  vi.useFakeTimers({ now: Date.UTC(2026, 2, 29, 1, 58, 30) });
  const { marks, trigger } = await start('*/30 * * * *');
  expect(trigger.nextRun()).toBe(Date.UTC(2026, 2, 29, 2));
  await vi.advanceTimersByTimeAsync(89_000);
  expect(marks).toEqual([]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(marks).toMatchObject([{ full: true, facts: [], cause: 'schedule' }]);
  await vi.advanceTimersByTimeAsync(30 * 60_000);
  expect(marks).toHaveLength(2);
});

test.each([
  ['in the night in which clocks are put forward', Date.UTC(2026, 2, 29, 0), Date.UTC(2026, 2, 29, 2, 30)],
  ['in the night in which they are put back', Date.UTC(2026, 9, 25, 0), Date.UTC(2026, 9, 25, 2, 30)],
])('%s the time is what it says', async (_, now, expected) => {
  vi.useFakeTimers({ now });
  const { trigger } = await start('30 2 * * *');
  expect(trigger.nextRun()).toBe(expected);
});

test('tells no time once it has stopped', async () => {
  const { marks, trigger } = await start('* * * * *');
  expect(trigger.nextRun()).toBeGreaterThan(Date.now());
  await trigger.stop();
  expect(trigger.nextRun()).toBeNull();
  await sleep(20);
  expect(marks).toEqual([]);
  expect(trigger.problem()).toBeNull();
});

test.each(['', '* * * *', '60 * * * *', 'a b c d e', '0 0 31 2 *', '*/0 * * * *'])('"%s" says no time', async (expression) => {
  await expect(start(expression)).rejects.toThrow(`schedule "${expression}": `);
});

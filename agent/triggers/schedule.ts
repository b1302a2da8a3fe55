/** Full audits at times of the day, whatever has been told of. The clock is UTC: local time skips an hour in spring, and doubles one in autumn. */
import type { ScheduledTask } from 'node-cron';
import { UsageError } from '../errors.ts';
import { cronProblem } from '../times.ts';
import type { Stale, Trigger } from './trigger.ts';

export interface Schedule extends Trigger {
  /** When it looks next, in milliseconds since the epoch; null while it does not run. */
  nextRun(): number | null;
}

/** Throws UsageError at start for an expression that says no time. */
export function schedule(expression: string): Schedule {
  let task: ScheduledTask | null = null;
  return {
    name: 'schedule',
    async start(mark) {
      const problem = cronProblem(expression);
      if (problem !== null) throw new UsageError(`schedule "${expression}": ${problem}`);
      task = await createTask(expression, mark);
    },
    async stop() {
      await task?.destroy();
      task = null;
    },
    problem: () => null,
    nextRun: () => task?.getNextRun()?.getTime() ?? null,
  };
}

async function createTask(expression: string, mark: (stale: Stale) => void): Promise<ScheduledTask> {
  const { createTask, validateDetailed } = await import('node-cron');
  const [error] = validateDetailed(expression).errors;
  if (error !== undefined) throw new UsageError(`schedule "${expression}": ${error.message}`);
  const run = (): void => mark({ facts: [], full: true, cause: 'schedule', at: Date.now() });
  // A function, not the path of a file: that would run in a process of its own.
  const task = createTask(expression, run, {
    noOverlap: true,
    timezone: 'Etc/UTC',
    name: 'full audit',
    suppressMissedWarning: true,
    unref: true,
  });
  // The machine was asleep, or busy, when it was due: late is better than never.
  task.on('execution:missed', run);
  await task.start();
  return task;
}

/** A trigger of the engine's events, and what it has told so far. */
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DockerEventsOptions, dockerEvents } from '../../../agent/triggers/docker-events.ts';
import type { Stale, Trigger } from '../../../agent/triggers/trigger.ts';

export interface Listening extends Pick<Trigger, 'problem' | 'stop'> {
  marks: Stale[];
  causes(): string[];
  fulls(): number;
  until(what: string, holds: () => boolean, milliseconds?: number): Promise<void>;
  /** What is told while something is done, until this cause is among it. */
  told(work: () => Promise<unknown>, last: string): Promise<readonly Stale[]>;
}

export async function listen(endpoint: () => string | null, options: Partial<DockerEventsOptions> = {}): Promise<Listening> {
  // A DOCKER_HOST must not win over the socket that is meant.
  const trigger = dockerEvents({ endpoint, identify, environment: { DOCKER_HOST: 'tcp://192.0.2.1:2375' }, ...options });
  const listening: Listening = {
    marks: [],
    problem: () => trigger.problem(),
    stop: () => trigger.stop(),
    causes: () => listening.marks.map(({ cause }) => cause),
    fulls: () => listening.marks.filter(({ full }) => full).length,
    async until(what, holds, milliseconds = 10_000) {
      const end = performance.now() + milliseconds;
      while (!holds()) {
        if (performance.now() > end)
          throw new Error(`${what}: not within ${milliseconds} ms (${trigger.problem()}): ${listening.causes().join(', ')}`);
        await sleep(2);
      }
    },
    async told(work, last) {
      await sleep(30); // what came before is told
      listening.marks = [];
      await work();
      await listening.until(last, () => listening.causes().includes(last));
      await sleep(30);
      return listening.marks;
    },
  };
  await trigger.start((stale) => listening.marks.push(stale));
  return listening;
}

function identify(path: string): string | null {
  const stats = fs.statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? null : `${stats.dev}:${stats.ino}`;
}

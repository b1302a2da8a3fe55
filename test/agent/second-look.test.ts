import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { secondLook } from '../../agent/second-look.ts';
import type { Stale } from '../../agent/triggers/trigger.ts';
import type { Recording } from '../../facts/index.ts';

const sound = { facts: {}, missing: {} } satisfies Recording;
const unreadable = { facts: { containers: { containers: [], unreadable: [{ Id: 'a', Name: '/web', reason: 'no answer' }] } }, missing: {} };

function stage(isHeard: boolean): { marks: Stale[]; look: ReturnType<typeof secondLook> } {
  const marks: Stale[] = [];
  return { marks, look: secondLook({ isHeard: () => isHeard, mark: (stale) => marks.push(stale), first: 10, longest: 20 }) };
}

test.each<[string, Recording, Partial<Stale>[]]>([
  ['nothing where all was told', sound, []],
  ['nothing where something else is missing', { facts: {}, missing: { audit: 'no auditctl' } }, []],
  ['everything where the engine told nothing', { facts: {}, missing: { engine: 'no answer', containers: 'no answer' } }, [{ full: true }]],
  ['containers that could not be read', unreadable, [{ facts: [], containers: ['a'] }]],
])('%s is looked at again', async (_, recording, expected) => {
  const { marks, look } = stage(true);
  look.consider(recording);
  look.consider(recording);
  await sleep(60);
  expect(marks).toMatchObject(expected);
  look.stop();
});

test('it is asked ever more rarely, and not once all is told', async () => {
  const { marks, look } = stage(true);
  look.consider(unreadable);
  await sleep(40);
  look.consider(unreadable);
  look.consider(sound);
  await sleep(60);
  expect(marks).toHaveLength(1);
});

test('an engine that is not heard is not asked: it is looked at when it is back', async () => {
  const { marks, look } = stage(false);
  look.consider(unreadable);
  await sleep(40);
  expect(marks).toEqual([]);
});

/** A host that changes at random: what the agent concludes step by step is what somebody concludes who looks at it for the first time. */
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { settle } from '../../agent/drift.ts';
import { type Evaluation, startLoop } from '../../agent/loop.ts';
import { type Observation, Observations } from '../../agent/observations.ts';
import { judge } from '../../agent/scan.ts';
import { currentBenchmark } from '../../checks/benchmark.ts';
import { checks } from '../../checks/index.ts';
import { HostError } from '../../facts/host.ts';
import { defaultPolicy } from '../../facts/policy.ts';
import { fakeHost, type HostLiteral, type Literal } from '../fake-host.ts';

const IDS = ['a', 'b', 'c', 'd', 'e', 'f'];
const whole = (letter: string): string => letter.padEnd(64, '0');

/** What one container is at some time. Names are few, so that they wander from one to another; two may have the same while one is renamed. */
const shape = fc.option(
  fc.record({
    name: fc.constantFrom('one', 'two', 'three', 'four'),
    privileged: fc.boolean(),
    running: fc.boolean(),
    own: fc.boolean(),
    readable: fc.boolean(),
  }),
);
type Shape = NonNullable<(typeof shape extends fc.Arbitrary<infer T> ? T : never) & object>;

const step = fc.record({
  touched: fc.dictionary(fc.constantFrom(...IDS), shape, { maxKeys: 3 }),
  full: fc.boolean(),
  remapped: fc.boolean(),
});

function literalOf([letter, { name, privileged, running, own }]: [string, Shape]): Literal {
  return {
    Id: letter,
    Name: `/${name}`,
    State: running ? {} : { Status: 'exited', Running: false, Pid: 0 },
    Config: { Labels: own ? { 'io.hullguard.self': '' } : {} },
    HostConfig: { Privileged: privileged },
  };
}

function hostOf(containers: ReadonlyMap<string, Shape>, remapped: boolean): HostLiteral {
  const closed = [...containers].filter(([, { readable }]) => !readable);
  return {
    containers: [...containers].map(literalOf),
    info: { SecurityOptions: remapped ? ['name=userns'] : [] },
    api: Object.fromEntries(closed.map(([letter]) => [`/containers/${whole(letter)}/json`, new HostError('io', 'no answer')])),
  };
}

const known = (state: Observations): Observation[] =>
  [...state.values()].toSorted((one, other) => (`${one.check} ${one.resource}` < `${other.check} ${other.resource}` ? -1 : 1));

test('step by step as at first sight', { timeout: 60_000 }, async () => {
  vi.resetModules();
  // Of their own: checks remember what they have said.
  const { checks: strangers } = await import('../../checks/index.ts');
  expect(strangers[0]).not.toBe(checks[0]);
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 10 }), async (steps) => {
      const containers = new Map<string, Shape>();
      let host = fakeHost();
      let last: Evaluation | undefined;
      let slow = Observations.of();
      const loop = startLoop({
        openHost: () => host,
        checks,
        benchmark: currentBenchmark,
        policy: defaultPolicy,
        about: [],
        settleMs: 0,
        patienceMs: 0,
        timeoutMs: 5000,
        known: Observations.of(),
        onEvaluated: async (evaluation) => {
          last = evaluation;
        },
      });
      const look = async (full: boolean, touched: readonly string[]): Promise<Evaluation> => {
        loop.mark({ facts: [], ...(full && { full }), containers: touched.map(whole), cause: 'a step', at: 0 });
        await loop.idle();
        if (last === undefined) throw new Error('nothing was evaluated');
        return last;
      };
      let wasRemapped = false;
      for (const { touched, full, remapped } of steps) {
        for (const [letter, now] of Object.entries(touched)) {
          if (now === null) containers.delete(letter);
          else containers.set(letter, now);
        }
        if (full) wasRemapped = remapped;
        host = fakeHost(hostOf(containers, wasRemapped));
        const { findings, recording, observations } = await look(full, Object.keys(touched));
        const copy = structuredClone(recording);
        const fresh = strangers.map((check) => judge(check, copy, currentBenchmark));
        const plain = (all: typeof fresh) =>
          all.map(({ check, status, evidence, reason }) => ({ check: check.id, status, evidence, reason }));
        expect(plain([...findings])).toEqual(plain(fresh));
        slow = settle(slow, fresh).after;
        expect(known(observations)).toEqual(known(slow));
      }
      // Whatever was touched was told of: somebody who looks at everything finds nothing more. One that was renamed while it was closed is known by its
      // old name until then.
      const allOpen = [...containers.values()].every(({ readable }) => readable);
      if (allOpen) expect((await look(true, [])).differences).toEqual([]);
      await loop.stop();
    }),
    { numRuns: 100 },
  );
});

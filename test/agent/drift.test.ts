import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isDrift, settle } from '../../agent/drift.ts';
import { Observations } from '../../agent/observations.ts';
import { type Finding, judge } from '../../agent/scan.ts';
import { currentBenchmark } from '../../checks/benchmark.ts';
import { type Check, type Evidence, fail, pass, type Severity, unknown, type Verdict } from '../../checks/check.ts';

function finding(id: string, seen: Readonly<Record<string, Verdict>> | null, severity: Severity = 'high'): Finding {
  const evidence = Object.entries(seen ?? {}).map(([resource, verdict]): Evidence => ({ resource, expected: '', source: '', ...verdict }));
  const check = { id, severity, needs: seen === null ? ['engine'] : [], judge: () => evidence } as unknown as Check;
  return judge(check, { facts: {}, missing: { engine: 'gone' } }, currentBenchmark);
}

const state = (...findings: Finding[]): Observations => settle(Observations.of(), findings).after;
const words = (found: ReturnType<typeof settle>): string[] =>
  found.changed.map(({ before, after }) => `${(after ?? before)?.resource}: ${before?.actual ?? '-'} → ${after?.actual ?? '-'}`);

describe('the state after findings', () => {
  const before = state(finding('one', { a: pass('good'), b: fail('bad') }), finding('two', { a: pass('good') }));

  test('is the very same where nothing differs', () => {
    expect(settle(before, [finding('one', { a: pass('good'), b: fail('bad') })])).toEqual({ after: before, changed: [] });
    expect(settle(before, [finding('one', { a: pass('good'), b: fail('bad') })]).after).toBe(before);
  });

  test.each<[string, Finding, string[]]>([
    ['another value', finding('one', { a: fail('worse'), b: fail('bad') }), ['a: good → worse']],
    ['something new', finding('one', { a: pass('good'), b: fail('bad'), c: fail('new') }), ['c: - → new']],
    ['something gone', finding('one', { a: pass('good') }), ['b: bad → -']],
    ['one gone and another new', finding('one', { a: pass('good'), c: fail('new') }), ['b: bad → -', 'c: - → new']],
    ['what cannot be seen just now', finding('one', { a: unknown('closed'), b: fail('bad') }), []],
    ['a check that sees nothing just now', finding('one', null), []],
    ['another severity', finding('one', { a: pass('good'), b: fail('bad') }, 'low'), ['a: good → good', 'b: bad → bad']],
  ])('%s', (_, next, expected) => {
    const settled = settle(before, [next]);
    expect(words(settled)).toEqual(expected);
    for (const { before: old, after } of settled.changed) {
      expect(settled.after.of('one').get((after ?? old)?.resource ?? '') ?? null).toEqual(after);
    }
    expect(settled.after.of('two')).toBe(before.of('two'));
  });

  test('is the same, whether or not it is known what it follows from', () => {
    const verdict = fc.constantFrom(pass('good'), fail('bad'), fail('worse'), unknown('closed'));
    const entry = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), verdict);
    // Some entries stay the same value from one finding to the next, as those of containers that nobody touched.
    const step = fc.record({ kept: fc.array(fc.nat(5), { maxLength: 6 }), fresh: fc.array(entry, { maxLength: 3 }), front: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
        let known: Observations = Observations.of();
        let unknownOrigin: Observations = Observations.of();
        let last: readonly Evidence[] = [];
        const settled = new Map<string, Finding>();
        for (const { kept, fresh, front } of steps) {
          const stays = last.filter((_, index) => kept.includes(index));
          const comes = fresh.map(([resource, said]): Evidence => ({ resource, expected: '', source: '', ...said }));
          last = front ? [...comes, ...stays] : [...stays, ...comes];
          const evidence = last;
          const check = { id: 'one', severity: 'high', needs: [], judge: () => evidence } as unknown as Check;
          const next = judge(check, { facts: {}, missing: {} }, currentBenchmark);
          const quick = settle(known, [next], settled);
          const slow = settle(unknownOrigin, [next]);
          settled.set('one', next);
          expect(quick.after).toEqual(slow.after);
          expect(words(quick).toSorted()).toEqual(words(slow).toSorted());
          known = quick.after;
          unknownOrigin = slow.after;
        }
      }),
    );
  });

  test('that a container stops is no drift, whatever it is labelled', () => {
    const own = ' (labelled as hullguard’s own)';
    const running = state(finding('one', { a: fail(`bad${own}`), b: fail('bad') }));
    const stopped = finding('one', { a: fail(`bad${own} (container is exited)`), b: fail('bad (container is exited)') });
    expect(settle(running, [stopped]).changed.filter(isDrift)).toEqual([]);
  });

  test('another severity alone is no drift', () => {
    const { changed } = settle(before, [finding('one', { a: pass('good'), b: fail('bad') }, 'low')]);
    expect(changed.filter(isDrift)).toEqual([]);
  });

  test('of several entries for one resource the worst counts', () => {
    const both = finding('one', { a: pass('good') });
    const entry = { resource: 'a', expected: '', source: '', ...fail('bad') };
    expect(words(settle(Observations.of(), [{ ...both, evidence: [...both.evidence, entry] }]))).toEqual(['a: - → bad']);
  });
});

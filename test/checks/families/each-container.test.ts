import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judge } from '../../../agent/scan.ts';
import { pass } from '../../../checks/check.ts';
import { eachContainer } from '../../../checks/families/each-container.ts';
import { collect } from '../../check-tester.ts';
import { stopped } from '../rows.ts';

const everything = eachContainer({
  id: 'container/everything',
  title: 'Everything is fine',
  severity: 'low',
  stride: ['T'],
  rationale: 'None.',
  fix: 'Nothing.',
  expected: 'fine',
  judge: () => pass('fine'),
});

async function resourcesOf(names: readonly string[]): Promise<string[]> {
  const containers = names.map((name, index) => ({ Id: `c${index}c`, Name: `/${name}`, State: { Pid: 4000 + index } }));
  const finding = judge(everything, await collect(everything, { containers }), '1.8.0');
  return finding.evidence.map(({ resource }) => resource);
}

describe('one question to every container', () => {
  test('one named vanilla is not lost (A0 0.3, D15)', async () => {
    expect(await resourcesOf(['vanilla', 'nil', 'docker-bench-security'])).toEqual([
      'container docker-bench-security',
      'container nil',
      'container vanilla',
    ]);
  });

  test('no name is ever lost or changed, whatever is in it', async () => {
    const names = fc.uniqueArray(
      fc.oneof(fc.string({ minLength: 1, unit: 'grapheme' }), fc.string({ minLength: 1, unit: 'binary-ascii' })),
      { maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(names, async (list) => {
        expect((await resourcesOf(list)).toSorted()).toEqual(list.map((name) => `container ${name}`).toSorted());
      }),
      { numRuns: 25 },
    );
  });

  test('our own is told apart, and judged as every other', async () => {
    const { evidence } = judge(
      everything,
      await collect(everything, { containers: [{ Config: { Labels: { 'io.hullguard.self': 'true' } } }] }),
      '1.8.0',
    );
    expect(evidence.map(({ actual, outcome }) => `${outcome}: ${actual}`)).toEqual(['pass: fine (labelled as hullguard’s own)']);
  });

  test('stopped ones are judged and marked (A0 0.10, D14)', async () => {
    const containers = [
      { State: stopped },
      { Id: 'b', Name: '/b', State: { Running: false, Status: null } },
      { Id: 'a', Name: '/a', State: stopped, Config: { Labels: { 'io.hullguard.self': '' } } },
    ];
    const { evidence } = judge(everything, await collect(everything, { containers }), '1.8.0');
    expect(evidence.map(({ actual }) => actual)).toEqual([
      'fine (labelled as hullguard’s own) (container is exited)',
      'fine (container is not running)',
      'fine (container is exited)',
    ]);
  });
});

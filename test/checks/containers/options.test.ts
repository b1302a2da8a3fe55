/** What would mend a container that fails: the options, and that a container made anew with them passes. */
import { describe, expect, test } from 'vitest';
import { judge } from '../../../agent/scan.ts';
import { currentBenchmark } from '../../../checks/benchmark.ts';
import type { Check, ContainerOptions, Evidence } from '../../../checks/check.ts';
import { checks } from '../../../checks/index.ts';
import type { Container } from '../../../facts/containers.ts';
import type { Recording } from '../../../facts/index.ts';
import { layOver } from '../../../remediations/laying-over.ts';
import { collect } from '../../check-tester.ts';
import { rows } from './option-rows.ts';

describe.each(Object.entries(rows))('%s', (_, { check, host, options, advice, stillFails = false }) => {
  test('carries its options', async () => {
    const { goal } = await failing(check, await collect(check, host));
    expect(check.goal).toBe('container-option');
    if (options === null) expect(goal).toBeUndefined();
    else {
      expect(goal).toMatchObject({ kind: 'container-option', name: 'web' });
      const { advice: given, ...rest } = (goal as { readonly options: ContainerOptions }).options;
      expect(rest).toEqual(options);
      if (advice === undefined) expect(given).toBeUndefined();
      else expect(given).toMatch(advice);
    }
  });

  if (options === null || stillFails) return;

  test('passes when made anew with them', async () => {
    const recording = await collect(check, host);
    const { goal } = await failing(check, recording);
    if (goal?.kind !== 'container-option') throw new Error('no goal');
    const finding = judge(check, withAnew(recording, goal.options), currentBenchmark);
    expect(finding.evidence.filter(({ outcome }) => outcome === 'fail')).toEqual([]);
  });
});

async function failing(check: Check, recording: Recording): Promise<Evidence> {
  const found = judge(check, recording, currentBenchmark).evidence.find(({ resource }) => resource === 'container web');
  expect(found?.outcome).toBe('fail');
  if (found === undefined) throw new Error('no evidence');
  return found;
}

/** The first container as the engine would make it with these options; never started yet. */
function withAnew({ facts, missing }: Recording, options: ContainerOptions): Recording {
  const { containers = [], unreadable = [] } = facts.containers ?? {};
  const made = containers.map((container): Container => {
    if (container.Name !== '/web') return container;
    const wanted = layOver(container, [options]);
    return {
      ...wanted,
      State: { Status: 'created', Running: false, Pid: 0 },
      Kernel: null,
      Processes: null,
      AppArmorProfile: '',
      NetworkSettings: { Ports: {}, Networks: { [wanted.HostConfig.NetworkMode]: { Aliases: [], Links: [] } } },
    };
  });
  return { facts: { ...facts, containers: { containers: made, unreadable } }, missing };
}

test('every check whose failures make a container anew says how, or why not', () => {
  const covered = new Set(Object.values(rows).map(({ check }) => check.id));
  const recreated = checks.filter(({ surface, impact, needs }) => surface === 'container' && impact === 'recreate' && needs.length > 0);
  expect(recreated.filter(({ goal }) => goal === undefined).map(({ id }) => id)).toEqual([]);
  expect(
    checks.filter(({ goal, id }) => goal === 'container-option' && !covered.has(id) && !id.startsWith('community/')).map(({ id }) => id),
  ).toEqual([]);
});

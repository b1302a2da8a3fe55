import { expect, test } from 'vitest';
import { collectFacts } from '../../agent/collect.ts';
import { judge } from '../../agent/scan.ts';
import { checks } from '../../checks/index.ts';
import { type CollectorName, collectors } from '../../facts/index.ts';
import { fakeHost, fakePolicy } from '../fake-host.ts';

test('the hardened host fails nothing but rootless mode', async () => {
  const literal = { containers: [{}], images: [{}] };
  const recording = await collectFacts(fakeHost(literal), {
    policy: fakePolicy(),
    wanted: Object.keys(collectors) as CollectorName[],
    signal: AbortSignal.timeout(5000),
  });
  expect(recording.missing).toEqual({});
  const bad = checks.map((check) => judge(check, recording, '1.8.0')).filter(({ status }) => status === 'fail' || status === 'error');
  // Rootless mode is a decision no fixture host can take for its readers: user namespaces stand in for it here.
  expect(bad.map(({ check }) => check.id)).toEqual(['daemon/rootless']);
});

import { expect, test } from 'vitest';
import { collectFacts } from '../../agent/collect.ts';
import { judge } from '../../agent/scan.ts';
import { currentBenchmark } from '../../checks/benchmark.ts';
import { checks } from '../../checks/index.ts';
import { assemble, planNeeds } from '../../remediations/assemble.ts';
import { fakeHost, fakePolicy } from '../fake-host.ts';
import { soft } from './soft-daemon.ts';

test('a dockerd in a service of another name is not restarted through it, and the plan says which one it is', async () => {
  const literal = soft({}, { files: { '/proc/100/cgroup': '0::/system.slice/moby.service\n' } });
  const chosen = checks.filter(({ id }) => id === 'daemon/no-new-privileges');
  const wanted = [...planNeeds(chosen), ...chosen.flatMap(({ needs }) => needs)];
  const signal = AbortSignal.timeout(5000);
  const recording = await collectFacts(fakeHost(literal), { policy: fakePolicy(literal), wanted, signal });
  const findings = chosen.map((check) => judge(check, recording, currentBenchmark));
  const { changes, refused } = assemble(findings, recording, { maxImpact: 'restart', canRestart: false });
  expect({ changes, refused }).toMatchObject({
    changes: [],
    refused: [{ reason: expect.stringContaining('dockerd (pid 100) runs in moby.service, which may not be its own: set the key') }],
  });
});

/** In the agent, a site's check judges again when a fact it needs has changed, and only then. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { type Evaluation, startLoop } from '../../../agent/loop.ts';
import { Observations } from '../../../agent/observations.ts';
import { loadSiteChecks } from '../../../agent/site/checks.ts';
import { defaultPolicy } from '../../../facts/policy.ts';
import { fakeHost } from '../../fake-host.ts';
import { inScratch } from '../hullguard.ts';

const COUNTING = `let times = 0;
export default { id: 'site/users', title: 'T', severity: 'low', stride: [], surface: 'host', rationale: 'r', fix: 'f', impact: 'none', needs: ['accounts'],
  judge: ({ accounts }) => [{ resource: 'users', expected: 'two', actual: accounts.users.length + ' at time ' + ++times,
    outcome: accounts.users.length > 2 ? 'fail' : 'pass', source: '/etc/passwd' }] };`;

test('a new user makes it fail', () =>
  inScratch(async (directory) => {
    fs.writeFileSync(path.join(directory, 'users.js'), COUNTING);
    let host = fakeHost({});
    let last: Evaluation | undefined;
    const loop = startLoop({
      openHost: () => host,
      checks: loadSiteChecks({ siteChecks: { directory, timeout: 5 } }),
      benchmark: '1.8.0',
      policy: defaultPolicy,
      about: ['engine', 'engines', 'mounts'],
      settleMs: 1,
      patienceMs: 5,
      timeoutMs: 5000,
      known: Observations.of(),
      onEvaluated: async (evaluation) => {
        last = evaluation;
      },
    });
    const mark = async (facts: readonly ('accounts' | 'mounts')[], full = false): Promise<string | undefined> => {
      loop.mark({ facts, cause: 'a test', at: Date.now(), ...(full && { full }) });
      await loop.idle();
      return last?.findings[0]?.evidence[0]?.actual;
    };
    expect(await mark([], true)).toBe('2 at time 1');
    expect(await mark(['mounts'])).toBe('2 at time 1');
    host = fakeHost({ files: { '/etc/passwd': 'root:x:0:0::/root:\na:x:1:1::/:\nb:x:2:2::/:\n' } });
    expect(await mark(['accounts'])).toBe('3 at time 2');
    expect(last?.differences).toMatchObject([{ before: { outcome: 'pass' }, after: { check: 'site/users', outcome: 'fail' } }]);
    await loop.stop();
  }));

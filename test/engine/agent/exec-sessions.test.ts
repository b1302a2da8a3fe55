/** Whoever comes into a container is told of, however short the visit. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openHost } from '../../../agent/host/index.ts';
import { type Evaluation, type Loop, startLoop } from '../../../agent/loop.ts';
import { Observations } from '../../../agent/observations.ts';
import { currentBenchmark } from '../../../checks/benchmark.ts';
import { execNotPrivileged, execNotRoot } from '../../../checks/containers/exec.ts';
import { defaultPolicy } from '../../../facts/policy.ts';
import { type Engine, importBusybox, startEngine } from '../../lab/engine.ts';
import { labSuite } from '../../lab/suite.ts';
import { type Listening, listen } from './listening.ts';

labSuite('exec sessions', () => {
  describe.each(['bookworm', 'trixie', 'sid'] as const)('%s', (suite) => {
    let engine: Engine;
    let heard: Listening;
    let loop: Loop;
    let requests: string[] = [];
    const evaluations: Evaluation[] = [];
    const environment = {};

    beforeAll(async () => {
      engine = await startEngine({ suite });
      await importBusybox(engine);
      await engine.docker('run', '--detach', '--name', 'web', '--user', '1000', 'busybox:lab', 'sleep', '1000');
      heard = await listen(() => engine.endpoint);
      loop = startLoop({
        openHost(signal) {
          const host = openHost({ root: '/', endpoint: engine.endpoint, signal, timeout: 20_000, environment });
          return {
            ...host,
            docker(endpoint, path) {
              requests.push(path.replace(/[0-9a-f]{64}/, 'ID'));
              return host.docker(endpoint, path);
            },
          };
        },
        checks: [execNotPrivileged, execNotRoot],
        benchmark: currentBenchmark,
        policy: defaultPolicy,
        about: ['engine', 'engines'],
        settleMs: 20,
        patienceMs: 150,
        timeoutMs: 20_000,
        known: Observations.of(),
        onEvaluated: async (evaluation) => void evaluations.push(evaluation),
      });
      loop.mark({ facts: [], full: true, cause: 'start', at: Date.now() });
      await loop.idle();
    });

    afterAll(async () => {
      await loop.stop();
      await heard.stop();
      await engine.stop();
    });

    /** What is told while a command is run: `check: resource: before → after`, ids left out. */
    async function told(args: readonly string[]): Promise<string[]> {
      evaluations.length = 0;
      requests = [];
      const marks = await heard.told(() => engine.docker(...args), 'event container exec_die web');
      for (const mark of marks) loop.mark(mark);
      await loop.idle();
      return evaluations.flatMap(({ differences }) =>
        differences.map(({ before, after }) => {
          const { check = '', resource = '' } = after ?? before ?? {};
          return `${check}: ${resource.replace(/[0-9a-f]{12}$/, 'ID')}: ${before?.actual ?? '-'} → ${after?.actual ?? '-'}`;
        }),
      );
    }

    test('with privileges, over long before anybody can look: command and container are told', async () => {
      const lines = await told(['exec', '--privileged', 'web', 'sh', '-c', 'echo hello']);
      const session = 'container/exec-not-privileged: container web, exec session ID';
      const what = 'a privileged session: sh -c echo hello';
      expect(lines).toEqual([`${session}: - → ${what}`, `${session}: ${what} → -`]);
      expect(requests).toEqual(['/exec/ID/json']);
    });

    test('as root in a container that is not, its password left out', async () => {
      const lines = await told(['exec', '--user', '0', 'web', 'echo', '--password', 'hunter2']);
      const session = 'container/exec-not-root-user: container web, exec session ID';
      const what = 'a session as 0: echo --password (not shown)';
      expect(lines).toEqual([`${session}: - → ${what}`, `${session}: ${what} → -`]);
    });

    test('as the container’s own user is nothing to tell of', async () => {
      expect(await told(['exec', 'web', 'true'])).toEqual([]);
      expect(evaluations.every(({ quiet }) => quiet)).toBe(true);
    });

    test('that is open at a full audit says since when, and is no news there', async () => {
      evaluations.length = 0;
      const marks = await heard.told(
        () => engine.docker('exec', '--detach', '--privileged', 'web', 'sleep', '1000'),
        'event container exec_create web',
      );
      for (const mark of marks) loop.mark(mark);
      loop.mark({ facts: [], full: true, cause: 'schedule', at: Date.now() });
      await loop.idle();
      loop.mark({ facts: [], full: true, cause: 'schedule', at: Date.now() });
      await loop.idle();
      const [first, ...more] = evaluations.flatMap(({ differences }) => differences);
      expect(first?.after?.actual).toMatch(/^a privileged session: sleep 1000( \(since 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC\))?$/);
      expect(more).toEqual([]);
    });
  });
});

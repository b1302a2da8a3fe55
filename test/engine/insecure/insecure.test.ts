import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '../../lab/engine.ts';
import { labSuite } from '../../lab/suite.ts';
import { judgeFacts, recordFacts } from '../command.ts';
import { statesOf } from '../fleet.ts';
import { keep } from '../recorded.ts';
import { differences } from '../table.ts';
import { containers } from './container-table.ts';
import { fleet } from './fleet.ts';
import { startInsecure } from './host.ts';
import { hostAndDaemon } from './host-table.ts';
import { capabilities, imagesAndRest } from './image-table.ts';

/** The golden host has no more than these of those that do not run. */
const FEW = ['built', 'cap-all', 'mount-link', 'mount-socket', 'port-stopped', 'stale', 'stopped', 'vanilla'];

labSuite('an insecure host', () => {
  describe.each(['bookworm', 'trixie', 'sid'] as const)('with docker of %s', (suite) => {
    const states = statesOf(fleet, { stopped: 'exited' });
    const running = Object.keys(states).filter((name) => states[name] === 'running');
    let engine: Engine;
    let live: Awaited<ReturnType<typeof recordFacts>>;

    beforeAll(async () => {
      engine = await startInsecure(suite);
      live = await recordFacts(engine);
      await keep(`${suite}-insecure`, live.facts, [...running, ...FEW]);
    });

    afterAll(() => engine?.stop());

    test('what every control says of every resource', () => {
      const table = { ...hostAndDaemon, ...imagesAndRest, ...containers, ...capabilities };
      expect(differences(live.report, table, { suite, states })).toEqual([]);
      expect(live).toMatchObject({ code: 1, stderr: '' });
    });

    test('its recorded facts give the same findings', async () => {
      const recorded = await judgeFacts(engine);
      expect(recorded.report.findings).toEqual(live.report.findings);
      expect(recorded.report.summary).toEqual(live.report.summary);
      expect(recorded.code).toBe(1);
    });

    test('no secret is told', () => {
      expect(live.facts + live.stdout).not.toContain('hunter2');
    });
  });
});

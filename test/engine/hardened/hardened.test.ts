import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Auditd, missing, withAuditd } from '../../lab/engine.ts';
import { labSuite } from '../../lab/suite.ts';
import { dropRules, loadRules, rulesFor } from '../audit-trail.ts';
import { audit, judgeFacts, recordFacts } from '../command.ts';
import { statesOf } from '../fleet.ts';
import { prepareHost } from '../host.ts';
import { keep } from '../recorded.ts';
import { differences } from '../table.ts';
import { imagesAndContainers } from './container-table.ts';
import { fleet, type Hardened, startHardened } from './host.ts';
import { hostAndDaemon } from './host-table.ts';

labSuite('a hardened host', () => {
  const audited = missing('auditd') === undefined;
  let folder: string;
  let auditd: Auditd | undefined;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hullguard-audit-'));
    auditd = audited ? await withAuditd(folder) : undefined;
  });

  afterAll(async () => {
    await auditd?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  describe.each(['bookworm', 'trixie', 'sid'] as const)('with docker of %s', (suite) => {
    let host: Hardened;
    let live: Awaited<ReturnType<typeof recordFacts>>;

    beforeAll(async () => {
      host = await startHardened(suite);
      const { engine } = host;
      const rules = rulesFor(engine);
      await prepareHost(engine, { '/etc/audit/rules.d': null, '/etc/audit/rules.d/docker.rules': `-D\n${rules.join('\n')}\n` });
      try {
        if (audited) await loadRules(engine, rules);
        live = await recordFacts(engine);
      } finally {
        if (audited) await dropRules(engine, rules);
      }
      await keep(`${suite}-hardened`, live.facts, Object.keys(fleet));
    });

    afterAll(() => host?.stop());

    test('what every control says of every resource', () => {
      const table = { ...hostAndDaemon(audited), ...imagesAndContainers };
      expect(differences(live.report, table, { suite, states: statesOf(fleet) })).toEqual([]);
      expect(live).toMatchObject({ code: 1, stderr: '' });
    });

    test('nothing of high severity fails, which the exit status can say', async () => {
      const { code, report } = await audit(host.engine, ['--fail-on', 'high', '--skip', 'host/audit-*']);
      expect(report.findings.filter(({ status }) => status === 'fail' || status === 'error').map(({ check }) => check)).toEqual([
        'daemon/rootless',
      ]);
      expect(code).toBe(0);
    });

    test('its recorded facts give the same findings', async () => {
      const recorded = await judgeFacts(host.engine);
      expect(recorded.report.findings).toEqual(live.report.findings);
      expect(recorded.report.summary).toEqual(live.report.summary);
    });

    test('no secret is told', () => {
      expect(live.facts + live.stdout).not.toContain('hunter2');
    });
  });
});

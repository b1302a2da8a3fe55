import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Engine, importBusybox, startEngine } from '../lab/engine.ts';
import { labSuite } from '../lab/suite.ts';
import { hullguard } from './command.ts';

/** As docker-bench-security 1.6.1 writes it of this host, a day before. */
const LOG = {
  dockerbenchsecurity: '1.6.0',
  start: Math.floor(Date.now() / 1000) - 86_400,
  tests: [
    {
      id: '5',
      desc: 'Container Runtime',
      results: [
        { id: '5.1', desc: 'swarm mode is not Enabled (Automated)', result: 'PASS' },
        { id: '5.5', desc: 'privileged containers (Automated)', result: 'WARN', details: 'privileged:  web', items: ['web'] },
        { id: '5.11', desc: 'memory usage (Automated)', result: 'WARN', details: 'unlimited:  gone', items: ['gone'] },
        { id: '5.29', desc: 'PIDs cgroup limit (Automated)', result: 'PASS' },
      ],
    },
  ],
};

labSuite('an import beside a live host', () => {
  let engine: Engine;

  beforeAll(async () => {
    engine = await startEngine({ suite: 'trixie' });
    await importBusybox(engine);
    await engine.docker(
      'run',
      '--detach',
      '--name',
      'web',
      '--privileged',
      '--memory',
      '64m',
      '--pids-limit',
      '50',
      'busybox:lab',
      'sleep',
      '9999',
    );
    await engine.docker('create', '--name', 'stopped', '--memory', '64m', 'busybox:lab', 'true');
  });

  afterAll(() => engine?.stop());

  test('says what is so here, and why it differs', async () => {
    const file = join(engine.dir, 'docker-bench-security.log.json');
    await writeFile(file, JSON.stringify(LOG));
    const { code, stdout } = await hullguard(engine, ['import', file, '--docker-host', engine.endpoint, '--report', 'json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      source: { numbering: 'docker-bench-security 1.6.1', how: 'titles' },
      ours: { from: 'host' },
      summary: { findings: 4, same: 2, different: 2, unknown: 0 },
      findings: [
        { check: 'swarm/mode-off-unless-needed', same: true },
        {
          check: 'container/no-privileged',
          same: true,
          ours: { status: 'fail', seen: [{ resource: 'container web', actual: 'Privileged=true' }] },
        },
        { check: 'container/memory-limit', same: false, why: [expect.stringMatching(/own setting only/), 'not on this host: gone'] },
        {
          check: 'container/pids-limit',
          same: false,
          why: ['docker-bench-security looks at running containers only, and all that fail here do not run'],
        },
      ],
    });
  });
});

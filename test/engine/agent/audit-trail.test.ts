import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { auditLog } from '../../../agent/host/audit-log.ts';
import { openHost } from '../../../agent/host/index.ts';
import { type AuditTrailOptions, auditTrail } from '../../../agent/triggers/audit-trail.ts';
import type { Stale, Trigger } from '../../../agent/triggers/trigger.ts';
import { type Auditd, withAuditd } from '../../lab/engine.ts';
import { labSuite } from '../../lab/suite.ts';

const execute = promisify(execFile);
const auditctl = (...args: string[]): Promise<unknown> => execute('/usr/sbin/auditctl', args);

let dir: string;
let auditd: Auditd;
let trigger: Trigger;
let marks: Stale[];
let asked: number;

async function listen(options: Partial<AuditTrailOptions> = {}, configFile = join(dir, 'auditd.conf')): Promise<void> {
  marks = [];
  asked = 0;
  const host = openHost({ root: '/', endpoint: null, signal: new AbortController().signal, timeout: 10_000, environment: {} });
  const run: typeof host.run = (program, args) => {
    asked += 1;
    return host.run(program, args);
  };
  trigger = auditTrail({ run, log: auditLog(configFile), ...options });
  await trigger.start((stale) => marks.push(stale));
}

async function marked(work: () => Promise<unknown>, milliseconds: number): Promise<number> {
  await sleep(100);
  marks = [];
  await work();
  const begun = performance.now();
  while (marks.length === 0) {
    if (performance.now() - begun > milliseconds) throw new Error(`nothing was told within ${milliseconds} ms`);
    await sleep(2);
  }
  expect(marks[0]).toMatchObject({ facts: ['audit'], cause: 'audit rules' });
  return performance.now() - begun;
}

labSuite('audit rules as a trigger', () => {
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'hullguard-audit-'));
    auditd = await withAuditd(dir);
  });

  afterEach(() => trigger.stop());

  afterAll(async () => {
    await auditd?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  test('a rule that is loaded or removed is told of at once', async () => {
    await listen();
    const rule = [dir, '-p', 'wa', '-k', 'hullguard-lab'];
    for (let turn = 0; turn < 3; turn++) {
      expect(await marked(() => auditctl('-w', ...rule), 300)).toBeLessThan(300);
      expect(await marked(() => auditctl('-W', ...rule), 300)).toBeLessThan(300);
    }
    expect(asked).toBeLessThanOrEqual(2 + 6);
  });

  test('so is auditing that is switched off, and on', async () => {
    await listen({ blindMs: 200 });
    await marked(() => auditctl('-e', '0'), 300);
    await marked(() => auditctl('-e', '1'), 1000);
  });

  test('files that are watched and change are not', async () => {
    const file = join(dir, 'watched');
    await writeFile(file, 'x');
    await auditctl('-w', file, '-p', 'wa', '-k', 'hullguard-lab');
    await listen();
    await sleep(200);
    marks = [];
    for (let turn = 0; turn < 20; turn++) await execute('sh', ['-c', `echo y >${file}.new; mv ${file}.new ${file}`]);
    await sleep(200);
    expect((await readFile(auditd.log, 'utf8')).includes(file)).toBe(true);
    expect(marks).toEqual([]);
    await auditctl('-W', file, '-p', 'wa', '-k', 'hullguard-lab');
  });

  test('a log that is rotated is followed', async () => {
    await listen();
    const pid = /^pid (\d+)$/m.exec((await execute('/usr/sbin/auditctl', ['-s'])).stdout)?.[1];
    process.kill(Number(pid), 'SIGUSR1');
    const rule = [dir, '-p', 'wa', '-k', 'hullguard-lab'];
    await sleep(300);
    await marked(() => auditctl('-w', ...rule), 300);
    await marked(() => auditctl('-W', ...rule), 300);
  });

  test('without a log the rules are compared, by a program or two now and then', async () => {
    await listen({ blindMs: 200 }, join(dir, 'none.conf'));
    const rule = [dir, '-p', 'wa', '-k', 'hullguard-lab'];
    await marked(() => auditctl('-w', ...rule), 1000);
    await marked(() => auditctl('-W', ...rule), 1000);
    const before = asked;
    await sleep(1000);
    expect(asked - before).toBeLessThan(12);
  });

  test('a log that comes later is followed from then on', async () => {
    const configFile = join(dir, 'later.conf');
    await listen({ blindMs: 200, sweepMs: 60_000 }, configFile);
    await writeFile(configFile, `log_file = ${auditd.log}\n`);
    await sleep(500);
    const before = asked;
    const rule = [dir, '-p', 'wa', '-k', 'hullguard-lab'];
    await marked(() => auditctl('-w', ...rule), 300);
    await auditctl('-W', ...rule);
    expect(asked - before).toBeLessThanOrEqual(2);
  });
}, ['auditd']);

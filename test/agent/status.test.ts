/** status and baseline: what they print and return, from real histories. */
import fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { status } from '../../agent/commands/status.ts';
import { hullguard } from './hullguard.ts';
import { asNobody } from './nobody.ts';
import { bad, CONTROL, fill, fits, ran } from './recorded.ts';
import { meddle, withPast } from './state/past.ts';

describe('status', () => {
  test('tells how the host is', () =>
    ran(async (run) => {
      const { code, stdout, stderr } = await run('status');
      expect([code, stderr]).toEqual([0, '']);
      for (const part of [
        /^Last audit: {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC \(2 hours ago; schedule\), CIS Docker 1\.8\.0, in 0\.4 s$/m,
        /1 failed, 3 passed, 2 for a person, 4 not applicable, 0 not judged; score 75 %/,
        /^Drift: {7}2 differences from the baseline: 1 critical, 1 high \(hullguard drift\)$/m,
        /^ {13}which was accepted by root \(sudo by anna\) .* UTC \(2 hours ago\)$/m,
        new RegExp(`^Agent: {7}degraded, pid ${process.pid}, version 0\\.1\\.0`, 'm'),
        /^ {13}auditd does not run$/m,
        /^Next audit: {2}.* UTC \(in (2 hours|1 hour|1[0-9]{2} minutes)\)$/m,
        /^Undelivered: 2 messages for webhook, the oldest 1 hour ago: connect ECONNREFUSED$/m,
        /^Log: {9}6 rows so far; the last has the hash\s+[0-9a-f]{64}$/m,
        /pass \(Privileged=false\) → fail \(Privileged=true\)\n {4}probably by anna as root: docker run --privileged nginx \(pid 912, pts\/0\)/,
      ])
        expect(stdout).toMatch(part);
      expect(stdout).not.toMatch(CONTROL);
    }));

  test('as JSON', () =>
    ran(async (run) => {
      const { stdout } = await run('status', '--json');
      await fits('status', stdout);
      expect(JSON.parse(stdout)).toMatchObject({
        lastAudit: { summary: { fail: 1 } },
        baseline: { by: 'root (sudo by anna)', observations: 2 },
        openDrift: { critical: 1, high: 1, medium: 0, low: 0 },
        agent: { state: 'degraded', alive: true },
        waiting: [{ sink: 'webhook', count: 2 }],
        head: { row: 6 },
      });
    }));

  test('where no agent ever ran', () =>
    withPast(async ({ file }) => {
      const { code, stdout } = await hullguard(['status', '--history', file]);
      expect([code, stdout]).toEqual([
        0,
        'Last audit:  none yet\nDrift:       no baseline yet (sudo hullguard baseline accept)\nAgent:       never ran here (sudo systemctl enable --now hullguard, or sudo\n             hullguard agent)\nNext audit:  none planned\n',
      ]);
      const { stdout: json } = await hullguard(['status', '--history', file, '--json']);
      await fits('status', json);
      expect(JSON.parse(json)).toMatchObject({ lastAudit: null, baseline: null, openDrift: null, agent: null, head: null });
      expect(fs.existsSync(file)).toBe(false);
    }));

  test.each([
    ['was killed', `$.process', 'other boot 1`, /^Agent: {7}not running: ended without a word \(as when killed\) after/m],
    ['was stopped', `$.state', 'stopped`, /^Agent: {7}stopped .* \(1 hour ago\)$/m],
  ])('of an agent that %s', (_case, change, line) =>
    ran(async (run, { file }) => {
      meddle(file, `UPDATE meta SET body = json_set(body, '${change}') WHERE key = 'agent'`);
      const { stdout } = await run('status');
      expect(stdout).toMatch(line);
      expect(stdout).toMatch(/^Next audit: {2}none planned$/m);
    }),
  );

  test('is for root, and says so', () =>
    withPast((scene) => {
      fill(scene);
      const output = { print: () => undefined, say: () => undefined, width: 80, interactive: false, asks: false, color: false };
      const denied = /history\.db: the history is for root alone, who may: sudo hullguard …/;
      expect(() => asNobody(() => status({ history: scene.file }, output))).toThrow(denied);
    }));
});

describe('baseline', () => {
  test('is accepted, and shown', () =>
    ran(async (run) => {
      expect(await run('baseline', 'accept')).toEqual({
        code: 0,
        stdout: '3 observations accepted, 3 of which fail. hullguard drift tells what differs from now on.\n',
        stderr: '',
      });
      const { stdout } = await run('baseline', 'show');
      expect(stdout).toMatch(/^Accepted by root .* UTC \(.*\): 3 observations, 3\s+fail\n/s);
      expect(stdout).toContain('high      daemon/icc-disabled  dockerd\n    fail (icc=true)\n');
      expect(stdout).not.toMatch(CONTROL);
      const { stdout: json } = await run('baseline', 'show', '--json');
      await fits('baseline', json);
      expect(JSON.parse(json).observations).toContainEqual(bad);
    }));

  test('hides what is good unless asked', () =>
    ran(async (run) => {
      expect((await run('baseline', 'show')).stdout).toMatch(/hullguard baseline show --all {2}shows what is good, too\n$/);
      expect((await run('baseline', 'show')).stdout).not.toContain('Privileged=false');
      expect((await run('baseline', 'show', '--all')).stdout).toContain('pass (Privileged=false)');
    }));
});

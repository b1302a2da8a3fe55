/** drift and history: what they print and return, from real histories. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { hullguard } from './hullguard.ts';
import { bad, CONTROL, evil, fits, icc, NOW, ran } from './recorded.ts';
import { audit, drift, meddle, observations, withPast } from './state/past.ts';

describe('drift', () => {
  test('tells what differs from the baseline, worst first, and who changed it', () =>
    ran(async (run) => {
      const { code, stdout, stderr } = await run('drift');
      expect([code, stderr]).toEqual([1, '']);
      expect(stdout).toMatch(/^2 differences from the baseline that root \(sudo by anna\) accepted/);
      expect(stdout).toMatch(
        /\n\ncritical {2}container\/no-privileged {2}container web-1\n {4}pass \(Privileged=false\) → fail \(Privileged=true\)\n {4}.* UTC probably by anna/,
      );
      expect(stdout).toContain('container \\x1b[31mred\\nline\n    new: fail (\\u202etxet)\n');
      expect(stdout).toMatch(/UTC not known by whom: auditd does not run/);
      expect(stdout).not.toMatch(CONTROL);
    }));

  test('as JSON, also into a file', () =>
    ran(async (run, { directory }) => {
      const file = path.join(directory, 'drift.json');
      const { code, stdout } = await run('drift', '--report', 'json', '--report', `json=${file}`);
      expect(code).toBe(1);
      await fits('drift', stdout);
      expect(JSON.parse(stdout)).toMatchObject({
        reference: { kind: 'baseline', by: 'root (sudo by anna)' },
        drift: [
          {
            resource: 'container web-1',
            before: { outcome: 'pass' },
            after: { outcome: 'fail' },
            event: { id: 5, who: { login: 'anna' } },
          },
          { resource: evil.resource, before: null, event: { who: { status: 'unattributed' } } },
        ],
      });
      await fits('drift', fs.readFileSync(file, 'utf8'));
    }));

  test('a change that nobody saw is nobody’s', () =>
    ran(async (run, { open }) => {
      const history = open();
      history.recordAudit(audit(observations({ ...bad, actual: 'Privileged=true, and more' }, icc), NOW));
      history.close();
      expect((await run('drift')).stdout).toMatch(/Privileged=true, and more\)\n {4}nobody saw it change\n$/);
    }));

  test('none', () =>
    ran(async (run) => {
      expect((await run('baseline', 'accept')).code).toBe(0);
      const { code, stdout } = await run('drift');
      expect([code, stdout]).toEqual([0, expect.stringMatching(/^No drift from the baseline that root\b.* accepted .* UTC\.\n$/s)]);
    }));

  test('since a time: what was so then, not what became so again', () =>
    ran(async (run, { open, clock }) => {
      clock.now = NOW;
      const history = open();
      history.recordDrift(
        [drift(icc, { ...icc, outcome: 'pass' }, { at: NOW - 1000 })],
        observations(bad, evil, { ...icc, outcome: 'pass' }),
      );
      history.recordDrift([drift({ ...icc, outcome: 'pass' }, icc, { at: NOW - 500 })], observations(bad, evil, icc));
      history.close();
      expect((await run('drift', '--since', '30m')).code).toBe(0);
      const { code, stdout } = await run('drift', '--since', '90m');
      expect(code).toBe(1);
      expect(stdout).toMatch(/^2 differences from what was so at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\n/);
      expect(stdout).toContain('container web-1');
      const { stdout: early } = await run('drift', '--since', '30d', '--report', 'json');
      await fits('drift', early);
      expect(JSON.parse(early)).toMatchObject({ reference: { kind: 'time', complete: false } });
      expect((await run('drift', '--since', '30d')).stdout).toMatch(/the history begins later: what changed/);
    }));

  test.each([
    ['drift', 'no baseline was accepted yet: sudo hullguard baseline accept, or name a time: hullguard drift --since 1d'],
    ['baseline show', 'no baseline was accepted yet: sudo hullguard baseline accept'],
    ['baseline accept', 'nothing is known of this host yet: a baseline is accepted after the first audit'],
  ])('%s without what it needs', (command, message) =>
    withPast(async ({ file, open }) => {
      open().close();
      expect(await hullguard([...command.split(' '), '--history', file])).toEqual({
        code: 2,
        stdout: '',
        stderr: `hullguard: ${message}\n`,
      });
    }),
  );

  test.each(['drift', 'history', 'history verify', 'baseline show', 'baseline accept'])('%s without a history', (command) =>
    withPast(async ({ file }) => {
      const { code, stderr } = await hullguard([...command.split(' '), '--history', file]);
      expect([code, stderr]).toEqual([2, expect.stringContaining(`${file}: there is no history yet`)]);
      expect(fs.existsSync(file)).toBe(false);
    }),
  );
});

describe('history', () => {
  test('tells what was recorded', () =>
    ran(async (run) => {
      const { code, stdout } = await run('history');
      expect(code).toBe(0);
      expect(stdout).toMatch(
        /^\S+ \S+ {2}begun: there was no history before\n\S+ \S+ {2}started: hullguard 0\.1\.0\n\S+ \S+ {2}audit \(schedule\): 1 failed, 3 passed/,
      );
      expect(stdout).toMatch(/baseline: accepted by root \(sudo by anna\), 2 observations\n/);
      expect(stdout).not.toMatch(CONTROL);
      expect((await run('history', '--limit', '1')).stdout.split('\n')[0]).toContain('\\x1b[31mred');
      expect((await run('history', '--since', '1d')).stdout).not.toContain('begun');
      expect((await run('history', '--since', '1s')).stdout).toBe('Nothing was recorded in that time.\n');
    }));

  test('as JSON', () =>
    ran(async (run) => {
      const { stdout } = await run('history', '--json');
      await fits('history', stdout);
      expect(JSON.parse(stdout).entries.map(({ kind }: { kind: string }) => kind)).toEqual([
        'note',
        'note',
        'audit',
        'note',
        'drift',
        'drift',
      ]);
      expect(stdout).not.toMatch(CONTROL);
    }));

  test('verifies', () =>
    ran(async (run, { file }) => {
      const { code, stdout } = await run('history', 'verify');
      expect([code, stdout]).toEqual([0, expect.stringMatching(/^6 rows, from 1 to 6, as they were written\. Head: [0-9a-f]{64}\n$/)]);
      const head = stdout.trim().slice(-64);
      expect((await run('history', 'verify', '--head', head)).code).toBe(0);
      expect(await run('history', 'verify', '--head', 'f'.repeat(64))).toMatchObject({
        code: 1,
        stdout: expect.stringContaining('no row has the hash'),
      });
      const { stdout: json } = await run('history', 'verify', '--json');
      await fits('verification', json);
      expect(JSON.parse(json)).toMatchObject({ ok: true, rows: 6, head: { row: 6, hash: head } });
      meddle(file, `UPDATE log SET body = replace(body, 'anna', 'evil') WHERE seq = 5`);
      expect(await run('history', 'verify')).toMatchObject({
        code: 1,
        stdout: 'Broken: row 5 was changed, or the row before it replaced.\n',
      });
      const { stdout: broken } = await run('history', 'verify', '--json');
      await fits('verification', broken);
      expect(JSON.parse(broken)).toMatchObject({ ok: false, row: 5 });
    }));

  test.each([
    [['history', '--since', 'x'], 'x: no time'],
    [['history', '--limit', '0'], '--limit 0: expected a number, at least 1'],
    [['history', 'verify', '--head', 'abc'], 'abc: no hash (64 hexadecimal digits)'],
    [['drift', '--report', 'xml'], 'unknown report format xml'],
  ])('%j is wrong usage', (args, message) =>
    ran(async (run) => {
      const { code, stderr } = await run(...args);
      expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
    }),
  );

  test('that is damaged is told of, and left alone', () =>
    withPast(async ({ file, directory }) => {
      fs.writeFileSync(file, 'no database\n'.repeat(100));
      for (const command of ['status', 'history', 'drift', 'baseline accept', 'history verify']) {
        const { code, stderr } = await hullguard([...command.split(' '), '--history', file]);
        expect([code, stderr]).toEqual([3, `hullguard: ${file}: damaged, or no history of hullguard\n`]);
      }
      expect(fs.readdirSync(directory)).toEqual(['history.db']);
    }));
});

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { OutputError } from '../../../agent/errors.ts';
import { judge } from '../../../agent/scan.ts';
import { type Metrics, renderMetrics, writeMetrics } from '../../../agent/sinks/metrics.ts';
import { version } from '../../../agent/version.ts';
import { checks } from '../../../checks/index.ts';
import { inScratch, record } from '../hullguard.ts';
import { asNobody } from '../nobody.ts';
import { readExposition } from './exposition.ts';

const recording = await record({ containers: [{ HostConfig: { Privileged: true } }] });

const metrics: Metrics = {
  findings: checks.map((check) => judge(check, recording, '1.8.0')),
  score: 0.625,
  audit: { at: Date.parse('2026-11-21T12:00:00.500Z'), durationMs: 1234 },
  openDrift: 3,
  drifts: { low: 0, medium: 1, high: 2, critical: 12_345_678 },
  startedAt: Date.parse('2026-11-21T11:00:00Z'),
  problems: ['no Docker engine found', 'he said "no"\\\n\u202eand left', 'no Docker engine found'],
  waiting: 42,
};

describe('the text file', () => {
  const { samples, types } = readExposition(renderMetrics(metrics));

  test('has a status for each check', () => {
    const status = { pass: 0, fail: 1, error: 2, manual: 3, 'not-applicable': 4 } as const;
    for (const { check, section, status: name } of metrics.findings) {
      const labels = `check="${check.id}",section="${section}",severity="${check.severity}"`;
      expect(samples.get(`hullguard_check_status{${labels}}`), check.id).toBe(status[name]);
    }
    for (const name of Object.keys(status)) {
      const count = metrics.findings.filter((finding) => finding.status === name).length;
      expect(samples.get(`hullguard_checks{status="${name}"}`)).toBe(count);
    }
    expect(renderMetrics(metrics)).toContain(
      '# HELP hullguard_check_status What came of the check: 0 pass, 1 fail, 2 error, 3 manual, 4 not-applicable.',
    );
  });

  test('has the rest', () => {
    expect(Object.fromEntries([...samples].filter(([name]) => !/^hullguard_checks?(_status)?\{/.test(name)))).toEqual({
      hullguard_score_ratio: 0.625,
      hullguard_last_audit_timestamp_seconds: 1795262400.5,
      hullguard_last_audit_duration_seconds: 1.234,
      hullguard_open_drift: 3,
      'hullguard_drift_events_total{severity="low"}': 0,
      'hullguard_drift_events_total{severity="medium"}': 1,
      'hullguard_drift_events_total{severity="high"}': 2,
      'hullguard_drift_events_total{severity="critical"}': 12345678,
      [`hullguard_agent_info{version="${version}"}`]: 1,
      hullguard_agent_start_time_seconds: 1795258800,
      hullguard_agent_degraded: 1,
      'hullguard_agent_problem{problem="no Docker engine found"}': 1,
      'hullguard_agent_problem{problem="he said \\"no\\"\\\\\\\\n\\\\u202eand left"}': 1,
      hullguard_outbox_messages: 42,
    });
    expect([...types].filter(([, type]) => type === 'counter').map(([name]) => name)).toEqual(['hullguard_drift_events_total']);
  });

  test('is described as it is', () => {
    const page = fs.readFileSync(path.join(import.meta.dirname, '../../../docs/outputs.md'), 'utf8');
    const described = [...page.matchAll(/`(hullguard_\w+?)[`{]/g)].map(([, name]) => name);
    expect(new Set(described)).toEqual(new Set(types.keys()));
  });

  test('before the first audit, and without problems, has less', () => {
    const { samples: first } = readExposition(renderMetrics({ ...metrics, findings: [], audit: null, problems: [] }));
    expect(first.get('hullguard_agent_degraded')).toBe(0);
    expect([...first.keys()].filter((name) => /check_status|last_audit|problem/.test(name))).toEqual([]);
  });

  const promtool = spawnSync('promtool', ['--version']).status === 0;
  test.runIf(promtool)('is what Prometheus reads', () => {
    const { status, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: renderMetrics(metrics), encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });
});

describe('it is written', () => {
  test('for all to read, whole or not at all, whatever a kill left behind', () =>
    inScratch((directory) => {
      const file = path.join(directory, 'hullguard.prom');
      fs.writeFileSync(path.join(directory, '.hullguard.prom.new'), 'half of');
      const mask = process.umask(0o077);
      try {
        writeMetrics(file, metrics);
      } finally {
        process.umask(mask);
      }
      expect(fs.readFileSync(file, 'utf8')).toBe(renderMetrics(metrics));
      expect(fs.statSync(file).mode & 0o7777).toBe(0o644);
      const descriptor = fs.openSync(file, 'r');
      writeMetrics(file, { ...metrics, score: 1 });
      expect(fs.readFileSync(descriptor, 'utf8')).toContain('hullguard_score_ratio 0.625\n');
      fs.closeSync(descriptor);
      expect(fs.readFileSync(file, 'utf8')).toContain('hullguard_score_ratio 1\n');
      expect(fs.readdirSync(directory)).toEqual(['hullguard.prom']);
    }));

  test('never through a link that somebody has put there', () =>
    inScratch((directory) => {
      const victim = path.join(directory, 'victim');
      fs.writeFileSync(victim, 'mine');
      for (const name of ['hullguard.prom', '.hullguard.prom.new']) fs.symlinkSync(victim, path.join(directory, name));
      writeMetrics(path.join(directory, 'hullguard.prom'), metrics);
      expect(fs.readFileSync(victim, 'utf8')).toBe('mine');
    }));

  test('or it is said why not', () =>
    inScratch((directory) => {
      fs.chmodSync(directory, 0o555);
      const file = path.join(directory, 'hullguard.prom');
      expect(() => asNobody(() => writeMetrics(file, metrics))).toThrow(OutputError);
      expect(() => writeMetrics('/nonexistent/x.prom', metrics)).toThrow(/^cannot write the metrics to \/nonexistent\/x\.prom: ENOENT/);
    }));
});

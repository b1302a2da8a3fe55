/** Asks who made changes, on the host it runs on: `node ask.ts '{"differences": [["CHECK", "RESOURCE"]], "marks": [{"path": "/etc/x"}]}'`. */
import { openTrail } from '../../../agent/attribution/trail.ts';
import { collectFacts } from '../../../agent/collect.ts';
import { auditLog } from '../../../agent/host/audit-log.ts';
import { openHost } from '../../../agent/host/index.ts';
import type { Evaluation } from '../../../agent/loop.ts';
import type { Observation } from '../../../agent/observations.ts';
import { Observations } from '../../../agent/observations.ts';
import type { Finding } from '../../../agent/scan.ts';
import type { Stale } from '../../../agent/triggers/trigger.ts';
import { checks } from '../../../checks/index.ts';
import { defaultPolicy } from '../../../facts/policy.ts';

async function main(): Promise<void> {
  const { differences, marks, auditdConf } = JSON.parse(process.argv[2] ?? '{}') as {
    differences: [check: string, resource: string][];
    marks: Partial<Stale>[];
    auditdConf?: string;
  };
  const signal = AbortSignal.timeout(60_000);
  const host = openHost({ root: '/', endpoint: null, signal, timeout: 60_000, environment: process.env });
  const recording = await collectFacts(host, {
    policy: defaultPolicy,
    wanted: ['audit', 'files', 'accounts', 'containers', 'engines'],
    signal,
  });
  const trail = openTrail({ host, log: auditLog(auditdConf), self: [process.pid] });
  const observation = (check: string, resource: string): Observation => ({
    check,
    resource,
    severity: 'high',
    outcome: 'fail',
    actual: '',
  });
  const evaluation: Evaluation = {
    at: Date.now(),
    durationMs: 0,
    full: false,
    quiet: false,
    marks: marks.map((mark) => ({ facts: [], cause: '', at: Date.now(), ...mark })),
    recording,
    findings: checks.map((check) => ({ check }) as unknown as Finding),
    differences: differences.map(([check, resource]) => ({ before: null, after: observation(check, resource) })),
    observations: Observations.of(),
  };
  const begun = performance.now();
  const who = await trail.attribute(evaluation.differences, evaluation);
  process.stdout.write(JSON.stringify({ problem: trail.problem, who, milliseconds: performance.now() - begun }));
}

void main();

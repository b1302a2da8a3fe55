/** Metrics as a text file for the textfile collector of Prometheus' node_exporter. */
import fs from 'node:fs';
import path from 'node:path';
import type { Severity } from '../../checks/check.ts';
import { severities } from '../../checks/check.ts';
import { OutputError } from '../errors.ts';
import { type Audited, auditFamilies, type Family, gauge, renderFamilies } from '../exposition.ts';
import type { Finding } from '../scan.ts';
import { version } from '../version.ts';

export interface Metrics extends Omit<Audited, 'checks'> {
  readonly findings: readonly Finding[];
  /** Checks and resources that differ from the baseline by now. */
  readonly openDrift: number;
  /** Drift events since the agent started. */
  readonly drifts: Readonly<Record<Severity, number>>;
  readonly startedAt: number;
  /** What the agent cannot do, and why. */
  readonly problems: readonly string[];
  /** Messages that wait to be delivered. */
  readonly waiting: number;
}

export function renderMetrics(metrics: Metrics): string {
  const { score, audit } = metrics;
  const checks = metrics.findings.map(({ check, section, status }) => ({ check: check.id, section, severity: check.severity, status }));
  return renderFamilies([...auditFamilies({ checks, score, audit }), ...driftFamilies(metrics), ...agentFamilies(metrics)]);
}

function driftFamilies({ openDrift, drifts }: Metrics): Family[] {
  return [
    gauge('open_drift', 'Checks and resources that differ from the baseline.', { value: openDrift }),
    {
      ...gauge(
        'drift_events_total',
        'Drift events since the agent started.',
        ...severities.map((severity) => ({ labels: { severity }, value: drifts[severity] })),
      ),
      type: 'counter',
    },
  ];
}

function agentFamilies({ startedAt, problems, waiting }: Metrics): Family[] {
  return [
    gauge('agent_info', 'The agent that writes this file.', { labels: { version }, value: 1 }),
    gauge('agent_start_time_seconds', 'When the agent started.', { value: startedAt / 1000 }),
    gauge('agent_degraded', 'Whether there is something that the agent cannot do: 1 if so.', { value: problems.length > 0 ? 1 : 0 }),
    gauge(
      'agent_problem',
      'What the agent cannot do, and why: 1 each.',
      ...[...new Set(problems)].map((problem) => ({ labels: { problem }, value: 1 })),
    ),
    gauge('outbox_messages', 'Drift events that wait to be delivered.', { value: waiting }),
  ];
}

/** Readers see the old file or the new one, never half of it. They are other users: unlike reports, it tells no more than what fails. Throws OutputError. */
export function writeMetrics(file: string, metrics: Metrics): void {
  // node_exporter reads *.prom only. A name of its own for each process would leave one behind for each kill.
  const draft = path.join(path.dirname(file), `.${path.basename(file)}.new`);
  try {
    fs.rmSync(draft, { force: true });
    const descriptor = fs.openSync(draft, 'wx');
    try {
      fs.writeFileSync(descriptor, renderMetrics(metrics));
      fs.fchmodSync(descriptor, 0o644);
    } finally {
      fs.closeSync(descriptor);
    }
    fs.renameSync(draft, file);
  } catch (error) {
    fs.rmSync(draft, { force: true });
    if (!(error instanceof Error && 'code' in error)) throw error;
    throw new OutputError(`cannot write the metrics to ${file}: ${error.message}`, { cause: error });
  }
}

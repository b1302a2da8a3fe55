/** Metrics as a text file for the textfile collector of Prometheus' node_exporter. */
import fs from 'node:fs';
import path from 'node:path';
import type { Severity } from '../../checks/check.ts';
import { severities } from '../choices.ts';
import { OutputError } from '../errors.ts';
import { printable } from '../reporters/printable.ts';
import type { Finding, Status } from '../scan.ts';
import { version } from '../version.ts';

export interface Metrics {
  readonly findings: readonly Finding[];
  /** From 0 to 1. */
  readonly score: number;
  /** The last time that everything was audited; null before the first. */
  readonly audit: { readonly at: number; readonly durationMs: number } | null;
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

/** What hullguard_check_status says. */
const STATUS: Readonly<Record<Status, number>> = { pass: 0, fail: 1, error: 2, manual: 3, 'not-applicable': 4 };

interface Family {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  readonly samples: readonly Sample[];
}

interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Families without a sample are left out. */
export function renderMetrics(metrics: Metrics): string {
  return [...checkFamilies(metrics), ...agentFamilies(metrics)]
    .filter(({ samples }) => samples.length > 0)
    .map(render)
    .join('');
}

function checkFamilies({ findings, score, audit, openDrift, drifts }: Metrics): Family[] {
  const legend = Object.entries(STATUS).map(([status, value]) => `${value} ${status}`);
  return [
    gauge(
      'check_status',
      `What came of the check: ${legend.join(', ')}.`,
      ...findings.map(({ check: { id, severity }, section, status }) => ({
        labels: { check: id, section, severity },
        value: STATUS[status],
      })),
    ),
    gauge(
      'checks',
      'Checks by what came of them.',
      ...Object.keys(STATUS).map((status) => ({
        labels: { status },
        value: findings.filter((finding) => finding.status === status).length,
      })),
    ),
    gauge('score_ratio', 'Passed checks among those that passed or failed.', { value: score }),
    gauge('last_audit_timestamp_seconds', 'When everything was last audited.', ...(audit ? [{ value: audit.at / 1000 }] : [])),
    gauge('last_audit_duration_seconds', 'How long that took.', ...(audit ? [{ value: audit.durationMs / 1000 }] : [])),
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

function gauge(name: string, help: string, ...samples: readonly Sample[]): Family {
  return { name: `hullguard_${name}`, type: 'gauge', help, samples };
}

function render({ name, type, help, samples }: Family): string {
  const lines = samples.map(({ labels = {}, value }) => `${name}${renderLabels(labels)} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function renderLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${printable(value).replace(/["\\]/g, '\\$&')}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
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

/** Prometheus' text format: what the agent's metrics file and the report in that format share. */
import type { Severity } from '../checks/check.ts';
import { printable } from './reporters/printable.ts';
import type { Status } from './scan.ts';

export interface Family {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  readonly samples: readonly Sample[];
}

interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What came of one audit. */
export interface Audited {
  readonly checks: readonly {
    readonly check: string;
    readonly section: string;
    readonly severity: Severity;
    readonly status: Status;
  }[];
  /** From 0 to 1. */
  readonly score: number;
  /** The last time that everything was audited; null before the first. */
  readonly audit: { readonly at: number; readonly durationMs: number } | null;
}

/** What hullguard_check_status says. */
const STATUS: Readonly<Record<Status, number>> = { pass: 0, fail: 1, error: 2, manual: 3, 'not-applicable': 4 };

export function auditFamilies({ checks, score, audit }: Audited): Family[] {
  const legend = Object.entries(STATUS).map(([status, value]) => `${value} ${status}`);
  return [
    gauge(
      'check_status',
      `What came of the check: ${legend.join(', ')}.`,
      ...checks.map(({ check, section, severity, status }) => ({ labels: { check, section, severity }, value: STATUS[status] })),
    ),
    gauge(
      'checks',
      'Checks by what came of them.',
      ...Object.keys(STATUS).map((status) => ({ labels: { status }, value: checks.filter((each) => each.status === status).length })),
    ),
    gauge('score_ratio', 'Passed checks among those that passed or failed.', { value: score }),
    gauge('last_audit_timestamp_seconds', 'When everything was last audited.', ...(audit ? [{ value: audit.at / 1000 }] : [])),
    gauge('last_audit_duration_seconds', 'How long that took.', ...(audit ? [{ value: audit.durationMs / 1000 }] : [])),
  ];
}

export function gauge(name: string, help: string, ...samples: readonly Sample[]): Family {
  return { name: `hullguard_${name}`, type: 'gauge', help, samples };
}

/** Families without a sample are left out. */
export function renderFamilies(families: readonly Family[]): string {
  return families
    .filter(({ samples }) => samples.length > 0)
    .map(render)
    .join('');
}

function render({ name, type, help, samples }: Family): string {
  const lines = samples.map(({ labels = {}, value }) => `${name}${renderLabels(labels)} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function renderLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${printable(value).replace(/["\\]/g, '\\$&')}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

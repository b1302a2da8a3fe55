/** The report: one value that every format is made from, and its published schema. */
import { benchmarkName, benchmarkVersions } from '../checks/benchmark.ts';
import type { Recording } from '../facts/index.ts';
import * as z from '../facts/schema.ts';
import { type Decisions, noDecisions, selectorOf } from './decisions.ts';
import { decisiveOutcome, type Finding, type Status } from './scan.ts';
import type { Selected, Selection } from './select.ts';
import { impact, outcome, severity, status, stride, summary, surface, tool, waiverState } from './terms.ts';
import { version } from './version.ts';
import { type Decided, decide, type WaiverSeen } from './waivers.ts';

const evidence = z.strictObject({
  resource: z.string(),
  expected: z.string(),
  actual: z.string(),
  outcome,
  source: z.string(),
  /** The waiver that covers it. */
  waiver: z.optional(z.string()),
});

/** A site's decision to live with something that fails: why, whose, and until which day (`2027-01-31`). */
const waiver = z.strictObject({ id: z.string(), reason: z.string(), owner: z.string(), expires: z.string() });

/** A person's answer to what only a person can decide. */
const attestation = z.strictObject({ statement: z.string(), by: z.string(), at: z.string(), expires: z.string() });

const finding = z.strictObject({
  check: z.string(),
  control: z.nullable(z.string()),
  title: z.string(),
  section: z.string(),
  level: z.nullable(z.union([z.literal(1), z.literal(2)])),
  severity,
  stride: z.array(stride),
  surface,
  status,
  evidence: z.array(evidence),
  reason: z.nullable(z.string()),
  /** Set where waivers cover all that fails: the one of them that expires first. */
  waiver: z.nullable(waiver),
  attestation: z.nullable(attestation),
  remediation: z.strictObject({
    automatic: z.boolean(),
    impact,
    fix: z.string(),
  }),
});

export const reportSchema = z.strictObject({
  schemaVersion: z.literal(1),
  tool,
  at: z.iso.datetime(),
  durationMs: z.number().check(z.minimum(0)),
  host: z.strictObject({
    hostname: z.string(),
    os: z.string(),
    kernel: z.string(),
    /** The engine under audit; null when none answered. */
    engine: z.nullable(
      z.strictObject({
        version: z.string(),
        api: z.string(),
        rootless: z.boolean(),
        endpoint: z.string(),
        configFile: z.nullable(z.string()),
      }),
    ),
    /** Every engine found on this host. */
    engines: z.array(z.strictObject({ endpoint: z.string(), how: z.string(), configFile: z.nullable(z.string()) })),
  }),
  benchmark: z.strictObject({ name: z.string(), version: z.enum(benchmarkVersions) }),
  profile: z.string(),
  /** Checks that are left out of what was asked for, and by what: `profile NAME`, `skip` or `minSeverity`. */
  excluded: z.array(z.strictObject({ check: z.string(), by: z.string() })),
  summary: z.strictObject(summary),
  findings: z.array(finding),
  /** All waivers of the checks of this report, also those that no longer do anything; `note` says why. */
  waivers: z.array(
    z.extend(waiver, {
      check: z.string(),
      /** What it is limited to, as the waiver says it; null: nothing. */
      selector: z.nullable(z.string()),
      state: waiverState,
      note: z.nullable(z.string()),
    }),
  ),
});

export type Report = z.infer<typeof reportSchema>;
export type ReportedFinding = Report['findings'][number];

/** Whether it fails, and nobody has accepted that. */
export function isOpen(finding: ReportedFinding): boolean {
  return finding.status === 'fail' && finding.waiver === null;
}

/** The evidence that decided on the status. */
export function decisive({ status, evidence: seen }: ReportedFinding): ReportedFinding['evidence'] {
  return seen.filter(({ outcome }) => outcome === decisiveOutcome(status));
}

export function makeReport(
  findings: readonly Finding[],
  recording: Recording,
  selection: Pick<Selection, 'benchmark' | 'profile'> & Pick<Selected, 'excluded'>,
  durationMs: number,
  decisions: Decisions = noDecisions,
): Report {
  const at = recording.facts.system?.at ?? Date.now();
  const { findings: decided, waivers } = decide(findings, decisions, recording.facts, at);
  return {
    schemaVersion: 1,
    tool: { name: 'hullguard', version },
    at: new Date(at).toISOString(),
    durationMs: Math.round(durationMs),
    host: describeHost(recording),
    benchmark: { name: benchmarkName, version: selection.benchmark },
    profile: selection.profile.name,
    excluded: [...selection.excluded],
    summary: scoreOf(decided),
    findings: decided.map(describeFinding),
    waivers: waivers.map(describeWaiver),
  };
}

/** Findings by status, those that fail and are waived among them, and the share of those that passed of all that could be judged, from 0 to 1. */
export function scoreOf(findings: readonly Pick<Decided, 'status' | 'waiver'>[]): Report['summary'] {
  const counts = countStatuses(findings);
  const judged = counts.pass + counts.fail;
  const waived = findings.filter(({ waiver }) => waiver !== null).length;
  return { ...counts, waived, score: judged === 0 ? 0 : Math.round((counts.pass / judged) * 1000) / 1000 };
}

function countStatuses(findings: readonly Pick<Decided, 'status'>[]): Record<Status, number> {
  const counts: Record<Status, number> = { pass: 0, fail: 0, manual: 0, 'not-applicable': 0, error: 0 };
  for (const { status } of findings) counts[status] += 1;
  return counts;
}

function describeHost({ facts: { system, engine, engines, daemon } }: Recording): Report['host'] {
  return {
    hostname: system?.hostname || 'unknown',
    os: system?.os ?? 'unknown',
    kernel: system?.kernel ?? 'unknown',
    engine: engine
      ? {
          version: engine.version.Version,
          api: engine.version.ApiVersion,
          rootless: daemon?.rootless ?? engine.info.SecurityOptions.includes('name=rootless'),
          endpoint: engine.endpoint,
          configFile: daemon?.configFile.path ?? null,
        }
      : null,
    engines: engines?.found ?? [],
  };
}

function describeWaiver({ waiver: each, state, note }: WaiverSeen): Report['waivers'][number] {
  const { id, check, reason, owner, expires } = each;
  return { id, check, selector: selectorOf(each), reason, owner, expires, state, note };
}

function describeFinding(finding: Decided): ReportedFinding {
  const { check, control, level, section, status: verdict, evidence: observed, reason } = finding;
  const { id, title, severity, stride, surface, impact, fix, goal } = check;
  return {
    check: id,
    control,
    title,
    section,
    level,
    severity,
    stride: [...stride],
    surface,
    status: verdict,
    // What would mend it is for the plan, and whose it is for waivers.
    evidence: observed.map(({ resource, expected, outcome, actual, source, waiver }) =>
      waiver === undefined ? { resource, expected, outcome, actual, source } : { resource, expected, outcome, actual, source, waiver },
    ),
    reason,
    waiver: finding.waiver,
    attestation: finding.attestation,
    remediation: { automatic: goal !== undefined && goal !== 'container-option', impact, fix },
  };
}

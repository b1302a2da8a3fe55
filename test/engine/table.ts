/** Tables of expected verdicts, read as documentation: for each control what it says of each resource, on each engine. */
import type { Report, ReportedFinding } from '../../agent/report.ts';
import type { Status } from '../../agent/scan.ts';
import type { Suite } from '../lab/engine.ts';

/** `pass Privileged=false`: outcome and what was seen. */
export type Line = string | RegExp;

/** The same on all engines, or one for each. */
type OnEngine<T> = T | { readonly bookworm: T; readonly trixie: T; readonly sid: T };

export interface Row {
  readonly status: OnEngine<Status>;
  /** Why it does not apply, or cannot be judged. */
  readonly reason?: OnEngine<Line>;
  /** Running containers that `only` does not name. */
  readonly containers?: OnEngine<Line>;
  /** The same for those that do not run; as `containers` where left out. */
  readonly stopped?: OnEngine<Line>;
  /** Containers by name. */
  readonly only?: Readonly<Record<string, OnEngine<Line>>>;
  /** Images that `evidence` does not name. */
  readonly images?: OnEngine<Line>;
  /** Every other resource, by its whole name; a list where it is named more than once. */
  readonly evidence?: Readonly<Record<string, OnEngine<Line | readonly Line[]>>>;
}

/** `5.5 container/no-privileged` → a row, or `not-applicable: reason`. */
export type Table = Readonly<Record<string, OnEngine<Row | string>>>;

export interface Host {
  readonly suite: Suite;
  /** Container name → `running`, or the state that evidence has to tell. */
  readonly states: Readonly<Record<string, string>>;
}

/** What differs between a report and the table, in words; nothing when all is as expected. */
export function differences(report: Report, table: Table, host: Host): string[] {
  const titles = report.findings.map(titleOf);
  const missing = titles.filter((title) => !(title in table)).map((title) => `${title}: not in the table`);
  const extra = Object.keys(table).filter((title) => !titles.includes(title));
  return [
    ...missing,
    ...extra.map((title) => `${title}: not in the report`),
    ...report.findings.flatMap((finding) => {
      const row = table[titleOf(finding)];
      return row === undefined ? [] : compare(finding, parseRow(on(row, host.suite)), host).map((text) => `${titleOf(finding)}: ${text}`);
    }),
  ];
}

function titleOf({ control, check }: Pick<ReportedFinding, 'control' | 'check'>): string {
  return control === null ? check : `${control} ${check}`;
}

function parseRow(row: Row | string): Row {
  if (typeof row !== 'string') return row;
  const colon = row.indexOf(': ');
  return { status: row.slice(0, colon) as Status, reason: row.slice(colon + 2) };
}

function compare(finding: ReportedFinding, row: Row, host: Host): string[] {
  const status = on(row.status, host.suite);
  const reason = row.reason === undefined ? '' : on(row.reason, host.suite);
  return [
    ...(finding.status === status ? [] : [`is ${finding.status} (${finding.reason ?? ''}), not ${status}`]),
    ...(fits(finding.reason ?? '', reason) || row.reason === undefined ? [] : [`its reason is "${finding.reason}", not ${reason}`]),
    ...compareEvidence(finding, row, host),
  ];
}

function compareEvidence(finding: ReportedFinding, row: Row, host: Host): string[] {
  const expected = expectedLines(finding, row, host);
  // Ids of sessions are made by chance.
  const seen = Map.groupBy(finding.evidence, ({ resource }) => resource.replace(/(?<= exec session) [0-9a-f]{12}$/, ''));
  const problems: string[] = [];
  for (const [resource, lines] of expected) {
    const actual = (seen.get(resource) ?? []).map(({ outcome, actual: text }) => `${outcome} ${text}`);
    const good = actual.length === lines.length && lines.every((line, index) => fits(actual[index] ?? '', line));
    if (!good) problems.push(`${resource}: "${actual.join('", "') || '(nothing)'}" is not ${lines.map((line) => `"${line}"`).join(', ')}`);
  }
  const unexpected = [...seen.keys()].filter((resource) => !expected.has(resource));
  return [...problems, ...unexpected.map((resource) => `${resource}: not expected`)];
}

function expectedLines(finding: ReportedFinding, row: Row, { suite, states }: Host): Map<string, readonly Line[]> {
  const expected = new Map<string, readonly Line[]>();
  const { containers, stopped = containers, only = {}, images, evidence = {} } = row;
  for (const [name, state] of Object.entries(states)) {
    const line = only[name] ?? (state === 'running' ? containers : stopped);
    if (line !== undefined) expected.set(`container ${name}`, [inState(on(line, suite), state)]);
  }
  for (const name of Object.keys(only)) if (!(name in states)) expected.set(`container ${name}`, ['(no such container)']);
  for (const { resource } of images === undefined ? [] : finding.evidence) {
    if (resource.startsWith('image ') && images !== undefined) expected.set(resource, [on(images, suite)]);
  }
  for (const [resource, value] of Object.entries(evidence)) {
    const lines = on<Line | readonly Line[]>(value, suite);
    expected.set(resource, Array.isArray(lines) ? (lines as readonly Line[]) : [lines as Line]);
  }
  return expected;
}

/** Evidence of a container that does not run says so. */
function inState(line: Line, state: string): Line {
  return state === 'running' || typeof line !== 'string' ? line : `${line} (container is ${state})`;
}

function fits(text: string, line: Line): boolean {
  return typeof line === 'string' ? text === line : line.test(text);
}

function on<T>(value: OnEngine<T>, suite: Suite): T {
  const isChoice = typeof value === 'object' && value !== null && 'bookworm' in value;
  return isChoice ? value[suite] : (value as T);
}

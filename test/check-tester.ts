/** Drives one check over a table of small hosts. Hygiene nobody has to remember is enforced here. */
import { describe, expect, test } from 'vitest';
import { collectFacts } from '../agent/collect.ts';
import { type Finding, judge, type Status } from '../agent/scan.ts';
import { currentBenchmark } from '../checks/benchmark.ts';
import type { Check, Goal } from '../checks/check.ts';
import type { FactName, Recording } from '../facts/index.ts';
import { type Assembled, assemble, planNeeds } from '../remediations/assemble.ts';
import { fakeHost, fakePolicy, type HostLiteral } from './fake-host.ts';
import { mended } from './mended.ts';

export interface Row {
  readonly host: HostLiteral;
  readonly status: Status;
  /** Text that the evidence or the reason must contain. */
  readonly says?: string | RegExp;
  /** What the evidence must say would mend it. */
  readonly goal?: Goal;
}

export type Rows = { readonly [name: string]: Row };

/**
 * A check whose status can be both pass and fail needs a row for each; every check errs without each fact it needs.
 * `never` names what no host can make of the check: a past that nobody recorded cannot pass.
 */
export function testCheck(check: Check, rows: Rows, { never = [] }: { readonly never?: readonly Status[] } = {}): void {
  describe(check.id, () => {
    test('has rows for each outcome, and no row twice', () => {
      const statuses = new Set(Object.values(rows).map((row) => row.status));
      if (!check.manual) for (const status of decidable(rows)) expect(statuses.has(status), status).toBe(!never.includes(status));
      const hosts = Object.values(rows).map((row) => JSON.stringify(row.host));
      expect(new Set(hosts).size).toBe(hosts.length);
    });

    for (const [name, row] of Object.entries(rows)) {
      test(name, async () => {
        const recording = await collect(check, row.host);
        const finding = judge(check, deepFreeze(recording), currentBenchmark);
        expect(judge(check, recording, currentBenchmark)).toEqual(finding);
        expect(finding.status, explain(finding)).toBe(row.status);
        if (row.says !== undefined) expect(explain(finding)).toMatch(row.says);
        if (row.goal !== undefined) expect(goalsOf(finding)).toContainEqual(row.goal);
        expect(
          finding.evidence.filter(({ outcome, goal }) => goal !== undefined && (outcome !== 'fail' || goal.kind !== check.goal)),
        ).toEqual([]);
        // A facts file is judged as the host it came from.
        const reread = JSON.parse(JSON.stringify(recording)) as Recording;
        expect(judge(check, reread, currentBenchmark)).toEqual(finding);
      });
    }

    if (check.goal !== undefined && check.goal !== 'container-option') {
      test('what a plan can mend whole passes afterwards, and needs no second plan', async () => {
        const tried: string[] = [];
        for (const [name, { host, status }] of Object.entries(rows)) if (status === 'fail' && (await mend(check, host))) tried.push(name);
        expect(tried).not.toEqual([]);
      });
    }

    if (check.goal !== undefined) {
      test('has a row that fails and says what would mend it', async () => {
        const failing = Object.values(rows).filter(({ status }) => status === 'fail');
        const goals = await Promise.all(
          failing.map(async ({ host }) => goalsOf(judge(check, await collect(check, host), currentBenchmark))),
        );
        expect(goals.flat()).not.toEqual([]);
      });
    }

    for (const name of check.needs) {
      test(`without the fact ${name} it is an error`, async () => {
        const { facts } = await collect(check, {});
        const missing = { [name]: 'taken away' };
        const finding = judge(check, { facts: { ...facts, [name]: undefined } as Recording['facts'], missing }, currentBenchmark);
        expect(finding).toMatchObject({ status: 'error', reason: 'taken away' });
      });
    }
  });
}

/** Carries out the plan for a failing host; false where that leaves something to a person. */
async function mend(check: Check, host: HostLiteral): Promise<boolean> {
  const plan = await planned(check, host);
  const failures = judge(check, await collect(check, host), currentBenchmark).evidence.filter(({ outcome }) => outcome === 'fail');
  if (plan.fixes.length < failures.length) return false;
  const after = mended(
    host,
    plan,
    failures.flatMap(({ goal }) => goal ?? []),
  );
  const finding = judge(check, await collect(check, after), currentBenchmark);
  expect(finding.status, `${explain(finding)}\n${JSON.stringify(plan.changes)}`).not.toBe('fail');
  expect((await planned(check, after)).changes).toEqual([]);
  return true;
}

async function planned(check: Check, host: HostLiteral): Promise<Assembled> {
  const recording = await collectFacts(fakeHost(host), {
    policy: fakePolicy(host),
    wanted: [...check.needs, ...planNeeds([check])],
    signal: AbortSignal.timeout(5000),
  });
  return assemble([judge(check, recording, currentBenchmark)], recording, { maxImpact: 'restart', canRestart: true });
}

/** The statuses a table must show: pass and fail, unless it says by its rows that the check only ever asks a person or does not apply. */
function decidable(rows: Rows): Status[] {
  const statuses = new Set(Object.values(rows).map((row) => row.status));
  return statuses.has('pass') || statuses.has('fail') ? ['pass', 'fail'] : ['manual'];
}

export async function collect(check: Check, host: HostLiteral): Promise<Recording> {
  return collectFacts(fakeHost(host), {
    policy: fakePolicy(host),
    wanted: check.needs as readonly FactName[],
    signal: AbortSignal.timeout(5000),
  });
}

function goalsOf(finding: Finding): Goal[] {
  return finding.evidence.flatMap(({ goal }) => goal ?? []);
}

function explain(finding: Finding): string {
  const lines = finding.evidence.map((entry) => `${entry.outcome} ${entry.resource}: ${entry.actual} [${entry.source}]`);
  return [finding.reason ?? '', ...lines].join('\n');
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}

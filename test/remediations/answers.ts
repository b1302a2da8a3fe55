/** What a remediation answers on an in-memory host: the check's own goals, planned with that host's facts. */
import { collectFacts } from '../../agent/collect.ts';
import { judge } from '../../agent/scan.ts';
import type { Goal, GoalKind, Goals } from '../../checks/check.ts';
import { checks } from '../../checks/index.ts';
import type { FactName, Facts } from '../../facts/index.ts';
import { remediations } from '../../remediations/index.ts';
import type { Change } from '../../remediations/plan.ts';
import type { Answer, Remediation } from '../../remediations/remediation.ts';
import { fakeHost, fakePolicy, type HostLiteral } from '../fake-host.ts';

async function factsOf(host: HostLiteral, wanted: readonly FactName[]): Promise<Facts> {
  const { facts, missing } = await collectFacts(fakeHost(host), { policy: fakePolicy(host), wanted, signal: AbortSignal.timeout(5000) });
  for (const name of wanted) if (facts[name] === undefined) throw new Error(missing[name]);
  return facts as Facts;
}

/** The answer to a goal that some check might have. */
export async function answerTo(goal: Goal, host: HostLiteral): Promise<Answer> {
  // One kind of goal and its own remediation: the table pairs them, which the type of a lookup cannot say.
  const remediation = remediations[goal.kind] as Remediation<GoalKind>;
  return remediation.plan(goal as Goals[GoalKind], await factsOf(host, remediation.needs));
}

/** The answers to the goals of a check that fails on this host. */
export async function answersOf(id: string, host: HostLiteral): Promise<Answer[]> {
  const check = checks.find((candidate) => candidate.id === id);
  if (check === undefined) throw new Error(`no check ${id}`);
  const { evidence } = judge(check, { facts: await factsOf(host, check.needs), missing: {} }, '1.8.0');
  return Promise.all(evidence.flatMap(({ goal }) => (goal === undefined ? [] : [answerTo(goal, host)])));
}

/** The one answer of a check that fails for one thing. */
export async function answerOf(id: string, host: HostLiteral): Promise<Answer> {
  const [answer, ...others] = await answersOf(id, host);
  if (answer === undefined || others.length > 0) throw new Error(`${id}: ${others.length + (answer === undefined ? 0 : 1)} goals`);
  return answer;
}

/** Its changes; throws where it has none to offer. */
export function changesOf(answer: Answer): readonly Change[] {
  if (!('changes' in answer)) throw new Error(JSON.stringify(answer));
  return answer.changes;
}

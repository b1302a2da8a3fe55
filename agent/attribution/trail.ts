/** Who made a change, out of the audit trail: one search for all differences of an evaluation, and a reason for each that it says nothing of. */
import { setTimeout as sleep } from 'node:timers/promises';
import { coverage } from '../../facts/audit.ts';
import { type Host, HostError, hasCode, reasonOf } from '../../facts/host.ts';
import type { Facts, Recording } from '../../facts/index.ts';
import type { Attribution } from '../attribution.ts';
import type { Who } from '../drift.ts';
import type { AuditLog } from '../host/audit-log.ts';
import type { Evaluation } from '../loop.ts';
import type { Difference } from '../observations.ts';
import { type Act, actOf } from './acts.ts';
import { culpritOfEvent } from './clients.ts';
import { culpritOfFile, culpritOfRules } from './files.ts';
import { type Question, questionsOf } from './questions.ts';
import { parseRecords } from './records.ts';
import { missingRules, socketsOf, trailProblem } from './rules.ts';
import { whoOf } from './who.ts';

export interface TrailOptions {
  readonly host: Pick<Host, 'lstat' | 'readlink'>;
  readonly log: AuditLog;
  /** Processes whose requests to the engine are our own. */
  readonly self: readonly number[];
}

export interface Trail extends Attribution {
  /** What the host is like now, and with it whether changes can be attributed. */
  learn(recording: Recording): void;
}

/** Records come through the kernel's queue and the daemon: so long after the change itself at the latest, or they are not waited for. */
const PATIENCE_MS = 120;
/** Where so much is recorded that a search back is not worth its time, the last moments must do. */
const BRIEF_MS = 3000;
const MOST_GAPS = 3;
/** The clock of the audit system ticks every few milliseconds. */
const TICK_MS = 20;

export function openTrail(options: TrailOptions): Trail {
  let facts: Partial<Facts> = {};
  let fatal: string | null = 'the audit trail has not been looked at yet';
  let gaps: string | null = null;
  const learn = (recording: Recording): void => {
    facts = recording.facts;
    fatal = fatalProblem(recording, options.log);
    gaps = fatal === null ? gapsOf(options.host, facts) : null;
  };
  return {
    get problem() {
      return fatal ?? gaps;
    },
    learn,
    async attribute(found, evaluation) {
      if (facts !== evaluation.recording.facts) learn(evaluation.recording);
      if (fatal !== null) return all(found, fatal);
      try {
        return await answers(options, facts, found, evaluation);
      } catch (error) {
        if (!(error instanceof HostError)) throw error;
        return all(found, reasonOf(error));
      }
    },
  };
}

function all(found: readonly Difference[], reason: string): Who[] {
  return found.map(() => ({ status: 'unattributed', reason }));
}

/** Why nothing can be attributed; null where something can. */
function fatalProblem({ facts, missing }: Recording, log: AuditLog): string | null {
  if (facts.engines?.remote) return 'the engine is on another host, and so is its audit trail';
  if (facts.audit === undefined) return missing.audit ?? 'the audit rules have not been read';
  const problem = trailProblem(facts.audit);
  if (problem !== null) return problem;
  try {
    log.path();
    return null;
  } catch (error) {
    return reasonOf(error);
  }
}

function gapsOf(host: TrailOptions['host'], facts: Partial<Facts>): string | null {
  const missing = missingRules(host, facts).map(({ records }) => records);
  if (missing.length === 0) return null;
  const more = missing.length > MOST_GAPS ? ` and ${missing.length - MOST_GAPS} more` : '';
  const locked = facts.audit?.enabled === 2 ? ', and the rules are locked until the next boot' : '';
  return `no audit rule records ${missing.slice(0, MOST_GAPS).join(', ')}${more}${locked}`;
}

async function answers(options: TrailOptions, facts: Partial<Facts>, found: readonly Difference[], evaluation: Evaluation): Promise<Who[]> {
  const asked = found.map((difference) => questionsOf(options.host, difference, evaluation));
  const questions = asked.flat();
  if (questions.length === 0) return all(found, UNTOLD);
  const since = Math.min(...questions.map((question) => question.since));
  // What came later is another change, and told of by itself.
  const until = evaluation.at + evaluation.durationMs + TICK_MS;
  const searched = Date.now();
  let acts = await search(options.log, since, until);
  let find = finder(acts, facts, options.self);
  // Only where the trail could know, says nothing yet, and may still say it. A clock that was set back must not hold us up.
  const isOpen = asked.some(([first, ...others]) => first !== undefined && gapOf(first, facts) === null && ![first, ...others].some(find));
  const left = Math.max(...evaluation.marks.map(({ at }) => at)) + PATIENCE_MS - searched;
  if (isOpen && left > 0) {
    await sleep(Math.min(left, PATIENCE_MS));
    acts = await search(options.log, since, until);
    find = finder(acts, facts, options.self);
  }
  return asked.map((list) => answer(list, find, facts));
}

const UNTOLD = 'nothing has told when it changed: it was seen by a full audit';

async function search(log: AuditLog, since: number, until: number): Promise<Act[]> {
  let records: string;
  try {
    records = await log.search(since);
  } catch (error) {
    if (!hasCode(error, 'too-large', 'timeout')) throw error;
    records = await log.search(Date.now() - BRIEF_MS);
  }
  return parseRecords(records).flatMap((event) => (event.at <= until ? (actOf(event) ?? []) : []));
}

/** The first question that the trail answers. */
function answer(questions: readonly Question[], find: Finder, facts: Partial<Facts>): Who {
  for (const question of questions) {
    const act = find(question);
    if (act !== null) return whoOf(act, question.about === 'event' ? 'inferred' : 'known', facts.accounts);
  }
  const [first] = questions;
  return { status: 'unattributed', reason: first === undefined ? UNTOLD : (gapOf(first, facts) ?? silence(first)) };
}

type Finder = (question: Question) => Act | null;

/** Who did it, out of these acts. What one change has broken in many ways is one question, and weighed once. */
function finder(acts: readonly Act[], facts: Partial<Facts>, self: readonly number[]): Finder {
  const known = new Map<string, Act | null>();
  return (question) => {
    const key = JSON.stringify(question);
    const act = known.has(key) ? (known.get(key) ?? null) : culprit(acts, question, facts, self);
    known.set(key, act);
    return act;
  };
}

function culprit(acts: readonly Act[], question: Question, facts: Partial<Facts>, self: readonly number[]): Act | null {
  const recent = acts.filter(({ at }) => at >= question.since);
  if (question.about === 'file') return culpritOfFile(recent, question);
  if (question.about === 'rules') return culpritOfRules(recent);
  return culpritOfEvent(recent, question, socketsOf(facts), self);
}

/** Why the trail cannot know. */
function gapOf(question: Question, { audit, files }: Partial<Facts>): string | null {
  if (audit === undefined || question.about === 'rules') return null;
  if (question.about === 'file') {
    const weighed = coverage(audit.kernel, question.path);
    return 'gap' in weighed ? `no audit rule records changes of ${question.path} (${weighed.gap})` : null;
  }
  const sockets = socketsOf({ ...(files && { files }) });
  const recorded =
    audit.kernel.some(({ line, path }) => sockets.includes(path) && /\bconnect\b/.test(line)) ||
    audit.kernel.some(({ permissions, path }) => permissions.includes('x') && /\/docker$/.test(path));
  return recorded ? null : `no audit rule records who connects to ${sockets[0] ?? "the engine's socket"}`;
}

/** It could have known, and has no record. */
function silence(question: Question): string {
  if (question.about === 'file') return `the audit trail has no change of ${question.path} in that time`;
  if (question.about === 'rules') return 'the audit trail has no change of rules in that time';
  return `the audit trail has no client that asked for "${question.event.type} ${question.event.action}" at that time: the engine does it by itself, too`;
}

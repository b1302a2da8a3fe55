/**
 * Changes at a steady pace while dockerd is restarted and the agent killed: nothing may be lost that lasted, nothing told twice, and nothing may grow.
 * Ten minutes are 10,000 changes, five restarts and ten kills; fewer minutes are as much less.
 */
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Blind, faultsOf, HELD_MS, type Made } from './books.ts';
import { type Changes, changesOf, DAEMON_JSON } from './changes.ts';
import { mean, type Sample, sample } from './resources.ts';
import { type Agent, audit, openBooks, type Stage, startAgent, startStage } from './stage.ts';
import { type Measured, type Row, row } from './table.ts';

const EVENTS_PER_MINUTE = 1000;
const AT_ONCE = 4;
const SAMPLE_MS = 2000;
/** After a start or a restart, until the agent is connected and has looked. */
const SIGHT_MS = 5000;
const CALM_MS = 10_000;
const ROTATION = ['pids', 'memory', 'pids', 'run', 'memory', 'pids', 'memory', 'pids', 'remove', 'memory'] as const;
/** What there is one of comes round so that each of its states lasts. */
const SINGLE = ['daemonJson', 'mode', 'rule'] as const;
const SINGLE_EVERY = 31;
/** So many privileged containers stay for a while. */
const STAYING = 80;

interface Course {
  readonly made: Made[];
  readonly blind: Blind[];
  readonly samples: Sample[];
  readonly faults: string[];
  /** Changes of the engine wait meanwhile. */
  restarting: boolean;
  ended: boolean;
  agent: Agent;
  kills: number;
  restarts: number;
}

export async function measureSoak(minutes: number): Promise<Measured> {
  const stage = await startStage(DAEMON_JSON);
  try {
    const agent = await startAgent(stage);
    const course: Course = { made: [], blind: [], samples: [], faults: [], restarting: false, ended: false, agent, kills: 0, restarts: 0 };
    const begun = performance.now();
    const changes = await changesOf(stage.engine, 'api');
    const disasters = [disturb(course, { stage, changes }, minutes), observe(course)];
    await change(course, changes, minutes * EVENTS_PER_MINUTE);
    const seconds = (performance.now() - begun) / 1000;
    course.ended = true;
    await Promise.all(disasters);
    await sleep(CALM_MS);
    if (!course.agent.isAlive()) course.faults.push(`the agent has ended: ${course.agent.log().slice(-500)}`);
    const books = openBooks(stage);
    const faults = [...course.faults, ...faultsOf(books, course.made, course.blind, await audit(stage))];
    const events = books.events().length;
    books.close();
    await course.agent.kill();
    return { rows: rowsOf(course, seconds, events), faults };
  } finally {
    await stage.stop();
  }
}

/** Makes changes at the pace, a few at once, until there are so many. */
async function change(course: Course, changes: Changes, count: number): Promise<void> {
  const under = new Set<Promise<void>>();
  const begun = performance.now();
  let started = 0;
  for (let turn = 0; started < count; turn++) {
    const name = kindOf(turn);
    while (course.restarting || under.size >= AT_ONCE) {
      await Promise.race([...under, sleep(20)]);
    }
    const next = name === 'remove' && turn < STAYING * ROTATION.length ? null : changes[name]();
    if (next === null) continue;
    started += 1;
    const work = next.make().then(
      (at) => void course.made.push({ ...next, at }),
      (error: unknown) => void course.faults.push(`${next.kind} of ${next.resource} could not be made: ${String(error)}`),
    );
    const tracked = work.finally(() => under.delete(tracked));
    under.add(tracked);
    await sleep(Math.max(0, begun + (started * 60_000) / EVENTS_PER_MINUTE - performance.now()));
  }
  await Promise.all(under);
}

function kindOf(turn: number): keyof Changes {
  if (turn % SINGLE_EVERY === 0) return SINGLE[(turn / SINGLE_EVERY) % SINGLE.length] ?? 'rule';
  return ROTATION[turn % ROTATION.length] ?? 'pids';
}

/** A restart for each two minutes and a kill for each, by turns. */
interface Scene {
  readonly stage: Stage;
  readonly changes: Changes;
}

async function disturb(course: Course, scene: Scene, minutes: number): Promise<void> {
  const begun = performance.now();
  const kills = Array.from({ length: Math.ceil(minutes) }, (_, index) => ({ at: (index + 0.5) * 60_000, work: () => kill(course, scene) }));
  const restarts = Array.from({ length: Math.ceil(minutes / 2) }, (_, index) => ({
    at: (2 * index + 0.9) * 60_000,
    work: () => restart(course, scene),
  }));
  for (const { at, work } of [...kills, ...restarts].toSorted((left, right) => left.at - right.at)) {
    const due = Math.min(at, minutes * 55_000);
    while (performance.now() - begun < due && !course.ended) await sleep(50);
    await work();
  }
}

async function kill(course: Course, { stage }: Scene): Promise<void> {
  const from = Date.now();
  if (!course.agent.isAlive()) course.faults.push(`the agent has ended by itself: ${course.agent.log().slice(-500)}`);
  await course.agent.kill();
  course.agent = await startAgent(stage);
  course.kills += 1;
  course.blind.push({ from, until: Date.now() + SIGHT_MS });
}

async function restart(course: Course, { stage, changes }: Scene): Promise<void> {
  course.restarting = true;
  await sleep(500); // what is under way is done
  while (fs.readFileSync(stage.engine.configFile, 'utf8') !== DAEMON_JSON) {
    // It is to start as it began, or all later changes would be of something else.
    const next = changes.daemonJson();
    if (next !== null) course.made.push({ ...next, at: await next.make() });
    await sleep(HELD_MS);
  }
  const from = Date.now();
  await stage.engine.restart();
  course.restarts += 1;
  course.blind.push({ from, until: Date.now() + SIGHT_MS });
  course.restarting = false;
}

async function observe(course: Course): Promise<void> {
  while (!course.ended) {
    await sleep(SAMPLE_MS);
    try {
      course.samples.push(sample(course.agent.pid));
    } catch {
      // it has just been killed
    }
  }
}

function rowsOf({ made, kills, restarts, samples }: Course, seconds: number, events: number): Row[] {
  const quarter = Math.floor(samples.length / 4);
  const [first, last] = [samples.slice(0, quarter), samples.slice(-quarter)];
  const of = (name: 'rss' | 'own' | 'handles', list: readonly Sample[]): number => mean(list.map((each) => each[name]));
  const flat = (what: string, name: 'rss' | 'own' | 'handles', unit: string): Row => {
    const [before, after] = [of(name, first), of(name, last)];
    const measured = `${before.toFixed(1)} → ${after.toFixed(1)} ${unit}`;
    return { what: `${what}, first and last quarter`, measured, ratio: after / before / 1.1, budget: 1 };
  };
  return [
    row(`changes made in ${seconds.toFixed(0)} s`, made.length, null, ''),
    row('changes a second', made.length / seconds, null, '', 1),
    row('restarts of dockerd', restarts, null, ''),
    row('kills of the agent', kills, null, ''),
    row('drift recorded', events, null, ''),
    flat('RSS', 'rss', 'MB'),
    flat('own memory', 'own', 'MB'),
    flat('open handles', 'handles', ''),
  ];
}

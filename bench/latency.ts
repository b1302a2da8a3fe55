/** From a change to its record on disk, beside 500 containers, settling included; and what an event costs the engine. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { DriftEvent, HistoryReader } from '../agent/state/history.ts';
import { startProxy } from '../test/lab/proxy.ts';
import { faultsOf, isSame, type Made } from './books.ts';
import { type Change, type Changes, changesOf, DAEMON_JSON } from './changes.ts';
import { audit, openBooks, type Stage, startAgent, startStage } from './stage.ts';
import { type Measured, percentile, type Row, row } from './table.ts';

const EVENTS = 200;
const BUDGET_MS = 300;
const LOST_MS = 5000;
const POLL_MS = 2;
/** Longer than anything that one change makes the agent do. */
const CALM_MS = 700;

const ROTATION = [
  'run',
  'daemonJson',
  'pids',
  'rule',
  'memory',
  'daemonJson',
  'mode',
  'pids',
  'remove',
  'daemonJson',
  'rule',
  'memory',
] as const;

interface Timed {
  readonly kind: string;
  readonly ms: number;
}

export async function measureLatency(): Promise<Measured> {
  const stage = await startStage(DAEMON_JSON);
  try {
    const agent = await startAgent(stage);
    const books = openBooks(stage);
    const changes = await changesOf(stage.engine, 'cli');
    const times: Timed[] = [];
    const made: Made[] = [];
    const faults: string[] = [];
    for (let turn = 0; times.length + faults.length < EVENTS; turn++) {
      const change = changes[ROTATION[turn % ROTATION.length] ?? 'pids']();
      if (change === null) continue;
      await sleep(CALM_MS);
      const { at, seenAt } = await observe(books, change);
      made.push({ ...change, at });
      if (seenAt === null) faults.push(`lost: ${change.kind} of ${change.resource} was not told of within ${LOST_MS} ms`);
      else times.push({ kind: change.kind, ms: seenAt - at });
    }
    await sleep(CALM_MS);
    faults.push(...faultsOf(books, made, [], await audit(stage)));
    books.close();
    await agent.kill();
    return { rows: [...rowsOf(times), ...(await measureRequests(stage, changes))], faults };
  } finally {
    await stage.stop();
  }
}

/** Makes the change; when it was made, and when its drift was in the history, from what to what it was. */
async function observe(books: HistoryReader, { make, ...change }: Change): Promise<{ at: number; seenAt: number | null }> {
  const begun = Date.now();
  let head = books.head().seq;
  let done: number | null = null;
  const making = make().then((at) => {
    done = Date.now();
    return at;
  });
  let seenAt: number | null = null;
  while (seenAt === null && (done === null || Date.now() - done < LOST_MS)) {
    await sleep(POLL_MS);
    const { seq } = books.head();
    const now = Date.now();
    if (seq !== head && books.events({ since: begun }).some((event) => isOf(event, change))) seenAt = now;
    head = seq;
  }
  return { at: await making, seenAt };
}

function isOf(event: DriftEvent, { check, resource, before, after }: Omit<Change, 'make'>): boolean {
  return event.check === check && event.resource === resource && isSame(event, event.before, before) && isSame(event, event.after, after);
}

function rowsOf(times: readonly Timed[]): Row[] {
  const kinds = [...Map.groupBy(times, ({ kind }) => kind)].map(([kind, list]) => ({ kind, values: list.map(({ ms }) => ms) }));
  const rows = kinds.map(({ kind, values }): Row => {
    const [p50, p99, most] = [percentile(values, 0.5), percentile(values, 0.99), Math.max(...values)];
    const measured = `${[p50, p99, most].map((value) => value.toFixed(0)).join(' / ')} ms`;
    return { what: `${kind} (${values.length}): p50 / p99 / longest`, measured, ratio: p99 / BUDGET_MS, budget: null };
  });
  const all = times.map(({ ms }) => ms);
  return [
    ...rows,
    row(`event to record, all ${all.length}: p50`, percentile(all, 0.5), null, 'ms'),
    row(`event to record, all ${all.length}: p99`, percentile(all, 0.99), BUDGET_MS, 'ms'),
  ];
}

/** What the agent asks the engine for while one container is touched, and nothing else happens. */
async function measureRequests(stage: Stage, { run, pids, memory, remove }: Changes): Promise<Row[]> {
  const proxy = await startProxy(stage.engine.socket);
  const agent = await startAgent(stage, proxy.endpoint);
  try {
    let [most, what] = [0, ''];
    for (let turn = 0; turn < 5; turn++)
      for (const change of [run(), pids(), memory(), remove()]) {
        if (change === null) continue;
        await sleep(CALM_MS);
        proxy.requests.length = 0;
        await change.make();
        await sleep(CALM_MS);
        const events = EVENTS_OF[change.kind] ?? 1;
        if (proxy.requests.length / events > most) [most, what] = [proxy.requests.length / events, change.kind];
      }
    return [row(`API requests for each container event (most: ${what})`, most, 2, '', 1)];
  } finally {
    await agent.kill();
    await proxy.stop();
  }
}

/** Events of the container that the agent listens to: create and start, die and destroy. */
const EVENTS_OF: Readonly<Record<string, number>> = { 'docker run --privileged': 2, 'docker rm': 2 };

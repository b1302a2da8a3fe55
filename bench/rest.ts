/** The agent at rest beside 500 containers, and whether a thousand events leave anything behind. */
import { setTimeout as sleep } from 'node:timers/promises';
import { faultsOf, type Made } from './books.ts';
import { changesOf, DAEMON_JSON } from './changes.ts';
import { mean, type Sample, sample } from './resources.ts';
import { audit, openBooks, startAgent, startStage } from './stage.ts';
import { type Measured, type Row, row } from './table.ts';

const EVENTS = 1000;
const PACE_MS = 40;
const CALM_MS = 10_000;
/** What V8 may leave uncollected, in MB: less than a thousand leaked states of one container. */
const MARGIN = 10;
const ROTATION = ['pids', 'memory', 'daemonJson', 'pids', 'mode', 'memory', 'run', 'pids', 'remove', 'memory'] as const;

export async function measureRest(minutes: number): Promise<Measured> {
  const stage = await startStage(DAEMON_JSON);
  try {
    const agent = await startAgent(stage);
    await sleep(CALM_MS);
    const resting = await watch(agent.pid, minutes * 60_000);
    const rows = restRows(resting, agent.startMs);
    const changes = await changesOf(stage.engine, 'api');
    const made: Made[] = [];
    const warm: Sample[] = [];
    for (let turn = 0; made.length < EVENTS; turn++) {
      const change = changes[ROTATION[turn % ROTATION.length] ?? 'pids']();
      if (change === null) continue;
      made.push({ ...change, at: await change.make() });
      // What the first events need, all others need again.
      if (made.length >= EVENTS / 4 && warm.length < 20) warm.push(sample(agent.pid));
      await sleep(PACE_MS);
    }
    const busy = sample(agent.pid);
    await sleep(CALM_MS);
    const books = openBooks(stage);
    const faults = faultsOf(books, made, [], await audit(stage));
    books.close();
    const after = sample(agent.pid);
    const before = resting.at(-1) ?? after;
    const all = [
      ...rows,
      row(`open handles after ${EVENTS} events, more than before`, after.handles - before.handles, 0, ''),
      row(
        `RSS after ${EVENTS} events, more than after ${EVENTS / 4}`,
        Math.max(0, busy.rss - mean(warm.map(({ rss }) => rss))),
        MARGIN,
        'MB',
        1,
      ),
      row(`RSS after ${EVENTS} events and a rest`, after.rss, null, 'MB', 1),
      row(`own memory after ${EVENTS} events and a rest`, after.own, null, 'MB', 1),
    ];
    await agent.kill();
    return { rows: all, faults };
  } finally {
    await stage.stop();
  }
}

async function watch(pid: number, milliseconds: number): Promise<Sample[]> {
  const samples = [sample(pid)];
  const begun = performance.now();
  while (performance.now() - begun < milliseconds) {
    await sleep(Math.min(1000, milliseconds));
    samples.push(sample(pid));
  }
  return samples;
}

function restRows(samples: readonly Sample[], startMs: number): Row[] {
  const [first, last] = [samples[0], samples.at(-1)];
  const seconds = samples.length - 1;
  const cpu = (((last?.cpu ?? 0) - (first?.cpu ?? 0)) / seconds) * 100;
  return [
    row('agent: from start to ready', startMs, null, 'ms'),
    row(`at rest for ${seconds} s: RSS, the most`, Math.max(...samples.map(({ rss }) => rss)), 80, 'MB', 1),
    row(`at rest for ${seconds} s: own memory, the most`, Math.max(...samples.map(({ own }) => own)), 40, 'MB', 1),
    row(`at rest for ${seconds} s: CPU, of a core`, cpu, 0.3, '%', 2),
    row(`at rest for ${seconds} s: open handles`, last?.handles ?? Number.NaN, null, ''),
  ];
}

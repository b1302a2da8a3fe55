/** The audit's budgets as ratios in one run, on a private engine with 50, 150 and 500 containers. A busy machine slows both sides of a ratio. */
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { importBusybox, startEngine } from '../test/lab/engine.ts';
import { countProcesses } from '../test/lab/processes.ts';
import { startProxy } from '../test/lab/proxy.ts';
import { bareReads } from './bare-reads.ts';
import { addContainers, request } from './containers.ts';
import { COMMAND } from './stage.ts';
import type { Measured, Row } from './table.ts';

const ROUNDS = 7;
const RUNNING = 150;

/** Milliseconds of the bare reads in a process that has never done them, as an audit never has; its own start is not in it. */
function coldReads(socket: string): number {
  const times = Array.from({ length: ROUNDS }, () =>
    Number(execFileSync(process.execPath, [path.join(import.meta.dirname, 'bare-reads.ts'), socket], { encoding: 'utf8' })),
  );
  return times.toSorted((left, right) => left - right)[ROUNDS >> 1] ?? Number.NaN;
}

/** Runs Node to its end. Standard output goes nowhere; an exit status below 4 is an answer. */
function runNode(args: readonly string[]): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  child.on('error', reject);
  child.on('exit', (code) => (code !== null && code < 4 ? resolve() : reject(new Error(`${args.join(' ')}: ${code}`))));
  return promise;
}

/** Median milliseconds of each piece of work, the pieces taking turns so that a slow moment hits all. */
async function medians(works: readonly (() => Promise<unknown>)[]): Promise<number[]> {
  const times = works.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, work] of works.entries()) {
      const begun = performance.now();
      await work();
      times[index]?.push(performance.now() - begun);
    }
  }
  return times.map((list) => list.toSorted((left, right) => left - right)[ROUNDS >> 1] ?? Number.NaN);
}

async function measureStart(empty: string): Promise<Row[]> {
  const [bare = 0, version = 0] = await medians([() => runNode([empty]), () => runNode([COMMAND, '--version'])]);
  return [
    {
      what: '--version against an empty script',
      measured: `${version.toFixed(0)} / ${bare.toFixed(0)} ms`,
      ratio: version / bare,
      budget: 3,
    },
  ];
}

async function measureAudit(socket: string, count: number): Promise<{ audit: number; reads: number; start: number }> {
  const audit = [COMMAND, 'audit', '--docker-host', `unix://${socket}`, '--report', 'json'];
  const [whole = 0, reads = 0, start = 0] = await medians([
    () => runNode(audit),
    () => bareReads(socket),
    () => runNode([COMMAND, '--version']),
  ]);
  console.error(
    `bench: ${count} containers: audit ${whole.toFixed(0)} ms, bare reads ${reads.toFixed(0)} ms, start-up ${start.toFixed(0)} ms`,
  );
  return { audit: whole, reads, start };
}

async function measureCost(socket: string, containers: number): Promise<Row[]> {
  const proxy = await startProxy(socket);
  try {
    await runNode([COMMAND, 'audit', '--docker-host', proxy.endpoint, '--report', 'json']);
    const requests = proxy.requests.length;
    const processes = await countProcesses([process.execPath, COMMAND, 'audit', '--docker-host', proxy.endpoint, '--report', 'json']);
    const images = new Set(JSON.parse(await request(socket, 'GET', '/images/json')).map((image: { Id: string }) => image.Id)).size;
    const allowed = 12 + containers + images;
    return [
      {
        what: `API requests, ${containers} containers and ${images} image`,
        measured: `${requests} of ${allowed}`,
        ratio: requests / allowed,
        budget: 1,
      },
      { what: 'child processes of an audit', measured: `${processes} of 6`, ratio: processes / 6, budget: 1 },
    ];
  } finally {
    await proxy.stop();
  }
}

export async function measureAudits(): Promise<Measured> {
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'hullguard-bench-'));
  const empty = path.join(scratch, 'empty.cjs');
  fs.writeFileSync(empty, '');
  const engine = await startEngine({ suite: 'bookworm' });
  try {
    await importBusybox(engine);
    const rows = await measureStart(empty);
    await addContainers(engine.socket, 0, 50, RUNNING);
    const at50 = await measureAudit(engine.socket, 50);
    await addContainers(engine.socket, 50, 150, RUNNING);
    const at150 = await measureAudit(engine.socket, 150);
    const limit = 4 * at150.reads + at150.start;
    rows.push({
      what: 'audit of 150 running against 4 × bare reads + start-up',
      measured: `${at150.audit.toFixed(0)} / ${limit.toFixed(0)} ms`,
      ratio: at150.audit / limit,
      budget: 1,
    });
    const cold = 4 * coldReads(engine.socket) + at150.start;
    rows.push({
      what: 'the same, against reads of a process that is as new',
      measured: `${at150.audit.toFixed(0)} / ${cold.toFixed(0)} ms`,
      ratio: at150.audit / cold,
      budget: null,
    });
    await addContainers(engine.socket, 150, 500, RUNNING);
    const at500 = await measureAudit(engine.socket, 500);
    const each = (at500.audit - at50.audit) / 450;
    rows.push({ what: 'audit growing from 50 to 500, for each container', measured: `${each.toFixed(2)} / 1 ms`, ratio: each, budget: 1 });
    rows.push({
      what: 'audit growing from 50 to 500, against linear',
      measured: `×${(at500.audit / at50.audit).toFixed(1)} of ×10`,
      ratio: at500.audit / at50.audit / 10,
      budget: 1,
    });
    return { rows: [...rows, ...(await measureCost(engine.socket, 500))], faults: [] };
  } finally {
    await engine.stop();
    fs.rmSync(scratch, { recursive: true });
  }
}

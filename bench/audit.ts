/** The audit's budgets as ratios in one run, on a private engine with 50, 150 and 500 containers. A busy machine slows both sides of a ratio. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { buildExecutable } from '../packaging/executable.ts';
import { importBusybox, startEngine } from '../test/lab/engine.ts';
import { countProcesses } from '../test/lab/processes.ts';
import { startProxy } from '../test/lab/proxy.ts';
import { bareReads } from './bare-reads.ts';
import { addContainers, CONCURRENCY, request } from './containers.ts';
import { COMMAND } from './stage.ts';
import { type Measured, percentile, type Row } from './table.ts';

const ROUNDS = 11;
const RUNNING = 150;
const BUNDLE: Start = [process.execPath, COMMAND];

/** A program, and the arguments that come first. */
type Start = readonly [program: string, ...args: string[]];

/** Milliseconds until a program has ended. Standard output goes nowhere; an exit status below 4 is an answer. */
async function time([program, ...first]: Start, ...args: readonly string[]): Promise<number> {
  const begun = performance.now();
  const child = spawn(program, [...first, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code === null || code >= 4) throw new Error(`${program} ${args.join(' ')}: ${code}`);
  return performance.now() - begun;
}

async function timeOf(work: Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work;
  return performance.now() - begun;
}

/** Medians of what each says, in milliseconds. They take turns, so that a slow moment hits all. */
async function medians<Name extends string>(works: Readonly<Record<Name, () => Promise<number>>>): Promise<Record<Name, number>> {
  const names = Object.keys(works) as Name[];
  const times = new Map(names.map((name) => [name, [] as number[]]));
  for (let round = 0; round < ROUNDS; round++) for (const name of names) times.get(name)?.push(await works[name]());
  return Object.fromEntries(names.map((name) => [name, percentile(times.get(name) ?? [], 0.5)])) as Record<Name, number>;
}

async function measureStart(executable: Start, empty: string): Promise<Row[]> {
  const { none, shipped, bundle } = await medians({
    none: () => time([process.execPath], empty),
    shipped: () => time(executable, '--version'),
    bundle: () => time(BUNDLE, '--version'),
  });
  const against = (what: string, took: number): Row => ({
    what: `--version of the ${what} against 3 × an empty script`,
    measured: `${took.toFixed(0)} / ${(3 * none).toFixed(0)} ms`,
    ratio: took / (3 * none),
    budget: 1,
  });
  return [against('executable', shipped), against('bundle', bundle)];
}

const auditOf = (socket: string): string[] => ['audit', '--docker-host', `unix://${socket}`, '--report', 'json'];

/** The budget does not say how the bare reads are made: by a process as new as the audit or a warm one, as many at once as the audit makes or one. */
async function measureAudit(executable: Start, socket: string): Promise<Row[]> {
  const anew = async (atOnce: number): Promise<number> =>
    Number(execFileSync(process.execPath, [path.join(import.meta.dirname, 'bare-reads.ts'), socket, String(atOnce)], { encoding: 'utf8' }));
  const { shipped, shippedStart, bundle, bundleStart, ...reads } = await medians({
    shipped: () => time(executable, ...auditOf(socket)),
    shippedStart: () => time(executable, '--version'),
    bundle: () => time(BUNDLE, ...auditOf(socket)),
    bundleStart: () => time(BUNDLE, '--version'),
    new: () => anew(CONCURRENCY),
    newInTurn: () => anew(1),
    warm: () => timeOf(bareReads(socket, CONCURRENCY)),
    warmInTurn: () => timeOf(bareReads(socket, 1)),
  });
  const against = (how: string, took: number, limit: number): Row => ({
    what: `audit of 150 running, against 4 × bare reads + start-up: ${how}`,
    measured: `${took.toFixed(0)} / ${limit.toFixed(0)} ms`,
    ratio: took / limit,
    budget: 1,
  });
  const byExecutable = (how: string, bare: number): Row => against(how, shipped, 4 * bare + shippedStart);
  return [
    byExecutable('a new process, eight at once', reads.new),
    byExecutable('a new process, one after another', reads.newInTurn),
    byExecutable('a warm process, eight at once', reads.warm),
    byExecutable('a warm process, one after another', reads.warmInTurn),
    against('the bundle, and a new process, eight at once', bundle, 4 * reads.new + bundleStart),
  ];
}

/** The time of a whole audit, in milliseconds. */
async function wholeAudit(executable: Start, socket: string): Promise<number> {
  const { whole } = await medians({ whole: () => time(executable, ...auditOf(socket)) });
  return whole;
}

async function measureCost(socket: string, containers: number): Promise<Row[]> {
  const proxy = await startProxy(socket);
  try {
    await time(BUNDLE, 'audit', '--docker-host', proxy.endpoint, '--report', 'json');
    const requests = proxy.requests.length;
    const processes = await countProcesses([...BUNDLE, 'audit', '--docker-host', proxy.endpoint, '--report', 'json']);
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
    const executable: Start = [buildExecutable(process.arch === 'arm64' ? 'arm64' : 'x64', scratch)];
    const rows = await measureStart(executable, empty);
    await addContainers(engine.socket, 0, 50, RUNNING);
    const at50 = await wholeAudit(executable, engine.socket);
    await addContainers(engine.socket, 50, 150, RUNNING);
    rows.push(...(await measureAudit(executable, engine.socket)));
    await addContainers(engine.socket, 150, 500, RUNNING);
    const at500 = await wholeAudit(executable, engine.socket);
    const each = (at500 - at50) / 450;
    rows.push({ what: 'audit growing from 50 to 500, for each container', measured: `${each.toFixed(2)} / 1 ms`, ratio: each, budget: 1 });
    const growth = at500 / at50;
    rows.push({
      what: 'audit growing from 50 to 500, against linear',
      measured: `×${growth.toFixed(1)} of ×10`,
      ratio: growth / 10,
      budget: 1,
    });
    return { rows: [...rows, ...(await measureCost(engine.socket, 500))], faults: [] };
  } finally {
    await engine.stop();
    fs.rmSync(scratch, { recursive: true });
  }
}

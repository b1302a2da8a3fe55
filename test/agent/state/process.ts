/** Another process that uses a history: told on its standard input what to do, a line of JavaScript at a time. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

export interface Other {
  /** Runs a line with `history`, `audit`, `drift`, `observation`, `observations` and `DatabaseSync` at hand; resolves with what it is. */
  run(line: string): Promise<unknown>;
  kill(): Promise<void>;
}

const PROGRAM = `
import { DatabaseSync } from 'node:sqlite';
import { createInterface } from 'node:readline';
const { openHistory, readHistory } = await import(process.argv[1] + '/agent/state/history.ts');
const { audit, drift, observation, observations } = await import(process.argv[1] + '/test/agent/state/past.ts');
const file = process.argv[2];
const pause = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
const scene = { openHistory, readHistory, audit, drift, observation, observations, DatabaseSync, file, pause };
console.log('{}');
for await (const line of createInterface({ input: process.stdin })) {
  try {
    const value = new Function('s', 'with (s) { return (' + line + ') }')(scene);
    console.log(JSON.stringify({ value: value ?? null }));
  } catch (error) {
    console.log(JSON.stringify({ error: error.message }));
  }
}`;

const root = path.join(import.meta.dirname, '../../..');

export async function otherProcess(file: string): Promise<Other> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM, root, file], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await lines.next();
  const run = async (line: string): Promise<unknown> => {
    child.stdin.write(`${line}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error('the other process has ended');
    const answer = JSON.parse(value) as { value?: unknown; error?: string };
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.value;
  };
  return { run, kill: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'close');
}

/** Asking the thread of site checks, and waiting for its answer: checks judge at once, these like all others. */
import type { MessagePort, Worker } from 'node:worker_threads';
import { type Question, type Reply, type WorkerData, work } from './worker.ts';

interface Running {
  readonly worker: Worker;
  readonly port: MessagePort;
  readonly replies: Int32Array;
}

const MEMORY_MIB = 256;
/** A busy machine may take long to start a thread, which is no check's fault. */
const START_MS = 30_000;

/** It rests for so long, in milliseconds, before it is ended: an agent at rest keeps no second heap. */
const REST = 10_000;

/** No answer came in time. */
export class Overdue extends Error {
  override readonly name = 'Overdue';
}

export interface SiteThread {
  /** Throws an Error with what went wrong, Overdue where no answer comes in time: the thread is then ended, and the next question starts another. */
  ask(question: Question): unknown;
  /** Changes with each thread: another has loaded no modules yet. */
  readonly generation: number;
}

export function siteThread(files: readonly string[], timeoutMs: number): SiteThread {
  let running: Running | null = null;
  let generation = 0;
  let rest: NodeJS.Timeout | undefined;
  const end = (): void => {
    void running?.worker.terminate();
    running = null;
    generation += 1;
  };
  return {
    get generation() {
      return generation;
    },
    ask(question) {
      clearTimeout(rest);
      running ??= start(files);
      const { port, replies } = running;
      const before = Atomics.load(replies, 0);
      port.postMessage(question);
      const came = Atomics.wait(replies, 0, before, timeoutMs) !== 'timed-out';
      const reply = came ? (threads().receiveMessageOnPort(port)?.message as Reply | undefined) : undefined;
      if (reply === undefined) {
        end();
        throw new Overdue(`no answer within ${timeoutMs / 1000} s (a loop without end?), so it was ended`);
      }
      rest = setTimeout(end, REST).unref();
      if ('problem' in reply) throw new Error(reply.problem);
      return reply.value;
    },
  };
}

/** Most sites have no checks of their own, and their agents no use for what threads take of memory. */
const threads = (): typeof import('node:worker_threads') => process.getBuiltinModule('node:worker_threads');

function start(files: readonly string[]): Running {
  const { MessageChannel, Worker } = threads();
  const { port1, port2 } = new MessageChannel();
  const shared = new SharedArrayBuffer(4);
  const data: WorkerData = { port: port2, replies: shared, files };
  const worker = new Worker(`(${work.toString()})(require('node:worker_threads').workerData)`, {
    eval: true,
    workerData: data,
    transferList: [port2],
    env: {},
    argv: [],
    execArgv: [],
    // Not ours. What checks print is dropped by the thread itself: reading it here would keep the program from ending.
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MIB },
  });
  // A thread that ends by itself shows as an answer that does not come.
  worker.on('error', () => undefined);
  worker.unref();
  port1.unref();
  const replies = new Int32Array(shared);
  Atomics.wait(replies, 0, 0, START_MS);
  return { worker, port: port1, replies };
}

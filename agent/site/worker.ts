/**
 * The thread that site checks run in. The function is turned into text and started from that, so that it is the same in a checkout, in the bundle
 * and in a single executable: it may use nothing from outside itself.
 */
import type { MessagePort } from 'node:worker_threads';
import type { Check } from '../../checks/check.ts';

export type Question =
  | { readonly kind: 'load'; readonly path: string }
  | { readonly kind: 'judge'; readonly path: string; readonly index: number; readonly facts: unknown };

/** What came of a question: a value that is still to be checked, or what went wrong. */
export type Reply = { readonly value: unknown } | { readonly problem: string };

export interface WorkerData {
  readonly port: MessagePort;
  /** Counts replies, beginning with one when the thread has started, and wakes who waits for one. */
  readonly replies: SharedArrayBuffer;
  /** The only files that may be loaded. */
  readonly files: readonly string[];
}

export function work({ port, replies, files }: WorkerData): void {
  const { createRequire, registerHooks } = process.getBuiltinModule('node:module');
  const { fileURLToPath } = process.getBuiltinModule('node:url');
  const load = createRequire('/');
  const loaded = new Map<string, readonly Check[]>();
  registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context);
      if (!found.url.startsWith('file:') || !files.includes(fileURLToPath(found.url)))
        throw new Error(`${specifier} may not be loaded: site checks see facts alone, and modules of their own directory`);
      return found;
    },
  });
  // What a promise of one check comes to, or a timer, must not end the thread while another is asked.
  process.on('unhandledRejection', () => undefined);
  process.on('uncaughtException', () => undefined);
  process.stdout.write = () => true;
  process.stderr.write = () => true;
  // Facts are all that checks are given; nothing here stops root's own code from looking further.
  Object.assign(process, { getBuiltinModule: undefined });

  function freeze(value: unknown): void {
    if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
    Object.freeze(value);
    for (const each of Object.values(value)) freeze(each);
  }

  function answer(question: Question): unknown {
    if (question.kind === 'load') {
      const { default: exported } = load(question.path) as { default?: unknown };
      const checks = (Array.isArray(exported) ? exported : [exported]) as Check[];
      loaded.set(question.path, checks);
      // Functions stay here.
      return checks.map((check) => ({
        judges: typeof check?.judge === 'function',
        about: JSON.parse(JSON.stringify({ ...check, judge: undefined })),
      }));
    }
    freeze(question.facts);
    const judgement: unknown = loaded.get(question.path)?.[question.index]?.judge(question.facts as never);
    if (judgement instanceof Promise) throw new Error('judge returns a promise: it has to answer at once');
    return JSON.parse(JSON.stringify(judgement ?? null));
  }

  /** Anything may be thrown, even what cannot be told. */
  function tell(error: unknown): string {
    try {
      return (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, 1000);
    } catch {
      return 'throws what cannot be told';
    }
  }

  const count = new Int32Array(replies);
  function wake(): void {
    Atomics.add(count, 0, 1);
    Atomics.notify(count, 0);
  }

  port.on('message', (question: Question) => {
    let reply: Reply;
    try {
      reply = { value: answer(question) };
    } catch (error) {
      reply = { problem: tell(error) };
    }
    port.postMessage(reply);
    wake();
  });
  wake();
}

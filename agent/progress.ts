import { complaint } from './errors.ts';
import type { Output } from './output.ts';
import { printable } from './reporters/printable.ts';

interface Progress {
  started(fact: string): void;
  ended(fact: string): void;
  clear(): void;
}

const QUIET_FOR = 1000;
const ERASE_LINE = '\r\u001b[K';

/** On a slow host, says on the terminal what the audit is waiting for. Nothing is shown in the first second, nor without a terminal. */
export function showProgress(output: Pick<Output, 'say' | 'width'> | null): Progress {
  const waiting = new Set<string>();
  let shown = false;
  const show = (): void => {
    shown = true;
    // A line that wraps could not be erased.
    const line = `collecting ${[...waiting].join(', ')}`;
    output?.say(`${ERASE_LINE}${line.slice(0, output.width - 3)} …`);
  };
  const timer = output === null ? undefined : setInterval(show, QUIET_FOR);
  timer?.unref();
  return {
    started: (fact) => void waiting.add(fact),
    ended: (fact) => void waiting.delete(fact),
    clear() {
      clearInterval(timer);
      if (shown) output?.say(ERASE_LINE);
    },
  };
}

interface Steps {
  say(step: string): void;
  clear(): void;
}

/** What an apply is doing: on a terminal the step under way, in one line; with `verbose`, each step; else nothing. */
export function showSteps(
  output: Output,
  { quiet = false, verbose = false }: { readonly quiet?: boolean; readonly verbose?: boolean },
): Steps {
  let shown = false;
  const clear = (): void => {
    if (shown) output.say(ERASE_LINE);
    shown = false;
  };
  return {
    say(step) {
      if (verbose) output.say(complaint(step));
      else if (output.interactive && !quiet) {
        shown = true;
        output.say(`${ERASE_LINE}${printable(step).slice(0, output.width - 3)} …`);
      }
    },
    clear,
  };
}

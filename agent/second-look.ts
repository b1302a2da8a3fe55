/** What the engine has failed to tell once is asked for again: no event says that it answers by now. */
import type { Recording } from '../facts/index.ts';
import type { Stale } from './triggers/trigger.ts';

export interface SecondLook {
  /** Told of each evaluation. */
  consider(recording: Recording): void;
  stop(): void;
}

interface Options {
  /** While the engine's events are not heard, everything is looked at once they are. */
  readonly isHeard: () => boolean;
  readonly mark: (stale: Stale) => void;
  /** Milliseconds before the first look, and the most between two. */
  readonly first?: number;
  readonly longest?: number;
}

export function secondLook({ isHeard, mark, first = 10_000, longest = 600_000 }: Options): SecondLook {
  let pause = first;
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    clearTimeout(timer);
    timer = undefined;
  };
  return {
    consider({ facts, missing }) {
      const lost = missing.engine ?? missing.containers ?? missing.images;
      const containers = (facts.containers?.unreadable ?? []).map(({ Id }) => Id);
      if (lost === undefined && containers.length === 0) {
        stop();
        pause = first;
        return;
      }
      timer ??= setTimeout(() => {
        timer = undefined;
        const at = Date.now();
        if (!isHeard()) return;
        if (lost === undefined) mark({ facts: [], containers, cause: 'containers that could not be read', at });
        else mark({ facts: [], full: true, cause: 'what the engine had not told', at });
        pause = Math.min(pause * 2, longest);
      }, pause);
    },
    stop,
  };
}

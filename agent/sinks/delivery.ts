/** Empties the outbox: what a sink does not take is tried again, later and later, and nothing is forgotten meanwhile. */
import { reasonOf } from '../../facts/host.ts';
import type { Log } from '../log.ts';
import { LaterError, type Outbox, type Parcel, RefusedError, type Sink } from './sink.ts';

export interface DeliveryOptions {
  readonly sinks: readonly Sink[];
  readonly outbox: Outbox;
  readonly log: Log;
  /** Milliseconds before the second attempt, and the most between two. */
  readonly first?: number;
  readonly longest?: number;
}

export interface Delivery {
  /** Something was put into the outbox. */
  wake(): void;
  /** Lets the attempt under way end, and starts no other. */
  stop(): Promise<void>;
}

const FIRST = 1000;
const LONGEST = 5 * 60_000;
/** A receiver may ask for more patience than we have by ourselves, but not for ever. */
const MOST_ASKED = 3_600_000;

/** Whatever the last agent left is tried at once, whenever it meant to try again. */
export function startDelivery(options: DeliveryOptions): Delivery {
  let stopped = false;
  const round = rounds(options, () => stopped);
  let running: Promise<void> | null = null;
  let again = false;
  let timer: NodeJS.Timeout | undefined;

  function start(): void {
    if (stopped) return;
    again = running !== null;
    if (again) return;
    clearTimeout(timer);
    running = round().then((pause) => {
      running = null;
      if (again) start();
      else if (pause !== null && !stopped) timer = setTimeout(start, pause);
    });
  }

  start();
  return {
    wake: start,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}

/** How it stands with one sink. */
interface Standing {
  readonly sink: Sink;
  /** Failures since the last success. */
  failures: number;
  /** Nothing before that time of the monotonic clock: the other one may be set back by a year. */
  until: number;
}

/** Each round tries what may be tried, and tells after how many milliseconds the next is due; null: when something new has come. */
function rounds({ sinks, outbox, log, first = FIRST, longest = LONGEST }: DeliveryOptions, isStopped: () => boolean) {
  const standings = new Map<string, Standing>(sinks.map((sink) => [sink.name, { sink, failures: 0, until: 0 }]));
  /** When to try again what was not taken, by id. */
  const later = new Map<number, number>();

  async function attempt(parcel: Parcel, standing: Standing): Promise<void> {
    const { name } = standing.sink;
    try {
      await standing.sink.deliver(parcel.payload);
      if (standing.failures > 1) log.info('sink takes messages again', { sink: name });
      standing.failures = 0;
    } catch (error) {
      if (!(error instanceof RefusedError)) return postpone(parcel, standing, error);
      log.error('message refused, and given up', { sink: name, number: parcel.id, problem: error });
    }
    later.delete(parcel.id);
    outbox.done(parcel.id);
  }

  function postpone({ id, attempts }: Parcel, standing: Standing, error: unknown): void {
    standing.failures += 1;
    const doubled = Math.min(longest, first * 2 ** Math.min(30, Math.max(standing.failures - 1, attempts)));
    const asked = error instanceof LaterError ? Math.min(error.after ?? 0, MOST_ASKED) : 0;
    // Many hosts lose the same receiver at the same moment, and must not all come back at the same moment.
    const pause = Math.max(asked, doubled * (0.5 + Math.random() / 2));
    const time = performance.now() + pause;
    later.set(id, time);
    // One message that is answered, but not taken, may be at fault itself; two in a row are not.
    if (standing.failures > 1 || !(error instanceof LaterError)) standing.until = time;
    if (standing.failures === 1) log.warn('sink does not take messages', { sink: standing.sink.name, problem: error });
    outbox.retry(id, Math.round(Date.now() + pause), reasonOf(error));
  }

  async function round(): Promise<void> {
    for (;;) {
      const now = performance.now();
      for (const [id, time] of later) if (time <= now) later.delete(id);
      const may = ({ id, sink }: Parcel): boolean => !later.has(id) && (standings.get(sink)?.until ?? 0) <= now;
      const parcels = outbox.due(Number.MAX_SAFE_INTEGER).filter(may);
      if (parcels.length === 0) return;
      for (const parcel of parcels) {
        const standing = standings.get(parcel.sink);
        if (isStopped()) return;
        if (standing === undefined)
          outbox.done(parcel.id); // a sink that the configuration no longer has
        else if (standing.until <= now) await attempt(parcel, standing);
      }
    }
  }

  return async (): Promise<number | null> => {
    try {
      await round();
    } catch (error) {
      log.error('outbox cannot be used', { problem: error });
      return longest;
    }
    // A time that has passed meanwhile counts, too: nobody else would think of it.
    return later.size === 0 ? null : Math.max(0, Math.min(...later.values()) - performance.now());
  };
}

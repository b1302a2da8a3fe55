/** The engine's events. They say what to look at again; that what they tell may be wrong, late or lost changes nothing but the time. */
import { setTimeout as sleep } from 'node:timers/promises';
import { HostError, reasonOf } from '../../facts/host.ts';
import { type DockerOptions, openLines } from '../host/docker.ts';
import { EVENT_QUERY, merge, parseEvent, type SeenEvent, staleBy } from './engine-events.ts';
import type { Stale, Trigger } from './trigger.ts';

export interface DockerEventsOptions {
  /** The engine to listen to; null while none is known. */
  readonly endpoint: () => string | null;
  readonly environment: DockerOptions['environment'];
  /** Device and inode of what a path leads to; null where nothing is. Another socket in its place is another daemon. */
  readonly identify: (path: string) => string | null;
  /** Milliseconds of silence after which the engine is asked whether there was nothing to tell. */
  readonly silenceMs?: number;
  /** Milliseconds that the engine has to begin an answer. */
  readonly requestTimeout?: number;
}

/** Events of one moment are one mark. */
const SETTLE_MS = 10;
const FIRST_DELAY_MS = 100;
/** While there is nobody to connect to, and while connections end as soon as they are made, each of which costs a full audit. */
const MAX_DELAY_MS = 1000;
const MAX_FLAPPING_MS = 10_000;
const LASTING_MS = 5000;

export function dockerEvents(options: DockerEventsOptions): Trigger {
  const listener = new Listener(options);
  return {
    name: 'docker events',
    start: (mark) => listener.start(mark),
    stop: () => listener.stop(),
    problem: () => listener.problem,
  };
}

class Listener {
  problem: string | null = 'not connected yet';
  readonly #options: Required<DockerEventsOptions>;
  readonly #ending = new AbortController();
  #mark: (stale: Stale) => void = () => {};
  #running: Promise<void> | null = null;
  #pending: SeenEvent[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(options: DockerEventsOptions) {
    this.#options = { silenceMs: 30_000, requestTimeout: 5000, ...options };
  }

  /** Resolves when the engine has begun to tell, or has failed to: then it is tried again and again. */
  async start(mark: (stale: Stale) => void): Promise<void> {
    this.#mark = mark;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#running = this.#run(resolve);
    await promise;
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    clearTimeout(this.#timer);
    await this.#running;
  }

  async #run(tried: () => void): Promise<void> {
    let delay = FIRST_DELAY_MS;
    while (!this.#ending.signal.aborted) {
      const begun = performance.now();
      const opened = await this.#follow(tried);
      tried();
      if (this.#ending.signal.aborted) return;
      if (opened && performance.now() - begun > LASTING_MS) delay = FIRST_DELAY_MS;
      await sleep(delay, undefined, { signal: this.#ending.signal }).catch(() => {});
      delay = Math.min(delay * 2, opened ? MAX_FLAPPING_MS : MAX_DELAY_MS);
    }
  }

  /** One connection from its beginning to its end; whether it began. */
  async #follow(opened: () => void): Promise<boolean> {
    const endpoint = this.#options.endpoint();
    const connection = endpoint === null ? null : new Connection(endpoint, this.#options, this.#ending.signal);
    try {
      if (connection === null) throw new HostError('unreachable', 'no Docker engine found');
      await connection.open();
      this.problem = null;
      this.#mark({ facts: [], full: true, cause: `connected to ${endpoint}`, at: Date.now() });
      opened();
      for await (const event of connection.events()) this.#take(event);
      return this.#lose(`${endpoint} has ended its stream of events`);
    } catch (error) {
      return this.#lose(connection?.reason ?? reasonOf(error));
    } finally {
      connection?.close();
    }
  }

  /** Whether there was something to lose; then it is told at once that nobody listens, though there is nothing to look at. */
  #lose(problem: string): boolean {
    const was = this.problem === null;
    this.problem = problem;
    if (was && !this.#ending.signal.aborted) this.#mark({ facts: [], cause: 'events are not heard', at: Date.now() });
    return was;
  }

  #take(event: SeenEvent): void {
    this.#pending.push(event);
    if (this.#pending.length === 1) this.#timer = setTimeout(() => this.#flush(), SETTLE_MS);
    if (this.#pending.length > 1000) this.#pending = merge(this.#pending);
  }

  #flush(): void {
    const events = merge(this.#pending);
    this.#pending = [];
    for (const event of events) this.#mark(staleBy(event));
  }
}

/** A stream of events, and the doubt whether it still is one. */
class Connection {
  /** Why we have given it up ourselves. */
  reason: string | null = null;
  readonly #endpoint: string;
  readonly #options: Required<DockerEventsOptions>;
  readonly #ending = new AbortController();
  readonly #docker: DockerOptions;
  #lines: AsyncIterable<string> | null = null;
  #socket: string | null = null;
  /** The engine's time of the last event, in nanoseconds; our own time of the connection before the first. */
  #last = BigInt(Date.now()) * 1_000_000n;
  #doubt: NodeJS.Timeout | undefined;

  constructor(endpoint: string, options: Required<DockerEventsOptions>, signal: AbortSignal) {
    this.#endpoint = endpoint;
    this.#options = options;
    const { environment, requestTimeout } = options;
    this.#docker = { signal: AbortSignal.any([signal, this.#ending.signal]), requestTimeout, environment, locate: (path) => path };
  }

  async open(): Promise<void> {
    this.#socket = this.#identity();
    this.#lines = await openLines(this.#endpoint, `/events?${EVENT_QUERY}`, this.#docker);
    this.#arm();
  }

  async *events(): AsyncGenerator<SeenEvent> {
    for await (const line of this.#lines ?? []) {
      this.#arm();
      const event = parseEvent(line);
      if (event === null) continue;
      if (event.time > this.#last) this.#last = event.time;
      yield event;
    }
  }

  close(): void {
    clearTimeout(this.#doubt);
    this.#ending.abort();
  }

  #arm(): void {
    clearTimeout(this.#doubt);
    this.#doubt = setTimeout(() => void this.#check(), this.#options.silenceMs);
  }

  /** Silence is what a quiet engine and a dead connection have in common. */
  async #check(): Promise<void> {
    const problem = await this.#problem();
    if (this.#ending.signal.aborted) return;
    if (problem === null) this.#arm();
    else {
      this.reason = problem;
      this.#ending.abort();
    }
  }

  async #problem(): Promise<string | null> {
    if (this.#options.endpoint() !== this.#endpoint) return 'another engine is under audit now';
    if (this.#identity() !== this.#socket) return `another socket is at ${this.#endpoint} now`;
    try {
      const missed = await this.#missed();
      return missed === null ? null : `${this.#endpoint} had told of no ${missed}`;
    } catch (error) {
      return reasonOf(error);
    }
  }

  /** An event that the engine remembers and we have not heard of. With `until` in the past it answers and closes; that it does so is half of the answer. */
  async #missed(): Promise<string | null> {
    const until = BigInt(Date.now() - 1000) * 1_000_000n;
    const since = this.#last < until ? this.#last + 1n : until; // a clock that was set back is behind what we have heard
    const time = (nanoseconds: bigint): string =>
      `${nanoseconds / 1_000_000_000n}.${String(nanoseconds % 1_000_000_000n).padStart(9, '0')}`;
    const path = `/events?since=${time(since)}&until=${time(until)}&${EVENT_QUERY}`;
    const signal = AbortSignal.any([this.#docker.signal, AbortSignal.timeout(this.#options.requestTimeout)]);
    for await (const line of await openLines(this.#endpoint, path, { ...this.#docker, signal })) {
      const event = parseEvent(line);
      if (event !== null && event.time > this.#last) return `${event.type} ${event.action}`;
    }
    return null;
  }

  #identity(): string | null {
    const [, path] = /^unix:\/\/(.*)$/.exec(this.#endpoint) ?? [];
    return path === undefined ? null : this.#options.identify(path);
  }
}

/** What an event of the engine makes stale. Pure; what it says of a thing is never taken for a fact. */
import type { Collector } from '../../facts/collector.ts';
import { type CollectorName, collectors } from '../../facts/index.ts';
import * as z from '../../facts/schema.ts';
import type { EngineEvent, Stale } from './trigger.ts';

export interface SeenEvent extends EngineEvent {
  /** When, by the engine's clock, in nanoseconds since the epoch. */
  readonly time: bigint;
  /** The container that a network event is about. */
  readonly container: string | null;
}

/**
 * Actions after which something that a fact tells may be otherwise. Left out is what tells of use: attach, top, and the mounts of volumes, which come
 * with each start. Exec sessions are in: who comes in is a finding. The words after the colon are the command, which is read where it can be trusted.
 */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  container: ['create', 'start', 'die', 'destroy', 'rename', 'update', 'pause', 'unpause', 'health_status', 'exec_create', 'exec_die'],
  image: ['create', 'delete', 'import', 'load', 'pull', 'push', 'tag', 'untag', 'prune'],
  network: ['create', 'connect', 'disconnect', 'destroy', 'remove', 'update', 'prune'],
  volume: ['create', 'destroy', 'prune'],
  daemon: ['reload'],
  node: ['create', 'update', 'remove'],
  service: ['create', 'update', 'remove'],
  secret: ['create', 'update', 'remove'],
};

const filters = { type: Object.keys(ACTIONS), event: [...new Set(Object.values(ACTIONS).flat())] };

/** The engine leaves out the rest. */
export const EVENT_QUERY = `filters=${encodeURIComponent(JSON.stringify(filters))}`;

const shape = z.object({
  Type: z.string(),
  Action: z.string(),
  Actor: z.object({ ID: z.string(), Attributes: z.nullish(z.record(z.string(), z.string())) }),
  time: z.optional(z.int()),
  timeNano: z.optional(z.number()),
});

/** One line of the stream; null for what is no event that matters. */
export function parseEvent(line: string): SeenEvent | null {
  const { success, data } = shape.safeParse(parse(line));
  if (!success) return null;
  const action = data.Action.split(':')[0] ?? '';
  if (!Object.hasOwn(ACTIONS, data.Type) || !ACTIONS[data.Type]?.includes(action)) return null;
  const { ID: id, Attributes } = data.Actor;
  // Nanoseconds since the epoch are more than a number holds exactly: the text has them.
  const nanoseconds = /"timeNano":\s*(\d+)/.exec(line)?.[1] ?? `${Math.trunc(data.time ?? 0)}000000000`;
  return {
    type: data.Type,
    action,
    id,
    name: Attributes?.['name'] ?? null,
    exec: sessionOf(action, Attributes?.['execID']),
    container: data.Type === 'network' ? (Attributes?.['container'] ?? null) : null,
    time: BigInt(nanoseconds),
  };
}

/**
 * Labels of a container, so of its image, too, are attributes of its events, and stand before the engine's own: one of this name must not hide what happens
 * to the container, nor choose what we ask the engine for. A session without an id that can be one is looked for in its container.
 */
function sessionOf(action: string, id: string | undefined): string | null {
  return action.startsWith('exec_') && id !== undefined && /^[0-9a-f]{64}$/.test(id) ? id : null;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null; // the next full audit sees what it would have told
  }
}

/** One event of each kind and thing, the last: a thousand starts of one container are as good as one. Sessions are things of their own. */
export function merge(events: readonly SeenEvent[]): SeenEvent[] {
  const key = ({ type, action, id, exec, container }: SeenEvent): string => [type, action, id, exec, container].join(' ');
  return [...new Map(events.map((event) => [key(event), event])).values()];
}

export function staleBy({ container, time, ...event }: SeenEvent): Stale {
  const { type, action, id, name, exec } = event;
  const told = {
    cause: `event ${type} ${action} ${name ?? id.slice(0, 12)}`.trimEnd(),
    at: time > 0n ? Number(time / 1_000_000n) : Date.now(),
    event: { type, action, id, name, exec },
  };
  if (exec !== null) return { ...told, facts: [], sessions: [{ container: id, id: exec, over: action === 'exec_die' }] };
  const touched = type === 'container' ? id : container;
  return {
    facts: touched === null ? watchers(type) : watchers('container').filter((fact) => fact !== 'containers'),
    ...(touched !== null && { containers: [touched] }),
    ...told,
  };
}

function watchers(type: string): CollectorName[] {
  return (Object.entries(collectors) as [CollectorName, Collector][]).flatMap(([name, { watch }]) =>
    watch.events?.includes(type) ? [name] : [],
  );
}

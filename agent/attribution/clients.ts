/**
 * Which client asked the engine for what happened. The trail knows who connected to its socket and what they ran, not what they sent: the answer is
 * inferred. Pure.
 */
import type { EngineEvent } from '../triggers/trigger.ts';
import type { Act } from './acts.ts';

export interface Asked {
  readonly event: EngineEvent;
  /** When, by the engine's clock. */
  readonly at: number;
}

/** What may be behind an event of a kind, as words of the docker command line. Management words stand for all that they lead to. */
const VERBS: Readonly<Record<string, readonly string[]>> = {
  'container create': ['run', 'create', 'compose', 'stack', 'service', 'build'],
  'container start': ['run', 'start', 'restart', 'compose', 'stack', 'service', 'build'],
  'container die': ['stop', 'kill', 'rm', 'restart', 'compose', 'stack', 'service'],
  'container destroy': ['rm', 'run', 'prune', 'compose', 'stack', 'service', 'build'],
  'container exec_create': ['exec', 'compose'],
  'container exec_die': [],
  'container health_status': [],
  network: ['network', 'run', 'create', 'start', 'restart', 'stop', 'kill', 'rm', 'prune', 'compose', 'stack', 'swarm', 'service'],
  volume: ['volume', 'run', 'create', 'rm', 'prune', 'compose', 'stack'],
  image: ['pull', 'push', 'build', 'buildx', 'tag', 'rmi', 'rm', 'load', 'import', 'commit', 'run', 'create', 'prune', 'compose'],
  node: ['node', 'swarm'],
  service: ['service', 'stack'],
  secret: ['secret', 'stack'],
  daemon: [],
};

/** Words that only say what the next one is about. */
const ABOUT = ['container', 'image', 'system', 'builder'];
/** A command may pull an image, or bring up a whole project, before what we see happens. */
const WORKING_MS = 120_000;
/** A program whose words tell nothing is believed for as long as one request takes. */
const BRIEF_MS = 2000;
/** The clock of the audit system ticks every few milliseconds. */
const TICK_MS = 20;

interface Client {
  /** Where it is known best: its last connection, or its start where connections are not recorded. */
  readonly act: Act;
  readonly words: readonly string[];
}

/** The client that fits best: by what it was told to do, then by time. Those of `self` are our own. */
export function culpritOfEvent(acts: readonly Act[], asked: Asked, sockets: readonly string[], self: readonly number[]): Act | null {
  const rated = clientsOf(acts, asked.at + TICK_MS, sockets)
    .filter(({ act }) => !self.includes(act.pid))
    .map((client) => ({ client, weight: weigh(client, asked) }))
    .filter(({ weight }) => weight > 0)
    .toSorted((left, right) => left.weight - right.weight || left.client.act.at - right.client.act.at);
  const best = rated.at(-1)?.client;
  return best === undefined ? null : { ...best.act, words: best.words };
}

/** Clients by process: when they connected last, and all words they were started with. */
function clientsOf(acts: readonly Act[], until: number, sockets: readonly string[]): Client[] {
  const clients = new Map<number, Client>();
  for (const act of acts) {
    if (act.at > until || !act.succeeded) continue;
    const known = clients.get(act.pid);
    if (act.call === 'connect' && act.touched.some(({ path }) => path !== null && sockets.includes(withoutVar(path))))
      clients.set(act.pid, { act, words: known?.words ?? act.words });
    else if ((act.call === 'execve' || act.call === 'execveat') && isClient(act.executable))
      clients.set(act.pid, { act, words: act.words });
  }
  return [...clients.values()];
}

function withoutVar(path: string): string {
  return path.replace(/^\/var\/run\//, '/run/');
}

/** A shell that connects to nothing is no client, though a rule may record that it was run. */
function isClient(executable: string): boolean {
  return /\/(docker|docker-compose|podman|nerdctl|ctr)$/.test(executable);
}

function weigh({ act, words }: Client, { event, at }: Asked): number {
  const verb = isClient(act.executable) ? verbOf(words) : null;
  const age = at - act.at;
  if (verb === null) return age <= BRIEF_MS ? 1 : 0;
  const fitting = VERBS[`${event.type} ${event.action}`] ?? VERBS[event.type] ?? [event.action];
  if (!fitting.includes(verb) || age > WORKING_MS) return 0;
  return words.some((word) => names(word, event)) ? 3 : 2;
}

/** `docker --host x container run` is `run`. Options with a value in a word of its own come before it, too. */
function verbOf(words: readonly string[]): string | null {
  const program = words[0]?.slice(words[0].lastIndexOf('/') + 1);
  if (program === 'docker-compose') return 'compose';
  let index = 1;
  for (let word = words[index]; word?.startsWith('-'); word = words[index])
    index += /^(-H|-c|-l|--host|--context|--config|--log-level|--tls\w+)$/.test(word) ? 2 : 1;
  const verb = words[index];
  return (verb !== undefined && ABOUT.includes(verb) ? words[index + 1] : verb) ?? null;
}

function names(word: string, { name, id }: EngineEvent): boolean {
  const value = word.replace(/^--name=/, '');
  return value === name || (value.length >= 4 && /^[0-9a-f]+$/.test(value) && id.startsWith(value));
}

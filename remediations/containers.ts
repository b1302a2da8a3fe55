/** The containers that ran before run again, and their ports answer again. */
import { reasonOf } from '../facts/host.ts';
import * as z from '../facts/schema.ts';
import type { Surroundings } from './apply.ts';
import { eventually } from './daemon.ts';
import type { Journal } from './journal.ts';
import { type EngineControl, type Port, WriteError } from './writer.ts';

const PER_CONTAINER = 1000;
/** Ports looked at: a sample tells whether publishing works. */
const MAX_PORTS = 100;

const listed = z.array(
  z.object({
    Id: z.string(),
    Names: z.list(z.string()),
    State: z.text,
    Labels: z.labels,
    Ports: z.list(z.object({ IP: z.text, PublicPort: z.integer, Type: z.text })),
  }),
);
type Listed = z.infer<typeof listed>;

async function list(engine: EngineControl): Promise<Listed> {
  return listed.parse(await engine.get('/containers/json?all=1'));
}

/** One that is linked is listed by `/OTHER/ALIAS` as well. */
function nameOf({ Id, Names }: Listed[number]): string {
  return Names.find((name) => name.lastIndexOf('/') <= 0)?.replace(/^\//, '') ?? Id;
}

/** The tasks of a swarm it brings back itself, as other containers and maybe elsewhere. */
async function listOwn(engine: EngineControl): Promise<Listed> {
  return (await list(engine)).filter(({ Labels }) => !('com.docker.swarm.task.id' in Labels));
}

/** Containers that run, without the tasks of a swarm. */
export async function runningOf(engine: EngineControl): Promise<Journal['running']> {
  const running = (await listOwn(engine)).filter(({ State }) => State === 'running');
  return running.map((entry) => ({ id: entry.Id, name: nameOf(entry) }));
}

/** Published TCP ports that accept connections from here, by IPv4: IPv6's may rightly go with the userland proxy. */
export async function portsOf(engine: EngineControl): Promise<Port[]> {
  const published = (await listOwn(engine)).flatMap((entry) =>
    entry.Ports.filter(({ IP, PublicPort, Type }) => Type === 'tcp' && PublicPort > 0 && !IP.includes(':')).map(({ IP, PublicPort }) => ({
      container: nameOf(entry),
      host: IP === '' || IP === '0.0.0.0' ? '127.0.0.1' : IP,
      port: PublicPort,
    })),
  );
  const answers = await Promise.all(published.slice(0, MAX_PORTS).map(async (port) => ((await engine.accepts(port)) ? [port] : [])));
  return answers.flat();
}

/**
 * Waits until every container that ran runs again, starting those that nothing else brings back, and until the ports that accepted connections do
 * so again. Those removed with the restart (`--rm`) are gone, as the plan said. Throws WriteError.
 */
export async function awaitHealth(
  { running, ports }: Pick<Journal, 'running' | 'ports'>,
  { writer, say, patience }: Pick<Surroundings, 'writer' | 'say' | 'patience'>,
): Promise<void> {
  const { engine } = writer;
  if (running.length > 0) say('waiting for the containers that ran before');
  const limit = patience + PER_CONTAINER * running.length;
  const started = new Set<string>();
  let missing: string[] = [];
  let deaf = ports;
  // Both in one: what seems to run may be a leftover of before, which dockerd is about to end.
  const healthy = await eventually(writer, limit, async () => {
    const entries = await list(engine);
    const now = new Map(entries.map((entry) => [entry.Id, entry.State]));
    const absent = running.filter(({ id }) => now.has(id) && now.get(id) !== 'running');
    missing = absent.map(({ name }) => name);
    await startAgain(
      engine,
      absent.filter(({ id }) => !started.has(id) && now.get(id) === 'exited'),
      started,
    );
    if (absent.length > 0) return false;
    // The ports of those that are gone are gone with them.
    const names = new Set(entries.map(nameOf));
    const answers = await Promise.all(deaf.map((port) => engine.accepts(port)));
    deaf = deaf.filter(({ container }, index) => names.has(container) && !answers[index]);
    return deaf.length === 0;
  });
  if (healthy) return;
  if (missing.length > 0) throw new WriteError(`containers that ran before do not run again: ${missing.join(', ')}`);
  const silent = deaf.map(({ container, host, port }) => `${host}:${port} of ${container}`);
  throw new WriteError(`published ports no longer accept connections: ${silent.join(', ')}`);
}

/** Oldest first, and more than once: one may use the network of another, or a link to it, and does not start before it. Throws WriteError. */
async function startAgain(engine: EngineControl, stopped: Journal['running'], started: Set<string>): Promise<void> {
  const before = started.size;
  const failures: string[] = [];
  for (const { id, name } of stopped.toReversed()) {
    try {
      await engine.startContainer(id);
      started.add(id);
    } catch (error) {
      failures.push(`container ${name} does not start again: ${reasonOf(error)}`);
    }
  }
  if (failures.length > 0 && started.size === before) throw new WriteError(failures.join('; '));
}

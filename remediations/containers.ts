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

function nameOf({ Id, Names }: Listed[number]): string {
  return Names[0]?.replace(/^\//, '') ?? Id;
}

/** Containers that run, without the tasks of a swarm, which it brings back itself, as others and maybe elsewhere. */
export async function runningOf(engine: EngineControl): Promise<Journal['running']> {
  const running = (await list(engine)).filter(({ State, Labels }) => State === 'running' && !('com.docker.swarm.task.id' in Labels));
  return running.map((entry) => ({ id: entry.Id, name: nameOf(entry) }));
}

/** Published TCP ports that accept connections from here, by IPv4: IPv6's may rightly go with the userland proxy. */
export async function portsOf(engine: EngineControl): Promise<Port[]> {
  const published = (await list(engine)).flatMap((entry) =>
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
  { running, ports, plan }: Pick<Journal, 'running' | 'ports' | 'plan'>,
  { writer, say, patience }: Pick<Surroundings, 'writer' | 'say' | 'patience'>,
): Promise<void> {
  const { engine } = writer;
  if (running.length > 0) say('waiting for the containers that ran before');
  const limit = patience + PER_CONTAINER * running.length;
  const tried = new Set<string>();
  let missing: string[] = [];
  const back = await eventually(writer, limit, async () => {
    const now = new Map((await list(engine)).map((entry) => [entry.Id, entry.State]));
    const absent = running.filter(({ id }) => now.has(id) && now.get(id) !== 'running');
    missing = absent.map(({ name }) => name);
    for (const { id, name } of absent.filter((container) => !tried.has(container.id) && now.get(container.id) === 'exited')) {
      tried.add(id);
      await startAgain(engine, id, name);
    }
    return absent.length === 0;
  });
  if (!back) throw new WriteError(`containers that ran before do not run again: ${missing.join(', ')}`);
  const deaf: Port[] = [...ports];
  const answered = await eventually(writer, limit, async () => {
    const answers = await Promise.all(deaf.map((port) => engine.accepts(port)));
    deaf.splice(0, deaf.length, ...deaf.filter((_, index) => !answers[index]));
    return deaf.length === 0;
  });
  const names = deaf.map(({ container, host, port }) => `${host}:${port} of ${container}`);
  if (!answered) throw new WriteError(`published ports no longer accept connections: ${names.join(', ')}`);
  if (plan.daemon?.action === 'restart') await engine.get('/version');
}

async function startAgain(engine: EngineControl, id: string, name: string): Promise<void> {
  try {
    await engine.startContainer(id);
  } catch (error) {
    throw new WriteError(`container ${name} does not start again: ${reasonOf(error)}`, { cause: error });
  }
}

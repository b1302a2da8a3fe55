/** Making dockerd take its configuration, and waiting until it has. */
import { reasonOf } from '../facts/host.ts';
import type { Surroundings } from './apply.ts';
import type { Journal } from './journal.ts';
import { type Daemon, type EngineControl, type HostWriter, WriteError } from './writer.ts';

const POLL = 200;
/** An authorization plugin that does not answer holds a reload up for about 15 s. */
const RELOAD_PATIENCE = 20_000;
const PER_CONTAINER = 1000;

type Around = Pick<Surroundings, 'writer' | 'say' | 'signal' | 'patience'>;

/** dockerd goes on with the configuration it had. */
export class RejectedError extends WriteError {}

/**
 * SIGHUP, then waits for the event that proves it was taken: a daemon that rejects the file says nothing, and one that is still starting would
 * die of the signal, so it has to answer first. Throws WriteError.
 */
export async function reloadDaemon(daemon: Daemon, { writer, say }: Pick<Around, 'writer' | 'say'>): Promise<void> {
  const { engine } = writer;
  say('reloading dockerd');
  await engine.get('/version');
  if (!engine.isAlive(daemon)) throw new WriteError('dockerd has restarted in the meantime');
  const since = writer.now();
  const before = await engine.reloads(since);
  engine.hangUp(daemon);
  const taken = await eventually(writer, RELOAD_PATIENCE, async () => {
    if (!engine.isAlive(daemon)) throw new WriteError('dockerd ended when it was asked to reload');
    return (await engine.reloads(since)) > before;
  });
  if (!taken) throw new RejectedError('dockerd did not take the new configuration (its log says why)');
}

/** Restarts dockerd and waits until it answers as another process. Throws WriteError. */
export async function restartDaemon(
  daemon: Daemon & { readonly unit: string | null },
  { running }: Pick<Journal, 'running'>,
  { writer, say, patience, signal }: Around,
): Promise<void> {
  const limit = patience + PER_CONTAINER * running.length;
  say(`restarting dockerd (${running.length === 0 ? 'no container runs' : `${running.length} containers run`})`);
  await writer.engine.restart(daemon.unit, limit);
  const answers = await eventually(writer, limit, async () => {
    signal.throwIfAborted();
    return !writer.engine.isAlive(daemon) && (await isUp(writer.engine));
  });
  if (!answers) throw new WriteError(`dockerd does not answer ${Math.round(limit / 1000)} s after the restart`);
}

async function isUp(engine: EngineControl): Promise<boolean> {
  try {
    await engine.get('/version');
    return true;
  } catch (error) {
    reasonOf(error); // whatever it is, it is no answer yet
    return false;
  }
}

/** Asks again and again until the answer is yes; false when that took too long. */
export async function eventually(
  writer: Pick<HostWriter, 'sleep' | 'now'>,
  limit: number,
  question: () => Promise<boolean>,
): Promise<boolean> {
  const end = writer.now() + limit;
  while (!(await question())) {
    if (writer.now() >= end) return false;
    await writer.sleep(POLL);
  }
  return true;
}

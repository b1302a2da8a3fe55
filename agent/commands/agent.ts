import { setTimeout as sleep } from 'node:timers/promises';
import { WriteError } from '../../remediations/writer.ts';
import { type Config, loadConfig } from '../config.ts';
import { exitCodes, HistoryError, OutputError, UsageError } from '../errors.ts';
import { type Choice, chooseChecks, chooseEngine, type InspectOptions } from '../inspect.ts';
import { type AgentLog, openAgentLog } from '../log.ts';
import { type Notifier, openNotifier } from '../notify.ts';
import type { Output } from '../output.ts';
import { startRemediation } from '../remediation.ts';
import { type Resident, startResident } from '../resident.ts';
import { followDecisions } from '../state/decisions-file.ts';
import { makeStateDirectory } from '../state/directory.ts';
import { type History, openHistory } from '../state/history.ts';
import { lock, type Unlock } from '../state/lock.ts';
import { isInterrupted } from '../state/pending.ts';
import { version } from '../version.ts';

export type AgentOptions = Pick<
  InspectOptions,
  'config' | 'waivers' | 'dockerHost' | 'timeout' | 'check' | 'skip' | 'section' | 'profile' | 'minSeverity'
>;

const RETRY_MS = 5000;

interface Scene {
  readonly options: AgentOptions;
  readonly output: Output;
  readonly environment: NodeJS.ProcessEnv;
  readonly log: AgentLog;
  readonly notifier: Notifier;
  readonly history: History;
}

/** A configuration, and what is watched by it. */
interface Taken {
  readonly config: Config;
  readonly choice: Choice;
}

/** The resident agent, until it is told to stop. Returns the exit code. */
export async function agent(options: AgentOptions, output: Output, environment: NodeJS.ProcessEnv): Promise<number> {
  const config = loadConfig(options.config, environment);
  const log = await openAgentLog(config.agent.log, output);
  const unlock = becomeTheOnly();
  const history = await openPatiently(log);
  const notifier = openNotifier(environment, log);
  try {
    if (isInterrupted()) log.warn('an apply was interrupted: hullguard rollback takes it back');
    await serve(config, { options, output, environment, log, notifier, history });
    return exitCodes.done;
  } finally {
    history.close();
    unlock();
  }
}

function becomeTheOnly(): Unlock {
  try {
    makeStateDirectory();
    const unlock = lock('agent');
    if (unlock === null) throw new UsageError('another agent runs on this host (hullguard status tells about it)');
    return unlock;
  } catch (error) {
    throw error instanceof WriteError ? new OutputError(error.message, { cause: error }) : error;
  }
}

/** A full disk or a lock passes, and no host should be left unwatched because of one: systemd would give up after some attempts. */
async function openPatiently(log: AgentLog): Promise<History> {
  for (;;) {
    try {
      return openHistory({ onReplaced: (what) => log.error('history replaced', { problem: what }) });
    } catch (error) {
      if (!(error instanceof HistoryError && ['full', 'busy'].includes(error.problem))) throw error;
      log.error('history cannot be opened: tried again soon', { problem: error });
      await sleep(RETRY_MS);
    }
  }
}

/** Runs, reloads on SIGHUP, and ends on SIGTERM or SIGINT. */
async function serve(first: Config, scene: Scene): Promise<void> {
  const { log, notifier, history } = scene;
  const signals = listen();
  note(scene, 'started', `hullguard ${version}`);
  let refusal: string | null = null;
  let resident = await start({ config: first, choice: chooseChecks(scene.options, first) }, scene, () => refusal);
  const endWatch = notifier.watch(() => resident.isProgressing());
  await notifier.ready();
  log.notice('ready', { version, head: history.head().hash });
  for (let name = await signals.next(); name === 'SIGHUP'; name = await signals.next()) {
    await notifier.reloading();
    const taken = await reread(scene);
    refusal = taken === null ? 'the new configuration is not valid: the old one stays' : null;
    if (taken === null) resident.tell('reload refused');
    else {
      await resident.stop();
      log.adopt(taken.config.agent.log);
      resident = await start(taken, scene, () => refusal);
      note(scene, 'reloaded', 'configuration taken');
    }
    await notifier.ready(refusal ?? undefined);
  }
  await notifier.stopping('ending');
  endWatch();
  await resident.stop();
  note(scene, 'stopped', 'ended by a signal');
  log.notice('stopped', { head: history.head().hash });
}

/** A configuration that cannot be used is an error in the log; the old one stays. */
async function reread({ options, environment, log }: Scene): Promise<Taken | null> {
  try {
    const config = loadConfig(options.config, environment);
    const choice = chooseChecks(options, config);
    // Throws where its secret cannot be used.
    if (config.agent.webhook !== undefined) (await import('../sinks/webhook.ts')).openWebhook(config.agent.webhook);
    return { config, choice };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    log.error('configuration not taken', { problem: error });
    return null;
  }
}

async function start(
  { config, choice: { chosen, policy } }: Taken,
  { options, output, environment, log, notifier, history }: Scene,
  refusal: () => string | null,
): Promise<Resident> {
  const dockerHost = chooseEngine(options.dockerHost, environment['DOCKER_HOST']);
  const { waivers = [] } = options;
  const remediation = startRemediation({
    config,
    waivers,
    dockerHost,
    history,
    log,
    output: { ...output, interactive: false },
    environment,
  });
  const resident = await startResident({
    config: { ...config, policy, timeout: options.timeout ?? config.timeout },
    checks: chosen,
    endpoint: dockerHost,
    environment,
    decisions: followDecisions(waivers),
    history,
    log,
    notifier,
    refusal,
    onRecorded: () => remediation.consider(),
  });
  return {
    ...resident,
    async stop() {
      await remediation.stop();
      await resident.stop();
    },
  };
}

/** The agent's own life is part of the history; where that cannot be written, the log has to do. */
function note({ history, log }: Scene, about: string, text: string): void {
  try {
    history.note(about, text);
  } catch (error) {
    if (!(error instanceof HistoryError)) throw error;
    log.error('history cannot be written', { problem: error });
  }
}

interface Signals {
  next(): Promise<NodeJS.Signals>;
}

function listen(): Signals {
  const waiting: NodeJS.Signals[] = [];
  let wake: ((name: NodeJS.Signals) => void) | null = null;
  for (const name of ['SIGHUP', 'SIGTERM', 'SIGINT'] as const)
    process.on(name, () => {
      if (wake === null) waiting.push(name);
      else wake(name);
      wake = null;
    });
  return {
    next: () =>
      new Promise((resolve) => {
        const name = waiting.shift();
        if (name === undefined) wake = resolve;
        else resolve(name);
      }),
  };
}

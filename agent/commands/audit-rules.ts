import { missingRules } from '../attribution/rules.ts';
import { collectFacts } from '../collect.ts';
import { loadConfig } from '../config.ts';
import { complaint, exitCodes } from '../errors.ts';
import { openHost } from '../host/index.ts';
import { chooseEngine } from '../inspect.ts';
import type { Output } from '../output.ts';
import type { AgentOptions } from './agent.ts';

const WANTED = ['audit', 'files', 'engine', 'units', 'daemon'] as const;

/** Prints the audit rules that are not in force and without which nobody is named. Loads none of them. Returns the exit code. */
export async function auditRules(options: AgentOptions, output: Output, environment: NodeJS.ProcessEnv): Promise<number> {
  const config = loadConfig(options.config, environment);
  const timeout = (options.timeout ?? config.timeout) * 1000;
  const signal = AbortSignal.timeout(timeout);
  const host = openHost({
    root: '/',
    endpoint: chooseEngine(options.dockerHost, environment['DOCKER_HOST']),
    signal,
    timeout,
    environment,
  });
  const { facts, missing } = await collectFacts(host, { policy: config.policy, wanted: WANTED, signal });
  if (facts.audit === undefined) {
    output.say(complaint(missing.audit ?? 'the audit rules have not been read'));
    return exitCodes.incomplete;
  }
  const rules = missingRules(host, facts).map(({ line, records }) => `# ${records}\n${line}\n`);
  output.print(rules.join(''));
  if (rules.length === 0) output.say('All audit rules that name who made a change are in force.\n');
  return exitCodes.done;
}

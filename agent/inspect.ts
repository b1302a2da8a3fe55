/** Looking at this host: which checks are asked for, and the facts they need. What `audit`, `plan` and `apply` share. */
import type { BenchmarkVersion } from '../checks/benchmark.ts';
import type { Severity } from '../checks/check.ts';
import type { FactName, Recording } from '../facts/index.ts';
import type { Policy } from '../facts/policy.ts';
import { collectFacts } from './collect.ts';
import type { Config } from './config.ts';
import { UsageError } from './errors.ts';
import { parseAddress } from './host/address.ts';
import { openHost } from './host/index.ts';
import { openLog } from './log.ts';
import type { Output } from './output.ts';
import { findProfile, type Profile } from './profiles.ts';
import { showProgress } from './progress.ts';
import { type Selected, type Selection, selectChecks } from './select.ts';
import { everyCheck } from './site/every-check.ts';

/** Options that say what to look at, and how. */
export interface InspectOptions {
  readonly check?: readonly string[];
  readonly skip?: readonly string[];
  readonly section?: readonly string[];
  readonly profile?: string;
  readonly benchmark?: BenchmarkVersion;
  readonly minSeverity?: Severity;
  readonly config?: string;
  /** Files with waivers, beside the default one. */
  readonly waivers?: readonly string[];
  readonly dockerHost?: string;
  readonly root?: string;
  readonly timeout?: number;
  readonly color?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/** What an inspection runs in. */
export interface Scene {
  readonly config: Config;
  readonly output: Output;
  readonly environment: NodeJS.ProcessEnv;
}

/** What is asked for, and the policy by which it is judged. */
export interface Choice extends Selected {
  readonly selection: Selection;
  readonly policy: Policy;
}

/** What an audit goes by. */
interface Standard {
  readonly benchmark: BenchmarkVersion;
  readonly profile: Profile;
  readonly policy: Policy;
}

/** The benchmark version and the profile asked for, and the policy by that. Throws UsageError where there is no such profile. */
export function chooseStandard(options: Pick<InspectOptions, 'benchmark' | 'profile'>, config: Config): Standard {
  const benchmark = options.benchmark ?? config.benchmark;
  const profile = findProfile(options.profile ?? config.profile, config.profiles, benchmark);
  return { benchmark, profile, policy: profile.policyOf(config.policy) };
}

/** The checks asked for. Throws UsageError where that is none. */
export function chooseChecks(options: InspectOptions, config: Config): Choice {
  const { policy, ...standard } = chooseStandard(options, config);
  const selection = {
    ...standard,
    minSeverity: options.minSeverity ?? config.minSeverity,
    check: options.check ?? [],
    skip: [...config.skip, ...(options.skip ?? [])],
    section: options.section ?? [],
  };
  const selected = selectChecks(selection, everyCheck(config));
  if (selected.chosen.length === 0) throw new UsageError('the options that choose checks leave none');
  return { selection, ...selected, policy };
}

/** What every report and plan says of the host. */
const ABOUT = ['system', 'engine', 'engines', 'daemon'] as const satisfies readonly FactName[];

/** Collects the facts of these checks, and `more`. */
export async function inspect(
  { chosen, policy }: Pick<Choice, 'chosen' | 'policy'>,
  more: readonly FactName[],
  options: InspectOptions,
  { config, output, environment }: Scene,
): Promise<Recording> {
  const timeout = Math.ceil((options.timeout ?? config.timeout) * 1000);
  const signal = AbortSignal.timeout(timeout);
  const endpoint = chooseEngine(options.dockerHost, environment['DOCKER_HOST']);
  const host = openHost({ root: options.root ?? '/', endpoint, signal, timeout, environment });
  const log = await openLog(options.verbose ?? false);
  const wanted = [...new Set<FactName>([...ABOUT, ...more, ...chosen.flatMap((check) => check.needs)])];
  const progress = showProgress(output.interactive && !options.quiet && !options.verbose ? output : null);
  try {
    return await collectFacts(host, {
      policy,
      wanted,
      signal,
      onStarted: (fact) => progress.started(fact),
      onCollected(fact, milliseconds, problem) {
        progress.ended(fact);
        if (problem === null) log.debug('fact collected', { fact, milliseconds: Math.round(milliseconds) });
        else log.warn('fact not collected', { fact, milliseconds: Math.round(milliseconds), problem });
      },
    });
  } finally {
    progress.clear();
  }
}

/** The engine somebody asked for; null to look for one. */
export function chooseEngine(option: string | undefined, variable: string | undefined): string | null {
  const asked = option ?? (variable || null);
  if (asked === null) return null;
  const address = parseAddress(asked);
  if ('endpoint' in address) return address.endpoint;
  throw new UsageError(`${option === undefined ? 'DOCKER_HOST' : '--docker-host'} ${asked}: ${address.problem}`);
}

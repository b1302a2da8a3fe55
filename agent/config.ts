/** The configuration: YAML, every key optional. Each topic has its schema in a file of its own. */
import { benchmarkVersions, currentBenchmark } from '../checks/benchmark.ts';
import { policySchema } from '../facts/policy.ts';
import * as z from '../facts/schema.ts';
import { agentSchema } from './agent-config.ts';
import { applySchema } from './apply-config.ts';
import { MAX_TIMEOUT, thresholds } from './choices.ts';
import { readConfigFiles } from './config-files.ts';
import { UsageError } from './errors.ts';
import { DEFAULT_PROFILE, nameProblems, profilesSchema } from './profiles.ts';
import { siteSchema } from './site-config.ts';
import { severity } from './terms.ts';
import { threatsConfigSchema } from './threats-config.ts';
import { fitTo, type Merged, mergeYaml } from './yaml.ts';

const shape = z.strictObject({
  benchmark: z
    ._default(z.enum(benchmarkVersions), currentBenchmark)
    .check(z.describe('Version of the CIS Docker Benchmark whose numbers, members and levels count')),
  profile: z
    ._default(z.string(), DEFAULT_PROFILE)
    .check(z.describe('Which checks count: level-1, level-2 for all, stride:LETTER for one kind of threat, or one of profiles')),
  profiles: z._default(profilesSchema, {}).check(z.describe('Profiles of your own, by name')),
  failOn: z._default(z.enum(thresholds), 'low').check(z.describe('Lowest severity of a failing check that makes the exit status 1')),
  minSeverity: z._default(severity, 'low').check(z.describe('Checks below this severity are left out')),
  skip: z._default(z.array(z.string()), []).check(z.describe('Checks to leave out, by id, number or glob')),
  timeout: z
    ._default(z.number().check(z.positive(), z.maximum(MAX_TIMEOUT)), 30)
    .check(z.describe('Seconds after which what has not answered is an error')),
  apply: z._default(applySchema, applySchema.parse({})).check(z.describe('What hullguard apply may do, and how')),
  agent: z._default(agentSchema, agentSchema.parse({})).check(z.describe('The resident agent')),
  ...siteSchema,
  threats: z._default(threatsConfigSchema, { weights: {}, add: [] }).check(z.describe('How much threats matter here, and further ones')),
  policy: z._default(policySchema, policySchema.parse({})).check(z.describe('Site values that some checks need')),
});

/** Lists that name checks. */
const CHECK_LISTS = [['skip'], ['agent', 'remediate', 'checks']];
/** Lists that are one value: the words of a command. */
const WHOLE_LISTS = ['apply.restartCommand'];

/** With what the shape alone cannot say: which names there are. That is told whatever else is wrong. */
export const configSchema = shape.check(
  z.check<unknown>(
    ({ value, issues }) => {
      for (const { path, message } of nameProblems(value, CHECK_LISTS))
        issues.push({ code: 'custom', path: [...path], message, input: value });
    },
    { when: () => true },
  ),
);

export type Config = z.infer<typeof configSchema>;

/** The variable that names the configuration where no option does. */
export const CONFIG_VARIABLE = 'HULLGUARD_CONFIG';

/** The configuration that an option or the environment names; undefined where neither does. */
export function namedConfig(option: string | undefined, environment: NodeJS.ProcessEnv): string | undefined {
  return option ?? (environment[CONFIG_VARIABLE] || undefined);
}

/** A configuration, and where it comes from. */
export interface LoadedConfig {
  readonly config: Config;
  /** The files that were read, in the order in which they add up. */
  readonly files: readonly string[];
  readonly merged: Merged;
}

/** Reads the named file or directory, or the default one where there is one. Throws UsageError with a line for each problem. */
export function loadConfig(option: string | undefined, environment: NodeJS.ProcessEnv): Config {
  return readConfig(option, environment).config;
}

/** The same, with where it comes from. */
export function readConfig(option: string | undefined, environment: NodeJS.ProcessEnv): LoadedConfig {
  const { files, problems } = readConfigFiles(namedConfig(option, environment));
  try {
    const merged = mergeYaml(files, WHOLE_LISTS);
    const fitted = fitTo(merged, configSchema);
    if (fitted.problems === undefined && problems.length === 0)
      return { config: fitted.value, files: files.map(({ path }) => path), merged };
    throw new UsageError((fitted.problems ?? []).join('\n'));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError([...problems, ...(error.message === '' ? [] : [error.message])].join('\n'), { cause: error });
  }
}

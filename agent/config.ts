/** The configuration file: YAML, every key optional. */
import fs from 'node:fs';
import { benchmarkVersions, currentBenchmark } from '../checks/benchmark.ts';
import { policySchema } from '../facts/policy.ts';
import * as z from '../facts/schema.ts';
import { impact } from '../remediations/plan.ts';
import { agentSchema } from './agent-config.ts';
import { DEFAULT_CONFIG, MAX_TIMEOUT, profiles, severities, thresholds } from './choices.ts';
import { parseYaml, readInput, withSuggestions } from './input.ts';
import { unknownCheck } from './select.ts';
import { threatsConfigSchema } from './threats-config.ts';

const shape = z.strictObject({
  benchmark: z
    ._default(z.enum(benchmarkVersions), currentBenchmark)
    .check(z.describe('Version of the CIS Docker Benchmark whose numbers, members and levels count')),
  profile: z._default(z.enum(profiles), 'level-2').check(z.describe('level-1, or level-2 for all')),
  failOn: z._default(z.enum(thresholds), 'low').check(z.describe('Lowest severity of a failing check that makes the exit status 1')),
  minSeverity: z._default(z.enum(severities), 'low').check(z.describe('Checks below this severity are left out')),
  skip: z._default(z.array(z.string()), []).check(z.describe('Checks to leave out, by id, number or glob')),
  timeout: z
    ._default(z.number().check(z.positive(), z.maximum(MAX_TIMEOUT)), 30)
    .check(z.describe('Seconds after which what has not answered is an error')),
  apply: z._default(
    z.strictObject({
      maxImpact: z
        ._default(impact, 'reload')
        .check(z.describe('The most that apply may cost the host unless told: none, a reload, or a restart of dockerd')),
      restartCommand: z.optional(
        z
          .array(z.string())
          .check(
            z.minLength(1),
            z.refine((words) => words[0]?.startsWith('/') === true, 'expected an absolute path first'),
          )
          .check(z.describe('Program and arguments that restart dockerd where no systemd unit runs it; it returns when that is done')),
      ),
      patience: z
        ._default(z.number().check(z.positive(), z.maximum(MAX_TIMEOUT)), 60)
        .check(
          z.describe(
            'Seconds that dockerd may take to answer, and then its containers, beside a second for each, before all is taken back',
          ),
        ),
    }),
    { maxImpact: 'reload', patience: 60 },
  ),
  agent: z._default(agentSchema, agentSchema.parse({})),
  threats: z._default(threatsConfigSchema, { weights: {}, add: [] }),
  policy: z._default(policySchema, policySchema.parse({})).check(z.describe('Site values that some checks need')),
});

/** What the shape alone cannot say: which names there are. */
export const configSchema = shape.check(({ value, issues }) => {
  for (const [index, pattern] of value.skip.entries()) {
    const problem = unknownCheck(pattern, value.benchmark);
    if (problem !== null) issues.push({ code: 'custom', path: ['skip', index], message: problem, input: pattern });
  }
  for (const [index, pattern] of value.agent.remediate.checks.entries()) {
    const problem = unknownCheck(pattern, value.benchmark);
    if (problem !== null) issues.push({ code: 'custom', path: ['agent', 'remediate', 'checks', index], message: problem, input: pattern });
  }
});

export type Config = z.infer<typeof configSchema>;

/** Reads the named file, or the default one where there is one. Throws UsageError with line and column. */
export function loadConfig(path: string | undefined): Config {
  if (path === undefined && !fs.existsSync(DEFAULT_CONFIG)) return configSchema.parse({});
  const file = path ?? DEFAULT_CONFIG;
  const source = readInput(file, 'configuration');
  try {
    return parseYaml(file, source, configSchema);
  } catch (error) {
    throw withSuggestions(error, keysOf(z.toJSONSchema(configSchema, { io: 'input' })));
  }
}

/** The names of all keys, however deep. */
function keysOf({ properties = {}, items }: z.core.JSONSchema.BaseSchema): string[] {
  const inItems = typeof items === 'object' && !Array.isArray(items) ? keysOf(items) : [];
  return [
    ...inItems,
    ...Object.entries(properties).flatMap(([name, schema]) => [name, ...(typeof schema === 'object' ? keysOf(schema) : [])]),
  ];
}

import { type CollectorName, collectors, type Recording } from '../../facts/index.ts';
import { atLeast, formats, type Threshold } from '../choices.ts';
import { type Config, loadConfig } from '../config.ts';
import { exitCodes } from '../errors.ts';
import { formatFacts, readFacts } from '../facts-file.ts';
import { type Choice, chooseChecks, type InspectOptions, inspect, type Scene } from '../inspect.ts';
import type { Output } from '../output.ts';
import { makeReport, type Report } from '../report.ts';
import { reporters } from '../reporters/index.ts';
import type { RenderOptions } from '../reporters/reporter.ts';
import { inBenchmarkOrder, judge } from '../scan.ts';
import { deliver, fileOf, parseTargets, refuseSharing } from '../targets.ts';

export interface AuditOptions extends InspectOptions {
  readonly report?: readonly string[];
  readonly failOn?: Threshold;
  readonly all?: boolean;
  readonly facts?: string;
  readonly saveFacts?: string;
}

/** For a recording, all that any check may ask for. */
const ALL_FACTS = Object.keys(collectors) as CollectorName[];

/** One audit: facts, findings, reports. Returns the exit code. */
export async function audit(options: AuditOptions, output: Output, environment: NodeJS.ProcessEnv): Promise<number> {
  const config = loadConfig(options.config);
  const choice = chooseChecks(options, config);
  const targets = parseTargets(options.report ?? ['text'], 'audit', formats);
  const facts = options.saveFacts === undefined ? [] : [fileOf(options.saveFacts)];
  refuseSharing([...targets.map(({ file }) => file), ...facts]);
  const { recording, report } = await lookAt(choice, options, { config, output, environment });
  const render: RenderOptions = {
    all: options.all ?? false,
    quiet: options.quiet ?? false,
    width: output.width,
    color: output.color && options.color !== false,
  };
  const texts = [
    ...facts.map((file) => ({ file, text: formatFacts(recording) })),
    ...(await Promise.all(
      targets.map(async ({ format, file }) => {
        const reporter = await reporters[format]();
        return { file, text: reporter(report, { ...render, color: render.color && file === null }) };
      }),
    )),
  ];
  const written = texts.map(({ file, text }) => deliver(file, text, output));
  return written.every(Boolean) ? exitCode(report, options.failOn ?? config.failOn) : exitCodes.incomplete;
}

/** Looks at the host, or at recorded facts, and judges. Throws UsageError for facts that cannot be read. */
export async function lookAt(
  { selection, chosen }: Choice,
  options: AuditOptions,
  scene: Scene,
): Promise<{ readonly recording: Recording; readonly report: Report }> {
  const begun = performance.now();
  const recording =
    options.facts === undefined
      ? await inspect(chosen, options.saveFacts === undefined ? [] : ALL_FACTS, options, scene)
      : readRecorded(options.facts, options, scene.config);
  const findings = inBenchmarkOrder(chosen.map((check) => judge(check, recording, selection.benchmark)));
  return { recording, report: makeReport(findings, recording, selection, performance.now() - begun) };
}

/** Recorded facts carry the policy they were recorded under; a configuration named on purpose wins over it. */
export function readRecorded(path: string, options: Pick<AuditOptions, 'config'>, config: Config): Recording {
  const { facts, missing } = readFacts(path);
  return { facts: { ...facts, policy: options.config === undefined ? (facts.policy ?? config.policy) : config.policy }, missing };
}

export function exitCode({ findings }: Report, threshold: Threshold): number {
  if (findings.some(({ status }) => status === 'error')) return exitCodes.incomplete;
  if (threshold === 'none') return exitCodes.done;
  return findings.some(({ status, severity }) => status === 'fail' && atLeast(severity, threshold)) ? exitCodes.failed : exitCodes.done;
}

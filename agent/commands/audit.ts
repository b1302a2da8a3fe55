import type { BenchmarkVersion } from '../../checks/benchmark.ts';
import type { Check, Severity } from '../../checks/check.ts';
import { type CollectorName, collectors, type FactName, type Recording } from '../../facts/index.ts';
import { atLeast, type Format, formats, type Profile, type Threshold } from '../choices.ts';
import { collectFacts } from '../collect.ts';
import { type Config, loadConfig } from '../config.ts';
import { exitCodes, UsageError } from '../errors.ts';
import { formatFacts, readFacts } from '../facts-file.ts';
import { openHost } from '../host/index.ts';
import { openLog } from '../log.ts';
import { didYouMean } from '../nearest.ts';
import { type Output, writeFile } from '../output.ts';
import { showProgress } from '../progress.ts';
import { makeReport, type Report } from '../report.ts';
import { reporters } from '../reporters/index.ts';
import type { RenderOptions } from '../reporters/reporter.ts';
import { inBenchmarkOrder, judge } from '../scan.ts';
import { type Selection, selectChecks } from '../select.ts';

export interface AuditOptions {
  readonly report?: readonly string[];
  readonly check?: readonly string[];
  readonly skip?: readonly string[];
  readonly section?: readonly string[];
  readonly profile?: Profile;
  readonly benchmark?: BenchmarkVersion;
  readonly minSeverity?: Severity;
  readonly failOn?: Threshold;
  readonly all?: boolean;
  readonly config?: string;
  readonly dockerHost?: string;
  readonly root?: string;
  readonly facts?: string;
  readonly saveFacts?: string;
  readonly timeout?: number;
  readonly color?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

interface Target {
  readonly format: Format;
  /** Null for standard output. */
  readonly file: string | null;
}

/** One audit: facts, findings, reports. Returns the exit code. */
export async function audit(options: AuditOptions, output: Output, environment: NodeJS.ProcessEnv): Promise<number> {
  const config = loadConfig(options.config);
  const selection = chooseChecks(options, config);
  const chosen = selectChecks(selection);
  const targets = parseTargets(options.report ?? ['text']);
  const begun = performance.now();
  const recording =
    options.facts === undefined ? await record(chosen, options, config, output, environment) : readRecorded(options.facts, options, config);
  const findings = inBenchmarkOrder(chosen.map((check) => judge(check, recording, selection.benchmark)));
  const report = makeReport(findings, recording, selection, performance.now() - begun);
  const render: RenderOptions = {
    all: options.all ?? false,
    quiet: options.quiet ?? false,
    width: output.width,
    color: output.color && options.color !== false,
  };
  const kept = options.saveFacts === undefined || attemptWrite(options.saveFacts, () => formatFacts(recording), output);
  const written = targets.map(({ format, file }) =>
    deliver(reporters[format], report, { ...render, color: render.color && file === null }, file, output),
  );
  return kept && written.every(Boolean) ? exitCode(report, options.failOn ?? config.failOn) : exitCodes.incomplete;
}

function chooseChecks(options: AuditOptions, config: Config): Selection {
  return {
    benchmark: options.benchmark ?? config.benchmark,
    profile: options.profile ?? config.profile,
    minSeverity: options.minSeverity ?? config.minSeverity,
    check: options.check ?? [],
    skip: [...config.skip, ...(options.skip ?? [])],
    section: options.section ?? [],
  };
}

/** `text`, `json=report.json`, `json=-`. */
function parseTargets(requests: readonly string[]): Target[] {
  return requests.map((request) => {
    const [name = '', ...rest] = request.split('=');
    const format = formats.find((known) => known === name);
    if (format === undefined)
      throw new UsageError(`unknown report format ${name}${didYouMean(name, formats)} (formats: ${formats.join(', ')})`);
    const file = rest.join('=');
    return { format, file: file === '' || file === '-' ? null : file };
  });
}

async function record(
  chosen: readonly Check[],
  options: AuditOptions,
  config: Config,
  output: Output,
  environment: NodeJS.ProcessEnv,
): Promise<Recording> {
  const timeout = (options.timeout ?? config.timeout) * 1000;
  const signal = AbortSignal.timeout(timeout);
  const endpoint = options.dockerHost ?? (environment['DOCKER_HOST'] || null);
  const host = openHost({ root: options.root ?? '/', endpoint, signal, timeout, environment });
  const log = await openLog(options.verbose ?? false);
  // What the report says of the host, and, for a recording, all that any check may ask for.
  const about: CollectorName[] =
    options.saveFacts === undefined ? ['system', 'engine', 'engines', 'daemon'] : (Object.keys(collectors) as CollectorName[]);
  const wanted = [...new Set<FactName>([...about, ...chosen.flatMap((check) => check.needs)])];
  const progress = showProgress(output.interactive && !options.quiet && !options.verbose ? output : null);
  try {
    return await collectFacts(host, {
      policy: config.policy,
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

/** Recorded facts carry the policy they were recorded under; a configuration named on purpose wins over it. */
function readRecorded(path: string, options: AuditOptions, config: Config): Recording {
  const { facts, missing } = readFacts(path);
  return { facts: { ...facts, policy: options.config === undefined ? (facts.policy ?? config.policy) : config.policy }, missing };
}

function deliver(
  reporter: (report: Report, render: RenderOptions) => string,
  report: Report,
  render: RenderOptions,
  file: string | null,
  output: Output,
): boolean {
  const text = reporter(report, render);
  if (file !== null) return attemptWrite(file, () => text, output);
  output.print(text);
  return true;
}

/** A full disk or a read-only directory loses one file, not the audit. */
function attemptWrite(file: string, text: () => string, output: Output): boolean {
  try {
    writeFile(file, text());
    return true;
  } catch (error) {
    output.say(`hullguard: cannot write ${file}: ${error instanceof Error ? error.message : String(error)}\n`);
    return false;
  }
}

function exitCode({ findings }: Report, threshold: Threshold): number {
  if (findings.some(({ status }) => status === 'error')) return exitCodes.incomplete;
  if (threshold === 'none') return exitCodes.done;
  return findings.some(({ status, severity }) => status === 'fail' && atLeast(severity, threshold)) ? exitCodes.failed : exitCodes.done;
}

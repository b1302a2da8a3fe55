import type { BenchmarkVersion } from '../../checks/benchmark.ts';
import type { Check, Severity } from '../../checks/check.ts';
import { type CollectorName, collectors, type FactName, type Recording } from '../../facts/index.ts';
import { atLeast, type Format, formats, type Profile, type Threshold } from '../choices.ts';
import { collectFacts } from '../collect.ts';
import { type Config, loadConfig } from '../config.ts';
import { complaint, exitCodes, OutputError, UsageError } from '../errors.ts';
import { formatFacts, readFacts } from '../facts-file.ts';
import { parseAddress } from '../host/address.ts';
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
  if (chosen.length === 0) throw new UsageError('the options that choose checks leave none');
  const targets = parseTargets(options.report ?? ['text']);
  const facts = options.saveFacts === undefined ? [] : [fileOf(options.saveFacts)];
  refuseSharing([...targets.map(({ file }) => file), ...facts]);
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
  const texts = [
    ...facts.map((file) => ({ file, text: formatFacts(recording) })),
    ...targets.map(({ format, file }) => ({ file, text: reporters[format](report, { ...render, color: render.color && file === null }) })),
  ];
  const written = texts.map(({ file, text }) => deliver(file, text, output));
  return written.every(Boolean) ? exitCode(report, options.failOn ?? config.failOn) : exitCodes.incomplete;
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
    return { format, file: fileOf(rest.join('=')) };
  });
}

function fileOf(name: string): string | null {
  return ['', '-', '/dev/stdout'].includes(name) ? null : name;
}

/** Two documents in one file are none. */
function refuseSharing(files: readonly (string | null)[]): void {
  const shared = files.find((file, index) => files.indexOf(file) !== index);
  if (shared === null)
    throw new UsageError('only one document can go to standard output: give the others a file, as in --report json=report.json');
  if (shared !== undefined) throw new UsageError(`two documents are to be written to ${shared}`);
}

async function record(
  chosen: readonly Check[],
  options: AuditOptions,
  config: Config,
  output: Output,
  environment: NodeJS.ProcessEnv,
): Promise<Recording> {
  const timeout = Math.ceil((options.timeout ?? config.timeout) * 1000);
  const signal = AbortSignal.timeout(timeout);
  const endpoint = chooseEngine(options.dockerHost, environment['DOCKER_HOST']);
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

/** The engine somebody asked for; null to look for one. */
function chooseEngine(option: string | undefined, variable: string | undefined): string | null {
  const asked = option ?? (variable || null);
  if (asked === null) return null;
  const address = parseAddress(asked);
  if ('endpoint' in address) return address.endpoint;
  throw new UsageError(`${option === undefined ? 'DOCKER_HOST' : '--docker-host'} ${asked}: ${address.problem}`);
}

/** Recorded facts carry the policy they were recorded under; a configuration named on purpose wins over it. */
function readRecorded(path: string, options: AuditOptions, config: Config): Recording {
  const { facts, missing } = readFacts(path);
  return { facts: { ...facts, policy: options.config === undefined ? (facts.policy ?? config.policy) : config.policy }, missing };
}

/** A full disk or a read-only directory loses one document, not the audit. */
function deliver(file: string | null, text: string, output: Output): boolean {
  try {
    if (file === null) output.print(text);
    else writeFile(file, text);
    return true;
  } catch (error) {
    if (!(error instanceof OutputError)) throw error;
    output.say(complaint(error.message));
    return false;
  }
}

function exitCode({ findings }: Report, threshold: Threshold): number {
  if (findings.some(({ status }) => status === 'error')) return exitCodes.incomplete;
  if (threshold === 'none') return exitCodes.done;
  return findings.some(({ status, severity }) => status === 'fail' && atLeast(severity, threshold)) ? exitCodes.failed : exitCodes.done;
}

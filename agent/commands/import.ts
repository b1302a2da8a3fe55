import { checks } from '../../checks/index.ts';
import { type Release, releases } from '../../checks/numbers.ts';
import { plainFormats } from '../choices.ts';
import { loadConfig, namedConfig } from '../config.ts';
import { exitCodes, UsageError } from '../errors.ts';
import { compare } from '../import/compare.ts';
import type { ImportDocument } from '../import/document.ts';
import { findSource, identify } from '../import/identify.ts';
import { parseLog } from '../import/log.ts';
import { parseJson, readInput } from '../input.ts';
import { chooseStandard, type InspectOptions, inspect } from '../inspect.ts';
import { didYouMean } from '../nearest.ts';
import type { Output } from '../output.ts';
import { makeReport, type Report, reportSchema } from '../report.ts';
import { importText } from '../reporters/import.ts';
import { printableJson } from '../reporters/printable.ts';
import { judge } from '../scan.ts';
import { deliver, parseTargets, refuseSharing } from '../targets.ts';
import { readRecorded } from './audit.ts';

export interface ImportOptions extends Pick<InspectOptions, 'config' | 'dockerHost' | 'root' | 'color' | 'quiet' | 'verbose'> {
  readonly release?: string;
  readonly facts?: string;
  readonly against?: string;
  readonly report?: readonly string[];
  readonly all?: boolean;
}

/** Shows another tool's findings beside ours. Returns the exit code. */
export async function importLog(file: string, options: ImportOptions, output: Output, environment: NodeJS.ProcessEnv): Promise<number> {
  refuseBoth(options);
  const release = options.release === undefined ? undefined : toRelease(options.release);
  const targets = parseTargets(options.report ?? ['text'], 'import', plainFormats);
  refuseSharing(targets.map((target) => target.file));
  const log = parseLog(file, readInput(file, 'log', MAX_MEBIBYTES));
  const source = findSource(log, release);
  const identified = log.entries.map((entry) => identify(entry, source));
  const wanted = new Set(identified.flatMap(({ check }) => check ?? []));
  const { from, report } = await ourVerdicts(wanted, options, output, environment);
  const document = compare({ file, log, source, identified }, report, from);
  const written = targets.map((target) => {
    const color = output.color && options.color !== false && target.file === null;
    const render = { all: options.all ?? false, quiet: options.quiet ?? false, width: output.width, color };
    return deliver(target.file, target.format === 'text' ? importText(document, render) : `${printableJson(document)}\n`, output);
  });
  return written.every(Boolean) ? exitCode(document) : exitCodes.incomplete;
}

/** Verdicts come from one place. */
function refuseBoth({ facts, against, dockerHost, root }: ImportOptions): void {
  if (facts !== undefined && against !== undefined)
    throw new UsageError('--facts and --against both say where the verdicts come from: name one');
  if ((facts ?? against) !== undefined && (dockerHost ?? root) !== undefined)
    throw new UsageError(
      `--docker-host and --root look at a host; ${facts === undefined ? '--against' : '--facts'} does not: leave one out`,
    );
}

function toRelease(name: string): Release {
  const release = releases.find((known) => known === name.replace(/^v/, ''));
  if (release === undefined)
    throw new UsageError(`--release ${name}: unknown${didYouMean(name, releases)} (releases: ${releases.join(', ')})`);
  return release;
}

/** A log of one host has some hundred kilobytes. */
const MAX_MEBIBYTES = 16;

/** The checks that the log speaks of, judged here, from recorded facts, or taken from a report. */
async function ourVerdicts(
  wanted: ReadonlySet<string>,
  options: ImportOptions,
  output: Output,
  environment: NodeJS.ProcessEnv,
): Promise<{ readonly from: ImportDocument['ours']['from']; readonly report: Report }> {
  const { against, facts } = options;
  if (against !== undefined) return { from: 'report', report: parseJson(against, readInput(against, 'report'), reportSchema) };
  const config = loadConfig(options.config, environment);
  const chosen = checks.filter(({ id }) => wanted.has(id));
  const { benchmark, profile, policy } = chooseStandard({}, config);
  const choice = { selection: { profile }, chosen, policy };
  const recording =
    facts === undefined
      ? await inspect(choice, [], options, { config, output, environment })
      : readRecorded(facts, choice, namedConfig(options.config, environment) !== undefined);
  const report = makeReport(
    chosen.map((check) => judge(check, recording, benchmark)),
    recording,
    { benchmark, profile, excluded: [] },
    0,
  );
  return { from: facts === undefined ? 'host' : 'facts', report };
}

function exitCode({ findings }: ImportDocument): number {
  if (findings.some(({ same }) => same === null)) return exitCodes.incomplete;
  return findings.some(({ ours }) => ours?.status === 'fail') ? exitCodes.failed : exitCodes.done;
}

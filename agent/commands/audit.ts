import type { Check } from '../../checks/check.ts';
import { type CollectorName, collectors, type FactName, type Recording } from '../../facts/index.ts';
import type { Policy } from '../../facts/policy.ts';
import { atLeast, formats, type Threshold } from '../choices.ts';
import { loadConfig, namedConfig } from '../config.ts';
import { complaint, exitCodes, UsageError } from '../errors.ts';
import { type Extras, gatherExtras } from '../extras.ts';
import { formatFacts, readFacts } from '../facts-file.ts';
import { parseJson, readInput } from '../input.ts';
import { type Choice, chooseChecks, type InspectOptions, inspect, type Scene } from '../inspect.ts';
import type { Output } from '../output.ts';
import { isOpen, makeReport, type Report, reportSchema } from '../report.ts';
import { extrasOf, reporters } from '../reporters/index.ts';
import type { RenderOptions } from '../reporters/reporter.ts';
import { type Finding, inBenchmarkOrder, judge } from '../scan.ts';
import { readDecisions } from '../state/decisions-file.ts';
import { deliver, fileOf, parseTargets, refuseSharing } from '../targets.ts';
import { danglingLabels, waiverNeeds } from '../waivers.ts';

export interface AuditOptions extends InspectOptions {
  readonly report?: readonly string[];
  readonly failOn?: Threshold;
  readonly all?: boolean;
  readonly facts?: string;
  readonly saveFacts?: string;
  readonly compare?: string;
}

/** For a recording, all that any check may ask for. */
const ALL_FACTS = Object.keys(collectors) as CollectorName[];

/** One audit: facts, findings, reports. Returns the exit code. */
export async function audit(options: AuditOptions, output: Output, environment: NodeJS.ProcessEnv): Promise<number> {
  const config = loadConfig(options.config, environment);
  const choice = chooseChecks(options, config);
  const targets = parseTargets(options.report ?? ['text'], 'audit', formats);
  const facts = options.saveFacts === undefined ? [] : [fileOf(options.saveFacts)];
  refuseSharing([...targets.map(({ file }) => file), ...facts]);
  const wanted = new Set(targets.flatMap(({ format }) => extrasOf[format] ?? []));
  if (options.compare !== undefined && !wanted.has('earlier'))
    throw new UsageError('--compare is told in text and html only: add --report text, or --report html=report.html');
  const earlier = options.compare === undefined ? null : readEarlier(options.compare);
  const judged = await lookAt(choice, options, { config, output, environment }, await moreFacts(wanted, choice.chosen));
  const { recording, report, problems } = judged;
  const extras = await gatherExtras(wanted, {
    ...judged,
    config,
    earlier,
    isThisHost: [options.facts, options.root, options.dockerHost].every((elsewhere) => elsewhere === undefined),
    say: (problem) => output.say(complaint(problem)),
  });
  const texts = [
    ...facts.map((file) => ({ file, text: formatFacts(recording) })),
    ...(await Promise.all(
      targets.map(async ({ format, file }) => {
        const reporter = await reporters[format]();
        return { file, text: reporter(report, look(options, output, file), extras) };
      }),
    )),
  ];
  const written = texts.map(({ file, text }) => deliver(file, text, output));
  return written.every(Boolean) && problems.length === 0 ? exitCode(report, options.failOn ?? config.failOn) : exitCodes.incomplete;
}

function look({ all = false, quiet = false, color }: AuditOptions, output: Output, file: string | null): RenderOptions {
  return { all, quiet, width: output.width, color: output.color && color !== false && file === null };
}

/** What a plan looks at, beside the facts of the checks. */
async function moreFacts(wanted: ReadonlySet<keyof Extras>, chosen: readonly Check[]): Promise<readonly FactName[]> {
  return wanted.has('plan') ? (await import('../../remediations/assemble.ts')).planNeeds(chosen) : [];
}

function readEarlier(path: string): Report {
  try {
    return parseJson(path, readInput(path, 'earlier report'), reportSchema);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${error.message}\n--compare takes what hullguard audit --report json=FILE has written`, { cause: error });
  }
}

interface Judged {
  readonly recording: Recording;
  readonly findings: readonly Finding[];
  readonly report: Report;
  /** Waivers that do not count, where something may fail for it. */
  readonly problems: readonly string[];
}

/**
 * Looks at the host, or at recorded facts, judges, and lays what the site has decided over it; `more`: facts beside those of the checks. What of the
 * decisions does not count is said. Throws UsageError for facts and waivers that cannot be read.
 */
export async function lookAt(choice: Choice, options: AuditOptions, scene: Scene, more: readonly FactName[] = []): Promise<Judged> {
  const { selection, chosen, excluded } = choice;
  // Recorded facts may be another host's, and what this one lives with is none of its business.
  const { decisions, problems } = readDecisions(options.waivers ?? [], options.facts === undefined);
  const begun = performance.now();
  const wanted = options.saveFacts === undefined ? [...more, ...waiverNeeds(decisions, chosen)] : ALL_FACTS;
  const recording =
    options.facts === undefined
      ? await inspect(choice, wanted, options, scene)
      : readRecorded(options.facts, choice, namedConfig(options.config, scene.environment) !== undefined);
  const findings = inBenchmarkOrder(chosen.map((check) => judge(check, recording, selection.benchmark)));
  for (const problem of [...problems, ...danglingLabels(recording.facts, decisions)]) scene.output.say(complaint(problem));
  const report = makeReport(findings, recording, { ...selection, excluded }, performance.now() - begun, decisions);
  return { recording, findings, report, problems };
}

/** Recorded facts carry the policy they were recorded under; a configuration named on purpose wins over it. */
export function readRecorded(
  path: string,
  { selection, policy }: { readonly selection: Pick<Choice['selection'], 'profile'>; readonly policy: Policy },
  named: boolean,
): Recording {
  const { facts, missing } = readFacts(path);
  return { facts: { ...facts, policy: named || facts.policy === undefined ? policy : selection.profile.policyOf(facts.policy) }, missing };
}

export function exitCode({ findings }: Report, threshold: Threshold): number {
  if (findings.some(({ status }) => status === 'error')) return exitCodes.incomplete;
  if (threshold === 'none') return exitCodes.done;
  const failed = findings.some((finding) => isOpen(finding) && atLeast(finding.severity, threshold));
  return failed ? exitCodes.failed : exitCodes.done;
}

import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { Check } from '../../checks/check.ts';
import type { Recording } from '../../facts/index.ts';
import type * as z from '../../facts/schema.ts';
import { DEFAULT_WAIVERS } from '../choices.ts';
import { type Config, loadConfig } from '../config.ts';
import { attestationSchema, isExpired, selectorKeys, selectorOf, unknownId, type Waiver, waiverSchema } from '../decisions.ts';
import { complaint, exitCodes, UsageError } from '../errors.ts';
import { chooseStandard, type InspectOptions, inspect } from '../inspect.ts';
import type { Output } from '../output.ts';
import { printable } from '../reporters/printable.ts';
import { type Finding, judge } from '../scan.ts';
import { everyCheck } from '../site/every-check.ts';
import { addDecision, decisionsOf, digestOf } from '../state/decisions-file.ts';
import { isoTime } from '../time.ts';
import { grant, waiverNeeds } from '../waivers.ts';

interface DecisionOptions extends Pick<InspectOptions, 'config' | 'dockerHost' | 'quiet' | 'verbose'> {
  readonly expires: string;
  /** Where it is written. */
  readonly file?: string;
}

export interface WaiveOptions extends DecisionOptions, Pick<Waiver, 'container' | 'label' | 'image' | 'path'> {
  readonly reason: string;
  readonly owner: string;
}

export interface AttestOptions extends DecisionOptions {
  readonly statement: string;
  readonly by: string;
  readonly evidence?: string;
}

const MOST_NAMED = 5;

/** Waives what fails of a check here and now. Returns the exit code. */
export async function waive(id: string, options: WaiveOptions, output: Output, environment: NodeJS.ProcessEnv): Promise<number> {
  const { file = DEFAULT_WAIVERS, container, label, image, path: only, reason, owner, expires } = options;
  const about = lookUp(id, options, environment);
  const names = decisionsOf(file).waivers.map((waiver) => waiver.id);
  const asked = parseOptions(waiverSchema, { id: newId(names), check: id, container, label, image, path: only, reason, owner, expires });
  const [first, second] = selectorKeys.filter((key) => asked[key] !== undefined);
  if (second !== undefined) throw new UsageError(`--${first} and --${second}: a waiver is limited by one of them`);
  refuseExpired(options);
  const { finding, recording } = await look(about, asked, options, output, environment);
  if (finding.status === 'error') return unseen(finding, output);
  const { waiver, covers } = grant(asked, finding, recording.facts);
  if (covers.length === 0) throw new UsageError(`nothing was written: ${nothingFails(finding, asked)}`);
  addDecision(file, { waivers: waiver });
  const resources = [...new Set(covers.map(({ resource }) => resource))];
  const more = resources.length > MOST_NAMED ? ` and ${resources.length - MOST_NAMED} more` : '';
  output.print(printable(`${waiver.id} waives ${id} until ${expires}: ${resources.slice(0, MOST_NAMED).join(', ')}${more}`).concat('\n'));
  return exitCodes.done;
}

/** Answers a check that only a person can. Returns the exit code. */
export async function attest(id: string, options: AttestOptions, output: Output, environment: NodeJS.ProcessEnv): Promise<number> {
  const { file = DEFAULT_WAIVERS, statement, by, expires } = options;
  const about = lookUp(id, options, environment);
  decisionsOf(file); // before anything else: one that cannot be added to
  const evidence = options.evidence === undefined ? {} : { evidence: evidenceOf(path.resolve(options.evidence)) };
  const attestation = parseOptions(attestationSchema, { check: id, statement, by, at: isoTime(Date.now()), expires, ...evidence });
  refuseExpired(options);
  const { finding } = await look(about, null, options, output, environment);
  if (finding.status === 'error') return unseen(finding, output);
  if (finding.status === 'fail')
    throw new UsageError(`nothing was written: ${id} fails, which no statement changes: hullguard waive ${id}`);
  if (finding.status !== 'manual') throw new UsageError(`nothing was written: ${id} is ${finding.status} here, and needs no answer`);
  addDecision(file, { attestations: attestation });
  output.print(`${printable(`${id} is attested by ${by} until ${expires}`)}\n`);
  return exitCodes.done;
}

interface About {
  readonly check: Check;
  readonly config: Config;
}

function lookUp(id: string, options: DecisionOptions, environment: NodeJS.ProcessEnv): About {
  const problem = unknownId(id);
  if (problem !== null) throw new UsageError(problem);
  const config = loadConfig(options.config, environment);
  const check = everyCheck(config).find((each) => each.id === id);
  if (check === undefined) throw new UsageError(`no check has the id ${id}`);
  return { check, config };
}

/** Options as what they become in the file. */
function parseOptions<Schema extends z.ZodMiniType>(schema: Schema, value: unknown): z.infer<Schema> {
  const result = schema.safeParse(JSON.parse(JSON.stringify(value)));
  if (result.success) return result.data;
  throw new UsageError(result.error.issues.map(({ path: [key = ''], message }) => `--${String(key)}: ${message}`).join('\n'));
}

function refuseExpired(options: DecisionOptions): void {
  if (isExpired(options, Date.now()))
    throw new UsageError(`--expires: ${options.expires} is over: expected the last day on which it counts`);
}

async function look(
  { check, config }: About,
  waiver: Waiver | null,
  options: DecisionOptions,
  output: Output,
  environment: NodeJS.ProcessEnv,
): Promise<{ readonly finding: Finding; readonly recording: Recording }> {
  const { benchmark, policy } = chooseStandard({}, config);
  const more = waiver === null ? [] : waiverNeeds({ waivers: [waiver], attestations: [] }, [check]);
  const recording = await inspect({ chosen: [check], policy }, more, options, { config, output, environment });
  return { finding: judge(check, recording, benchmark), recording };
}

function unseen({ check, reason }: Finding, output: Output): number {
  output.say(complaint(`nothing was written: ${check.id} could not be judged: ${reason}`));
  return exitCodes.incomplete;
}

function nothingFails({ check: { id }, status }: Finding, waiver: Waiver): string {
  if (status === 'manual') return `${id} is for a person to decide: hullguard attest ${id}`;
  if (status !== 'fail') return `${id} is ${status} here`;
  return `${id} fails for nothing that is ${selectorOf(waiver)} (hullguard audit --check ${id} tells for what)`;
}

function evidenceOf(file: string): { readonly file: string; readonly sha256: string } {
  const digest = digestOf(file);
  if ('problem' in digest) throw new UsageError(`--evidence: ${digest.problem}`);
  return { file, ...digest };
}

/** `w-20261121-3f2a`, of those that are not taken. */
function newId(taken: readonly string[]): string {
  const id = `w-${isoTime(Date.now()).slice(0, 10).replaceAll('-', '')}-${randomBytes(2).toString('hex')}`;
  return taken.includes(id) ? newId(taken) : id;
}

import { isDeepStrictEqual } from 'node:util';
import { type Author, apply as carryOut, type Result } from '../../remediations/apply.ts';
import { type Applied, type Plan, planSchema } from '../../remediations/plan.ts';
import { StalePlanError, WriteError } from '../../remediations/writer.ts';
import { loadConfig } from '../config.ts';
import { complaint, exitCodes, UsageError } from '../errors.ts';
import { fileWriter } from '../host/writer.ts';
import { parseJson, readInput } from '../input.ts';
import type { Scene } from '../inspect.ts';
import type { Output } from '../output.ts';
import { makePlan, type Planning } from '../planning.ts';
import { showSteps } from '../progress.ts';
import { explainLeft, takeLock, undoing } from '../recovery.ts';
import { endedBySignal } from '../signals.ts';
import { journals, newJournalId } from '../state/journals.ts';
import { askYes } from '../terminal.ts';
import { whoAmI } from '../who.ts';
import { type PlanOptions, planTargets, report } from './plan.ts';

export interface ApplyOptions extends PlanOptions {
  /** A plan made by `plan --report json`. */
  readonly plan?: string;
  readonly yes?: boolean;
}

/** Plans, asks, applies, verifies; takes everything back where anything fails. Returns the exit code. */
export async function apply(options: ApplyOptions, output: Output, environment: NodeJS.ProcessEnv): Promise<number> {
  const config = loadConfig(options.config, environment);
  const targets = planTargets('apply', options);
  const given = options.plan === undefined ? null : readPlan(options.plan);
  refuseWithoutRoot('apply');
  const scene: Scene = { config, output, environment };
  const steps = showSteps(output, options);
  const held = await attempt(() => takeLock({ ...scene, say: steps.say }));
  if (held === null) throw new UsageError('another apply or rollback is running: nothing was done');
  try {
    if (held.recovered.some(({ left }) => left.length > 0)) return exitCodes.stuck;
    const maxImpact = given?.maxImpact ?? options.maxImpact ?? config.apply.maxImpact;
    const asked = given === null ? options : { ...options, check: [...new Set(given.fixes.map(({ check }) => check))] };
    const plans = (): Promise<Planning> => attempt(() => makePlan(asked, maxImpact, fileWriter, scene));
    const planning = given?.fixes.length === 0 ? null : await plans();
    if (planning === null) return nothingToDo(output);
    if (given !== null) refuseUnlessSame(given, planning.plan);
    if (!report(planning, targets, options, output, true)) return exitCodes.incomplete;
    const { plan } = planning;
    if (plan.fixes.length === 0) return nothingDone(planning, asked);
    // While somebody thought about it the host went on, so it is planned anew.
    const confirmed = (await confirm(plan, options, output)) ? await plans() : planning;
    refuseUnlessSame(plan, confirmed.plan);
    const result = await attempt(() => execute(confirmed, asked, scene, steps.say));
    return tell(result, plan, output);
  } finally {
    steps.clear();
    held.unlock();
  }
}

/** Nothing is planned: all is well, or what was asked for by name cannot be done. */
function nothingDone({ plan: { waits, held, refused }, unjudged }: Planning, { check = [] }: ApplyOptions): number {
  if (unjudged.length > 0) return exitCodes.incomplete;
  const named = check.length > 0 && held.length + refused.length > 0;
  return waits.length > 0 || named ? exitCodes.failed : exitCodes.done;
}

function nothingToDo(output: Output): number {
  output.say(complaint('the plan has nothing to do'));
  return exitCodes.done;
}

/** Before anything is changed, what cannot be written or does not fit is the user's to mend. */
export async function attempt<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StalePlanError) throw new UsageError(`${error.message}: nothing was changed; plan again`, { cause: error });
    if (error instanceof WriteError) throw new UsageError(`${error.message}: nothing was changed`, { cause: error });
    throw error;
  }
}

export function refuseWithoutRoot(command: string): void {
  if (process.geteuid?.() !== 0) throw new UsageError(`${command} changes files of root: run it as root (sudo hullguard ${command} …)`);
}

function readPlan(path: string): Plan {
  return parseJson(path, readInput(path, 'plan'), planSchema);
}

/** The plan that was read is the plan that would be made now, so nothing but what hullguard itself would plan is ever done. */
function refuseUnlessSame(given: Plan, fresh: Plan): void {
  const deed = ({ changes, files, daemon, systemd, commands }: Plan): unknown =>
    JSON.parse(
      JSON.stringify({ changes, daemon, systemd, commands, files: files.map(({ path, before, after }) => ({ path, before, after })) }),
    );
  if (!isDeepStrictEqual(deed(given), deed(fresh)))
    throw new UsageError('the host no longer matches the plan, or the configuration has changed: nothing was changed; plan again');
}

/** Asks; false where nobody had to be asked, so that no time has passed. */
async function confirm({ impact }: Plan, { yes = false }: ApplyOptions, output: Output): Promise<boolean> {
  if (yes) return false;
  if (!output.asks) throw new UsageError('nobody to ask: give --yes to apply this plan without a terminal; nothing was changed');
  const cost = impact === 'none' ? '' : ` This ${impact}s dockerd.`;
  if (!(await askYes(`Apply this plan?${cost}`, output))) throw new UsageError('not confirmed: nothing was changed');
  return true;
}

async function execute({ plan, recording }: Planning, options: PlanOptions, scene: Scene, say: (step: string) => void): Promise<Result> {
  const { config } = scene;
  const around = undoing(plan.host.engine?.endpoint ?? null, { ...scene, say });
  const { daemon } = recording.facts;
  const settled = daemon?.process && daemon.configFile.settled && daemon.configFile.target !== null;
  const author: Author = {
    id: newJournalId(Date.now()),
    by: whoAmI(scene.environment),
    settled: settled
      ? { path: daemon.configFile.target ?? '', pid: daemon.process?.pid ?? 0, startedAt: daemon.process?.startedAt ?? 0 }
      : null,
    restartCommand: config.apply.restartCommand ?? null,
  };
  const ended = endedBySignal();
  const quiet = { ...scene, output: { ...scene.output, interactive: false } };
  try {
    return await carryOut(plan, author, {
      ...around,
      journals,
      signal: ended.signal,
      verify: (planned) => verify(planned, options, config.apply.maxImpact, quiet),
    });
  } finally {
    ended.forget();
  }
}

/** What was to be mended and still fails. What waits for a reboot, or costs more than is allowed, the plan has told, so it is no failure. */
async function verify(planned: Plan, options: PlanOptions, maxImpact: Applied, scene: Scene): Promise<string[]> {
  const { plan, failing, unjudged } = await makePlan(options, maxImpact, fileWriter, scene);
  const name = ({ check, resource }: { readonly check: string; readonly resource: string }): string => `${check} (${resource})`;
  const wanted = new Set(planned.fixes.map(name));
  for (const told of [...planned.held, ...planned.refused, ...plan.waits]) wanted.delete(name(told));
  const unknown = unjudged.filter(({ check }) => planned.fixes.some((fix) => fix.check === check));
  return [
    ...new Set(failing.map(name).flatMap((item) => (wanted.has(item) ? [`${item} still fails`] : []))),
    ...unknown.map(({ check, reason }) => `${check} cannot be judged: ${reason}`),
  ];
}

function tell(result: Result, plan: Plan, output: Output): number {
  if (result.state === 'stuck') {
    output.say(complaint(`apply failed: ${result.reason}\n${explainLeft(result.id, result.left)}`));
    return exitCodes.stuck;
  }
  if (result.state === 'rolled-back') {
    output.say(complaint(`apply failed, and everything was taken back: ${result.reason}`));
    return exitCodes.rolledBack;
  }
  output.say(complaint(`applied and verified (${result.id}); hullguard rollback takes it back`));
  for (const { check, reason } of plan.waits) output.say(complaint(`not done yet: ${check} ${reason}`));
  return plan.waits.length > 0 ? exitCodes.failed : exitCodes.done;
}

import type { Applied } from '../../remediations/plan.ts';
import { plainFormats } from '../choices.ts';
import { loadConfig } from '../config.ts';
import { complaint, exitCodes } from '../errors.ts';
import { fileWriter } from '../host/writer.ts';
import type { InspectOptions } from '../inspect.ts';
import type { Output } from '../output.ts';
import { makePlan, type Planning } from '../planning.ts';
import { renderPlan } from '../reporters/plan.ts';
import { printableJson } from '../reporters/printable.ts';
import { deliver, parseTargets, refuseSharing, type Target } from '../targets.ts';

export interface PlanOptions extends InspectOptions {
  readonly report?: readonly string[];
  readonly maxImpact?: Applied;
  readonly all?: boolean;
}

/** What `apply` would do with these options; changes nothing. Returns the exit code. */
export async function plan(options: PlanOptions, output: Output, environment: NodeJS.ProcessEnv): Promise<number> {
  const config = loadConfig(options.config, environment);
  const targets = planTargets('plan', options);
  const planning = await makePlan(options, options.maxImpact ?? config.apply.maxImpact, fileWriter, { config, output, environment });
  const handedOver = report(planning, targets, options, output);
  if (!handedOver || planning.unjudged.length > 0) return exitCodes.incomplete;
  return planning.plan.fixes.length > 0 ? exitCodes.failed : exitCodes.done;
}

type PlanTarget = Target<(typeof plainFormats)[number]>;

/** Where the plan is to go. Throws UsageError. */
export function planTargets(command: 'plan' | 'apply', options: PlanOptions): PlanTarget[] {
  const targets = parseTargets(options.report ?? ['text'], command, plainFormats);
  refuseSharing(targets.map(({ file }) => file));
  return targets;
}

/** Hands the plan over as asked for, and says what is unknown. False where a document could not be written. */
export function report(
  { plan: made, unjudged, waived }: Planning,
  targets: readonly PlanTarget[],
  options: PlanOptions,
  output: Output,
  applying = false,
): boolean {
  const { all = false, quiet = false } = options;
  const written = targets.map(({ format, file }) => {
    const color = output.color && options.color !== false && file === null;
    const text = format === 'json' ? `${printableJson(made)}\n` : renderPlan(made, { color, width: output.width, all, quiet, applying });
    return deliver(file, text, output);
  });
  const reasons = Map.groupBy(unjudged, ({ reason }) => reason);
  for (const [reason, checks] of reasons)
    output.say(complaint(`not planned, since it could not be judged (${few(checks.map(({ check }) => check))}): ${reason}`));
  for (const [waiver, members] of Map.groupBy(waived, (each) => each.waiver))
    output.say(complaint(`not planned, since ${waiver} waives it: ${few(members.map(({ check, resource }) => `${check} (${resource})`))}`));
  return written.every(Boolean);
}

const MOST_NAMED = 5;

function few(names: readonly string[]): string {
  const rest = names.length - MOST_NAMED;
  return rest > 0 ? `${names.slice(0, MOST_NAMED).join(', ')} and ${rest} more` : names.join(', ');
}

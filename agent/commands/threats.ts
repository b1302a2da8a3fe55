import type { Stride, Surface } from '../../checks/check.ts';
import { strides, surfaces } from '../../checks/check.ts';
import { plainFormats } from '../choices.ts';
import { loadConfig } from '../config.ts';
import { exitCodes, UsageError } from '../errors.ts';
import { chooseChecks } from '../inspect.ts';
import { didYouMean } from '../nearest.ts';
import type { Output } from '../output.ts';
import { printableJson } from '../reporters/printable.ts';
import { renderThreats } from '../reporters/threats.ts';
import { deliver, parseTargets, refuseSharing } from '../targets.ts';
import { type ThreatView, threatView } from '../threats.ts';
import { siteThreats } from '../threats-config.ts';
import { threatDocument } from '../threats-document.ts';
import { type AuditOptions, exitCode, lookAt } from './audit.ts';

export interface ThreatsOptions extends Omit<AuditOptions, 'saveFacts'> {
  readonly surface?: string;
  readonly stride?: string;
}

/** Audits, and lays the report over the threats. Returns the exit code of the audit. */
export async function showThreats(options: ThreatsOptions, output: Output, environment: NodeJS.ProcessEnv): Promise<number> {
  const config = loadConfig(options.config, environment);
  const choice = chooseChecks(options, config);
  const targets = parseTargets(options.report ?? ['text'], 'threats', plainFormats);
  refuseSharing(targets.map(({ file }) => file));
  const surface = chosen(options.surface, 'surface', surfaces);
  const stride = chosen(options.stride?.toUpperCase(), 'stride', strides);
  const { report, problems } = await lookAt(choice, options, { config, output, environment });
  const view = only(threatView(report, siteThreats(config.threats)), surface, stride);
  const { all = false, quiet = false } = options;
  const written = targets.map(({ format, file }) => {
    const color = output.color && options.color !== false && file === null;
    const text =
      format === 'json'
        ? `${printableJson(threatDocument(report, view))}\n`
        : renderThreats(view, report, { all, quiet, color, width: output.width });
    return deliver(file, text, output);
  });
  return written.every(Boolean) && problems.length === 0 ? exitCode(report, options.failOn ?? config.failOn) : exitCodes.incomplete;
}

function chosen<Name extends string>(asked: string | undefined, what: string, names: readonly Name[]): Name | undefined {
  const found = names.find((name) => name === asked);
  if (asked !== undefined && found === undefined)
    throw new UsageError(`unknown ${what} ${asked}${didYouMean(asked, names)} (one of ${names.join(', ')})`);
  return found;
}

/** The part of the view with that surface and letter, and what to mend first for it. */
function only({ threats, priorities }: ThreatView, surface: Surface | undefined, stride: Stride | undefined): ThreatView {
  if (surface === undefined && stride === undefined) return { threats, priorities };
  const kept = threats.filter((threat) => threat.surface === (surface ?? threat.surface) && threat.stride === (stride ?? threat.stride));
  return { threats: kept, priorities: priorities.filter(({ check }) => kept.some(({ checks }) => checks.includes(check))) };
}

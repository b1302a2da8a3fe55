/** Values that options and configuration keys choose from. Apart from the schemas, which take long to load and the command line need not. */
import { type Severity, severities } from '../checks/check.ts';

export const thresholds = [...severities, 'none'] as const;
/** Formats of an audit's report. */
export const formats = ['text', 'json', 'html', 'sarif', 'junit', 'csv', 'markdown', 'prometheus', 'ocsf', 'xccdf'] as const;
/** Formats of everything else that has `--report`. */
export const plainFormats = ['text', 'json'] as const satisfies readonly Format[];
export const documents = [
  'config',
  'waivers',
  'report',
  'facts',
  'plan',
  'status',
  'history',
  'verification',
  'baseline',
  'drift',
  'webhook',
  'threats',
  'import',
] as const;

export const shells = ['bash', 'zsh', 'fish'] as const;
export const aboutTopics = ['build', 'licenses', 'sbom'] as const;

/** How the agent writes its log, and what it leaves out: anything less urgent than the level. */
export const logFormats = ['text', 'json'] as const;
export const logLevels = ['crit', 'error', 'warn', 'notice', 'info', 'debug'] as const;

/** Covers what fails; no longer does; the container is another; nothing is like what it names; nothing of that fails. */
export const waiverStates = ['active', 'expired', 'reopened', 'unmatched', 'unneeded'] as const;

export type WaiverState = (typeof waiverStates)[number];
export type LogFormat = (typeof logFormats)[number];
export type LogLevel = (typeof logLevels)[number];
export type Threshold = (typeof thresholds)[number];
export type Format = (typeof formats)[number];
export type Shell = (typeof shells)[number];
export type Topic = (typeof aboutTopics)[number];
export type Document = (typeof documents)[number];

export const DEFAULT_CONFIG = '/etc/hullguard/config.yaml';
export const DEFAULT_WAIVERS = '/etc/hullguard/waivers.yaml';

/** Longest time an audit may take, in seconds. */
export const MAX_TIMEOUT = 86_400;

/** Whether one severity is at or above another. */
export function atLeast(severity: Severity, threshold: Severity): boolean {
  return severities.indexOf(severity) >= severities.indexOf(threshold);
}

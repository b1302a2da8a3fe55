/** Parts of help texts that commands share. */
import { DEFAULT_CONFIG, DEFAULT_WAIVERS } from './choices.ts';

/** Options that mean the same in every command that has them: flags, and what they do. */
export const shared = {
  config: [
    '--config <file>',
    `configuration file, or directory with one (default: HULLGUARD_CONFIG, then ${DEFAULT_CONFIG}, if there is one)`,
  ],
  waivers: ['--waivers <file>', `waivers beside those of ${DEFAULT_WAIVERS}; repeatable`],
  dockerHost: ['--docker-host <url>', 'engine to look at (default: DOCKER_HOST, then the running engine’s own socket)'],
  root: ['--root <dir>', 'where the host’s file system is mounted'],
  facts: ['--facts <file>', 'judge recorded facts; touches no host'],
  noColor: ['--no-color', 'no colours'],
  verbose: ['--verbose', 'tell on standard error what is read, and how long it takes'],
} as const;

const REPORTED = 'to standard output or a file; repeatable (default: text)';

/** The option that says in which of these formats to report, and where to. */
export function reportOption(formats: readonly string[]): [string, string] {
  return ['--report <format[=file]>', `${formats.join(', ')}: ${REPORTED}`];
}

/** The formats that such an option names in its description; undefined for any other. */
export function formatsIn(description: string): string[] | undefined {
  const tail = `: ${REPORTED}`;
  return description.endsWith(tail) ? description.slice(0, -tail.length).split(', ') : undefined;
}

export function examples(lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}\n`;
}

/** What each exit status of a command means. */
type Exits = Readonly<Record<number, string>>;

/** The part of a help text that tells them. */
export function exitStatus(exits: Exits): string {
  const lines = Object.entries(exits).map(([status, meaning]) => `  ${status}  ${meaning}\n`);
  return `\nExit status:\n${lines.join('')}`;
}

export const AUDIT_EXITS = {
  0: 'nothing failed at or above --fail-on, or what did is waived',
  1: 'something failed',
  2: 'wrong usage or configuration; nothing was done',
  3: 'something could not be judged or trusted, or a report not be written',
};

const PLAN_EXITS = {
  0: 'nothing would change',
  1: 'something would change',
  2: 'wrong usage or configuration, or a waivers file that cannot be trusted',
  3: 'something could not be judged, so not planned, or a report not be written',
};

const APPLY_EXITS = {
  0: 'done and verified, or nothing to do',
  1: 'something waits for a reboot, or what was asked for by name is held back or refused',
  2: 'refused before anything was changed',
  3: 'nothing to do among what could be judged',
  4: 'failed; everything was taken back',
  5: 'failed, and so did taking it back: what is left is told',
};

const ROLLBACK_EXITS = {
  0: 'all is as it was before; with --forget: closed',
  2: 'refused before anything was changed',
  5: 'failed: what is left is told',
};

const PLAN_EXAMPLES = [
  'sudo hullguard plan',
  'sudo hullguard plan --max-impact restart daemon/icc-disabled',
  'sudo hullguard plan --report json=plan.json; sudo hullguard apply --plan plan.json --yes',
];

const APPLY_EXAMPLES = [
  'sudo hullguard apply',
  'sudo hullguard apply --max-impact restart daemon/icc-disabled',
  "sudo hullguard apply --yes 'files/*' 'host/audit-*'",
  'sudo hullguard rollback',
];

const AUDIT_EXAMPLES = [
  'sudo hullguard audit',
  'sudo hullguard audit --fail-on high --report json=report.json --report html=report.html --compare earlier.json',
  "sudo hullguard audit --check 'container/*' --skip container/image-up-to-date",
  'sudo hullguard audit --save-facts facts.json; hullguard audit --facts facts.json',
];

export const auditHelp = `${exitStatus(AUDIT_EXITS)}${examples(AUDIT_EXAMPLES)}`;
export const planHelp = `${exitStatus(PLAN_EXITS)}${examples(PLAN_EXAMPLES)}`;
export const applyHelp = `${exitStatus(APPLY_EXITS)}${examples(APPLY_EXAMPLES)}`;
export const rollbackHelp = `${exitStatus(ROLLBACK_EXITS)}${examples(['sudo hullguard rollback', 'sudo hullguard rollback 20261121T114311Z-3f2a'])}`;

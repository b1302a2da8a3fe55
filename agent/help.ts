/** Parts of help texts that commands share. */
import { DEFAULT_CONFIG } from './choices.ts';

export const CONFIG_HELP = `configuration file, or directory with one (default: HULLGUARD_CONFIG, then ${DEFAULT_CONFIG}, if there is one)`;

export function examples(lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}\n`;
}

const EXIT_CODES = `
Exit status:
  0  nothing failed at or above --fail-on, or what did is waived
  1  something failed
  2  wrong usage or configuration; nothing was done
  3  something could not be judged or trusted, or a report not be written
`;

const PLAN_EXIT_CODES = `
Exit status:
  0  nothing would change
  1  something would change
  2  wrong usage or configuration, or a waivers file that cannot be trusted
  3  something could not be judged, so not planned, or a report not be written
`;

const APPLY_EXIT_CODES = `
Exit status:
  0  done and verified, or nothing to do
  1  something waits for a reboot, or what was asked for by name is held back or refused
  2  refused before anything was changed
  3  nothing to do among what could be judged
  4  failed; everything was taken back
  5  failed, and so did taking it back: what is left is told
`;

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

export const auditHelp = `${EXIT_CODES}${examples(AUDIT_EXAMPLES)}`;
export const planHelp = `${PLAN_EXIT_CODES}${examples(PLAN_EXAMPLES)}`;
export const applyHelp = `${APPLY_EXIT_CODES}${examples(APPLY_EXAMPLES)}`;
export const rollbackHelp = `${APPLY_EXIT_CODES}${examples(['sudo hullguard rollback', 'sudo hullguard rollback 20261121T114311Z-3f2a'])}`;

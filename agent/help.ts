/** Parts of help texts that commands share. */
import { DEFAULT_CONFIG } from './choices.ts';

export const CONFIG_HELP = `configuration file, or directory with one (default: HULLGUARD_CONFIG, then ${DEFAULT_CONFIG}, if there is one)`;

export function examples(lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}\n`;
}

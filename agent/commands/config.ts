import { DEFAULT_CONFIG } from '../choices.ts';
import { readConfig } from '../config.ts';
import type { Output } from '../output.ts';
import { printable } from '../reporters/printable.ts';
import { shownAddress } from '../sinks/webhook.ts';
import type { Place } from '../yaml.ts';

const DEFAULTS = `${DEFAULT_CONFIG} is not there: the defaults count`;

/** Says of each file that it is valid. Throws UsageError with a line for each problem. */
export function checkConfig(named: string | undefined, output: Output, environment: NodeJS.ProcessEnv): void {
  const { files } = readConfig(named, environment);
  output.print(files.length === 0 ? `${DEFAULTS}\n` : files.map((file) => `${printable(file)}: valid\n`).join(''));
}

/** Prints each value that counts, and who says so. Throws UsageError as `checkConfig` does. */
export function showConfig(named: string | undefined, output: Output, environment: NodeJS.ProcessEnv): void {
  const { config, files, merged } = readConfig(named, environment);
  const lines = leaves(config, []).map(({ path, value }) => {
    const origin = merged.places(path).map(told).join(', ');
    return printable(`${path.join('.')}: ${shown(path.join('.'), value)}  # ${origin || 'default'}`);
  });
  output.print(`${[...(files.length === 0 ? [`# ${DEFAULTS}`] : []), ...lines].join('\n')}\n`);
}

interface Leaf {
  readonly path: readonly string[];
  readonly value: unknown;
}

function leaves(value: unknown, path: readonly string[]): Leaf[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [{ path, value }];
  return Object.entries(value).flatMap(([key, member]) => leaves(member, [...path, key]));
}

function told({ path, line }: Place): string {
  return `${path}:${line}`;
}

/** What follows an address may be a secret. */
function shown(key: string, value: unknown): string {
  return JSON.stringify(key === 'agent.webhook.url' ? shownAddress(new URL(String(value))) : value);
}

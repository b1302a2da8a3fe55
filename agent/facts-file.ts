/** Facts on file: recorded on one host, judged on another with the same verdicts. */
import { type CollectorName, collectors, type Facts, type Recording } from '../facts/index.ts';
import { policySchema } from '../facts/policy.ts';
import * as z from '../facts/schema.ts';
import { parseJson, readInput } from './input.ts';
import { printableJson } from './reporters/printable.ts';
import { version } from './version.ts';

const names = Object.keys(collectors) as CollectorName[];
const shapes = Object.fromEntries(names.map((name) => [name, z.optional(collectors[name].schema)]));

export const factsFileSchema = z.strictObject({
  schemaVersion: z.literal(1),
  tool: z.object({ name: z.literal('hullguard'), version: z.string() }),
  facts: z.strictObject({ ...shapes, policy: z.optional(policySchema) }),
  missing: z.record(z.string(), z.string()),
});

export function formatFacts({ facts, missing }: Recording): string {
  return `${printableJson({ schemaVersion: 1, tool: { name: 'hullguard', version }, facts, missing }, 1)}\n`;
}

/** Reads recorded facts. Throws UsageError with line and column of what does not fit. */
export function readFacts(path: string): Recording {
  const { facts, missing } = parseJson(path, readInput(path, 'facts file'), factsFileSchema);
  // The schema is built from the collectors' own, name by name, which its type no longer shows.
  return { facts: facts as Partial<Facts>, missing };
}

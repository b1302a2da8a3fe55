import * as z from '../../facts/schema.ts';
import { configSchema } from '../config.ts';
import { factsFileSchema } from '../facts-file.ts';
import { reportSchema } from '../report.ts';

const schemas = { config: configSchema, report: reportSchema, facts: factsFileSchema };

export type SchemaName = keyof typeof schemas;
export const schemaNames = Object.keys(schemas) as readonly SchemaName[];

/** The JSON Schema (draft 2020-12) of one of hullguard's documents. */
export function printSchema(name: SchemaName): string {
  return `${JSON.stringify({ title: `hullguard ${name}`, ...z.toJSONSchema(schemas[name], { io: 'input' }) }, null, 2)}\n`;
}

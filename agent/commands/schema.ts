import * as z from '../../facts/schema.ts';
import { planSchema } from '../../remediations/plan.ts';
import type { Document } from '../choices.ts';
import { configSchema } from '../config.ts';
import { decisionsSchema } from '../decisions.ts';
import { factsFileSchema } from '../facts-file.ts';
import { baselineSchema, driftSchema, historySchema, statusSchema, verificationSchema } from '../history-documents.ts';
import { importSchema } from '../import/document.ts';
import { reportSchema } from '../report.ts';
import { messageSchema } from '../sinks/message.ts';
import { threatsSchema } from '../threats-document.ts';

const schemas: Readonly<Record<Document, z.ZodMiniType>> = {
  config: configSchema,
  waivers: decisionsSchema,
  report: reportSchema,
  facts: factsFileSchema,
  plan: planSchema,
  status: statusSchema,
  history: historySchema,
  verification: verificationSchema,
  baseline: baselineSchema,
  drift: driftSchema,
  webhook: messageSchema,
  threats: threatsSchema,
  import: importSchema,
};

/** The JSON Schema (draft 2020-12) of one of hullguard's documents. */
export function printSchema(name: Document): string {
  return `${JSON.stringify({ title: `hullguard ${name}`, ...z.toJSONSchema(schemas[name], { io: 'input' }) }, null, 2)}\n`;
}

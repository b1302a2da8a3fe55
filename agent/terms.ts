/** The words and counts that several documents and files share, as schemas. */
import { impacts, outcomes, severities, strides, surfaces } from '../checks/check.ts';
import * as z from '../facts/schema.ts';
import { waiverStates } from './choices.ts';
import { statuses } from './scan.ts';

export const severity = z.enum(severities);
export const stride = z.enum(strides);
export const surface = z.enum(surfaces);
export const impact = z.enum(impacts);
export const outcome = z.enum(outcomes);
export const status = z.enum(statuses);
export const waiverState = z.enum(waiverStates);
export const agentState = z.enum(['starting', 'running', 'degraded', 'stopped']);

export const count = z.int().check(z.minimum(0));
export const tool = z.strictObject({ name: z.literal('hullguard'), version: z.string() });

/** Findings by status, those that are waived among them, and the share of those that passed. */
export const summary = {
  pass: count,
  fail: count,
  manual: count,
  'not-applicable': count,
  error: count,
  waived: count,
  score: z.number().check(z.minimum(0), z.maximum(1)),
};

/** Who made a change; when, is told by each in its own way. */
export const someone = {
  status: z.enum(['known', 'inferred']),
  login: z.nullable(z.string()),
  user: z.string(),
  pid: z.int(),
  executable: z.string(),
  command: z.string(),
  terminal: z.nullable(z.string()),
  directory: z.nullable(z.string()),
};
/** Why it is not known who did. */
export const nobody = { status: z.literal('unattributed'), reason: z.string() };

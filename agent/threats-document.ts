/** What `hullguard threats --report json` prints: its published schema, and the value that fits it. */
import * as z from '../facts/schema.ts';
import { type Report, reportSchema } from './report.ts';
import { stride, surface } from './terms.ts';
import type { ThreatView } from './threats.ts';

const { schemaVersion, tool, at, host, benchmark, profile } = reportSchema.shape;
const checks = z.array(z.string());
const factor = z.number().check(z.minimum(0));

export const threatsSchema = z.strictObject({
  schemaVersion,
  tool,
  at,
  host,
  benchmark,
  profile,
  threats: z.array(
    z.strictObject({
      id: z.string(),
      surface,
      stride,
      threat: z.string(),
      checks,
      uncovered: z.nullable(z.string()),
      weight: factor,
      state: z.enum(['open', 'guarded', 'unknown', 'uncovered']),
      failing: checks,
      passing: checks,
      undecided: checks,
    }),
  ),
  /** Failing checks, first things first. The score is the product of severity, exposure, ease and weight. */
  priorities: z.array(
    z.strictObject({
      check: z.string(),
      control: z.nullable(z.string()),
      title: z.string(),
      score: factor,
      severity: factor,
      exposure: factor,
      ease: factor,
      weight: factor,
      why: z.array(z.string()),
    }),
  ),
});

export function threatDocument(
  { schemaVersion: number, tool: by, at: time, host: where, benchmark: of, profile: level }: Report,
  view: ThreatView,
) {
  return { schemaVersion: number, tool: by, at: time, host: where, benchmark: of, profile: level, ...view };
}

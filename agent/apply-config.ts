/** What the configuration says about `apply`. */
import * as z from '../facts/schema.ts';
import { impact } from '../remediations/plan.ts';
import { MAX_TIMEOUT } from './choices.ts';

export const applySchema = z.strictObject({
  maxImpact: z
    ._default(impact, 'reload')
    .check(z.describe('The most that apply may cost the host unless told: none, a reload, or a restart of dockerd')),
  restartCommand: z.optional(
    z
      .array(z.string())
      .check(
        z.minLength(1),
        z.refine((words) => words[0]?.startsWith('/') === true, 'expected an absolute path first'),
      )
      .check(z.describe('Program and arguments that restart dockerd where no systemd unit runs it; it returns when that is done')),
  ),
  patience: z
    ._default(z.number().check(z.positive(), z.maximum(MAX_TIMEOUT)), 60)
    .check(
      z.describe('Seconds that dockerd may take to answer, and then its containers, beside a second for each, before all is taken back'),
    ),
});

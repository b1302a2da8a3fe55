/** What the configuration says about the resident agent. */
import * as z from '../facts/schema.ts';
import { impact } from '../remediations/plan.ts';
import { logFormats, logLevels } from './choices.ts';
import { severity } from './terms.ts';
import { cronProblem, isWindow } from './times.ts';

const absolute = z.refine<string>((path) => path.startsWith('/'), 'expected an absolute path');
const count = z.number().check(z.int(), z.positive());

const webhook = z
  .strictObject({
    url: z
      .string()
      .check(z.refine(isAddress, 'expected an https or http address'))
      .check(z.describe('Where drift is sent to, as JSON. May hold a token: it is never logged whole')),
    secretFile: z.optional(
      z.string().check(absolute).check(z.describe('File with the secret that signs what is sent (HMAC-SHA256), for root alone to read')),
    ),
    minSeverity: z._default(severity, 'low').check(z.describe('Drift of checks below it is not sent')),
    allowHttp: z._default(z.boolean(), false).check(z.describe('Send without TLS to another host, too, for all on the way to read')),
  })
  .check(
    z.check(
      ({ value: { url, allowHttp }, issues }) => {
        if (typeof url === 'string' && isAddress(url) && allowHttp !== true && !isPrivate(url))
          issues.push({
            code: 'custom',
            path: ['url'],
            message: 'http is for this host alone unless webhook.allowHttp is true',
            input: '',
          });
      },
      { when: ({ value }) => typeof value === 'object' && value !== null },
    ),
  );

const log = z.strictObject({
  format: z._default(z.enum(logFormats), 'text').check(z.describe('text, or json: an object a line')),
  level: z._default(z.enum(logLevels), 'info').check(z.describe('Records less urgent than this are left out')),
});

const remediate = z.strictObject({
  enabled: z._default(z.boolean(), false).check(z.describe('The agent mends by itself what drifts. For lab machines')),
  maxImpact: z._default(impact, 'none').check(z.describe('The most that may cost the host: none, a reload, or a restart of dockerd')),
  checks: z._default(z.array(z.string()), ['*']).check(z.describe('Checks whose drift is mended, by id, number or glob')),
  window: z
    ._default(z.string().check(z.refine(isWindow, 'expected HH:MM-HH:MM')), '00:00-00:00')
    .check(z.describe('Hours of the day, in UTC, in which it may: from-to, past midnight too')),
  maxPerDay: z._default(count, 5).check(z.describe('How often in 24 hours')),
});

export const agentSchema = z.strictObject({
  schedule: z
    ._default(z.string().check(isSchedule), '17 3 * * *')
    .check(z.describe('When everything is audited, watched or not: a cron expression of five fields, in UTC')),
  watch: z._default(z.boolean(), true).check(z.describe('Look as soon as something changes. Without, only on the schedule')),
  settleMs: z
    ._default(z.number().check(z.int(), z.minimum(0), z.maximum(60_000)), 50)
    .check(z.describe('Milliseconds that changes are left to settle before they are looked at')),
  log: z._default(log, log.parse({})).check(z.describe('The agent’s own log')),
  webhook: z.optional(webhook.check(z.describe('Where drift is sent to'))),
  metricsFile: z.optional(
    z
      .string()
      .check(
        absolute,
        z.refine((path) => path.endsWith('.prom'), 'expected a name that ends in .prom, or node_exporter does not read it'),
      )
      .check(z.describe('File in the directory of node_exporter’s textfile collector that takes the metrics')),
  ),
  retentionDays: z._default(count, 400).check(z.describe('Days that the history keeps audits and drift')),
  remediate: z._default(remediate, remediate.parse({})).check(z.describe('Whether the agent mends by itself, and what')),
});

export type AgentConfig = z.infer<typeof agentSchema>;

function isSchedule({ value, issues }: z.core.ParsePayload<string>): void {
  const problem = cronProblem(value);
  if (problem !== null) issues.push({ code: 'custom', message: problem, input: value });
}

function isAddress(text: string): boolean {
  return ['https:', 'http:'].includes(URL.parse(text)?.protocol ?? '');
}

/** Nobody else can read it on its way. */
function isPrivate(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol !== 'http:' || ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
}

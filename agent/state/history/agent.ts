/** What the agent says of itself, and whether it still runs. */
import fs from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import * as z from '../../../facts/schema.ts';
import { agentState, waiverState } from '../../terms.ts';
import { parseBody } from './records.ts';

const reportSchema = z.object({
  state: agentState,
  /** What it cannot do, and why. */
  problems: z.array(z.string()),
  version: z.string(),
  /** Milliseconds since the epoch; `nextAudit` is null where none is planned. */
  startedAt: z.number(),
  nextAudit: z.nullable(z.number()),
  /** What has become of each waiver. */
  waivers: z._default(z.array(z.object({ id: z.string(), check: z.string(), expires: z.string(), state: waiverState })), []),
});

const agentSchema = z.extend(reportSchema, { at: z.number(), pid: z.int(), process: z.string() });

type Reported = z.infer<typeof reportSchema>;
export type AgentReport = Readonly<Omit<Reported, 'problems' | 'waivers'>> & {
  readonly problems: readonly string[];
  readonly waivers: readonly Readonly<Reported['waivers'][number]>[];
};

export type AgentSeen = AgentReport & {
  /** When it said so first. */
  readonly at: number;
  readonly pid: number;
  readonly alive: boolean;
};

/** Told anew only where something has changed: a word of every evaluation would wake the disk each time. */
export function writeAgent(database: DatabaseSync, report: AgentReport, at: number): void {
  const { state, problems, version, startedAt, nextAudit, waivers } = report;
  const body = { state, problems, version, startedAt, nextAudit, waivers, pid: process.pid, process: identityOf(process.pid) };
  database
    .prepare(
      `INSERT INTO meta VALUES ('agent', ?) ON CONFLICT DO UPDATE SET body = excluded.body
       WHERE json_remove(meta.body, '$.at') IS NOT json_remove(excluded.body, '$.at')`,
    )
    .run(JSON.stringify({ ...body, at }));
}

export function readAgent(database: DatabaseSync): AgentSeen | null {
  const body = database.prepare("SELECT body FROM meta WHERE key = 'agent'").get()?.['body'];
  if (body === undefined) return null;
  const { process: identity, ...report } = parseBody('agent', String(body), agentSchema);
  return { ...report, alive: identity !== '' && identityOf(report.pid) === identity };
}

/** Which process that is, for another one may have its number: the boot, and when in it the process began. Empty where it does not run. */
function identityOf(pid: number): string {
  try {
    const boot = fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    // The name in parentheses may hold anything; the start is the 20th field after it.
    const fields = fs
      .readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return fields[0] === 'Z' ? '' : `${boot} ${fields[19]}`;
  } catch {
    return '';
  }
}

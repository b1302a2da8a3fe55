/**
 * Measures the budgets on private engines (root): `npm run bench`, a few minutes. Fails where drift was lost, doubled or told wrongly; a budget that is missed
 * fails only with --strict, since a busy machine slows things down.
 *
 *   --only PART    audit, reports, latency or rest
 *   --soak         ten minutes of changes, restarts and kills instead
 *   --minutes N    of the soak, or of the agent at rest (one; the budget speaks of five)
 *   --write        the figures into docs/performance.md, too
 *   --json         figures for a machine
 */
import os from 'node:os';
import { parseArgs } from 'node:util';
import { missing } from '../test/lab/engine.ts';
import { measureAudits } from './audit.ts';
import { disconnect } from './containers.ts';
import { measureLatency } from './latency.ts';
import { type Part, parts, writeFigures } from './page.ts';
import { measureReports } from './reports.ts';
import { measureRest } from './rest.ts';
import { measureSoak } from './soak.ts';
import { isOver, type Measured, print } from './table.ts';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    strict: { type: 'boolean', default: false },
    soak: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    only: { type: 'string' },
    minutes: { type: 'string' },
  },
});
const minutes = options.minutes === undefined ? undefined : Number(options.minutes);
const works: Readonly<Partial<Record<Part, () => Promise<Measured>>>> = options.soak
  ? { soak: () => measureSoak(minutes ?? 10) }
  : { audit: measureAudits, reports: measureReports, latency: measureLatency, rest: () => measureRest(minutes ?? 1) };

const reason = missing() ?? missing('auditd');
if (reason !== undefined) {
  console.error(`bench: cannot run here: ${reason}`);
  process.exitCode = 1;
} else if (minutes !== undefined && !(minutes > 0)) {
  console.error('bench: --minutes takes a number above 0');
  process.exitCode = 2;
} else if (options.only !== undefined && !Object.keys(works).includes(options.only)) {
  console.error(`bench: --only takes one of ${Object.keys(works).join(', ')}`);
  process.exitCode = 2;
} else {
  await measure();
}

/** A figure says little without the machine and the day. */
function setting(): string {
  const [{ model } = { model: 'an unknown processor' }] = os.cpus();
  return `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${os.availableParallelism()} cores of ${model.trim()}, load average ${os.loadavg()[0]?.toFixed(1)}.`;
}

async function measure(): Promise<void> {
  const told: Record<string, Measured & { readonly load: number | undefined }> = {};
  for (const name of parts) {
    const work = works[name];
    if (work === undefined || (options.only !== undefined && options.only !== name)) continue;
    const measured = { ...(await work()), load: os.loadavg()[0] };
    told[name] = measured;
    if (options.write) writeFigures(name, measured, setting());
    if (!options.json) {
      console.log(`${name} (load average ${measured.load?.toFixed(1)} on ${os.availableParallelism()} cores)`);
      print(measured);
    }
  }
  disconnect();
  if (options.json) console.log(JSON.stringify(told, null, 2));
  const all = Object.values(told);
  const wrong = all.some(({ faults }) => faults.length > 0);
  if (wrong || (options.strict && all.some(({ rows }) => rows.some(isOver)))) process.exitCode = 1;
}

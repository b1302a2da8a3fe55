/** What each format of report costs, the first time, over 10,000 findings. */
import { formats } from '../agent/choices.ts';
import { reporters } from '../agent/reporters/index.ts';
import { golden, manyFindings } from '../test/agent/pages.ts';
import { type Measured, type Row, row } from './table.ts';

const FINDINGS = 10_000;

export async function measureReports(): Promise<Measured> {
  const { report } = await golden('bookworm-insecure');
  const many = manyFindings(report, FINDINGS);
  const rows: Row[] = [];
  for (const format of formats) {
    const reporter = await reporters[format]();
    const before = process.cpuUsage();
    const text = reporter(many, { all: true, quiet: false, color: false, width: 80 });
    const { user, system } = process.cpuUsage(before);
    rows.push(
      row(`${format} of ${FINDINGS} findings: CPU (${(Buffer.byteLength(text) / 1e6).toFixed(1)} MB)`, (user + system) / 1000, null, 'ms'),
    );
  }
  return { rows, faults: [] };
}

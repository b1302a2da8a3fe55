/**
 * Whole hosts, recorded on real engines by test/engine: the command judges their facts as it did when they were recorded.
 * `UPDATE_GOLDEN=1` writes the reports anew (and the facts, with `--project engine` before); read the difference before you keep it.
 */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Report } from '../agent/report.ts';
import { hullguard } from './agent/hullguard.ts';

const folder = path.join(import.meta.dirname, 'hosts');
const hosts = ['bookworm', 'trixie', 'sid'].flatMap((suite) => [`${suite}-insecure`, `${suite}-hardened`]);

function expectGolden(name: string, actual: string): void {
  const file = path.join(folder, name);
  if (process.env['UPDATE_GOLDEN'] === '1') fs.writeFileSync(file, actual);
  expect(actual).toBe(fs.readFileSync(file, 'utf8'));
}

/** One line for each piece of evidence, so that a difference is readable and the file small. */
function format(report: Report): string {
  const { findings, ...rest } = report;
  const lines = findings.map(({ evidence, ...finding }) => {
    const entries = evidence.map((entry) => `\n   ${JSON.stringify(entry)}`);
    return `\n  ${JSON.stringify({ ...finding, evidence: [] }).slice(0, -2)}${entries.join(',')}]}`;
  });
  return `${JSON.stringify({ ...rest, findings: [] }, null, 1).slice(0, -3)}${lines.join(',')}]}\n`;
}

describe.each(hosts)('%s', (host) => {
  const facts = path.join(folder, `${host}.facts.json`);

  test('the JSON report', async () => {
    const { code, stdout, stderr } = await hullguard(['audit', '--facts', facts, '--report', 'json']);
    const report = JSON.parse(stdout) as Report;
    expectGolden(`${host}.report.json`, format({ ...report, durationMs: 0 }));
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  });

  test('the text report', async () => {
    const { stdout } = await hullguard(['audit', '--facts', facts, '--all'], { width: 100 });
    expectGolden(`${host}.report.txt`, stdout);
  });

  test('the facts tell nothing of the machine they were recorded on', () => {
    const text = fs.readFileSync(facts, 'utf8');
    expect(text).not.toMatch(/hunter2|hullguard-lab\/run|\/work\b|\/home\/(?!alice)|\/var\/tmp/);
    expect(text.length).toBeLessThan(300_000);
  });
});

/** Every format, of every host, is what those who read it take. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formats } from '../../../agent/choices.ts';
import { rowsOf } from '../../../agent/reporters/rows.ts';
import { hullguard, inScratch } from '../hullguard.ts';
import { readExposition } from '../sinks/exposition.ts';
import { readMarkdown } from './markup.ts';
import { readCsv, readOcsf, readSarif, readXml, render } from './readers.ts';
import { anyReport, decided, insecure, samples } from './samples.ts';

/** Nothing in a document may act on a terminal or a page, but line breaks of ours. */
const UNSAFE = /[[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]--[\r\n]]/v;

describe.each(samples)('%s', { timeout: 60_000 }, (_name, report) => {
  const rows = rowsOf(report);

  test.each(formats)('%s holds nothing that acts', async (format) => {
    const text = await render(format, report);
    expect(text).not.toMatch(UNSAFE);
    expect(text).toMatch(/\n$/);
    expect(text.replaceAll('\r\n', '\n').includes('\r')).toBe(false);
  });

  test('SARIF', async () => {
    const { results, tool } = readSarif(await render('sarif', report));
    expect(results.length).toBe(rows.filter(({ outcome }) => outcome === 'fail').length);
    for (const { ruleId, ruleIndex } of results) expect(tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
  });

  test('JUnit', async () => {
    const text = await render('junit', report);
    await readXml(text, 'junit-10.xsd');
    expect(text.match(/<testcase /g)?.length).toBe(report.findings.length);
  });

  test('CSV', async () => {
    expect(readCsv(await render('csv', report)).length).toBe(rows.length);
  });

  test('Markdown', async () => {
    const text = await render('markdown', report);
    expect(text.length).toBeLessThanOrEqual(65_536);
    expect(readMarkdown(text).acting).toEqual([]);
  });

  test('Prometheus', async () => {
    const { samples: values } = readExposition(await render('prometheus', report));
    expect([...values.keys()].filter((key) => key.startsWith('hullguard_check_status{')).length).toBe(report.findings.length);
  });

  test('OCSF', async () => {
    expect(readOcsf(await render('ocsf', report)).length).toBe(rows.length);
  });

  test('XCCDF is XML', async () => {
    await readXml(await render('xccdf', report));
  });
});

/** Programs that tests need where they are installed; CI has them all. */
function installed(program: string, packageName: string): boolean {
  const absent = spawnSync(program, ['--version']).error !== undefined;
  if (absent) process.stderr.write(`\nSKIPPED: what ${program} says of reports (install ${packageName})\n`);
  return !absent;
}

const oscap = installed('oscap', 'openscap-scanner');

test.runIf(process.env['CI'] === 'true')('oscap is there', () => expect(oscap).toBe(true));

test.runIf(oscap).for(samples)('oscap takes the XCCDF of %s, and warns of its platform alone', async ([, report]) => {
  const text = await render('xccdf', report);
  await inScratch((directory) => {
    const file = path.join(directory, 'results.xml');
    fs.writeFileSync(file, text);
    const { status, stderr, stdout } = spawnSync('oscap', ['xccdf', 'validate', file], { encoding: 'utf8' });
    const warnings = stdout.match(/(Warning|Error).*/g);
    expect({ status, stderr, warnings }).toEqual({ status: 0, stderr: '', warnings: [expect.stringContaining("The 'cpe:/' prefix")] });
  });
});

test.runIf(installed('promtool', 'prometheus'))('promtool takes the metrics', async () => {
  const { status, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: await render('prometheus', insecure), encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
});

describe('whatever a host says', { timeout: 120_000 }, () => {
  test('JSON, CSV, Markdown and metrics are well-formed', async () => {
    await fc.assert(
      fc.asyncProperty(anyReport, async (report) => {
        const texts = await Promise.all(formats.map((format) => render(format, report)));
        for (const text of texts) expect(text).not.toMatch(UNSAFE);
        readSarif(await render('sarif', report));
        readOcsf(await render('ocsf', report));
        readExposition(await render('prometheus', report));
        expect(readCsv(await render('csv', report)).length).toBe(rowsOf(report).length);
        expect(readMarkdown(await render('markdown', report)).acting).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  test('XML is well-formed', async () => {
    await fc.assert(
      fc.asyncProperty(anyReport, async (report) => {
        await readXml(await render('junit', report), 'junit-10.xsd');
        await readXml(await render('xccdf', report));
      }),
      { numRuns: 8 },
    );
  });
});

test('one audit writes all formats', () =>
  inScratch(async (directory) => {
    const facts = path.join(import.meta.dirname, '../../hosts/trixie-insecure.facts.json');
    const reports = formats.flatMap((format) => ['--report', `${format}=${path.join(directory, format)}`]);
    expect(await hullguard(['audit', '--facts', facts, ...reports])).toMatchObject({ code: 1, stdout: '', stderr: '' });
    expect(fs.readdirSync(directory).toSorted()).toEqual([...formats].toSorted());
  }));

test('10,000 pieces of evidence keep nobody waiting', { timeout: 60_000 }, async () => {
  const report = decided(insecure);
  const many = report.findings.map((finding) => ({
    ...finding,
    evidence: Array.from({ length: 100 }, () => finding.evidence)
      .flat()
      .slice(0, 100),
  }));
  for (const format of formats) {
    const before = process.cpuUsage();
    await render(format, { ...report, findings: many });
    const { user, system } = process.cpuUsage(before);
    // About 0.15 s for the largest; this says that nothing grows faster than the report.
    expect((user + system) / 1e6, format).toBeLessThan(2);
  }
});

import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { compareReports } from '../../agent/compare.ts';
import type { Report, ReportedFinding } from '../../agent/report.ts';
import { auditFacts, inScratch, withFile } from './hullguard.ts';
import { report } from './reports.ts';

const base = await report();
const [pattern] = base.findings as [ReportedFinding];

type Outcome = ReportedFinding['evidence'][number]['outcome'];

/** A report of findings from their evidence: `{ 'a/b': { dockerd: 'fail' } }`. */
function reportOf(observed: Readonly<Record<string, Readonly<Record<string, Outcome>>>>, parts: Partial<Report> = {}): Report {
  const findings = Object.entries(observed).map(([check, resources]): ReportedFinding => {
    const outcomes = Object.values(resources);
    const status = outcomes.includes('fail')
      ? 'fail'
      : outcomes.includes('error')
        ? 'error'
        : outcomes.includes('review')
          ? 'manual'
          : 'pass';
    const evidence = Object.entries(resources).map(([resource, outcome]) => ({
      resource,
      outcome,
      expected: 'e',
      actual: 'a',
      source: 's',
    }));
    return { ...pattern, check, status, evidence };
  });
  return { ...base, findings, ...parts };
}

test.each([
  { name: 'equal', before: { web: 'fail' }, after: { web: 'fail' }, fresh: [], mended: [], unchanged: 1 },
  { name: 'a failure more', before: { web: 'fail' }, after: { web: 'fail', db: 'fail' }, fresh: ['db'], mended: [], unchanged: 0 },
  { name: 'mended', before: { web: 'fail' }, after: { web: 'pass' }, fresh: [], mended: ['web'], unchanged: 0 },
  { name: 'gone', before: { web: 'fail', db: 'pass' }, after: { db: 'pass' }, fresh: [], mended: ['web'], unchanged: 0 },
  { name: 'one for another', before: { web: 'fail' }, after: { db: 'fail' }, fresh: ['db'], mended: ['web'], unchanged: 0 },
  { name: 'for a person, and then a failure', before: { web: 'review' }, after: { web: 'fail' }, fresh: ['web'], mended: [], unchanged: 0 },
  {
    name: 'no longer readable',
    before: { web: 'fail', db: 'fail' },
    after: { web: 'error', db: 'fail' },
    fresh: [],
    mended: [],
    unchanged: 1,
  },
  {
    name: 'not readable before',
    before: { web: 'error', db: 'fail' },
    after: { web: 'fail', db: 'fail' },
    fresh: [],
    mended: [],
    unchanged: 1,
  },
  { name: 'still good', before: { web: 'pass' }, after: { db: 'pass' }, fresh: [], mended: [], unchanged: 0 },
] as const)('$name', ({ before, after, fresh, mended, unchanged }) => {
  const compared = compareReports(reportOf({ check: { ...before } }), reportOf({ check: { ...after } }));
  expect(compared.fresh.flatMap(({ resources }) => resources)).toEqual(fresh);
  expect(compared.mended.flatMap(({ resources }) => resources)).toEqual(mended);
  expect(compared).toMatchObject({ unchanged, unknown: 0, caveats: [] });
});

test('what one of them lacks or could not judge is not comparable', () => {
  const compared = compareReports(
    reportOf({ gone: { a: 'fail' }, blind: { a: 'error' }, both: { a: 'fail' } }),
    reportOf({ new: { a: 'fail' }, blind: { a: 'fail' }, both: { a: 'fail' } }),
  );
  expect(compared).toMatchObject({ fresh: [], mended: [], unchanged: 1, unknown: 3 });
});

test('worst first; whether the check as a whole has changed', () => {
  const low = reportOf({ low: { a: 'pass' } }).findings;
  const high = reportOf({ high: { a: 'fail', b: 'pass' } }).findings;
  const then = { ...base, findings: [...low, ...high] };
  const now = {
    ...base,
    findings: [
      ...reportOf({ low: { a: 'fail' } }).findings.map((finding) => ({ ...finding, severity: 'low' as const })),
      ...reportOf({ high: { a: 'fail', b: 'fail' } }).findings.map((finding) => ({ ...finding, severity: 'high' as const })),
    ],
  };
  expect(compareReports(then, now).fresh.map(({ finding, verdictChanged }) => [finding.check, verdictChanged])).toEqual([
    ['high', false],
    ['low', true],
  ]);
});

test('other reasons to differ are told', () => {
  const earlier = { ...base, host: { ...base.host, hostname: 'old' }, profile: 'level-1' as const };
  expect(compareReports(earlier, base).caveats).toEqual([
    `The earlier report is of another host: old, now ${base.host.hostname}.`,
    'The earlier report is of another profile: level-1, now level-2.',
  ]);
});

test('reports given the wrong way round', () => {
  const later = { ...base, at: new Date(Date.parse(base.at) + 1000).toISOString() };
  expect(compareReports(later, base).caveats).toEqual(['The report compared with is newer than this one.']);
});

test('audit --compare tells it in text', () =>
  inScratch(async (directory) => {
    const file = path.join(directory, 'earlier.json');
    const host = (privileged: boolean) => ({ containers: [{ Name: '/web', HostConfig: { Privileged: privileged } }] });
    await auditFacts(host(true), ['--report', `json=${file}`]);
    const { stdout } = await auditFacts(host(false), ['--compare', file], { width: 120 });
    expect(stdout).toMatch(
      /\nSince 20\d\d-\d\d-\d\d \d\d:\d\d UTC: score \d+ % → \d+ %; 0 checks with new failures, \d+ with failures mended, \d+ as before/,
    );
    expect(stdout).toMatch(/\n {2}Mended: [\s\S]*container\/no-privileged \(container web\)/);
    const { stdout: same } = await auditFacts(host(false), ['--report', `html=${directory}/r.html`, '--compare', file]);
    expect(same).toBe('');
    expect(fs.readFileSync(`${directory}/r.html`, 'utf8')).toContain('Since the earlier report');
  }));

test('an earlier report that is none is refused', async () => {
  const { code, stderr } = await withFile('{"schemaVersion": 1}', ['audit', '--compare', 'FILE']);
  expect(code).toBe(2);
  expect(stderr).toMatch(/file: line 1, column \d+: .*expected/);
  expect(stderr.trimEnd().split('\n').at(-1)).toBe('hullguard: --compare takes what hullguard audit --report json=FILE has written');
});

/** What formats say of failures, waivers, attestations and what nobody could judge. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Report } from '../../../agent/report.ts';
import { text } from '../../../agent/reporters/text.ts';
import { HostError } from '../../../facts/host.ts';
import { careless, report } from '../reports.ts';
import { readMarkdown } from './markup.ts';
import { readCsv, readOcsf, readSarif, render } from './readers.ts';
import { decided, insecure, saying } from './samples.ts';

const judged = decided(insecure);
const waived = judged.findings.find(({ waiver }) => waiver !== null);
const partly = judged.findings.find(({ waiver, evidence }) => waiver === null && evidence.some((entry) => entry.waiver === 'w-2'));
const attested = judged.findings.find(({ attestation }) => attestation !== null);
const unreachable = await report({ api: { '/info': new HostError('timeout', 'GET /info: no answer') } });
const plain = { all: false, quiet: false, color: false, width: 100 };

describe('SARIF', () => {
  const sarif = async (of: Report) => readSarif(await render('sarif', of));
  const prints = async (of: Report): Promise<Map<string, string>> =>
    new Map(
      (await sarif(of)).results.map(({ partialFingerprints, ruleId, locations }) => [
        `${ruleId} ${locations[0]?.logicalLocations[0]?.fullyQualifiedName} ${Object.values(partialFingerprints).join()}`,
        Object.values(partialFingerprints).join(),
      ]),
    );

  test('a fingerprint belongs to host, check and resource alone', async () => {
    const before = await prints(insecure);
    const later: Report = {
      ...insecure,
      at: '2027-01-01T00:00:00Z',
      durationMs: 1,
      findings: insecure.findings.toReversed().map((finding) => ({
        ...finding,
        title: `${finding.title}, reworded`,
        evidence: finding.evidence.toReversed().map((entry) => ({ ...entry, actual: `${entry.actual} (seen again)` })),
      })),
    };
    expect(await prints(later)).toEqual(before);
    expect(new Set(before.values()).size).toBe(before.size);
    const moved = await prints({ ...insecure, host: { ...insecure.host, hostname: 'other' } });
    expect([...moved.values()].some((print) => [...before.values()].includes(print))).toBe(false);
    // To change it would open every alert there is anew.
    const hash = createHash('sha256')
      .update(JSON.stringify(['lab', 'host/separate-partition', '/lab/data']))
      .digest('hex');
    expect([...before.values()]).toContain(hash.slice(0, 32));
  });

  test('severity stands with the rule, as code-scanning pages read it', async () => {
    const { tool } = await sarif(insecure);
    const scores = { critical: '9.5', high: '8.0', medium: '5.5', low: '2.5' };
    for (const { id, properties } of tool.driver.rules) {
      const severity = insecure.findings.find(({ check }) => check === id)?.severity ?? 'low';
      expect(properties['security-severity']).toBe(scores[severity]);
    }
  });

  test('files are where they are, dockerd where it is configured, the rest below a name of its own', async () => {
    const { results } = await sarif(insecure);
    const at = (name: string) =>
      results.find(({ locations }) => locations[0]?.logicalLocations[0]?.fullyQualifiedName === `lab/${name}`)?.locations[0]
        ?.physicalLocation.artifactLocation;
    expect(at('/lab/docker.sock')).toEqual({ uri: 'lab/docker.sock', uriBaseId: 'HOST' });
    expect(at('dockerd')).toEqual({ uri: 'lab/daemon.json', uriBaseId: 'HOST' });
    expect(at('container privileged')).toEqual({ uri: 'container/privileged' });
  });

  test('what is waived is suppressed, with the reason', async () => {
    const { results } = await sarif(judged);
    const reasons = results
      .filter(({ suppressions }) => suppressions.length > 0)
      .map(({ ruleId, suppressions }) => [ruleId, suppressions[0]?.justification]);
    const failing = waived?.evidence.filter(({ outcome }) => outcome === 'fail') ?? [];
    expect(reasons).toEqual([
      ...failing.map(() => [waived?.check, 'accepted by team lab until 2027-01-31: a lab']),
      [partly?.check, 'accepted by anna until 2027-02-28: the vendor asks for it'],
    ]);
  });

  test('what could not be judged is no result, and the run not successful', async () => {
    const { invocations, results } = await sarif(unreachable);
    expect(invocations[0]?.executionSuccessful).toBe(false);
    expect(invocations[0]?.toolExecutionNotifications.length).toBe(unreachable.summary.error);
    expect(results.length).toBe(
      unreachable.findings.flatMap(({ evidence }) => evidence.filter(({ outcome }) => outcome === 'fail')).length,
    );
    expect((await sarif(insecure)).invocations[0]?.executionSuccessful).toBe(true);
  });

  test('a name that looks like a link is none', async () => {
    const { results } = await sarif(saying(insecure, () => '[a](http://b)'));
    for (const { message } of results) expect(message.text).not.toContain('](');
  });
});

describe('JUnit', () => {
  const count = (xml: string, element: string): number => xml.match(new RegExp(`<${element}[ >]`, 'g'))?.length ?? 0;

  test('failures fail, what is waived or for a person is skipped, what is attested passes', async () => {
    const { fail, manual, 'not-applicable': without } = insecure.summary;
    const [before, after] = [await render('junit', insecure), await render('junit', judged)];
    expect([count(before, 'failure'), count(before, 'skipped')]).toEqual([fail, manual + without]);
    expect([count(after, 'failure'), count(after, 'skipped')]).toEqual([fail - 1, manual + without]);
    expect(after).toContain(`<testsuites name="hullguard" tests="${judged.findings.length}" failures="${fail - 1}" errors="0"`);
    expect(after).toContain('type="waived" message="accepted by team lab until 2027-01-31: a lab"');
    expect(after).toContain('<system-out>attested by berta on 2026-11-20, until 2027-11-20: looked at</system-out>');
  });

  test('what could not be judged is an error', async () => {
    expect(count(await render('junit', unreachable), 'error')).toBe(unreachable.summary.error);
  });

  test('a suite adds up', async () => {
    const xml = await render('junit', judged);
    for (const suite of xml.split('<testsuite ').slice(1)) {
      const stated = (name: string): number => Number(new RegExp(` ${name}="(\\d+)"`).exec(suite)?.[1]);
      expect([stated('tests'), stated('failures'), stated('errors'), stated('skipped')]).toEqual(
        ['testcase', 'failure', 'error', 'skipped'].map((name) => count(suite, name)),
      );
    }
  });
});

describe('CSV', () => {
  test.each([
    ['=1+1', "'=1+1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['-1+1', "'-1+1"],
    ['+1', "'+1"],
    ['\t=1', '\\t=1'],
    ['  =1', "  '=1"],
    ['＝1', "'＝1"],
    ['a;=1', "a;'=1"],
    ['a=1', 'a=1'],
    ['say "no", twice', 'say "no", twice'],
    ['a\r\nb', 'a\\r\\nb'],
  ])('%j runs nowhere', async (said, read) => {
    const small = { ...insecure, findings: insecure.findings.slice(0, 2) };
    const [row] = readCsv(
      await render(
        'csv',
        saying(small, () => said),
      ),
    );
    expect([row?.['resource'], row?.['actual'], row?.['host']]).toEqual([read, read, read]);
  });

  test('waivers and attestations stand with what they cover', async () => {
    const rows = readCsv(await render('csv', judged));
    expect(rows.find((row) => row['check'] === waived?.check)?.['waiver']).toBe('accepted by team lab until 2027-01-31: a lab');
    expect(rows.find((row) => row['check'] === attested?.check)?.['attestation']).toMatch(/^attested by berta/);
  });
});

describe('OCSF', () => {
  test('status, severity and life of a finding', async () => {
    const events = readOcsf(await render('ocsf', judged));
    const seen = new Set(
      events.map(
        ({ compliance, status, severity }) => `${compliance.status}, ${status}${severity === 'Informational' ? ', of no severity' : ''}`,
      ),
    );
    expect(seen).toEqual(
      new Set([
        'Fail, New',
        'Fail, Suppressed',
        'Pass, New',
        'Pass, Resolved, of no severity',
        'Warning, New',
        'Not Applicable, New, of no severity',
      ]),
    );
    const suppressed = events.filter(({ status }) => status === 'Suppressed').flatMap(({ compliance }) => compliance.status_details);
    expect(suppressed).toContain('accepted by anna until 2027-02-28: the vendor asks for it');
  });
});

describe('XCCDF', () => {
  test('one result a check; what is waived still fails, what is attested passes', async () => {
    const xml = await render('xccdf', judged);
    const of = (check = ''): string | undefined =>
      xml.split('<rule-result ').find((part) => part.startsWith(`idref="xccdf_hullguard_rule_${check.replace('/', '_')}"`));
    expect(xml.match(/<rule-result /g)?.length).toBe(judged.findings.length);
    expect(of(waived?.check)).toMatch(/<result>fail<\/result>\n<message severity="info">accepted by team lab/);
    expect(of(attested?.check)).toMatch(/<result>pass<\/result>\n<message severity="info">attested by berta/);
    expect(await render('xccdf', insecure)).toContain('<result>notchecked</result>');
    expect(await render('xccdf', unreachable)).toContain('<result>error</result>');
  });
});

describe('Markdown', () => {
  test('what fails comes first, worst first; what people decided stands apart', async () => {
    const { headings } = readMarkdown(await render('markdown', judged));
    expect(headings.map((heading) => heading.replace(/ \(\d+\)$/, ''))).toEqual([
      expect.stringMatching(/^hullguard: 80 failed, 17 passed on /),
      'Critical',
      'High',
      'Medium',
      'Low',
      'Waivers to look at',
      'Failed, and waived',
      'For a person to decide',
      'Attested',
    ]);
  });

  test('a large report is cut to what a comment holds, and says so', async () => {
    const big = await report({
      containers: Array.from({ length: 80 }, (_, number) => careless(`${'long-name-'.repeat(20)}${number}`, number)),
    });
    const blown = saying(big, () => '`|<b>'.repeat(80));
    const shown = await render('markdown', blown);
    expect(shown.length).toBeGreaterThan(55_000);
    expect(shown.length).toBeLessThanOrEqual(65_536);
    const [, left] = /\*\*(\d+) more items left out\*\*/.exec(shown) ?? [];
    const listed = shown.match(/^- /gm)?.length ?? 0;
    const { fail, error, manual } = blown.summary;
    expect(listed + Number(left)).toBe(fail + error + manual);
  });

  test('the host says nothing but code', async () => {
    const { code } = readMarkdown(
      await render(
        'markdown',
        saying(insecure, () => '``a`` <b> @root [x](y) | \\'),
      ),
    );
    expect(code.filter((span) => span === '``a`` <b> @root [x](y) | \\').length).toBeGreaterThan(100);
  });
});

describe('text', () => {
  const shown = text(judged, plain);

  test('what is waived stands apart from failures, with owner and expiry', () => {
    const sections = shown.split(/\n\n/);
    const own = sections.find((part) => part.startsWith('Failed, and waived (1)'));
    expect(own).toContain(`[${waived?.check}]`);
    expect(own).toContain('accepted by team lab until 2027-01-31: a lab');
    expect(own).not.toContain('Fix:');
    expect(sections.filter((part) => part.includes(`[${waived?.check}]`)).length).toBe(1);
    expect(shown).toContain('80 failed (1 of them waived), 17 passed');
  });

  test('what is waived in part says which', () => {
    expect(shown.replace(/\s+/g, ' ')).toContain('[accepted by anna until 2027-02-28: the vendor asks for it]');
  });

  test('what is attested, and waivers that need a look', () => {
    expect(shown).toMatch(/Attested \(1\)\n(?: .*\n)+ {9}attested by berta on 2026-11-20, until 2027-11-20: looked at\n\n/);
    const troubles = shown.slice(shown.indexOf('Waivers to look at (4)')).split('\n').slice(1, 5);
    expect(troubles).toEqual([
      '  w-3 on daemon/icc-disabled, of carl, has expired 2026-01-31',
      '  w-4 on daemon/icc-disabled, of dora, fits nothing on this host',
      '  w-5 on daemon/icc-disabled, of emil, covers nothing that fails',
      '  w-6 on daemon/icc-disabled, of fred, no longer holds: it is privileged now',
    ]);
  });

  test('with --quiet, failures alone', () => {
    const quiet = text(judged, { ...plain, quiet: true });
    expect(quiet).not.toMatch(/Failed, and waived|Attested|Waivers to look at/);
  });
});

import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../agent/errors.ts';
import { parseLog } from '../../../agent/import/log.ts';

function read(text: string): string[] {
  return parseLog('FILE', text).entries.map(({ line, word, number, title, named }) =>
    [line, word, number, title, named.join(',')].join('|'),
  );
}

describe('a line', () => {
  test.each([
    ['[WARN] 2.2 - Traffic is restricted', '1|WARN|2.2|Traffic is restricted|'],
    ['[FAIL] 2.2 Traffic', '1|FAIL|2.2|Traffic|'],
    ['[PASS] 5.10  - Memory (Scored)', '1|PASS|5.10|Memory|'],
    ['[NOTE] 4.2  - Base (Not Scored)', '1|NOTE|4.2|Base|'],
    ['[INFO] C.2 - Legacy (Deprecated)', '1|INFO|C.2|Legacy|'],
    ['[FAIL] 2.17.b Privileges', '1|FAIL|2.17.b|Privileges|'],
    ['[PASS] 2.12  - 2.12 Logging', '1|PASS|2.12|Logging|'],
    ['\u001b[1;31m[WARN]\u001b[0m 4.5 - Trust', '1|WARN|4.5|Trust|'],
    ['[1;31m[WARN][0m 4.5 - Trust', '1|WARN|4.5|Trust|'],
    ['\\033[1;31m[WARN]\\033[0m 4.5 - Trust', '1|WARN|4.5|Trust|'],
    ['^[[1;31m[WARN]^[[0m 4.5 - Trust', '1|WARN|4.5|Trust|'],
    ['  * [WARN] 4.5 - Trust', '1|WARN|4.5|Trust|'],
    ['- [WARN] 4.5: Trust', '1|WARN|4.5|Trust|'],
    ['• [WARN] 4.5 – Trust', '1|WARN|4.5|Trust|'],
    ['> `[WARN] 4.5 - Trust`', '1|WARN|4.5|Trust|'],
    ['- [ ] [WARN] 4.5 - Trust', '1|WARN|4.5|Trust|'],
    ['# [WARN] 4.5 - Trust', '1|WARN|4.5|Trust|'],
    ['\t[WARN]\u00a04.5\u00a0-\u00a0Trust\r', '1|WARN|4.5|Trust|'],
    ['[warn] 4.5. Trust', '1|WARN|4.5|Trust|'],
    ['WARN: 4.5 Trust', '1|WARN|4.5|Trust|'],
    ['[FAIL] Content trust', '1|FAIL||Content trust|'],
    ['[FAIL] 1.1.10', '1|FAIL|1.1.10||'],
    ['\ufeff[FAIL] 1.1.10', '1|FAIL|1.1.10||'],
    ['1.1.5 /var/lib/docker', '1||1.1.5|/var/lib/docker|'],
    ['- **[WARN]** 4.5 - Trust', '1|WARN|4.5|Trust|'],
    ['1. [WARN] 4.5 - Trust', '1|WARN|4.5|Trust|'],
    ['12) [WARN] 4.5 - Trust', '1|WARN|4.5|Trust|'],
    ['2026-11-21T18:20:00.123Z [WARN] 4.5 - Trust', '1|WARN|4.5|Trust|'],
    ['| 4.5 | WARN | Trust |', '1|WARN|4.5|Trust|'],
    ['| 4.5 | Trust | [FAIL] |', '1|FAIL|4.5|Trust|'],
    ['| WARN | 4.5 | Trust |', '1|WARN|4.5|Trust|'],
    ['4.5 [PASS] Trust', '1|PASS|4.5|Trust|'],
    ['4.5 - Trust: PASS', '1|PASS|4.5|Trust|'],
    ['4.5 Level is INFORMATION', '1||4.5|Level is INFORMATION|'],
  ])('%j', (line, entry) => {
    expect(read(line)).toEqual([entry]);
  });
});

describe('lines together', () => {
  test('details belong to the finding above, and name containers and images', () => {
    const text = `[WARN] 4.1 - User
[WARN]      * Running as root: web
[WARN]      * Running as root: db_1
[WARN] 4.6 - Healthcheck
[WARN]      * No Healthcheck found: [nginx:1 web:2]
    * No Healthcheck found: 0a1b2c
[WARN] 5.8 - Ports
[WARN]      * Privileged Port in use: 80 in web
[WARN] 5.4 - Capabilities
[WARN]      * Capabilities added: CapAdd=[NET_ADMIN] to vpn
[INFO] 1.1.10 - Audit
[INFO]        * File not found`;
    expect(read(text)).toEqual([
      '1|WARN|4.1|User|web,db_1',
      '4|WARN|4.6|Healthcheck|nginx:1,web:2,0a1b2c',
      '7|WARN|5.8|Ports|web',
      '9|WARN|5.4|Capabilities|vpn',
      '11|INFO|1.1.10|Audit|',
    ]);
  });

  test('details behind the time of a CI’s log', () => {
    expect(read('12:00:01 [WARN] 4.1 - User\n12:00:01 [WARN]      * Running as root: web\n12:00:02 [PASS] 4.5 - Trust')).toEqual([
      '1|WARN|4.1|User|web',
      '3|PASS|4.5|Trust|',
    ]);
  });

  test('a broken line goes on in the next, and a detail, too', () => {
    expect(read('[WARN] 5.10 - Memory\n  usage\r\n   is limited\n[WARN]\n5.11 - CPU\n    * Container without limits:\n web')).toEqual([
      '1|WARN|5.10|Memory usage is limited|',
      '5|WARN|5.11|CPU|web',
    ]);
  });

  test('prose after a blank line does not belong to it', () => {
    expect(read('[WARN] 4.5 - Trust\n\nWe should mend this by 2.2 at the latest.')).toEqual(['1|WARN|4.5|Trust|']);
  });

  test('without any result, numbers alone make findings', () => {
    expect(read('Open points:\n\n- 2.2 Traffic\n- 4.5 Trust')).toEqual(['3||2.2|Traffic|', '4||4.5|Trust|']);
  });

  test('a whole log: headings, measures, totals and what speaks of the run are no findings', () => {
    const text = `# --------------------------------------------------------------
# Docker Bench for Security v1.6.0
# --------------------------------------------------------------
[WARN] Some tests might require root to run
Initializing 2026-11-20T10:00:00+01:00

\u001b[1;33mSection A - Check results\u001b[0m

[INFO] 1 - Host Configuration
[INFO] 1.1 - Linux Hosts Specific Configuration
[WARN] 1.1.1 - Partition
[INFO] 1.2 - General Configuration
[INFO] 8.1 - Universal Control Plane Configuration
[PASS] C.1 - This is a example check
[INFO] Checks: 2
[INFO] Score: -1

Section B - Remediation measures

[INFO] 1.1.1 - Make a partition.`;
    expect(read(text)).toEqual(['11|WARN|1.1.1|Partition|']);
    expect(parseLog('FILE', text)).toMatchObject({
      format: 'text',
      tool: 'docker-bench-security',
      printed: '1.6.0',
      startedAt: '2026-11-20T09:00:00.000Z',
    });
  });

  test('a log as Aqua’s docker-bench prints it', () => {
    const text = `[INFO] 2 Docker daemon configuration
[FAIL] 2.17.b Privileges (Scored)
[WARN] 2.1 Traffic
== Remediations ==
2.17.b Run the daemon with …
== Summary ==
1 checks FAIL`;
    expect(read(text)).toEqual(['2|FAIL|2.17.b|Privileges|', '3|WARN|2.1|Traffic|']);
    expect(parseLog('FILE', text)).toMatchObject({
      tool: 'unknown',
      printed: null,
      startedAt: null,
      entries: [{ result: 'fail' }, { result: 'open' }],
    });
  });

  test.each([
    ['', 'line 1, column 1: no finding in it'],
    ['\n\n', 'line 1, column 1: no finding in it'],
    ['Dear all,\nplease mend the findings.', 'line 1, column 1: no finding in it'],
    ['[INFO] 5 - Container Runtime', 'line 1, column 1: no finding in it'],
    ['[PASS] 4.5\n'.repeat(10_001), 'line 10001, column 1: more than 10000 findings'],
  ])('nothing to import: %.30j', (text, message) => {
    expect(() => parseLog('FILE', text)).toThrow(UsageError);
    expect(() => parseLog('FILE', text)).toThrow(`FILE: ${message}`);
  });
});

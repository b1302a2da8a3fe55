import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judge } from '../../../agent/scan.ts';
import { advisories } from '../../../checks/advisories.ts';
import { builtInVulnerabilities, knownVulnerabilities } from '../../../checks/host/known-vulnerabilities.ts';
import { compareDebian, isRange, isWithinRange } from '../../../checks/versions.ts';
import { auditFacts, inScratch } from '../../agent/hullguard.ts';
import { collect, testCheck } from '../../check-tester.ts';
import type { HostLiteral } from '../../fake-host.ts';

/** A host with these parts, and these packages that dpkg has installed. */
function host(
  parts: Readonly<Record<string, string>>,
  packages: Readonly<Record<string, string>> = {},
  more: HostLiteral = {},
): HostLiteral {
  const status = Object.entries(packages).map(([name, version]) => `Package: ${name}\nStatus: install ok installed\nVersion: ${version}\n`);
  const Components = Object.entries(parts).map(([Name, Version]) => ({ Name, Version }));
  return { ...more, version: { ...more.version, Components }, files: { '/var/lib/dpkg/status': status.join('\n'), ...more.files } };
}
const NEW = { Engine: '29.3.1', containerd: '2.2.0', runc: '1.4.3' };
const BOOKWORM = { '/etc/os-release': 'ID=debian\nVERSION_CODENAME=bookworm\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n' };
const UBUNTU = { '/etc/os-release': 'ID=ubuntu\nVERSION_CODENAME=noble\n' };

testCheck(builtInVulnerabilities, {
  'parts without a known flaw': { host: host(NEW), status: 'pass' },
  'the parts that Docker builds': {
    host: host({ ...NEW, runc: '1.1.11' }, { 'docker-ce': '5:29.3.1-1~debian.12~bookworm', 'containerd.io': '2.2.0-1' }),
    status: 'fail',
    says: /fail runc CVE-2024-21626: 1\.1\.11; fixed in 1\.1\.12/,
  },
  'the same from an archive, as the engine says': {
    host: host({ ...NEW, runc: '1.1.11' }, {}, { version: { Platform: { Name: 'Docker Engine - Community' } } }),
    status: 'fail',
    says: 'CVE-2024-21626',
  },
  'a part that is more than its number says': {
    host: host({ ...NEW, runc: '1.0.0-rc6+dev' }, { 'containerd.io': '1.2.2-3' }),
    status: 'manual',
    says: 'review runc CVE-2019-5736',
  },
  'of whom nobody knows who built them': { host: host({ ...NEW, runc: '1.1.11' }), status: 'manual', says: 'its supplier' },
  'a distribution whose fixes are not in the table': {
    host: host({ ...NEW, runc: '1.1.7' }, { runc: '1.1.7-0ubuntu1~22.04.2' }, { files: UBUNTU }),
    status: 'manual',
    says: /package runc 1\.1\.7-0ubuntu1~22\.04\.2 has the fix, the security tracker of ubuntu tells/,
  },
  'Debian without its fix': {
    host: host({ ...NEW, Engine: '20.10.24+dfsg1' }, { 'docker.io': '20.10.24+dfsg1-1' }, { files: BOOKWORM }),
    status: 'fail',
    says: 'fail Engine CVE-2024-41110: package docker.io 20.10.24+dfsg1-1; Debian fixed it in 20.10.24+dfsg1-1+deb12u1',
  },
  'Debian with its fix: for the others, its tracker': {
    host: host({ ...NEW, Engine: '20.10.24+dfsg1' }, { 'docker.io': '20.10.24+dfsg1-1+deb12u1+b6' }, { files: BOOKWORM }),
    status: 'manual',
    says: 'pass Engine CVE-2024-41110: package docker.io 20.10.24+dfsg1-1+deb12u1+b6',
  },
  'a package of another version than what runs': {
    host: host({ ...NEW, runc: '1.1.5' }, { runc: '1.1.5+ds1-1' }, { files: BOOKWORM }),
    status: 'manual',
    says: 'its supplier',
  },
  'a version that is none': { host: host({ ...NEW, runc: 'dev' }), status: 'manual', says: 'no version that can be compared' },
  'another engine': { host: host({ 'Podman Engine': '4.3.1', 'OCI Runtime (crun)': '1.8' }), status: 'not-applicable' },
  'an engine that names no parts': {
    host: { version: { Version: '18.03.0-ce', Components: null } },
    status: 'manual',
    says: 'CVE-2023-28840',
  },
});

test.each([
  ['1.1.11', '<1.1.12', true],
  ['1.1.12', '<1.1.12', false],
  ['v1.1.11', '<1.1.12', true],
  ['1.0.0-rc92', '>=1.0.0-rc93 <1.1.12', false],
  ['1.0.0-rc93', '>=1.0.0-rc93 <1.1.12', true],
  ['1.0.0~rc93+ds1', '>=1.0.0-rc93 <1.1.12', true],
  ['1.0.0', '<1.0.0-rc95', false],
  ['1.0.0-rc9', '<1.0.0-rc95', true],
  ['1.3.0-rc.1', '<1.2.8 || >=1.3.0-rc.1 <1.3.3', true],
  ['1.2.9', '<1.2.8 || >=1.3.0-rc.1 <1.3.3', false],
  ['2.2.0-beta.0', '>=2.2.0-beta.0 <2.2.0', true],
  ['2.2.0-rc.1', '>=2.2.0-beta.0 <2.2.0', true],
  ['2.2.0', '>=2.2.0-beta.0 <2.2.0', false],
  ['18.09.1-ce', '<18.09.2', true],
  ['1.1.5+ds1', '<1.1.5', false],
  ['1.6.20~ds1', '<1.6.20', false],
  ['1.1.12-0ubuntu3.1', '<1.1.12', false],
  ['', '<1.1.12', null],
  ['latest', '<1.1.12', null],
])('%s in %s: %s', (version, range, expected) => {
  expect(isWithinRange(version, range)).toBe(expected);
});

test.each(['<1', '<=1.0', '1.0', '', '<1.0||', '>=1.0,<2.0', '>=1.0 <2.0;'])('the range %j cannot be read', (range) => {
  expect(isRange(range)).toBe(false);
});

test('what is built before a release is before it', () => {
  expect(isWithinRange('1.1.12-dev', '<1.1.12')).toBe(true);
});

describe('versions of Debian packages', () => {
  test.each([
    ['1.1.5+ds1-1', '1.1.5+ds1-1+deb12u1'],
    ['20.10.24+dfsg1-1+deb12u1', '20.10.24+dfsg1-1+deb12u1+b6'],
    ['1.0~rc1-1', '1.0-1'],
    ['1.0-1', '1:0.9-1'],
    ['1.9', '1.10'],
    ['1.0', '1.0a'],
    ['1.0a', '1.0+'],
    ['1.1.7-0ubuntu1~22.04.2', '1.1.7-0ubuntu1'],
  ])('%s is before %s', (older, newer) => {
    expect(compareDebian(older, newer)).toBeLessThan(0);
    expect(compareDebian(newer, older)).toBeGreaterThan(0);
    expect(compareDebian(older, older)).toBe(0);
  });

  test('are in order, whatever they are', () => {
    const text = fc.stringMatching(/^[0-9][0-9a-z.+~]{0,8}(-[0-9a-z.+~]{1,5})?$/);
    fc.assert(
      fc.property(text, text, (left, right) => {
        expect(Math.sign(compareDebian(left, right))).toBe(-Math.sign(compareDebian(right, left)) + 0);
      }),
    );
  });
});

test('the table can be read, and names nothing twice', () => {
  const ids = advisories.advisories.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { id, affected, summary } of advisories.advisories) {
    expect(isRange(affected), id).toBe(true);
    expect(id).toMatch(/^CVE-\d{4}-\d{4,}$/);
    expect(summary.length, id).toBeLessThanOrEqual(100);
  }
  expect(Number.isNaN(Date.parse(advisories.date))).toBe(false);
});

test('a table that is old says so', async () => {
  const old = knownVulnerabilities({ date: '2020-01-01', advisories: [] });
  const finding = judge(old, await collect(old, host(NEW)), '1.8.0');
  expect(finding).toMatchObject({
    status: 'manual',
    evidence: [{ resource: 'advisories', actual: expect.stringMatching(/^of 2020-01-01, \d+ days ago/) }],
  });
});

describe('a table of the site', () => {
  const row = { id: 'CVE-2030-1', component: 'runc', severity: 'high', summary: 'a flaw of tomorrow', affected: '<9.0.0' };
  const known = host(NEW, { 'containerd.io': '2.2.0-1' });

  async function audit(table: unknown, mode = 0o644) {
    return inScratch(async (directory) => {
      const file = path.join(directory, 'advisories.json');
      fs.writeFileSync(file, typeof table === 'string' ? table : JSON.stringify(table, null, 1));
      fs.chmodSync(file, mode);
      const config = path.join(directory, 'config.yaml');
      fs.writeFileSync(config, `advisories: ${file}\n`);
      return auditFacts(known, ['--config', config, '--check', 'host/known-vulnerabilities', '--report', 'json']);
    });
  }

  test('stands in the place of ours, and its date is told', async () => {
    const { stdout } = await audit({ date: '2030-01-01', advisories: [row] });
    const { evidence } = JSON.parse(stdout).findings[0];
    expect(evidence).toMatchObject([
      { actual: 'of 2030-01-01', outcome: 'pass' },
      { resource: 'runc CVE-2030-1', outcome: 'fail', source: expect.stringContaining('2030-01-01') },
    ]);
  });

  test.each([
    ['no JSON', '{"date": 1,', 0o644, /line 1, column 12/],
    [
      'a range that is none',
      { date: '2030-01-01', advisories: [{ ...row, affected: '1.2' }] },
      0o644,
      /line \d+, column \d+: advisories\.0\.affected: expected ranges/,
    ],
    [
      'a part that is none',
      { date: '2030-01-01', advisories: [{ ...row, component: 'crun' }] },
      0o644,
      /line \d+, column \d+: advisories\.0\.component/,
    ],
    ['a key that is none', { date: '2030-01-01', advisories: [], more: 1 }, 0o644, /unknown key more/],
    ['no date', { advisories: [] }, 0o644, /date/],
    ['others than root may write', { date: '2030-01-01', advisories: [row] }, 0o646, /could change what hullguard does/],
  ] as const)('%s', async (_, table, mode, says) => {
    expect(await audit(table, mode)).toMatchObject({ code: 2, stderr: expect.stringMatching(says) });
  });
});

import { describe, expect, test } from 'vitest';
import { benchmarkVersions, crosswalk } from '../../checks/benchmark.ts';
import { checks } from '../../checks/index.ts';
import { describeNumberings, meaningsOf, numberings, releases } from '../../checks/numbers.ts';

function release(version: string): ReadonlyMap<string, string> {
  return numberings.find((numbering) => numbering.kind === 'docker-bench' && numbering.version === version)?.checks ?? new Map();
}

test('every source of numbers numbers checks that there are, each once', () => {
  const ids = new Set(checks.map(({ id }) => id));
  for (const { kind, version, checks: numbers } of numberings) {
    const means = [...numbers.values()];
    expect(means.length, `${kind} ${version}`).toBeGreaterThan(10);
    expect(means.filter((id) => !ids.has(id))).toEqual([]);
    if (kind !== 'aqua') expect(new Set(means).size, `${kind} ${version}`).toBe(means.length);
  }
});

test('the benchmark’s numbers are those of the crosswalk', () => {
  for (const version of benchmarkVersions) {
    const numbers = numberings.find((numbering) => numbering.kind === 'cis' && numbering.version === version)?.checks;
    for (const [id, places] of crosswalk) if (places[version]) expect(numbers?.get(places[version].number)).toBe(id);
  }
});

/** As many as their scripts have, but for two examples that check nothing. */
test.each([
  ['1.3.3', 105],
  ['1.3.5', 116],
  ['1.3.6', 130],
  ['1.5.0', 130],
  ['1.6.0', 130],
  ['1.6.1', 130],
])('docker-bench-security %s has %i checks', (version, count) => {
  expect(release(version).size).toBe(count);
});

test('releases 1.6.0 and 1.6.1 number 41 controls differently, all in chapters 5 and 7', () => {
  const [before, after] = [release('1.6.0'), release('1.6.1')];
  const moved = [...after].filter(([number, id]) => before.get(number) !== id);
  expect(moved).toHaveLength(41);
  expect(moved.every(([number]) => /^[57]\./.test(number))).toBe(true);
});

describe('what a number means', () => {
  test.each([
    ['5.10', 'container/memory-limit', 'CIS Docker 1.1.0 to 1.5.0; CIS for Docker 1.11.0 to 1.13.0; docker-bench-security 1.1.0 to 1.6.0'],
    ['5.10', 'container/no-host-network', 'CIS Docker 1.6.0 to 1.8.0; CIS for Docker 1.6; docker-bench-security 1.6.1'],
    ['1.12', 'host/audit-docker-service-unit', 'CIS for Docker 1.6'],
    ['C.5.3.3', 'community/no-cap-sys-admin', 'docker-bench-security 1.3.6 to 1.6.1'],
    ['c.2', 'community/legacy-registry-v1-disabled', 'docker-bench-security 1.3.5 to 1.6.1'],
    ['8.1.1', 'enterprise/ucp-ldap', 'CIS Docker 1.2.0; docker-bench-security 1.3.5 to 1.6.1'],
    ['2.14.a', 'daemon/live-restore', 'Aqua docker-bench cis-1.1'],
    ['2.14.A', 'daemon/userland-proxy-disabled', 'Aqua docker-bench cis-1.2'],
    ['4.5.a', 'image/content-trust', describeNumberings(numberings.filter(({ checks: numbers }) => numbers.has('4.5')))],
  ])('%s is %s in %s', (number, check, sources) => {
    expect(describeNumberings(meaningsOf(number).get(check) ?? [])).toBe(sources);
  });

  test('nothing, where no version has it', () => {
    expect([...meaningsOf('9.99').keys(), ...meaningsOf('').keys(), ...meaningsOf('__proto__').keys()]).toEqual([]);
  });
});

test('releases are told oldest first', () => {
  expect(releases).toEqual(releases.toSorted());
});

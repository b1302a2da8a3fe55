import { describe, expect, test } from 'vitest';
import { findSource, type Identified, identify } from '../../../agent/import/identify.ts';
import { parseLog } from '../../../agent/import/log.ts';
import { checksOfTitle, titledChecks } from '../../../agent/import/titles.ts';
import { checks } from '../../../checks/index.ts';
import { numberings, type Release } from '../../../checks/numbers.ts';

function identified(text: string, release?: Release): Identified[] {
  const log = parseLog('FILE', text);
  const source = findSource(log, release);
  return log.entries.map((entry) => identify(entry, source));
}

function only(text: string, release?: Release): Identified | undefined {
  return identified(text, release)[0];
}

describe('findings as people paste them', () => {
  const pasted = `[FAIL] 1.1.5 Ensure auditing is configured … /var/lib/docker
[FAIL] 1.1.6 … /etc/docker
[FAIL] 1.1.10
[FAIL] 1.1.13
[FAIL] 2.2 … network traffic is restricted
[FAIL] 2.2 … logging level
[FAIL] 2.17.b … containers are restricted from acquiring additional privileges
[FAIL] 4.5
[FAIL] 5.10 … memory usage
[FAIL] 5.15 … on-failure
[FAIL] 5.18 … SSH
[FAIL] 5.26
[FAIL] 2.14 … legacy registry
[FAIL] 2.15 … daemon.json file permissions
[FAIL] 2.16 … daemon.json file ownership`;
  const expected: readonly [string, 'text' | 'number', RegExp | null][] = [
    ['host/audit-var-lib-docker', 'text', null],
    ['host/audit-etc-docker', 'text', null],
    ['host/audit-etc-default-docker', 'number', null],
    ['host/audit-etc-sysconfig-docker', 'number', null],
    ['daemon/icc-disabled', 'text', null],
    ['daemon/log-level-info', 'text', /^2\.2 is that in CIS Docker 1\.1\.0, 1\.2\.0; the text counts$/],
    ['daemon/no-new-privileges', 'text', /^2\.17\.b is that in Aqua docker-bench cis-1\.2; the text counts$/],
    ['image/content-trust', 'number', null],
    ['container/memory-limit', 'text', null],
    ['container/restart-on-failure-limit', 'text', null],
    ['container/no-sshd', 'text', /^no version means that by 5\.18 \(hullguard checks 5\.18\); the text counts$/],
    [
      'container/no-new-privileges',
      'number',
      /^taken as the newest version means it; it is container\/health-checked in CIS Docker 1\.3\.1 to 1\.5\.0: /,
    ],
    ['community/legacy-registry-v1-disabled', 'text', /^no version means that by 2\.14 .*the text counts$/],
    ['files/daemon-json-mode', 'text', /^no version means that by 2\.15 /],
    ['files/daemon-json-owner', 'text', /^no version means that by 2\.16 /],
  ];
  const found = identified(pasted);
  test.each(expected.map((row, index) => [pasted.split('\n')[index] ?? '', ...row, found[index]] as const))(
    '%s: %s, by its %s',
    (_, check, by, note, each) => {
      expect(each).toMatchObject({ check, by });
      if (note === null) expect(each?.note).toBeNull();
      else expect(each?.note).toMatch(note);
    },
  );

  test.each([
    ['5.26', 'container is restricted from acquiring additional privileges', 'container/no-new-privileges'],
    ['5.25', 'container is restricted from acquiring additional privileges', 'container/no-new-privileges'],
    ['2.14', 'containers are restricted from acquiring new privileges', 'daemon/no-new-privileges'],
    ['2.99', 'restricted from acquiring new privileges', 'daemon/no-new-privileges'],
    ['5.99', 'restricted from acquiring new privileges', 'container/no-new-privileges'],
    ['', 'restricted from acquiring new privileges', null],
    ['', 'content trust', 'image/content-trust'],
    ['', 'something else', null],
    ['9.99', 'something else', null],
    ['4.5', 'something else', 'image/content-trust'],
    ['5.1', 'swarm mode is not enabled', 'swarm/mode-off-unless-needed'],
  ])('[FAIL] %s %s', (number, title, check) => {
    const each = only(`[FAIL] ${number} ${title}`);
    expect(each?.check).toBe(check);
    if (check === null) expect(each?.note).toMatch(/its text (may mean|is not known)|no version has a control/);
  });
});

describe('the release', () => {
  const log = (printed: string, tests: readonly (readonly [string, string])[]): string =>
    JSON.stringify({ dockerbenchsecurity: printed, tests: tests.map(([id, desc]) => ({ id, desc, result: 'WARN' })) });
  const versions = (text: string, release?: Release): string =>
    findSource(parseLog('FILE', text), release)
      .numberings.map(({ kind, version }) => `${kind} ${version}`)
      .join(', ');

  test.each([
    [
      'titles tell 1.6.0 from 1.6.1, which print the same',
      '1.6.0',
      [
        ['5.1', 'AppArmor profile'],
        ['5.10', 'memory usage'],
      ],
      'docker-bench 1.6.0',
    ],
    [
      'and 1.6.1 from 1.6.0',
      '1.6.0',
      [
        ['5.1', 'swarm mode'],
        ['5.11', 'memory usage'],
      ],
      'docker-bench 1.6.1',
    ],
    [
      'both, where the log has nothing that tells',
      '1.6.0',
      [['2.2', 'network traffic is restricted']],
      'docker-bench 1.6.0, docker-bench 1.6.1',
    ],
    ['1.3.3', '1.3.3', [['2.1', 'network traffic is restricted']], 'docker-bench 1.3.3'],
    [
      '1.3.5',
      '1.3.5',
      [
        ['2.17', 'acquiring new privileges restricted'],
        ['1.2.4', '/var/lib/docker'],
      ],
      'docker-bench 1.3.5',
    ],
    ['1.3.6, whose numbers 1.5.0 has, too, in chapter 2', '1.3.6', [['2.14', 'restricted from new privileges']], 'docker-bench 1.3.6'],
    [
      '1.5.0',
      '1.5.0',
      [
        ['3.20', '/etc/default/docker permissions'],
        ['5.10', 'memory usage'],
      ],
      'docker-bench 1.5.0',
    ],
    [
      'its titles before what it prints',
      '1.3.3',
      [
        ['5.11', 'memory usage'],
        ['2.2', 'network traffic is restricted'],
      ],
      'docker-bench 1.6.1',
    ],
    ['without titles what it prints', '1.3.4', [['2.1', '']], 'docker-bench 1.3.4'],
  ] as const)('%s', (_, printed, tests, expected) => {
    expect(versions(log(printed, tests))).toBe(expected);
  });

  test('the one asked for, before all', () => {
    expect(versions(log('1.6.0', [['5.11', 'memory usage']]), '1.3.3')).toBe('docker-bench 1.3.3');
  });

  test.each([
    ['1.3.3', '2.1', 'daemon/icc-disabled'],
    ['1.3.5', '2.17', 'daemon/no-new-privileges'],
    ['1.6.0', '5.10', 'container/memory-limit'],
    ['1.6.1', '5.10', 'container/no-host-network'],
    ['1.3.2', '2.18', 'daemon/userland-proxy-disabled'],
    ['1.6.1', 'C.5.3.4', 'community/no-cap-sys-ptrace'],
  ] as const)('tells what a number without text means: in %s %s is %s', (release, number, check) => {
    expect(only(`[WARN] ${number}`, release)).toMatchObject({ check, by: 'number', note: null });
  });

  test('every number of every release, without text', () => {
    for (const { kind, version, checks: numbers } of numberings.filter((each) => each.kind === 'docker-bench')) {
      const text = [...numbers.keys()].map((number) => `[WARN] ${number}`).join('\n');
      expect(
        identified(text, version as Release).map(({ check }) => check),
        `${kind} ${version}`,
      ).toEqual([...numbers.values()]);
    }
  });
});

describe('titles', () => {
  test('every check that a number may mean is known by words of its own', () => {
    const ids = new Set(checks.map(({ id }) => id));
    const numbered = new Set(numberings.flatMap(({ checks: numbers }) => [...numbers.values()]));
    expect([...numbered].filter((id) => !titledChecks.includes(id))).toEqual([]);
    expect(titledChecks.filter((id) => !ids.has(id))).toEqual([]);
    expect(new Set(titledChecks).size).toBe(titledChecks.length);
  });

  test.each([
    ['auditing … docker daemon', 'host/audit-dockerd'],
    ['auditing … -/run/containerd', 'host/audit-run-containerd'],
    ['auditing … /etc/docker/daemon.json', 'host/audit-daemon-json'],
    ['auditing … /usr/bin/containerd-shim-runc-v2', 'host/audit-containerd-shim-runc-v2'],
    ['auditing … /usr/bin/containerd-shim', 'host/audit-containerd-shim'],
    ['auditing … /usr/bin/docker-runc', 'host/audit-runc-binary'],
    ['/etc/docker directory ownership', 'files/etc-docker-owner'],
    ['Docker socket file permissions', 'files/docker-sock-mode'],
    ['docker.socket file permissions', 'files/docker-socket-unit-mode'],
    ['Containerd socket file ownership', 'files/containerd-sock-owner'],
    ['server certificate key file ownership', 'files/tls-key-owner'],
    ['server certificate file ownership', 'files/tls-cert-owner'],
    ['CA certificates are rotated', 'swarm/ca-rotation'],
    ['default cgroup usage', 'daemon/default-cgroup-parent'],
    ['cgroup usage is confirmed', 'container/cgroup-parent-default'],
    ['user namespace support', 'daemon/userns-remap'],
    ["host's user namespaces are not shared", 'container/no-host-userns'],
    ['daemon-wide custom seccomp profile', 'daemon/seccomp-profile'],
    ['default seccomp profile is not disabled', 'container/seccomp-not-disabled'],
    ['exec commands … privileged option', 'container/exec-not-privileged'],
    ['privileged containers are not used', 'container/no-privileged'],
    ['privileged ports', 'container/no-privileged-host-ports'],
    ['swarm manager is run in auto-lock mode', 'swarm/autolock'],
    ['images are scanned and rebuilt', 'image/scanned-and-rebuilt'],
    ['image vulnerability scanning', 'enterprise/dtr-scanning'],
  ])('%s: %s', (title, check) => {
    expect(checksOfTitle(title)).toEqual([check]);
  });

  test.each(['', '…', 'Docker', 'Ensure that it is not', '/', '[[[', 'constructor'])('%j means none', (title) => {
    expect(checksOfTitle(title)).toEqual([]);
  });
});

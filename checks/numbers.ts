/**
 * What numbers mean beyond the versions of `benchmark.ts`: in the older benchmarks, which were named after engine versions, and in
 * docker-bench-security, whose releases follow a benchmark, though not always the one they print.
 */
import { type BenchmarkVersion, benchmarkVersions, crosswalk } from './benchmark.ts';

const OLD = ['Docker 1.6', 'Docker 1.11.0', 'Docker 1.12.0', 'Docker 1.13.0'] as const;
type Old = (typeof OLD)[number];

const oldTable = `
#                                         1.6    1.11.0 1.12.0 1.13.0
host/separate-partition                   1.1    1.1    1.1    1.1
host/trusted-docker-group                 1.7    1.6    1.6    1.4
host/audit-dockerd                        1.8    1.7    1.7    1.5
host/audit-var-lib-docker                 1.9    1.8    1.8    1.6
host/audit-etc-docker                     1.10   1.9    1.9    1.7
host/audit-docker-service-unit            1.12   1.10   1.10   1.8
host/audit-docker-socket                  1.13   1.11   1.11   1.9
host/audit-etc-default-docker             1.18   1.12   1.12   1.10
host/audit-daemon-json                    -      1.13   1.13   1.11
host/audit-etc-sysconfig-docker           1.14   -      -      -
host/audit-containerd-binary              -      1.14   1.14   1.12
host/audit-runc-binary                    -      1.15   1.15   1.13
host/hardened                             -      1.3    1.3    1.2
host/docker-version-current               1.6    1.5    1.5    1.3
daemon/icc-disabled                       2.2    2.1    2.1    2.1
daemon/log-level-info                     2.3    2.2    2.2    2.2
daemon/iptables-enabled                   2.4    2.3    2.3    2.3
daemon/no-insecure-registries             2.5    2.4    2.4    2.4
daemon/no-aufs                            2.7    2.5    2.5    2.5
daemon/tls-authentication                 2.9    2.6    2.6    2.6
daemon/default-ulimits                    2.10   2.7    2.7    2.7
daemon/userns-remap                       -      2.8    2.8    2.8
daemon/default-cgroup-parent              -      2.9    2.9    2.9
daemon/base-device-size                   -      2.10   2.10   2.10
daemon/authorization-plugin               -      2.11   2.11   2.11
daemon/remote-logging                     6.5    2.12   2.12   2.12
daemon/live-restore                       -      -      2.14   2.14
daemon/userland-proxy-disabled            -      -      2.18   2.18
daemon/seccomp-profile                    -      -      -      2.20
daemon/no-experimental                    -      -      -      2.21
files/docker-service-owner                3.1    3.1    3.1    3.1
files/docker-service-mode                 3.2    3.2    3.2    3.2
files/docker-socket-unit-owner            3.5    3.3    3.3    3.3
files/docker-socket-unit-mode             3.6    3.4    3.4    3.4
files/etc-docker-owner                    3.15   3.5    3.5    3.5
files/etc-docker-mode                     3.16   3.6    3.6    3.6
files/registry-certs-owner                3.17   3.7    3.7    3.7
files/registry-certs-mode                 3.18   3.8    3.8    3.8
files/tls-ca-owner                        3.19   3.9    3.9    3.9
files/tls-ca-mode                         3.20   3.10   3.10   3.10
files/tls-cert-owner                      3.21   3.11   3.11   3.11
files/tls-cert-mode                       3.22   3.12   3.12   3.12
files/tls-key-owner                       3.23   3.13   3.13   3.13
files/tls-key-mode                        3.24   3.14   3.14   3.14
files/docker-sock-owner                   3.25   3.15   3.15   3.15
files/docker-sock-mode                    3.26   3.16   3.16   3.16
files/daemon-json-owner                   -      3.17   3.17   3.17
files/daemon-json-mode                    -      3.18   3.18   3.18
files/etc-default-docker-owner            -      3.19   3.19   3.19
files/etc-default-docker-mode             -      3.20   3.20   3.20
image/non-root-user                       4.1    4.1    4.1    4.1
image/trusted-base                        -      4.2    4.2    4.2
image/minimal-packages                    -      4.3    4.3    4.3
image/scanned-and-rebuilt                 -      4.4    4.4    4.4
image/content-trust                       -      4.5    4.5    4.5
image/healthcheck                         -      -      4.6    4.6
image/update-not-alone                    -      -      4.7    4.7
image/no-setuid-setgid                    -      -      4.8    4.8
image/copy-not-add                        -      -      4.9    4.9
image/no-secrets                          -      -      4.10   4.10
image/verified-packages                   -      -      4.11   4.11
swarm/mode-off-unless-needed              -      -      2.15   2.15
container/apparmor-profile                5.1    5.1    5.1    5.1
container/selinux-options                 5.2    5.2    5.2    5.2
container/capabilities-restricted         5.4    5.3    5.3    5.3
container/no-privileged                   5.5    5.4    5.4    5.4
container/no-sensitive-host-mounts        5.6    5.5    5.5    5.5
container/no-sshd                         5.7    5.6    5.6    5.6
container/no-privileged-host-ports        5.8    5.7    5.7    5.7
container/only-needed-ports               -      5.8    5.8    5.8
container/no-host-network                 5.10   5.9    5.9    5.9
container/memory-limit                    5.11   5.10   5.10   5.10
container/cpu-shares                      5.12   5.11   5.11   5.11
container/read-only-rootfs                5.13   5.12   5.12   5.12
container/bind-specific-interface         5.14   5.13   5.13   5.13
container/restart-on-failure-limit        5.15   5.14   5.14   5.14
container/no-host-pid                     5.16   5.15   5.15   5.15
container/no-host-ipc                     5.17   5.16   5.16   5.16
container/no-host-devices                 5.18   5.17   5.17   5.17
container/ulimit-override-only-if-needed  5.19   5.18   5.18   5.18
container/no-shared-propagation           -      5.19   5.19   5.19
container/no-host-uts                     -      5.20   5.20   5.20
container/seccomp-not-disabled            -      5.21   5.21   5.21
container/exec-not-privileged             -      5.22   5.22   5.22
container/exec-not-root-user              -      5.23   5.23   5.23
container/cgroup-parent-default           -      5.24   5.24   5.24
container/no-new-privileges               -      5.25   5.25   5.25
container/health-checked                  -      -      5.26   5.26
container/image-up-to-date                -      -      5.27   5.27
container/pids-limit                      -      -      5.28   5.28
container/no-default-bridge               -      -      5.29   5.29
container/no-host-userns                  -      -      5.30   5.30
container/no-docker-socket                -      -      5.31   5.31
ops/image-sprawl                          6.6    6.4    6.4    6.4
ops/container-sprawl                      6.7    6.5    6.5    6.5
swarm/manager-count                       -      -      2.16   2.16
swarm/bind-interface                      -      -      2.17   2.17
swarm/overlay-encrypted                   -      -      -      2.19
swarm/secrets-used                        -      -      -      2.22
swarm/autolock                            -      -      -      2.23
swarm/autolock-key-rotated                -      -      -      2.24
community/legacy-registry-v1-disabled     -      2.13   2.13   2.13
`;

/** Release of docker-bench-security → the benchmark whose numbers it uses. 1.6.0 and 1.6.1 both print 1.6.0. */
const RELEASES = {
  '1.1.0': 'Docker 1.11.0',
  '1.2.0': 'Docker 1.12.0',
  '1.3.0': 'Docker 1.13.0',
  '1.3.1': 'Docker 1.13.0',
  '1.3.2': 'Docker 1.13.0',
  '1.3.3': '1.1.0',
  '1.3.4': '1.1.0',
  '1.3.5': '1.2.0',
  '1.3.6': '1.4.0',
  '1.5.0': '1.5.0',
  '1.6.0': '1.5.0',
  '1.6.1': '1.6.0',
} as const satisfies Readonly<Record<string, BenchmarkVersion | Old>>;

export type Release = keyof typeof RELEASES;
export const releases = Object.keys(RELEASES) as readonly Release[];

/** What releases have beside their benchmark: since when, and what. Chapter 8 stayed in them when CIS had dropped it. */
const EXTRAS: readonly { readonly since: Release; readonly numbers: Readonly<Record<string, string>> }[] = [
  { since: '1.3.5', numbers: { 'C.2': 'community/legacy-registry-v1-disabled', ...chapter8() } },
  {
    since: '1.3.6',
    numbers: {
      'C.5.3.1': 'community/no-cap-dac-read-search',
      'C.5.3.2': 'community/no-cap-sys-module',
      'C.5.3.3': 'community/no-cap-sys-admin',
      'C.5.3.4': 'community/no-cap-sys-ptrace',
    },
  },
];

/** Aqua's docker-bench counts two halves of these: `2.17.a` looks at dockerd's command line only, `2.17.b` at daemon.json only. */
const HALVED = [
  'daemon/log-level-info',
  'daemon/tls-authentication',
  'daemon/default-cgroup-parent',
  'daemon/base-device-size',
  'daemon/authorization-plugin',
  'daemon/no-new-privileges',
  'daemon/live-restore',
  'daemon/userland-proxy-disabled',
];

const KINDS = { cis: 'CIS Docker', old: 'CIS for Docker', 'docker-bench': 'docker-bench-security', aqua: 'Aqua docker-bench' } as const;

/** One source of numbers: a benchmark version, an older benchmark, a release of docker-bench-security, a configuration of Aqua's docker-bench. */
export interface Numbering {
  readonly kind: keyof typeof KINDS;
  /** `1.8.0`; of an older benchmark the engine it is named after; `cis-1.2`. */
  readonly version: string;
  /** Number → check. */
  readonly checks: ReadonlyMap<string, string>;
}

function chapter8(): Record<string, string> {
  return Object.fromEntries([...numbersOf('1.2.0')].filter(([number]) => number.startsWith('8.')));
}

function numbersOf(version: BenchmarkVersion | Old): Map<string, string> {
  return new Map(isOld(version) ? oldNumbers(OLD.indexOf(version)) : crosswalkNumbers(version));
}

function isOld(version: BenchmarkVersion | Old): version is Old {
  return version.startsWith('Docker ');
}

function oldNumbers(column: number): [string, string][] {
  return oldTable.split('\n').flatMap((line): [string, string][] => {
    const [id = '', ...cells] = line.split(/\s+/);
    const number = cells[column] ?? '-';
    return number === '-' || id === '#' ? [] : [[number, id]];
  });
}

function crosswalkNumbers(version: BenchmarkVersion): [string, string][] {
  return [...crosswalk].flatMap(([id, places]): [string, string][] => {
    const number = places[version]?.number;
    return number === undefined ? [] : [[number, id]];
  });
}

function releaseNumbers(release: Release): Map<string, string> {
  const extras = EXTRAS.filter(({ since }) => releases.indexOf(release) >= releases.indexOf(since));
  return new Map([...numbersOf(RELEASES[release]), ...extras.flatMap(({ numbers }) => Object.entries(numbers))]);
}

function halves(version: '1.1.0' | '1.2.0'): Map<string, string> {
  const halved = [...numbersOf(version)].filter(([, id]) => HALVED.includes(id));
  return new Map(halved.flatMap(([number, id]) => ['a', 'b'].map((half) => [`${number}.${half}`, id] as const)));
}

/** All sources of numbers, oldest first within their kind. */
export const numberings: readonly Numbering[] = [
  ...benchmarkVersions.map((version): Numbering => ({ kind: 'cis', version, checks: numbersOf(version) })),
  ...OLD.map((version): Numbering => ({ kind: 'old', version: version.slice('Docker '.length), checks: numbersOf(version) })),
  ...releases.map((version): Numbering => ({ kind: 'docker-bench', version, checks: releaseNumbers(version) })),
  { kind: 'aqua', version: 'cis-1.1', checks: halves('1.1.0') },
  { kind: 'aqua', version: 'cis-1.2', checks: halves('1.2.0') },
];

/** Check → the sources in which a number means it, of all sources or of these. What nobody counts by halves (`5.10.a`) means what the whole does. */
export function meaningsOf(number: string, among: readonly Numbering[] = numberings): ReadonlyMap<string, readonly Numbering[]> {
  const sought = number.toLowerCase().replace(/^c/, 'C');
  const found = among.flatMap((numbering) => {
    const id = numbering.checks.get(sought);
    return id === undefined ? [] : [{ id, numbering }];
  });
  const whole = sought.replace(/\.[a-z]$/, '');
  if (found.length === 0 && whole !== sought) return meaningsOf(whole, among);
  return new Map([...Map.groupBy(found, ({ id }) => id)].map(([id, entries]) => [id, entries.map(({ numbering }) => numbering)]));
}

/** `CIS Docker 1.1.0 to 1.5.0; docker-bench-security 1.3.3 to 1.6.0`. */
export function describeNumberings(found: readonly Numbering[]): string {
  return Object.entries(KINDS)
    .flatMap(([kind, name]) => {
      const all = numberings.filter((numbering) => numbering.kind === kind).map(({ version }) => version);
      const own = found.filter((numbering) => numbering.kind === kind).map(({ version }) => version);
      return own.length === 0 ? [] : [`${name} ${span(own, all)}`];
    })
    .join('; ');
}

/** `1.1.0, 1.5.0 to 1.8.0`: neighbours among all told as one range. */
export function span(versions: readonly string[], all: readonly string[]): string {
  const runs: string[][] = [];
  for (const version of versions) {
    const run = runs.at(-1);
    const follows = all.indexOf(version) - 1 === all.indexOf(run?.at(-1) ?? version);
    if (run !== undefined && follows) run.push(version);
    else runs.push([version]);
  }
  return runs.map((run) => (run.length > 2 ? `${run[0]} to ${run.at(-1)}` : run.join(', '))).join(', ');
}

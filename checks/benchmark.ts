/**
 * The crosswalk: every control's number in every version of the CIS Docker Benchmark, and its level. Numbers move between versions
 * (2.16 is live restore in 1.8.0 and the userland proxy in 1.7.0), so nothing persistent is keyed by one.
 * Levels are known for 1.1.0 and from 1.6.0 on; the versions between take the later one.
 */

export const benchmarkVersions = ['1.1.0', '1.2.0', '1.3.1', '1.4.0', '1.5.0', '1.6.0', '1.7.0', '1.8.0'] as const;
export type BenchmarkVersion = (typeof benchmarkVersions)[number];
export const currentBenchmark: BenchmarkVersion = '1.8.0';
export const benchmarkName = 'CIS Docker';

export type Level = 1 | 2;

/** A control's place in one benchmark version. */
export interface Place {
  readonly number: string;
  readonly level: Level;
}

const table = `
#                                         1.1.0  1.2.0  1.3.1  1.4.0  1.5.0  1.6.0  1.7.0  1.8.0  level in 1.1.0, and since 1.6.0
host/separate-partition                   1.1    1.2.1  1.1.1  1.1.1  1.1.1  1.1.1  1.1.1  1.1.1  1 1
host/trusted-docker-group                 1.4    1.2.2  1.1.2  1.1.2  1.1.2  1.1.2  1.1.2  1.1.2  1 1
host/audit-dockerd                        1.5    1.2.3  1.1.3  1.1.3  1.1.3  1.1.3  1.1.3  1.1.3  1 1
host/audit-run-containerd                 -      -      1.1.4  1.1.4  1.1.4  1.1.4  1.1.4  1.1.4  - 1
host/audit-var-lib-docker                 1.6    1.2.4  1.1.5  1.1.5  1.1.5  1.1.5  1.1.5  1.1.5  1 1
host/audit-etc-docker                     1.7    1.2.5  1.1.6  1.1.6  1.1.6  1.1.6  1.1.6  1.1.6  1 1
host/audit-docker-service-unit            1.8    1.2.6  1.1.7  1.1.7  1.1.7  1.1.7  1.1.7  1.1.7  1 2
host/audit-containerd-sock                -      -      1.1.8  1.1.8  1.1.8  1.1.8  1.1.8  1.1.8  - 2
host/audit-docker-socket                  1.9    1.2.7  1.1.9  1.1.9  1.1.9  1.1.9  1.1.9  1.1.9  1 2
host/audit-etc-default-docker             1.10   1.2.8  1.1.10 1.1.10 1.1.10 1.1.10 1.1.10 1.1.10 1 2
host/audit-daemon-json                    1.11   1.2.10 1.1.11 1.1.11 1.1.11 1.1.11 1.1.11 1.1.11 1 2
host/audit-containerd-config              -      -      1.1.12 1.1.12 1.1.12 1.1.12 1.1.12 1.1.12 - 2
host/audit-etc-sysconfig-docker           -      1.2.9  1.1.13 1.1.13 1.1.13 1.1.13 1.1.13 1.1.13 - 2
host/audit-containerd-binary              1.12   1.2.11 1.1.14 1.1.14 1.1.14 1.1.14 1.1.14 1.1.14 1 2
host/audit-containerd-shim                -      -      1.1.15 1.1.15 1.1.15 1.1.15 1.1.15 1.1.15 - 2
host/audit-containerd-shim-runc-v1        -      -      1.1.16 1.1.16 1.1.16 1.1.16 1.1.16 1.1.16 - 2
host/audit-containerd-shim-runc-v2        -      -      1.1.17 1.1.17 1.1.17 1.1.17 1.1.17 1.1.17 - 2
host/audit-runc-binary                    1.13   1.2.12 1.1.18 1.1.18 1.1.18 1.1.18 1.1.18 1.1.18 1 2
host/hardened                             1.2    1.1.1  1.2.1  1.2.1  1.2.1  1.2.1  1.2.1  1.2.1  1 1
host/docker-version-current               1.3    1.1.2  1.2.2  1.2.2  1.2.2  1.2.2  1.2.2  1.2.2  1 1
daemon/rootless                           -      -      2.1    2.1    2.1    2.1    2.1    2.1    - 1
daemon/icc-disabled                       2.1    2.1    2.2    2.2    2.2    2.2    2.2    2.2    1 1
daemon/log-level-info                     2.2    2.2    2.3    2.3    2.3    2.3    2.3    2.3    1 1
daemon/iptables-enabled                   2.3    2.3    2.4    2.4    2.4    2.4    2.4    2.4    1 1
daemon/no-insecure-registries             2.4    2.4    2.5    2.5    2.5    2.5    2.5    2.5    1 1
daemon/no-aufs                            2.5    2.5    2.6    2.6    2.6    2.6    2.6    2.6    1 1
daemon/no-devicemapper                    -      -      -      -      -      -      -      2.7    - 1
daemon/tls-authentication                 2.6    2.6    2.7    2.7    2.7    2.7    2.7    2.8    1 1
daemon/default-ulimits                    2.7    2.7    2.8    2.8    2.8    2.8    2.8    2.9    1 1
daemon/userns-remap                       2.8    2.8    2.9    2.9    2.9    2.9    2.9    2.10   2 2
daemon/default-cgroup-parent              2.9    2.9    2.10   2.10   2.10   2.10   2.10   2.11   2 2
daemon/base-device-size                   2.10   2.10   2.11   2.11   2.11   2.11   2.11   2.12   2 2
daemon/authorization-plugin               2.11   2.11   2.12   2.12   2.12   2.12   2.12   2.13   2 2
daemon/remote-logging                     2.12   2.12   2.13   2.13   2.13   2.13   2.13   2.14   2 2
daemon/no-new-privileges                  2.18   2.17   2.14   2.14   2.14   2.14   2.14   2.15   1 1
daemon/live-restore                       2.14   2.13   2.15   2.15   2.15   2.15   2.15   2.16   1 1
daemon/userland-proxy-disabled            2.15   2.14   2.16   2.16   2.16   2.16   2.16   2.17   1 1
daemon/seccomp-profile                    2.16   2.15   2.17   2.17   2.17   2.17   2.17   2.18   2 2
daemon/no-experimental                    2.17   2.16   2.18   2.18   2.18   2.18   2.18   2.19   1 1
files/docker-service-owner                3.1    3.1    3.1    3.1    3.1    3.1    3.1    3.1    1 1
files/docker-service-mode                 3.2    3.2    3.2    3.2    3.2    3.2    3.2    3.2    1 1
files/docker-socket-unit-owner            3.3    3.3    3.3    3.3    3.3    3.3    3.3    3.3    1 1
files/docker-socket-unit-mode             3.4    3.4    3.4    3.4    3.4    3.4    3.4    3.4    1 1
files/etc-docker-owner                    3.5    3.5    3.5    3.5    3.5    3.5    3.5    3.5    1 1
files/etc-docker-mode                     3.6    3.6    3.6    3.6    3.6    3.6    3.6    3.6    1 1
files/registry-certs-owner                3.7    3.7    3.7    3.7    3.7    3.7    3.7    3.7    1 1
files/registry-certs-mode                 3.8    3.8    3.8    3.8    3.8    3.8    3.8    3.8    1 1
files/tls-ca-owner                        3.9    3.9    3.9    3.9    3.9    3.9    3.9    3.9    1 1
files/tls-ca-mode                         3.10   3.10   3.10   3.10   3.10   3.10   3.10   3.10   1 1
files/tls-cert-owner                      3.11   3.11   3.11   3.11   3.11   3.11   3.11   3.11   1 1
files/tls-cert-mode                       3.12   3.12   3.12   3.12   3.12   3.12   3.12   3.12   1 1
files/tls-key-owner                       3.13   3.13   3.13   3.13   3.13   3.13   3.13   3.13   1 1
files/tls-key-mode                        3.14   3.14   3.14   3.14   3.14   3.14   3.14   3.14   1 1
files/docker-sock-owner                   3.15   3.15   3.15   3.15   3.15   3.15   3.15   3.15   1 1
files/docker-sock-mode                    3.16   3.16   3.16   3.16   3.16   3.16   3.16   3.16   1 1
files/daemon-json-owner                   3.17   3.17   3.17   3.17   3.17   3.17   3.17   3.17   1 2
files/daemon-json-mode                    3.18   3.18   3.18   3.18   3.18   3.18   3.18   3.18   1 2
files/etc-default-docker-owner            3.19   3.19   3.19   3.19   3.19   3.19   3.19   3.19   1 2
files/etc-default-docker-mode             3.20   3.22   3.22   3.22   3.20   3.20   3.20   3.20   1 2
files/etc-sysconfig-docker-mode           -      3.21   3.20   3.20   3.21   3.21   3.21   3.21   - 2
files/etc-sysconfig-docker-owner          -      3.20   3.21   3.21   3.22   3.22   3.22   3.22   - 2
files/containerd-sock-owner               -      -      3.23   3.23   3.23   3.23   3.23   3.23   - 1
files/containerd-sock-mode                -      -      3.24   3.24   3.24   3.24   3.24   3.24   - 1
image/non-root-user                       4.1    4.1    4.1    4.1    4.1    4.1    4.1    4.1    1 1
image/trusted-base                        4.2    4.2    4.2    4.2    4.2    4.2    4.2    4.2    1 1
image/minimal-packages                    4.3    4.3    4.3    4.3    4.3    4.3    4.3    4.3    1 1
image/scanned-and-rebuilt                 4.4    4.4    4.4    4.4    4.4    4.4    4.4    4.4    1 1
image/content-trust                       4.5    4.5    4.5    4.5    4.5    4.5    4.5    4.5    2 2
image/healthcheck                         4.6    4.6    4.6    4.6    4.6    4.6    4.6    4.6    1 1
image/update-not-alone                    4.7    4.7    4.7    4.7    4.7    4.7    4.7    4.7    1 1
image/no-setuid-setgid                    4.8    4.8    4.8    4.8    4.8    4.8    4.8    4.8    2 2
image/copy-not-add                        4.9    4.9    4.9    4.9    4.9    4.9    4.9    4.9    1 1
image/no-secrets                          4.10   4.10   4.10   4.10   4.10   4.10   4.10   4.10   1 1
image/verified-packages                   4.11   4.11   4.11   4.11   4.11   4.11   4.11   4.11   2 2
image/signed-artifacts-validated          -      -      -      4.12   4.12   4.12   4.12   4.12   - 1
swarm/mode-off-unless-needed              7.1    7.1    7.1    7.1    7.1    5.1    5.1    5.1    1 1
container/apparmor-profile                5.1    5.1    5.1    5.1    5.1    5.2    5.2    5.2    1 1
container/selinux-options                 5.2    5.2    5.2    5.2    5.2    5.3    5.3    5.3    2 2
container/capabilities-restricted         5.3    5.3    5.3    5.3    5.3    5.4    5.4    5.4    1 1
container/no-privileged                   5.4    5.4    5.4    5.4    5.4    5.5    5.5    5.5    1 1
container/no-sensitive-host-mounts        5.5    5.5    5.5    5.5    5.5    5.6    5.6    5.6    1 1
container/no-sshd                         5.6    5.6    5.6    5.6    5.6    5.7    5.7    5.7    1 1
container/no-privileged-host-ports        5.7    5.7    5.7    5.7    5.7    5.8    5.8    5.8    1 1
container/only-needed-ports               5.8    5.8    5.8    5.8    5.8    5.9    5.9    5.9    1 1
container/no-host-network                 5.9    5.9    5.9    5.9    5.9    5.10   5.10   5.10   1 1
container/memory-limit                    5.10   5.10   5.10   5.10   5.10   5.11   5.11   5.11   1 1
container/cpu-shares                      5.11   5.11   5.11   5.11   5.11   5.12   5.12   5.12   1 1
container/read-only-rootfs                5.12   5.12   5.12   5.12   5.12   5.13   5.13   5.13   1 1
container/bind-specific-interface         5.13   5.13   5.13   5.13   5.13   5.14   5.14   5.14   1 1
container/restart-on-failure-limit        5.14   5.14   5.14   5.14   5.14   5.15   5.15   5.15   1 1
container/no-host-pid                     5.15   5.15   5.15   5.15   5.15   5.16   5.16   5.16   1 1
container/no-host-ipc                     5.16   5.16   5.16   5.16   5.16   5.17   5.17   5.17   1 1
container/no-host-devices                 5.17   5.17   5.17   5.17   5.17   5.18   5.18   5.18   1 1
container/ulimit-override-only-if-needed  5.18   5.18   5.18   5.18   5.18   5.19   5.19   5.19   1 1
container/no-shared-propagation           5.19   5.19   5.19   5.19   5.19   5.20   5.20   5.20   1 1
container/no-host-uts                     5.20   5.20   5.20   5.20   5.20   5.21   5.21   5.21   1 1
container/seccomp-not-disabled            5.21   5.21   5.21   5.21   5.21   5.22   5.22   5.22   1 1
container/exec-not-privileged             5.22   5.22   5.22   5.22   5.22   5.23   5.23   5.23   2 2
container/exec-not-root-user              5.23   5.23   5.23   5.23   5.23   5.24   5.24   5.24   2 2
container/cgroup-parent-default           5.24   5.24   5.24   5.24   5.24   5.25   5.25   5.25   1 1
container/no-new-privileges               5.25   5.25   5.25   5.25   5.25   5.26   5.26   5.26   1 1
container/health-checked                  5.26   5.26   5.26   5.26   5.26   5.27   5.27   5.27   1 1
container/image-up-to-date                5.27   5.27   5.27   5.27   5.27   5.28   5.28   5.28   1 1
container/pids-limit                      5.28   5.28   5.28   5.28   5.28   5.29   5.29   5.29   1 1
container/no-default-bridge               5.29   5.29   5.29   5.29   5.29   5.30   5.30   5.30   2 2
container/no-host-userns                  5.30   5.30   5.30   5.30   5.30   5.31   5.31   5.31   1 1
container/no-docker-socket                5.31   5.31   5.31   5.31   5.31   5.32   5.32   5.32   1 1
ops/image-sprawl                          6.1    6.1    6.1    6.1    6.1    6.1    6.1    6.1    1 1
ops/container-sprawl                      6.2    6.2    6.2    6.2    6.2    6.2    6.2    6.2    1 1
swarm/manager-count                       7.2    7.2    7.2    7.2    7.2    7.1    7.1    7.1    1 1
swarm/bind-interface                      7.3    7.3    7.3    7.3    7.3    7.2    7.2    7.2    1 1
swarm/overlay-encrypted                   7.4    7.4    7.4    7.4    7.4    7.3    7.3    7.3    1 1
swarm/secrets-used                        7.5    7.5    7.5    7.5    7.5    7.4    7.4    7.4    2 1
swarm/autolock                            7.6    7.6    7.6    7.6    7.6    7.5    7.5    7.5    1 1
swarm/autolock-key-rotated                7.7    7.7    7.7    7.7    7.7    7.6    7.6    7.6    1 1
swarm/node-cert-rotation                  7.8    7.8    7.8    7.8    7.8    7.7    7.7    7.7    2 1
swarm/ca-rotation                         7.9    7.9    7.9    7.9    7.9    7.8    7.8    7.8    2 1
swarm/data-plane-separated                7.10   7.10   7.10   7.10   7.10   7.9    7.9    7.9    2 1
enterprise/ucp-ldap                       -      8.1.1  -      -      -      -      -      -      - 1
enterprise/ucp-external-certs             -      8.1.2  -      -      -      -      -      -      - 1
enterprise/ucp-client-bundles             -      8.1.3  -      -      -      -      -      -      - 1
enterprise/ucp-rbac                       -      8.1.4  -      -      -      -      -      -      - 1
enterprise/ucp-signed-images              -      8.1.5  -      -      -      -      -      -      - 1
enterprise/ucp-session-limit              -      8.1.6  -      -      -      -      -      -      - 1
enterprise/ucp-session-lifetime           -      8.1.7  -      -      -      -      -      -      - 1
enterprise/dtr-scanning                   -      8.2.1  -      -      -      -      -      -      - 1
community/legacy-registry-v1-disabled     2.13   -      -      -      -      -      -      -      1 1
`;

type Places = { readonly [V in BenchmarkVersion]?: Place };

function parseRow(line: string): [string, Places] {
  const [id = '', ...cells] = line.split(/\s+/);
  const [first, since] = cells.slice(benchmarkVersions.length).map((cell) => (cell === '2' ? 2 : 1));
  const places = benchmarkVersions.flatMap((version, column): [BenchmarkVersion, Place][] => {
    const number = cells[column] ?? '-';
    return number === '-' ? [] : [[version, { number, level: (version === '1.1.0' ? first : since) ?? 1 }]];
  });
  return [id, Object.fromEntries(places)];
}

/** Check id → its place in each benchmark version that has it. Checks of our own are not in it. */
export const crosswalk: ReadonlyMap<string, Places> = new Map(
  table
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(parseRow),
);

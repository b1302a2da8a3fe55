/**
 * Which check a title means. Titles differ between benchmark versions and between tools, and belong to others, so each check is known
 * by words of its own.
 */

/**
 * Check, and the words of its titles in any order: a word stands for all that begin with it, `=word` for itself or the end of a path,
 * `!word` must not occur. `|` separates alternatives.
 */
const table = `
host/separate-partition                 partition
host/trusted-docker-group               trusted user
host/audit-dockerd                      audit =daemon | =/usr/bin/dockerd | audit =/usr/bin/docker
host/audit-run-containerd               =/run/containerd
host/audit-var-lib-docker               =/var/lib/docker !partition
host/audit-etc-docker                   =/etc/docker !own !perm
host/audit-docker-service-unit          =docker.service !own !perm
host/audit-containerd-sock              =containerd.sock !own !perm
host/audit-docker-socket                =docker.socket !own !perm | audit =docker.sock
host/audit-etc-default-docker           =/etc/default/docker !own !perm
host/audit-daemon-json                  =daemon.json !own !perm
host/audit-containerd-config            =config.toml
host/audit-etc-sysconfig-docker         =/etc/sysconfig/docker !own !perm
host/audit-containerd-binary            =/usr/bin/containerd | =docker-containerd
host/audit-containerd-shim              =containerd-shim
host/audit-containerd-shim-runc-v1      =containerd-shim-runc-v1
host/audit-containerd-shim-runc-v2      =containerd-shim-runc-v2
host/audit-runc-binary                  =runc | =docker-runc
host/hardened                           host harden
host/docker-version-current             docker =up =to =date
daemon/rootless                         =daemon non-root | rootless
daemon/icc-disabled                     network traffic restrict | network traffic between | =icc
daemon/log-level-info                   log level
daemon/iptables-enabled                 iptables
daemon/no-insecure-registries           insecure regist
daemon/no-aufs                          aufs
daemon/no-devicemapper                  devicemapper
daemon/tls-authentication               tls authentication
daemon/default-ulimits                  default ulimit !overr !overw !runtime
daemon/userns-remap                     user namespace !host
daemon/default-cgroup-parent            default cgroup
daemon/base-device-size                 base device size
daemon/authorization-plugin             authorization
daemon/remote-logging                   remote log | centralized log
daemon/no-new-privileges                restrict acquir privilege | restrict new privilege | restrict additional privilege | no-new-privileges
daemon/live-restore                     live restore
daemon/userland-proxy-disabled          userland proxy
daemon/seccomp-profile                  seccomp daemon | seccomp custom
daemon/no-experimental                  experimental
files/docker-service-owner              =docker.service own
files/docker-service-mode               =docker.service perm
files/docker-socket-unit-owner          =docker.socket own
files/docker-socket-unit-mode           =docker.socket perm
files/etc-docker-owner                  =/etc/docker own
files/etc-docker-mode                   =/etc/docker perm
files/registry-certs-owner              regist certificate own
files/registry-certs-mode               regist certificate perm
files/tls-ca-owner                      =ca certificate own
files/tls-ca-mode                       =ca certificate perm
files/tls-cert-owner                    server certificate own !key
files/tls-cert-mode                     server certificate perm !key
files/tls-key-owner                     certificate key own
files/tls-key-mode                      certificate key perm
files/docker-sock-owner                 docker =socket own !containerd | =docker.sock own
files/docker-sock-mode                  docker =socket perm !containerd | =docker.sock perm
files/daemon-json-owner                 =daemon.json own
files/daemon-json-mode                  =daemon.json perm
files/etc-default-docker-owner          =/etc/default/docker own
files/etc-default-docker-mode           =/etc/default/docker perm
files/etc-sysconfig-docker-mode         =/etc/sysconfig/docker perm
files/etc-sysconfig-docker-owner        =/etc/sysconfig/docker own
files/containerd-sock-owner             containerd =socket own | =containerd.sock own
files/containerd-sock-mode              containerd =socket perm | =containerd.sock perm
image/non-root-user                     user container creat
image/trusted-base                      trusted =base image
image/minimal-packages                  unnecessary package
image/scanned-and-rebuilt               image rebuil
image/content-trust                     content trust
image/healthcheck                       =healthcheck
image/update-not-alone                  update instruction
image/no-setuid-setgid                  setuid setgid
image/copy-not-add                      =copy =add
image/no-secrets                        secret dockerfile
image/verified-packages                 verified package
image/signed-artifacts-validated        signed artifact
swarm/mode-off-unless-needed            swarm mode !manager
container/apparmor-profile              apparmor
container/selinux-options               selinux
container/capabilities-restricted       capabilit restrict
container/no-privileged                 =privileged container !port !exec
container/no-sensitive-host-mounts      sensitive director
container/no-sshd                       =ssh | =sshd
container/no-privileged-host-ports      privileged port
container/only-needed-ports             needed port
container/no-host-network               host network
container/memory-limit                  memory
container/cpu-shares                    cpu
container/read-only-rootfs              root filesystem
container/bind-specific-interface       incoming traffic
container/restart-on-failure-limit      on-failure | restart policy
container/no-host-pid                   process namespace | pid namespace
container/no-host-ipc                   ipc
container/no-host-devices               host device
container/ulimit-override-only-if-needed ulimit overr | ulimit overw | ulimit runtime
container/no-shared-propagation         propagation
container/no-host-uts                   uts
container/seccomp-not-disabled          default seccomp !daemon !custom | seccomp disabled !daemon
container/exec-not-privileged           exec privileged
container/exec-not-root-user            exec user
container/cgroup-parent-default         cgroup usage !default
container/no-new-privileges             restrict acquir privilege | restrict new privilege | restrict additional privilege | no-new-privileges
container/health-checked                health check runtime | container health check
container/image-up-to-date              latest version image
container/pids-limit                    pids limit
container/no-default-bridge             docker0
container/no-host-userns                host user namespace
container/no-docker-socket              docker socket mount | =docker.sock mount
ops/image-sprawl                        image sprawl
ops/container-sprawl                    container sprawl
swarm/manager-count                     manager node
swarm/bind-interface                    swarm service interface
swarm/overlay-encrypted                 overlay encrypt
swarm/secrets-used                      secret management
swarm/autolock                          auto-lock mode | autolock mode
swarm/autolock-key-rotated              auto-lock key rotat | autolock key rotat
swarm/node-cert-rotation                node certificate rotat
swarm/ca-rotation                       =ca certificate rotat
swarm/data-plane-separated              management data plane
enterprise/ucp-ldap                     ldap
enterprise/ucp-external-certs           external certificate
enterprise/ucp-client-bundles           client certificate bundle
enterprise/ucp-rbac                     role-based access | cluster role
enterprise/ucp-signed-images            signed image enforce
enterprise/ucp-session-limit            session limit
enterprise/ucp-session-lifetime         lifetime minutes
enterprise/dtr-scanning                 vulnerability scan
community/no-cap-dac-read-search        cap_dac_read_search
community/no-cap-sys-module             cap_sys_module
community/no-cap-sys-admin              cap_sys_admin
community/no-cap-sys-ptrace             cap_sys_ptrace
community/legacy-registry-v1-disabled   legacy regist
`;

type Test = (words: readonly string[]) => boolean;

interface Row {
  readonly check: string;
  readonly tests: readonly (readonly Test[])[];
}

const rows: readonly Row[] = table
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => {
    const [check = ''] = line.split(' ', 1);
    const alternatives = line.slice(check.length).split('|');
    return { check, tests: alternatives.map((alternative) => alternative.trim().split(' ').map(testOf)) };
  });

function testOf(term: string): Test {
  if (term.startsWith('!')) {
    const forbidden = testOf(term.slice(1));
    return (words) => !forbidden(words);
  }
  if (!term.startsWith('=')) return (words) => words.some((word) => word.startsWith(term));
  const exact = term.slice(1);
  return (words) => words.some((word) => word === exact || word.endsWith(`/${exact}`));
}

/** Checks that a title may mean: none where it is not known, several where its words fit more than one. */
export function checksOfTitle(title: string): string[] {
  const words = title
    .toLowerCase()
    .split(/[^a-z0-9_./-]+/)
    .map((word) => word.replace(/^[-.]+|[-./]+$/g, ''))
    .filter((word) => word !== '');
  return rows.filter(({ tests }) => tests.some((test) => test.every((holds) => holds(words)))).map(({ check }) => check);
}

/** The checks that are known by their titles. */
export const titledChecks: readonly string[] = rows.map(({ check }) => check);

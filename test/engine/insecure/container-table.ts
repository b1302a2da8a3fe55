/** Section 5 on the insecure host, and the checks of our own that belong to it. */
import type { Table } from '../table.ts';

/** Health checks run as sessions, too, and may be seen. */
const ONE_LEFT =
  /^review past sessions are in the audit trail only: ausearch -k docker \((1 of 3|2 of 4|3 of 5) open ones not looked at\)$/;

export const containers: Table = {
  '5.1 swarm/mode-off-unless-needed': { status: 'pass', evidence: { dockerd: 'pass inactive' } },
  // The lab's namespaces have a /sys of their own, without the file systems of AppArmor and SELinux: no engine in it can use either.
  '5.2 container/apparmor-profile': 'not-applicable: the engine runs without AppArmor',
  '5.3 container/selinux-options': 'not-applicable: SELinux is not enabled on this host',
  '5.4 container/capabilities-restricted': {
    status: 'fail',
    containers: 'fail keeps NET_RAW',
    only: {
      'cap-add': 'fail adds NET_ADMIN, SYS_ADMIN; keeps NET_RAW',
      'cap-all': 'fail adds ALL; keeps NET_RAW',
      'cap-danger': 'fail adds DAC_READ_SEARCH, SYS_MODULE, SYS_PTRACE; keeps NET_RAW',
      'cap-drop-all': 'fail adds CHOWN',
      'cap-drop-raw': 'pass drops NET_RAW',
      privileged: 'fail privileged: all capabilities',
    },
  },
  '5.5 container/no-privileged': { status: 'fail', containers: 'pass Privileged=false', only: { privileged: 'fail Privileged=true' } },
  '5.6 container/no-sensitive-host-mounts': {
    status: 'fail',
    containers: 'not-applicable no bind mounts',
    only: {
      'mount-dots': 'fail /etc/ssl on /ssl (read-only)',
      'mount-etc': 'fail /etc on /host-etc',
      'mount-harmless': 'pass none',
      'mount-link': 'fail /etc (as /lab/link-to-etc) on /data',
      'mount-root': 'fail / on /host (read-only)',
      'mount-shared': 'pass none',
      'mount-socket': 'pass none',
      'mount-socket-parent': 'fail /lab on /engine',
      'mount-var-lib': 'fail /var/lib on /host-var-lib (read-only)',
      'mount-volume': 'fail /etc (as /lab/data/volumes/behind-etc/_data) on /data',
    },
  },
  '5.7 container/no-sshd': {
    status: 'fail',
    containers: 'pass none',
    stopped: 'not-applicable no processes',
    only: { sshd: 'fail sshd' },
  },
  '5.8 container/no-privileged-host-ports': {
    status: 'fail',
    containers: 'not-applicable no published ports',
    only: {
      'host-network': 'not-applicable on the host’s network, nothing is published',
      'joins-host': 'not-applicable on the host’s network, nothing is published',
      'joins-joined': 'not-applicable on the host’s network, nothing is published',
      'port-all': 'pass 0.0.0.0:8080 → 80/tcp, [::]:8080 → 80/tcp',
      'port-exposed': /^pass 0\.0\.0\.0:\d+ → 9000\/tcp, \[::\]:\d+ → 9000\/tcp$/,
      'port-loopback': 'pass 127.0.0.1:8081 → 80/tcp',
      'port-low': 'fail 127.0.0.1:443 → 80/tcp',
      'port-stopped': 'fail 0.0.0.0:81 → 80/tcp',
      'port-v6': 'pass [::]:8082 → 80/tcp',
    },
  },
  '5.9 container/only-needed-ports': {
    status: 'fail',
    containers: 'not-applicable no published ports',
    only: {
      'host-network': 'not-applicable on the host’s network, nothing is published',
      'joins-host': 'not-applicable on the host’s network, nothing is published',
      'joins-joined': 'not-applicable on the host’s network, nothing is published',
      'port-all': 'review 0.0.0.0:8080 → 80/tcp, [::]:8080 → 80/tcp; policy.publishedPorts says nothing',
      'port-exposed': 'fail publishes every exposed port (-P)',
      'port-loopback': 'review 127.0.0.1:8081 → 80/tcp; policy.publishedPorts says nothing',
      'port-low': 'review 127.0.0.1:443 → 80/tcp; policy.publishedPorts says nothing',
      'port-stopped': 'review 0.0.0.0:81 → 80/tcp; policy.publishedPorts says nothing',
      'port-v6': 'review [::]:8082 → 80/tcp; policy.publishedPorts says nothing',
    },
  },
  '5.10 container/no-host-network': {
    status: 'fail',
    containers: { bookworm: 'pass NetworkMode=default', trixie: 'pass NetworkMode=bridge', sid: 'pass NetworkMode=bridge' },
    only: {
      'host-network': 'fail NetworkMode=host',
      'joins-bridge': {
        bookworm: 'pass NetworkMode=default (through plain)',
        trixie: 'pass NetworkMode=bridge (through plain)',
        sid: 'pass NetworkMode=bridge (through plain)',
      },
      'joins-host': 'fail NetworkMode=host (through host-network)',
      'joins-joined': 'fail NetworkMode=host (through joins-host, host-network)',
      'net-none': 'pass NetworkMode=none',
      'net-own': 'pass NetworkMode=lab-net',
    },
  },
  '5.11 container/memory-limit': {
    status: 'fail',
    containers: 'fail no limit',
    only: {
      memory: 'pass 64 MiB',
      'memory-huge': /^fail 1024000000 MiB: no less than the host has \(\d+ MiB\) \(container is created\)$/,
    },
  },
  '5.12 container/cpu-shares': {
    status: 'fail',
    containers: 'fail none',
    only: {
      'cpu-quota': 'pass CpuQuota=20000',
      'cpu-shares': 'pass CpuShares=512',
      'cpu-shares-default': 'fail CpuShares=1024',
      cpus: 'pass 0.5 CPUs',
      cpuset: 'pass CPUs 0',
    },
  },
  '5.13 container/read-only-rootfs': {
    status: 'fail',
    containers: 'fail ReadonlyRootfs=false',
    only: { 'read-only': 'pass ReadonlyRootfs=true' },
  },
  '5.14 container/bind-specific-interface': {
    status: 'fail',
    containers: 'not-applicable no published ports',
    only: {
      'host-network': 'not-applicable on the host’s network, nothing is published',
      'joins-host': 'not-applicable on the host’s network, nothing is published',
      'joins-joined': 'not-applicable on the host’s network, nothing is published',
      'port-all': 'fail 0.0.0.0:8080 → 80/tcp, [::]:8080 → 80/tcp',
      'port-exposed': /^fail 0\.0\.0\.0:\d+ → 9000\/tcp, \[::\]:\d+ → 9000\/tcp$/,
      'port-loopback': 'pass 127.0.0.1:8081 → 80/tcp',
      'port-low': 'pass 127.0.0.1:443 → 80/tcp',
      'port-stopped': 'fail 0.0.0.0:81 → 80/tcp',
      'port-v6': 'fail [::]:8082 → 80/tcp',
    },
  },
  '5.15 container/restart-on-failure-limit': {
    status: 'fail',
    containers: 'pass never restarts',
    only: {
      'restart-5': 'pass on-failure:5',
      'restart-6': 'fail on-failure:6',
      'restart-always': 'fail always',
      'restart-endless': 'fail on-failure without limit',
      'restart-unless-stopped': 'fail unless-stopped',
    },
  },
  '5.16 container/no-host-pid': {
    status: 'fail',
    containers: 'pass PidMode not set',
    only: {
      'host-pid': 'fail PidMode=host',
      'joins-host': 'fail PidMode=host (through host-pid)',
      'joins-joined': 'fail PidMode=host (through joins-host, host-pid)',
    },
  },
  '5.17 container/no-host-ipc': {
    status: 'fail',
    containers: 'pass IpcMode=private',
    only: {
      'donor-ipc': 'pass IpcMode=shareable',
      'host-ipc': 'fail IpcMode=host',
      'joins-joined': 'pass IpcMode=shareable (through donor-ipc)',
    },
  },
  '5.18 container/no-host-devices': {
    status: 'fail',
    containers: 'pass none',
    only: {
      device: 'fail /dev/null (rw)',
      'device-rule': 'fail rule "c 1:3 rwm"',
      privileged: 'fail privileged: every device of the host',
    },
  },
  '5.19 container/ulimit-override-only-if-needed': {
    status: 'manual',
    containers: 'pass none',
    only: { ulimit: 'review overrides nproc; policy.allowedUlimits says nothing' },
  },
  '5.20 container/no-shared-propagation': {
    status: 'fail',
    containers: 'not-applicable no mounts',
    only: {
      'mount-dots': 'pass none',
      'mount-etc': 'pass none',
      'mount-harmless': 'pass none',
      'mount-link': 'pass none',
      'mount-root': 'pass none',
      'mount-shared': 'fail /lab/data-of-app on /data is rshared',
      'mount-socket': 'pass none',
      'mount-socket-parent': 'pass none',
      'mount-var-lib': 'pass none',
      'mount-volume': 'pass none',
      secrets: 'pass none',
    },
  },
  '5.21 container/no-host-uts': { status: 'fail', containers: 'pass UTSMode not set', only: { 'host-uts': 'fail UTSMode=host' } },
  '5.22 container/seccomp-not-disabled': {
    status: 'fail',
    containers: { bookworm: 'pass the daemon’s default profile', trixie: 'fail no filter in force', sid: 'fail no filter in force' },
    stopped: {
      bookworm: 'pass the daemon’s default profile',
      trixie: 'fail the daemon’s default is unconfined',
      sid: 'fail the daemon’s default is unconfined',
    },
    only: {
      privileged: 'fail privileged: no filter',
      'seccomp-allow-all': 'fail seccomp=(profile that forbids nothing)',
      'seccomp-custom': /^pass seccomp=\(custom profile sha256:[0-9a-f]{64}\)$/,
      'seccomp-unconfined': 'fail seccomp=unconfined',
    },
  },
  '5.23 container/exec-not-privileged': {
    status: 'fail',
    evidence: {
      'container exec-privileged, exec session': /^fail a privileged session: sleep 100000 \(since 20.* UTC\)$/,
      'container exec-root, exec session': 'pass an unprivileged session',
      'exec sessions': ONE_LEFT,
    },
  },
  '5.24 container/exec-not-root-user': {
    status: 'fail',
    evidence: {
      'container exec-privileged, exec session': 'pass a session as the container’s user',
      'container exec-root, exec session': /^fail a session as 0: sleep 100000 \(since 20.* UTC\)$/,
      'exec sessions': ONE_LEFT,
    },
  },
  '5.25 container/cgroup-parent-default': { status: 'fail', containers: 'pass not set', only: { 'cgroup-parent': 'fail other.slice' } },
  '5.26 container/no-new-privileges': {
    status: 'fail',
    containers: 'fail not set',
    only: {
      'nnp-false': 'fail no-new-privileges=false (switched off for it)',
      'nnp-off': 'fail no-new-privileges=false (switched off for it)',
      'nnp-one': 'pass no-new-privileges',
      'nnp-true': 'pass no-new-privileges',
      'nnp-word': 'pass in force (NoNewPrivs: 1)',
    },
  },
  '5.27 container/health-checked': {
    status: 'fail',
    containers: 'fail none',
    stopped: 'not-applicable not running',
    only: { 'health-bad': 'pass unhealthy', 'health-good': 'pass healthy' },
  },
  '5.28 container/image-up-to-date': {
    status: 'fail',
    containers: 'review busybox:lab: compare with the registry',
    only: {
      built: 'review web:1: compare with the registry',
      stale: 'fail moved:1 here is a newer image than the one it runs',
    },
  },
  '5.29 container/pids-limit': { status: 'fail', containers: 'fail no limit', only: { pids: 'pass PidsLimit=100' } },
  '5.30 container/no-default-bridge': {
    status: 'fail',
    containers: 'fail bridge',
    only: {
      'host-network': 'pass host',
      'joins-bridge': 'fail bridge (through plain)',
      'joins-host': 'pass host (through host-network)',
      'joins-joined': 'pass host (through joins-host, host-network)',
      'net-none': 'pass none',
      'net-own': 'pass lab-net',
    },
  },
  '5.31 container/no-host-userns': {
    status: 'fail',
    containers: 'pass not set, but dockerd remaps nobody (daemon/userns-remap)',
    only: { 'host-userns': 'fail UsernsMode=host' },
  },
  '5.32 container/no-docker-socket': {
    status: 'fail',
    containers: 'pass none',
    only: {
      'mount-root': 'fail / on /host (read-only)',
      'mount-socket': 'fail /lab/docker.sock on /var/run/docker.sock (read-only)',
      'mount-socket-parent': 'fail /lab on /engine',
    },
  },
  'container/healthy': {
    status: 'fail',
    containers: 'not-applicable no health check',
    only: { 'health-bad': 'fail unhealthy', 'health-good': 'pass healthy' },
  },
};

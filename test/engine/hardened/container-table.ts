/** Sections 4 to 7 on the hardened host, and the checks of our own that belong to them. */
import type { Table } from '../table.ts';

export const imagesAndContainers: Table = {
  '4.1 image/non-root-user': {
    status: 'pass',
    containers: 'pass uid 1000',
    stopped: 'pass User=1000',
    evidence: { 'image registry.example/app:1': 'pass User=web' },
  },
  '4.2 image/trusted-base': {
    status: 'manual',
    evidence: { 'image registry.example/app:1': 'review built or loaded here: its provenance is that of its build' },
  },
  '4.3 image/minimal-packages': {
    status: 'manual',
    evidence: {
      host: 'review nobody has attested a package list of each image in use, compared with what its service needs',
    },
  },
  '4.4 image/scanned-and-rebuilt': {
    status: 'manual',
    evidence: {
      host: 'review nobody has attested a recent scan of every image in use without fixable high or critical flaws',
    },
  },
  '4.5 image/content-trust': { status: 'pass', evidence: { '/etc/environment': 'pass DOCKER_CONTENT_TRUST=1' } },
  '4.6 image/healthcheck': { status: 'pass', evidence: { 'image registry.example/app:1': 'pass declared' } },
  '4.7 image/update-not-alone': { status: 'pass', evidence: { 'image registry.example/app:1': 'pass none' } },
  '4.8 image/no-setuid-setgid': {
    status: 'manual',
    evidence: {
      host: 'review nobody has attested a list of setuid and setgid files in each image in use (find / -perm /6000)',
    },
  },
  '4.9 image/copy-not-add': { status: 'pass', evidence: { 'image registry.example/app:1': 'pass none' } },
  '4.10 image/no-secrets': {
    status: 'pass',
    evidence: { 'image registry.example/app:1': 'pass no name like a secret; file contents are not searched' },
  },
  '4.11 image/verified-packages': {
    status: 'manual',
    evidence: {
      'image registry.example/app:1': 'review no sign of unverified packages; attest the build process',
    },
  },
  '4.12 image/signed-artifacts-validated': {
    status: 'manual',
    evidence: { host: 'review nobody has attested the pipeline step that verifies signatures before the upload' },
  },
  '5.1 swarm/mode-off-unless-needed': { status: 'pass', evidence: { dockerd: 'pass inactive' } },
  // The lab's namespaces have a /sys of their own, without the file systems of AppArmor and SELinux: no engine in it can use either.
  '5.2 container/apparmor-profile': 'not-applicable: the engine runs without AppArmor',
  '5.3 container/selinux-options': 'not-applicable: SELinux is not enabled on this host',
  '5.4 container/capabilities-restricted': { status: 'pass', containers: 'pass drops ALL' },
  '5.5 container/no-privileged': { status: 'pass', containers: 'pass Privileged=false' },
  '5.6 container/no-sensitive-host-mounts': { status: 'not-applicable', containers: 'not-applicable no bind mounts' },
  '5.7 container/no-sshd': { status: 'pass', containers: 'pass none', stopped: 'not-applicable no processes' },
  '5.8 container/no-privileged-host-ports': {
    status: 'pass',
    containers: 'pass 127.0.0.1:8443 → 8443/tcp',
    stopped: 'not-applicable no published ports',
    only: { worker: 'not-applicable no published ports' },
  },
  '5.9 container/only-needed-ports': {
    status: 'pass',
    containers: 'pass 127.0.0.1:8443 → 8443/tcp (by policy.publishedPorts)',
    stopped: 'not-applicable no published ports',
    only: { worker: 'not-applicable no published ports' },
  },
  '5.10 container/no-host-network': { status: 'pass', containers: 'pass NetworkMode=app' },
  '5.11 container/memory-limit': { status: 'pass', containers: 'pass 64 MiB' },
  '5.12 container/cpu-shares': { status: 'pass', containers: 'pass 0.5 CPUs' },
  '5.13 container/read-only-rootfs': { status: 'pass', containers: 'pass ReadonlyRootfs=true' },
  '5.14 container/bind-specific-interface': {
    status: 'pass',
    containers: 'pass 127.0.0.1:8443 → 8443/tcp',
    stopped: 'not-applicable no published ports',
    only: { worker: 'not-applicable no published ports' },
  },
  '5.15 container/restart-on-failure-limit': {
    status: 'pass',
    containers: 'pass on-failure:5',
    stopped: 'pass never restarts',
    only: { worker: 'pass never restarts' },
  },
  '5.16 container/no-host-pid': { status: 'pass', containers: 'pass PidMode not set' },
  '5.17 container/no-host-ipc': { status: 'pass', containers: 'pass IpcMode=private' },
  '5.18 container/no-host-devices': { status: 'pass', containers: 'pass none' },
  '5.19 container/ulimit-override-only-if-needed': { status: 'pass', containers: 'pass none' },
  '5.20 container/no-shared-propagation': { status: 'pass', containers: 'not-applicable no mounts', only: { worker: 'pass none' } },
  '5.21 container/no-host-uts': { status: 'pass', containers: 'pass UTSMode not set' },
  '5.22 container/seccomp-not-disabled': { status: 'pass', containers: 'pass the daemon’s default profile' },
  '5.23 container/exec-not-privileged': {
    status: 'manual',
    evidence: {
      'container worker, exec session': 'pass an unprivileged session',
      'exec sessions': 'review past sessions are in the audit trail only: ausearch -k docker',
    },
  },
  '5.24 container/exec-not-root-user': {
    status: 'manual',
    evidence: {
      'container worker, exec session': 'pass a session as the container’s user',
      'exec sessions': 'review past sessions are in the audit trail only: ausearch -k docker',
    },
  },
  '5.25 container/cgroup-parent-default': { status: 'pass', containers: 'pass not set' },
  '5.26 container/no-new-privileges': {
    status: 'pass',
    containers: 'pass in force (NoNewPrivs: 1)',
    stopped: 'pass no-new-privileges',
  },
  '5.27 container/health-checked': { status: 'pass', containers: 'pass starting', stopped: 'not-applicable not running' },
  // An image gets a digest from a registry only, and the lab has none: no container here can be pinned.
  '5.28 container/image-up-to-date': { status: 'manual', containers: 'review registry.example/app:1: compare with the registry' },
  '5.29 container/pids-limit': { status: 'pass', containers: 'pass PidsLimit=50' },
  '5.30 container/no-default-bridge': { status: 'pass', containers: 'pass app' },
  '5.31 container/no-host-userns': { status: 'pass', containers: 'pass not set: remapped' },
  '5.32 container/no-docker-socket': { status: 'pass', containers: 'pass none' },
  'container/healthy': { status: 'pass', containers: 'pass starting', stopped: 'not-applicable no health check' },
  '6.1 ops/image-sprawl': { status: 'pass', evidence: { images: 'pass 0 of 1 unused' } },
  '6.2 ops/container-sprawl': { status: 'pass', evidence: { containers: 'pass 1 of 3 stopped' } },
  '7.1 swarm/manager-count': 'not-applicable: swarm mode is inactive',
  '7.2 swarm/bind-interface': 'not-applicable: swarm mode is inactive',
  '7.3 swarm/overlay-encrypted': 'not-applicable: swarm mode is inactive',
  '7.4 swarm/secrets-used': 'not-applicable: swarm mode is inactive',
  '7.5 swarm/autolock': 'not-applicable: swarm mode is inactive',
  '7.6 swarm/autolock-key-rotated': 'not-applicable: swarm mode is inactive',
  '7.7 swarm/node-cert-rotation': 'not-applicable: swarm mode is inactive',
  '7.8 swarm/ca-rotation': 'not-applicable: swarm mode is inactive',
  '7.9 swarm/data-plane-separated': 'not-applicable: swarm mode is inactive',
  'community/no-cap-dac-read-search': { status: 'pass', containers: 'pass not granted' },
  'community/no-cap-sys-admin': { status: 'pass', containers: 'pass not granted' },
  'community/no-cap-sys-module': { status: 'pass', containers: 'pass not granted' },
  'community/no-cap-sys-ptrace': { status: 'pass', containers: 'pass not granted' },
};

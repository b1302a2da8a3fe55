/**
 * Where docker-bench-security is known to be wrong: what makes it warn about a good host (`warns`), and pass a bad one (`passes`). Each was
 * read in its code or seen in a run; what is not here is not known.
 */

interface Habit {
  /** A check, or all whose ids begin so and end so: `files/*-mode`. */
  readonly of: string;
  readonly warns?: string;
  readonly passes?: string;
}

const READS_FILE = 'it reads dockerd’s command line and daemon.json, not what dockerd runs with';
const FLAG_NAME = 'it takes the name of the flag or key for "on", whatever its value, and reads the file, not what dockerd runs with';
const JOINED = 'it does not follow container:ID to a container that shares the host’s';

const habits: readonly Habit[] = [
  {
    of: 'host/audit-*',
    warns:
      'it looks for the path in auditctl -l: a rule on a directory above it does not count, and without permission to read rules it warns, too',
    passes: 'any rule whose text has the path in it counts: one that excludes it, one for reading only, or one on a longer path',
  },
  {
    of: 'host/separate-partition',
    warns: 'run in a container it sees the mounts of that container',
    passes: 'it looks at the data root only, not where containerd keeps images',
  },
  { of: 'host/trusted-docker-group', passes: 'it compares names by their parts, and does not see users whose primary group is docker' },
  { of: 'host/docker-version-current', passes: 'it passes every version' },
  { of: 'daemon/icc-disabled', warns: `${READS_FILE}; under dash its test fails`, passes: READS_FILE },
  { of: 'daemon/log-level-info', passes: 'it does not reach the command line, and does not know "debug": true' },
  { of: 'daemon/iptables-enabled', passes: `${READS_FILE}; under dash it always passes` },
  { of: 'daemon/no-insecure-registries', warns: READS_FILE, passes: `${READS_FILE}; under dash it does not read the file` },
  {
    of: 'daemon/tls-authentication',
    warns: 'it does not recognise tlsverify in daemon.json',
    passes: 'it sees only some ways to write a TCP address, and takes --tlsverify=false for on',
  },
  { of: 'daemon/default-ulimits', passes: 'any limits at all satisfy it' },
  { of: 'daemon/userns-remap', warns: `it does not know rootless mode, and ${READS_FILE}`, passes: 'an empty value passes' },
  { of: 'daemon/default-cgroup-parent', passes: 'its test of daemon.json can never match' },
  { of: 'daemon/authorization-plugin', warns: READS_FILE, passes: 'a name is enough' },
  { of: 'daemon/remote-logging', passes: 'every driver but json-file passes, also none and local' },
  { of: 'daemon/no-new-privileges', warns: READS_FILE, passes: FLAG_NAME },
  { of: 'daemon/live-restore', passes: '--live-restore=false passes' },
  { of: 'daemon/userland-proxy-disabled', warns: READS_FILE, passes: READS_FILE },
  { of: 'files/registry-certs-*', passes: 'it looks at *.crt only, not at keys, and an empty directory passes' },
  {
    of: 'files/docker-sock-owner',
    warns: 'it wants the group docker, whatever group dockerd is told to use',
    passes: 'it looks at /var/run/docker.sock only',
  },
  {
    of: 'files/*-mode',
    warns: 'it does not follow a symbolic link, whose own mode is 777',
    passes: 'it compares modes as decimal numbers: 606 passes for 644',
  },
  {
    of: 'image/non-root-user',
    warns: 'it makes no difference for user namespaces and rootless mode',
    passes: 'it does not know 0:0 and root:root as root',
  },
  { of: 'image/content-trust', warns: 'it reads the environment it was started in', passes: 'it reads the environment it was started in' },
  { of: 'image/healthcheck', warns: 'it lists images that nothing uses, too', passes: 'HEALTHCHECK NONE passes' },
  { of: 'swarm/mode-off-unless-needed', warns: 'it cannot be told that a swarm is intended' },
  { of: 'container/apparmor-profile', warns: 'it warns on hosts without AppArmor, too' },
  { of: 'container/selinux-options', warns: 'it warns on hosts without SELinux, too', passes: 'any security option satisfies it' },
  {
    of: 'container/capabilities-restricted',
    passes: 'it ignores dropped capabilities, allows NET_RAW, and does not count what privileged gives',
  },
  {
    of: 'container/no-sensitive-host-mounts',
    warns: 'it takes a path inside the container for one on the host',
    passes: 'it looks for exact directories mounted for writing: what lies in them, or read-only, passes',
  },
  { of: 'container/no-sshd', passes: 'where the image has no ps, it passes' },
  { of: 'container/no-privileged-host-ports', warns: 'it counts port 1024', passes: 'it skips what is published on IPv6 only' },
  { of: 'container/only-needed-ports', warns: 'it warns about every published port' },
  { of: 'container/bind-specific-interface', passes: 'it does not know the IPv6 wildcard [::]' },
  { of: 'container/no-host-network', passes: JOINED },
  { of: 'container/no-host-pid', passes: JOINED },
  { of: 'container/no-host-ipc', passes: JOINED },
  { of: 'container/memory-limit', warns: 'it looks at the container’s own setting only' },
  { of: 'container/cpu-shares', warns: 'it looks at shares, and since 2023 at CPUs: quota and cpuset do not count' },
  {
    of: 'container/restart-on-failure-limit',
    warns: 'it warns about services of a swarm',
    passes: 'it looks at the retry count only: always, unless-stopped and on-failure without a limit pass',
  },
  { of: 'container/no-host-devices', passes: 'it does not see device requests and cgroup rules' },
  {
    of: 'container/seccomp-not-disabled',
    passes: 'it does not see that privileged, or an unconfined default of the daemon, switches seccomp off',
  },
  { of: 'container/cgroup-parent-default', warns: 'it warns about every parent that is set' },
  {
    of: 'container/no-new-privileges',
    passes: 'the daemon’s setting satisfies it, also for containers made before; so does no-new-privileges:false',
  },
  { of: 'container/no-default-bridge', passes: 'it knows the bridge docker0 only' },
  {
    of: 'container/no-docker-socket',
    passes: 'it looks for the name docker.sock: a mounted directory above it, or another socket, passes',
  },
  { of: 'swarm/manager-count', warns: 'it counts leaders, and warns on workers', passes: 'it counts leaders: there is always one' },
  { of: 'swarm/overlay-encrypted', warns: 'it counts the ingress network, too' },
  { of: 'swarm/autolock', warns: 'it warns on workers' },
  { of: 'swarm/node-cert-rotation', warns: 'it passes an expiry of two days only' },
];

/** What docker-bench-security is known to do in a check, in that direction; null where nothing is known. */
export function habitOf(check: string, direction: 'warns' | 'passes'): string | null {
  return habits.find((habit) => matches(habit.of, check) && habit[direction] !== undefined)?.[direction] ?? null;
}

/** What the table speaks of. */
export const habitual: readonly string[] = habits.map(({ of }) => of);

export function matches(pattern: string, check: string): boolean {
  const [head = '', tail] = pattern.split('*');
  return tail === undefined ? check === pattern : check.startsWith(head) && check.endsWith(tail);
}

/** How each check that hullguard can mend is broken on a whole host. */
import type { Suite } from '../../lab/engine.ts';

export interface Row {
  /** Each is mended by an apply of its own, in this order. */
  readonly checks: readonly string[];
  /** All by one apply instead, but for these, which another has to mend before. */
  readonly atOnce?: readonly string[];
  /** Bash that makes all of them fail. */
  readonly spoil: string;
  /** The configuration: YAML. */
  readonly config?: string;
  /** Where the check means something; everywhere when left out. */
  readonly suites?: readonly Suite[];
  /** What a rollback does not make fail again: dockerd cannot take the limit away, and what stands in its place is as good as one. */
  readonly stays?: readonly string[];
}

/** Files and audit rules are no business of the engine's; these two have other paths and another auditctl. */
const TWO: readonly Suite[] = ['bookworm', 'trixie'];

/** daemon.json in every hand: each is to come back as it was. */
const settings: Readonly<Record<string, Row>> = {
  'icc, without any daemon.json': {
    checks: ['daemon/icc-disabled'],
    spoil: 'rm -f /etc/docker/daemon.json && restart-docker',
  },
  'icc, with tabs and without a final line break': {
    checks: ['daemon/icc-disabled'],
    spoil: String.raw`set-json '{\n\t"icc" : true,\n\t"labels" : [ "kept\\u002das=is" ]\n}'`,
  },
  'log level, with line breaks of Windows': {
    checks: ['daemon/log-level-info'],
    spoil: String.raw`set-json '{\r\n    "log-level": "debug",\r\n    "debug": true,\r\n\r\n    "labels": []\r\n}\r\n'`,
  },
  'packet filter, minified': {
    checks: ['daemon/iptables-enabled'],
    spoil: `set-json '{"iptables":false,"labels":["a=b"]}'`,
  },
  'packet filter of IPv6': {
    checks: ['daemon/ip6tables-enabled'],
    spoil: `set-json '{"ip6tables": false}'`,
    suites: ['sid'],
  },
  'insecure registries, which a reload takes back': {
    checks: ['daemon/no-insecure-registries'],
    spoil: String.raw`set-json '{\n  "insecure-registries": [\n    "registry.example:5000"\n  ]\n}\n'`,
  },
  'live restore, which a reload turns on': {
    checks: ['daemon/live-restore'],
    spoil: `set-json '{ "labels": [] }'`,
  },
  'limits for all containers, on one line': {
    checks: ['daemon/default-ulimits'],
    spoil: `set-json '{"default-ulimits": {"nofile": {"Name": "nofile", "Hard": 99999, "Soft": 1024}}}'`,
    config: 'policy:\n  defaultUlimits: { nofile: 65536, nproc: 4096 }\n',
  },
  'new privileges, with an empty object': {
    checks: ['daemon/no-new-privileges'],
    spoil: String.raw`set-json '{}\n'`,
  },
  'userland proxy, among blank lines': {
    checks: ['daemon/userland-proxy-disabled'],
    spoil: String.raw`set-json '\n{\n\n  "labels": ["a=b"]\n\n}\n\n'`,
  },
  'experimental features': {
    checks: ['daemon/no-experimental'],
    spoil: String.raw`set-json '{"experimental"\n:\ntrue}\n'`,
  },
  'a setting in each cost at once': {
    checks: ['daemon/live-restore', 'daemon/icc-disabled', 'daemon/no-new-privileges', 'daemon/log-level-info'],
    atOnce: [],
    spoil: String.raw`set-json '{\n  "debug": true\n}\n'`,
  },
};

/** In a daemon.json with these further members. */
const spoilFiles = (members = ''): string => `
set -e
certs=/etc/docker/certs.d/registry.example
mkdir -p $certs /etc/docker/tls /etc/sysconfig
set-json '{"tlscacert": "/etc/docker/tls/ca.pem", "tlscert": "/etc/docker/tls/cert.pem", "tlskey": "/etc/docker/tls/key.pem"${members}}'
for file in $certs/{ca.crt,client.key} /etc/docker/tls/{ca,cert,key}.pem /etc/sysconfig/docker; do echo any >$file; done
all=($certs/* /etc/docker/tls/* /etc/sysconfig/docker /etc/default/docker /etc/docker/daemon.json)
mark-files "\${all[@]}"
chown daemon:mail "\${all[@]}" /usr/lib/systemd/system/docker.{service,socket}
chmod 666 "\${all[@]}" /usr/lib/systemd/system/docker.{service,socket}
mark-files /etc/docker
chown daemon:mail /etc/docker
chmod 2777 /etc/docker`;

const SPOIL_SOCKETS =
  'chown daemon:mail /run/docker.sock /run/containerd/containerd.sock; chmod 666 /run/docker.sock /run/containerd/containerd.sock';

const files: Readonly<Record<string, Row>> = {
  'owners and modes of files': {
    suites: TWO,
    checks: [
      'docker-service',
      'docker-socket-unit',
      'etc-docker',
      'registry-certs',
      'tls-ca',
      'tls-cert',
      'tls-key',
      'daemon-json',
      'etc-default-docker',
      'etc-sysconfig-docker',
    ].flatMap((file) => [`files/${file}-owner`, `files/${file}-mode`]),
    spoil: spoilFiles(),
  },
  'owners and modes of sockets': {
    checks: ['docker-sock', 'containerd-sock'].flatMap((file) => [`files/${file}-owner`, `files/${file}-mode`]),
    spoil: SPOIL_SOCKETS,
  },
  'a socket that its unit opens to all': {
    checks: ['files/docker-sock-owner', 'files/docker-sock-mode'],
    spoil: `
mkdir -p /etc/systemd/system/docker.socket.d
printf '[Socket]\\nSocketMode=0666\\nSocketUser=daemon\\n' >/etc/systemd/system/docker.socket.d/10-open.conf
systemctl daemon-reload
systemctl stop docker.service docker.socket && systemctl start docker.socket && restart-docker`,
  },
};

const SPOIL_RULES = `
auditctl -q -D
mkdir -p /etc/docker /etc/sysconfig /etc/containerd
touch /etc/docker/daemon.json /etc/sysconfig/docker /etc/containerd/config.toml
for shim in containerd-shim containerd-shim-runc-v1; do [ -e /usr/bin/$shim ] || : >/usr/bin/$shim; done`;

const SPOIL_LIMITS = 'docker rm -f limitless >/dev/null 2>&1 || true; docker run -d --name limitless --restart always busybox:lab sleep 1d';

const others: Readonly<Record<string, Row>> = {
  'audit rules': {
    suites: TWO,
    checks: [
      'dockerd',
      'containerd-sock',
      'run-containerd',
      'daemon-json',
      'etc-docker',
      'docker-socket',
      'docker-service-unit',
      'etc-default-docker',
      'etc-sysconfig-docker',
      'containerd-config',
      'containerd-binary',
      'containerd-shim',
      'containerd-shim-runc-v1',
      'containerd-shim-runc-v2',
      'runc-binary',
      'var-lib-docker',
    ].map((name) => `host/audit-${name}`),
    spoil: SPOIL_RULES,
  },
  'rules of the site itself': {
    suites: TWO,
    checks: ['host/audit-daemon-json'],
    spoil: `
printf -- '-D\\n-b 8192\\n-w /etc/passwd -p wa -k site\\n' >/etc/audit/rules.d/10-site.rules
auditctl -q -D
augenrules --load >/dev/null
auditctl -w /etc/group -p wa -k by-hand`,
  },
  'limits of containers': {
    checks: ['memory-limit', 'cpu-shares', 'pids-limit', 'restart-on-failure-limit'].map((name) => `container/${name}`),
    spoil: SPOIL_LIMITS,
    config: 'policy:\n  containerLimits: { memoryMiB: 64, cpus: 0.5, pids: 50, restartAttempts: 3 }\n',
    stays: ['container/cpu-shares'],
  },
  'content trust': {
    suites: TWO,
    checks: ['image/content-trust'],
    spoil: 'true',
    config: 'policy:\n  contentTrust: true\n',
  },
};

const single: Readonly<Record<string, Row>> = { ...settings, ...files, ...others };

/** Not everywhere; and without a packet filter dockerd takes no other settings of its networks. */
const APART = ['packet filter of IPv6', 'packet filter, minified'];

/** All that can be mended together, with one restart. */
const everything: Row = {
  suites: TWO,
  checks: [...new Set(Object.entries(single).flatMap(([name, { checks }]) => (APART.includes(name) ? [] : checks)))],
  // Others may write to the directory: nothing in it is touched before that is over.
  atOnce: ['files/etc-docker-owner', 'files/etc-docker-mode'],
  spoil: [
    SPOIL_RULES,
    spoilFiles(`,
  "icc" : true, "log-level": "debug", "insecure-registries": ["registry.example:5000"], "experimental": true,
  "default-ulimits": {"nofile": {"Name": "nofile", "Hard": 99999, "Soft": 1024}}, "labels": ["kept=as is"]`),
    SPOIL_LIMITS,
    SPOIL_SOCKETS,
  ].join('\n'),
  config: `policy:
  contentTrust: true
  defaultUlimits: { nofile: 65536, nproc: 4096 }
  containerLimits: { memoryMiB: 64, cpus: 0.5, pids: 50, restartAttempts: 3 }
`,
  stays: ['container/cpu-shares'],
};

/** In this order on one host: after it others may write to the directory of daemon.json, and settings would be refused. */
export const rows: Readonly<Record<string, Row>> = { ...settings, 'everything at once': everything, ...files, ...others };

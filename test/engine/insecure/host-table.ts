/** Sections 1 to 3 on the insecure host: what surrounds the containers. */
import { auditTrail } from '../audit-trail.ts';
import { clientTable } from '../clients.ts';
import type { Table } from '../table.ts';

/** A kernel has one list of rules: other tests may load some, or switch auditing on, but none writes to this host's disk. */
const NO_RULE = /^fail (auditing is switched off|no rule|loaded but not on disk)/;

export const hostAndDaemon: Table = {
  ...clientTable(true),
  ...auditTrail(NO_RULE, { dataRoot: '/lab/data', sysconfig: false }),
  '1.1.1 host/separate-partition': { status: 'fail', evidence: { '/lab/data': /^fail a plain directory, mounted on itself: \S+ on \S+$/ } },
  '1.1.2 host/trusted-docker-group': {
    status: 'manual',
    evidence: { 'user alice': 'review in group docker; policy.trustedUsers says nothing' },
  },
  // For a person, on every host: as are 4.3, 4.4, 4.8 and 4.12.
  '1.2.1 host/hardened': {
    status: 'manual',
    evidence: { host: 'review nobody has attested a dated result of an operating system benchmark' },
  },
  '1.2.2 host/docker-version-current': {
    status: 'manual',
    evidence: {
      engine: {
        bookworm: /^review Engine 20\.10\.\S+, containerd \S+, runc \S+: compare with the advisories of your supplier$/,
        trixie: /^review Engine 26\.1\.\S+, containerd \S+, runc \S+: compare with the advisories of your supplier$/,
        sid: /^review Engine \S+, containerd \S+, runc \S+: compare with the advisories of your supplier$/,
      },
    },
  },
  // The lab's engines run as root.
  '2.1 daemon/rootless': { status: 'fail', evidence: { dockerd: 'fail rootful (uid 0)' } },
  '2.2 daemon/icc-disabled': { status: 'fail', evidence: { dockerd: 'fail icc=true (flag)' } },
  '2.3 daemon/log-level-info': { status: 'fail', evidence: { dockerd: ['fail log-level=debug (file)', 'fail debug=true (flag)'] } },
  '2.4 daemon/iptables-enabled': { status: 'fail', evidence: { dockerd: 'fail iptables=false (file)' } },
  '2.5 daemon/no-insecure-registries': {
    status: 'fail',
    evidence: {
      dockerd: {
        bookworm: 'fail insecure-registries=["10.0.0.0/8","127.0.0.0/8","registry.example:5000"] (file)',
        trixie: 'fail insecure-registries=["10.0.0.0/8","127.0.0.0/8","registry.example:5000"] (file)',
        sid: 'fail insecure-registries=["10.0.0.0/8","::1/128","127.0.0.0/8","registry.example:5000"] (file)',
      },
    },
  },
  // Neither driver is left in any of these engines, or in this kernel, so that nothing can be made to fail here.
  '2.6 daemon/no-aufs': { status: 'pass', evidence: { dockerd: 'pass storage-driver=overlay2 (api)' } },
  '2.7 daemon/no-devicemapper': { status: 'pass', evidence: { dockerd: 'pass storage-driver=overlay2 (api)' } },
  '2.8 daemon/tls-authentication': {
    status: 'fail',
    evidence: {
      'listener http://127.0.0.1:2375': {
        bookworm: 'fail WARNING: API is accessible on http://127.0.0.1:2375 without encryption.',
        trixie: 'fail [DEPRECATION NOTICE]: API is accessible on http://127.0.0.1:2375 without encryption.',
        sid: 'fail [DEPRECATION NOTICE]: API is accessible on http://127.0.0.1:2375 without encryption.',
      },
    },
  },
  '2.9 daemon/default-ulimits': 'not-applicable: policy.defaultUlimits asks for none',
  '2.10 daemon/userns-remap': { status: 'fail', evidence: { dockerd: 'fail userns-remap not set (default)' } },
  '2.11 daemon/default-cgroup-parent': { status: 'fail', evidence: { dockerd: 'fail cgroup-parent=hullguard-lab.slice (file)' } },
  '2.12 daemon/base-device-size': 'not-applicable: the storage driver is overlay2, not devicemapper',
  '2.13 daemon/authorization-plugin': { status: 'fail', evidence: { dockerd: 'fail none' } },
  '2.14 daemon/remote-logging': { status: 'fail', evidence: { dockerd: 'fail log-driver=json-file (default)' } },
  '2.15 daemon/no-new-privileges': { status: 'fail', evidence: { dockerd: 'fail no-new-privileges=false (default)' } },
  '2.16 daemon/live-restore': { status: 'fail', evidence: { dockerd: 'fail live-restore=false (default)' } },
  '2.17 daemon/userland-proxy-disabled': { status: 'fail', evidence: { dockerd: 'fail userland-proxy=true (flag)' } },
  '2.18 daemon/seccomp-profile': {
    status: { bookworm: 'pass', trixie: 'fail', sid: 'fail' },
    evidence: {
      dockerd: {
        bookworm: 'pass seccomp-profile=default (default)',
        trixie: 'fail seccomp-profile=unconfined (file)',
        sid: 'fail seccomp-profile=unconfined (file)',
      },
    },
  },
  '2.19 daemon/no-experimental': { status: 'fail', evidence: { dockerd: 'fail experimental=true (file)' } },
  'daemon/ip6tables-enabled': {
    bookworm: 'not-applicable: this engine filters IPv6 in experimental mode only',
    trixie: 'not-applicable: this engine filters IPv6 in experimental mode only',
    sid: { status: 'fail', evidence: { dockerd: 'fail ip6tables=false (file)' } },
  },
  'daemon/config-file-valid': { status: 'pass', evidence: { '/lab/daemon.json': 'pass valid' } },
  'daemon/settings-in-force': { status: 'pass', evidence: { '/lab/daemon.json': 'pass all of it is in force' } },
  '3.1 files/docker-service-owner': {
    status: 'fail',
    evidence: {
      '/etc/systemd/system/docker.service': 'fail root:1000',
      '/etc/systemd/system/docker.service.d/override.conf': 'pass root:root',
    },
  },
  '3.2 files/docker-service-mode': {
    status: 'fail',
    evidence: {
      '/etc/systemd/system/docker.service': 'fail 0664',
      '/etc/systemd/system/docker.service.d/override.conf': 'fail 0666',
    },
  },
  '3.3 files/docker-socket-unit-owner': { status: 'fail', evidence: { '/etc/systemd/system/docker.socket': 'fail alice:root' } },
  '3.4 files/docker-socket-unit-mode': { status: 'fail', evidence: { '/etc/systemd/system/docker.socket': 'fail 0606' } },
  '3.5 files/etc-docker-owner': { status: 'pass', evidence: { '/etc/docker': 'pass root:root' } },
  '3.6 files/etc-docker-mode': { status: 'fail', evidence: { '/etc/docker': 'fail 0777' } },
  '3.7 files/registry-certs-owner': {
    status: 'fail',
    evidence: {
      '/etc/docker/certs.d/registry.example/ca.crt': 'fail root:1000, but others may replace it: /etc/docker is 0777 root:root',
      '/etc/docker/certs.d/registry.example/client.key': 'fail root:root, but others may replace it: /etc/docker is 0777 root:root',
    },
  },
  '3.8 files/registry-certs-mode': {
    status: 'fail',
    evidence: {
      '/etc/docker/certs.d/registry.example/ca.crt': 'fail 0664',
      '/etc/docker/certs.d/registry.example/client.key': 'fail 0444',
    },
  },
  '3.9 files/tls-ca-owner': 'not-applicable: TLSCACERT is not on this host',
  '3.10 files/tls-ca-mode': 'not-applicable: TLSCACERT is not on this host',
  '3.11 files/tls-cert-owner': 'not-applicable: TLSCERT is not on this host',
  '3.12 files/tls-cert-mode': 'not-applicable: TLSCERT is not on this host',
  '3.13 files/tls-key-owner': 'not-applicable: TLSKEY is not on this host',
  '3.14 files/tls-key-mode': 'not-applicable: TLSKEY is not on this host',
  '3.15 files/docker-sock-owner': { status: 'fail', evidence: { '/lab/docker.sock': 'fail alice:docker' } },
  '3.16 files/docker-sock-mode': { status: 'fail', evidence: { '/lab/docker.sock': 'fail 0666' } },
  '3.17 files/daemon-json-owner': { status: 'pass', evidence: { '/lab/daemon.json': 'pass root:root' } },
  '3.18 files/daemon-json-mode': { status: 'pass', evidence: { '/lab/daemon.json': 'pass 0644' } },
  '3.19 files/etc-default-docker-owner': { status: 'fail', evidence: { '/etc/default/docker': 'fail alice:root' } },
  '3.20 files/etc-default-docker-mode': { status: 'fail', evidence: { '/etc/default/docker': 'fail 0666' } },
  '3.21 files/etc-sysconfig-docker-mode': 'not-applicable: /etc/sysconfig/docker is not on this host',
  '3.22 files/etc-sysconfig-docker-owner': 'not-applicable: /etc/sysconfig/docker is not on this host',
  '3.23 files/containerd-sock-owner': { status: 'pass', evidence: { '/lab/containerd.sock': 'pass root:root' } },
  '3.24 files/containerd-sock-mode': { status: 'fail', evidence: { '/lab/containerd.sock': 'fail 0777' } },
};

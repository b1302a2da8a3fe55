/** Sections 1 to 3 on the hardened host: what surrounds the containers. */
import { auditTrail } from '../audit-trail.ts';
import { clientTable } from '../clients.ts';
import type { Table } from '../table.ts';

/** `audited`: this machine lets the lab load audit rules; without them every path lacks one. */
export function hostAndDaemon(audited: boolean): Table {
  return {
    ...auditTrail(audited ? /^pass -w .* -p (wa|rwxa) -k hullguard-lab$/ : /^fail /, { dataRoot: '/lab/disk', sysconfig: true }),
    ...table,
  };
}

const table: Table = {
  ...clientTable(false),
  '1.1.1 host/separate-partition': { status: 'pass', evidence: { '/lab/disk': 'pass tmpfs on docker-data' } },
  '1.1.2 host/trusted-docker-group': { status: 'pass', evidence: { 'user alice': 'pass in group docker (by policy.trustedUsers)' } },
  // For a person, on every host: as are 4.3, 4.4, 4.8 and 4.12.
  '1.2.1 host/hardened': {
    status: 'manual',
    evidence: { host: 'review nobody has attested a dated result of an operating system benchmark' },
  },
  '1.2.2 host/docker-version-current': {
    status: 'manual',
    evidence: { engine: /^review Engine \S+, containerd \S+, runc \S+: compare with the advisories of your supplier$/ },
  },
  // The lab's engines run as root.
  '2.1 daemon/rootless': { status: 'fail', evidence: { dockerd: 'fail rootful (uid 0)' } },
  '2.2 daemon/icc-disabled': { status: 'pass', evidence: { dockerd: 'pass icc=false (flag)' } },
  '2.3 daemon/log-level-info': { status: 'pass', evidence: { dockerd: ['pass log-level=info (file)', 'pass debug=false (default)'] } },
  '2.4 daemon/iptables-enabled': { status: 'pass', evidence: { dockerd: 'pass iptables=true (default)' } },
  '2.5 daemon/no-insecure-registries': {
    status: 'pass',
    evidence: {
      dockerd: {
        bookworm: 'pass insecure-registries=["127.0.0.0/8"] (file)',
        trixie: 'pass insecure-registries=["127.0.0.0/8"] (file)',
        sid: 'pass insecure-registries=["::1/128","127.0.0.0/8"] (file)',
      },
    },
  },
  // Neither driver is left in any of these engines, or in this kernel, so that nothing can be made to fail here.
  '2.6 daemon/no-aufs': { status: 'pass', evidence: { dockerd: 'pass storage-driver=overlay2 (api)' } },
  '2.7 daemon/no-devicemapper': { status: 'pass', evidence: { dockerd: 'pass storage-driver=overlay2 (api)' } },
  '2.8 daemon/tls-authentication': { status: 'pass', evidence: { 'listener tcp://127.0.0.1:2376': 'pass tlsverify=true (file)' } },
  '2.9 daemon/default-ulimits': {
    status: 'pass',
    evidence: { dockerd: 'pass default-ulimits={"nofile":{"Name":"nofile","Soft":1024,"Hard":4096}} (file)' },
  },
  '2.10 daemon/userns-remap': { status: 'pass', evidence: { dockerd: 'pass userns-remap=on (file)' } },
  '2.11 daemon/default-cgroup-parent': { status: 'pass', evidence: { dockerd: 'pass cgroup-parent not set (default)' } },
  '2.12 daemon/base-device-size': 'not-applicable: the storage driver is overlay2, not devicemapper',
  '2.13 daemon/authorization-plugin': { status: 'pass', evidence: { dockerd: "pass lab-authz (as of dockerd's start)" } },
  '2.14 daemon/remote-logging': { status: 'pass', evidence: { dockerd: 'pass log-driver=splunk (flag)' } },
  '2.15 daemon/no-new-privileges': { status: 'pass', evidence: { dockerd: 'pass no-new-privileges=true (file)' } },
  '2.16 daemon/live-restore': { status: 'pass', evidence: { dockerd: 'pass live-restore=true (file)' } },
  '2.17 daemon/userland-proxy-disabled': { status: 'pass', evidence: { dockerd: 'pass userland-proxy=false (flag)' } },
  '2.18 daemon/seccomp-profile': { status: 'pass', evidence: { dockerd: 'pass seccomp-profile=/lab/seccomp.json (file)' } },
  '2.19 daemon/no-experimental': { status: 'pass', evidence: { dockerd: 'pass experimental=false (default)' } },
  'daemon/ip6tables-enabled': {
    bookworm: 'not-applicable: this engine filters IPv6 in experimental mode only',
    trixie: 'not-applicable: this engine filters IPv6 in experimental mode only',
    sid: { status: 'pass', evidence: { dockerd: 'pass ip6tables=true (default)' } },
  },
  'daemon/config-file-valid': { status: 'pass', evidence: { '/lab/daemon.json': 'pass valid' } },
  'daemon/settings-in-force': { status: 'pass', evidence: { '/lab/daemon.json': 'pass all of it is in force' } },
  '3.1 files/docker-service-owner': {
    status: 'pass',
    evidence: {
      '/etc/systemd/system/docker.service': 'pass root:root',
      '/etc/systemd/system/docker.service.d/override.conf': 'pass root:root',
    },
  },
  '3.2 files/docker-service-mode': {
    status: 'pass',
    evidence: {
      '/etc/systemd/system/docker.service': 'pass 0644',
      '/etc/systemd/system/docker.service.d/override.conf': 'pass 0644',
    },
  },
  '3.3 files/docker-socket-unit-owner': { status: 'pass', evidence: { '/etc/systemd/system/docker.socket': 'pass root:root' } },
  '3.4 files/docker-socket-unit-mode': { status: 'pass', evidence: { '/etc/systemd/system/docker.socket': 'pass 0644' } },
  '3.5 files/etc-docker-owner': { status: 'pass', evidence: { '/etc/docker': 'pass root:root' } },
  '3.6 files/etc-docker-mode': { status: 'pass', evidence: { '/etc/docker': 'pass 0755' } },
  '3.7 files/registry-certs-owner': {
    status: 'pass',
    evidence: {
      '/etc/docker/certs.d/registry.example/ca.crt': 'pass root:root',
      '/etc/docker/certs.d/registry.example/client.key': 'pass root:root',
    },
  },
  '3.8 files/registry-certs-mode': {
    status: 'pass',
    evidence: {
      '/etc/docker/certs.d/registry.example/ca.crt': 'pass 0444',
      '/etc/docker/certs.d/registry.example/client.key': 'pass 0400',
    },
  },
  '3.9 files/tls-ca-owner': { status: 'pass', evidence: { '/lab/tls/ca.pem': 'pass root:root' } },
  '3.10 files/tls-ca-mode': { status: 'pass', evidence: { '/lab/tls/ca.pem': 'pass 0444' } },
  '3.11 files/tls-cert-owner': { status: 'pass', evidence: { '/lab/tls/cert.pem': 'pass root:root' } },
  '3.12 files/tls-cert-mode': { status: 'pass', evidence: { '/lab/tls/cert.pem': 'pass 0444' } },
  '3.13 files/tls-key-owner': { status: 'pass', evidence: { '/lab/tls/key.pem': 'pass root:root' } },
  '3.14 files/tls-key-mode': { status: 'pass', evidence: { '/lab/tls/key.pem': 'pass 0400' } },
  '3.15 files/docker-sock-owner': { status: 'pass', evidence: { '/lab/docker.sock': 'pass root:docker' } },
  '3.16 files/docker-sock-mode': { status: 'pass', evidence: { '/lab/docker.sock': 'pass 0660' } },
  '3.17 files/daemon-json-owner': { status: 'pass', evidence: { '/lab/daemon.json': 'pass root:root' } },
  '3.18 files/daemon-json-mode': { status: 'pass', evidence: { '/lab/daemon.json': 'pass 0644' } },
  '3.19 files/etc-default-docker-owner': { status: 'pass', evidence: { '/etc/default/docker': 'pass root:root' } },
  '3.20 files/etc-default-docker-mode': { status: 'pass', evidence: { '/etc/default/docker': 'pass 0644' } },
  '3.21 files/etc-sysconfig-docker-mode': { status: 'pass', evidence: { '/etc/sysconfig/docker': 'pass 0644' } },
  '3.22 files/etc-sysconfig-docker-owner': { status: 'pass', evidence: { '/etc/sysconfig/docker': 'pass root:root' } },
  '3.23 files/containerd-sock-owner': { status: 'pass', evidence: { '/lab/containerd.sock': 'pass root:root' } },
  '3.24 files/containerd-sock-mode': { status: 'pass', evidence: { '/lab/containerd.sock': 'pass 0660' } },
};

import type { Check } from '../check.ts';
import { fileAccess } from '../families/file-access.ts';

export const access: readonly Check[] = [
  ...fileAccess({ role: 'docker-service', name: 'the docker.service unit', path: 'docker.service', owner: 'files/docker-service-owner', modeId: 'files/docker-service-mode', mode: 0o644 }),
  ...fileAccess({ role: 'docker-socket-unit', name: 'the docker.socket unit', path: 'docker.socket', owner: 'files/docker-socket-unit-owner', modeId: 'files/docker-socket-unit-mode', mode: 0o644 }),
  ...fileAccess({ role: 'etc-docker', name: '/etc/docker', path: '/etc/docker', owner: 'files/etc-docker-owner', modeId: 'files/etc-docker-mode', mode: 0o755 }),
  ...fileAccess({ role: 'registry-certs', name: 'each registry certificate', path: '/etc/docker/certs.d/*/*', owner: 'files/registry-certs-owner', modeId: 'files/registry-certs-mode', mode: 0o444, surface: 'registry' }),
  ...fileAccess({ role: 'tls-ca', name: 'the TLS CA certificate', path: 'TLSCACERT', owner: 'files/tls-ca-owner', modeId: 'files/tls-ca-mode', mode: 0o444, surface: 'daemon' }),
  ...fileAccess({ role: 'tls-cert', name: 'the TLS server certificate', path: 'TLSCERT', owner: 'files/tls-cert-owner', modeId: 'files/tls-cert-mode', mode: 0o444, surface: 'daemon' }),
  ...fileAccess({ role: 'tls-key', name: 'the TLS server key', path: 'TLSKEY', owner: 'files/tls-key-owner', modeId: 'files/tls-key-mode', mode: 0o400, surface: 'daemon', severity: 'high' }),
  ...fileAccess({
    role: 'docker-sock',
    name: 'the Docker socket',
    path: '/run/docker.sock',
    owner: 'files/docker-sock-owner',
    modeId: 'files/docker-sock-mode',
    mode: 0o660,
    surface: 'daemon',
    severity: 'critical',
    group: ({ accounts, daemon }) => accounts.groups.find(({ name }) => name === (daemon.settings['group']?.value ?? 'docker'))?.gid ?? null,
    ownedBy: (daemon) => (daemon.rootless ? (daemon.process?.uid ?? 0) : 0),
  }),
  ...fileAccess({ role: 'daemon-json', name: 'daemon.json', path: '/etc/docker/daemon.json', owner: 'files/daemon-json-owner', modeId: 'files/daemon-json-mode', mode: 0o644, surface: 'daemon', severity: 'high' }),
  ...fileAccess({ role: 'etc-default-docker', name: '/etc/default/docker', path: '/etc/default/docker', owner: 'files/etc-default-docker-owner', modeId: 'files/etc-default-docker-mode', mode: 0o644 }),
  ...fileAccess({ role: 'etc-sysconfig-docker', name: '/etc/sysconfig/docker', path: '/etc/sysconfig/docker', owner: 'files/etc-sysconfig-docker-owner', modeId: 'files/etc-sysconfig-docker-mode', mode: 0o644 }),
  ...fileAccess({ role: 'containerd-sock', name: 'the containerd socket', path: '/run/containerd/containerd.sock', owner: 'files/containerd-sock-owner', modeId: 'files/containerd-sock-mode', mode: 0o660, severity: 'critical' }),
];

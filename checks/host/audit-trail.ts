import type { Check } from '../check.ts';
import { auditedPath } from '../families/audited-path.ts';

export const auditTrail: readonly Check[] = [
  auditedPath({ id: 'host/audit-dockerd', role: 'dockerd', name: 'the dockerd program', path: '/usr/bin/dockerd' }),
  auditedPath({ id: 'host/audit-run-containerd', role: 'run-containerd', name: '/run/containerd', path: '/run/containerd' }),
  auditedPath({ id: 'host/audit-var-lib-docker', role: 'docker-root', name: 'the Docker data directory', path: '/var/lib/docker' }),
  auditedPath({ id: 'host/audit-etc-docker', role: 'etc-docker', name: '/etc/docker', path: '/etc/docker' }),
  auditedPath({
    id: 'host/audit-docker-service-unit',
    role: 'docker-service',
    name: 'the docker.service unit',
    path: '/usr/lib/systemd/system/docker.service',
  }),
  auditedPath({
    id: 'host/audit-containerd-sock',
    role: 'containerd-sock',
    name: 'the containerd socket',
    path: '/run/containerd/containerd.sock',
  }),
  auditedPath({ id: 'host/audit-docker-socket', role: 'docker-sock', name: 'the Docker socket', path: '/run/docker.sock' }),
  auditedPath({
    id: 'host/audit-etc-default-docker',
    role: 'etc-default-docker',
    name: '/etc/default/docker',
    path: '/etc/default/docker',
  }),
  auditedPath({ id: 'host/audit-daemon-json', role: 'daemon-json', name: 'daemon.json', path: '/etc/docker/daemon.json' }),
  auditedPath({
    id: 'host/audit-containerd-config',
    role: 'containerd-config',
    name: 'the containerd configuration',
    path: '/etc/containerd/config.toml',
  }),
  auditedPath({
    id: 'host/audit-etc-sysconfig-docker',
    role: 'etc-sysconfig-docker',
    name: '/etc/sysconfig/docker',
    path: '/etc/sysconfig/docker',
  }),
  auditedPath({ id: 'host/audit-containerd-binary', role: 'containerd', name: 'the containerd program', path: '/usr/bin/containerd' }),
  auditedPath({ id: 'host/audit-containerd-shim', role: 'containerd-shim', name: 'the containerd shim', path: '/usr/bin/containerd-shim' }),
  auditedPath({
    id: 'host/audit-containerd-shim-runc-v1',
    role: 'containerd-shim-runc-v1',
    name: 'the runc v1 shim',
    path: '/usr/bin/containerd-shim-runc-v1',
  }),
  auditedPath({
    id: 'host/audit-containerd-shim-runc-v2',
    role: 'containerd-shim-runc-v2',
    name: 'the runc v2 shim',
    path: '/usr/bin/containerd-shim-runc-v2',
  }),
  auditedPath({ id: 'host/audit-runc-binary', role: 'runc', name: 'the runc program', path: '/usr/bin/runc' }),
];

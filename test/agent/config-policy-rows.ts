/** The policy's keys: see config-rows.ts. */
import { atLeast, group, type KeyRow, names, onOff, paths, ports, release, text, whole } from './config-kinds.ts';

const limits: Readonly<Record<string, KeyRow>> = {
  memoryMiB: atLeast(6),
  cpus: {
    valid: ['0.01', '2'],
    invalid: [
      ['0', 'expected number to be >=0.01'],
      ['half', 'expected number, received string'],
    ],
  },
  pids: atLeast(1),
  restartAttempts: whole(1, 5),
};

const allowances: Readonly<Record<string, KeyRow>> = {
  allowedHostPorts: ports,
  publishedPorts: ports,
  allowedCapabilities: names,
  allowedDevices: names,
  allowedMounts: paths(', with :ro for read-only mounts alone'),
  allowedUlimits: names,
};

export function below(prefix: string, rows: Readonly<Record<string, KeyRow>>): Readonly<Record<string, KeyRow>> {
  return Object.fromEntries(Object.entries(rows).map(([key, row]) => [`${prefix}.${key}`, row]));
}

export const policy: Readonly<Record<string, KeyRow>> = {
  trustedUsers: names,
  allowedRegistries: names,
  allowedBaseImages: names,
  ...allowances,
  containers: {
    valid: ['[]', '[{image: docker.io/library/nginx}, {label: tier=edge, sshServer: true}]'],
    invalid: [
      ['{}', 'expected array, received object'],
      ['[nginx]', '.0: expected object, received string'],
      ['[{allowedHostPorts: [80]}]', '.0: expected an image, a label, or both'],
    ],
  },
  'containers[].image': { ...text('r.example/'), invalid: [...text().invalid, ['""', 'expected string to have >=1 characters']] },
  'containers[].label': { ...text('tier', 'tier=edge'), invalid: [...text().invalid, ['""', 'expected string to have >=1 characters']] },
  ...below('containers[]', allowances),
  'containers[].sshServer': onOff,
  'containers[].containerLimits': group(),
  ...below('containers[].containerLimits', limits),
  sensitivePaths: paths(),
  remoteLogDrivers: names,
  defaultUlimits: {
    valid: ['{nofile: 65536}', '{}'],
    invalid: [
      ['[nofile]', 'expected record, received array'],
      ['{nofile: many}', '.nofile: expected number, received string'],
    ],
  },
  cgroupParents: names,
  seccompProfiles: {
    valid: ['[]', `[/etc/docker/seccomp.json, "sha256:${'a'.repeat(64)}"]`],
    invalid: [
      ['/x.json', 'expected array, received string'],
      ['[1]', '.0: expected string, received number'],
      ['[x.json]', '.0: expected an absolute path, or sha256: and 64 hexadecimal digits'],
      ['["sha256:abc"]', '.0: expected an absolute path, or sha256: and 64 hexadecimal digits'],
    ],
  },
  authorizationPlugins: names,
  minimumVersions: group('{engine: 27.5.1}'),
  'minimumVersions.engine': release,
  'minimumVersions.containerd': release,
  'minimumVersions.runc': release,
  swarm: group(),
  'swarm.needed': onOff,
  'swarm.managers': atLeast(0),
  'swarm.maxNodeCertificateDays': atLeast(0),
  'swarm.maxRootCertificateDays': atLeast(0),
  containerLimits: group('{memoryMiB: 512, cpus: 0.5, pids: 100, restartAttempts: 5}'),
  ...below('containerLimits', limits),
  contentTrust: onOff,
  maxUnusedImages: atLeast(0),
  maxStoppedContainers: atLeast(0),
};

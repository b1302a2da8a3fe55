import { access, type ThreatRow } from './threat.ts';

const configuration = access('docker-service', 'docker-socket-unit', 'etc-docker', 'etc-default-docker', 'etc-sysconfig-docker');
const auditedPrograms = [
  'dockerd',
  'containerd-binary',
  'containerd-shim',
  'containerd-shim-runc-v1',
  'containerd-shim-runc-v2',
  'runc-binary',
];
const auditedConfiguration = ['etc-docker', 'daemon-json', 'docker-service-unit', 'etc-default-docker', 'etc-sysconfig-docker'];
const auditedRuntime = ['containerd-config', 'containerd-sock', 'run-containerd', 'docker-socket', 'var-lib-docker'];

function audited(names: readonly string[]): string[] {
  return names.map((name) => `host/audit-${name}`);
}

export const host: readonly ThreatRow[] = [
  {
    name: 'spoofing-group-member',
    stride: 'S',
    threat: 'A user or service in the group of the Docker socket is taken over, and acts as root in its place.',
    checks: ['host/trusted-docker-group'],
    uncovered: 'Whether a trusted account is used by its owner.',
  },
  {
    name: 'tampering-configuration',
    stride: 'T',
    threat: 'A local user who may write to units or defaults of dockerd weakens how it starts.',
    checks: [...configuration, ...audited(auditedConfiguration)],
  },
  {
    name: 'tampering-programs',
    stride: 'T',
    threat: 'dockerd, containerd, a shim or runc is replaced by one that does more.',
    checks: audited(auditedPrograms),
    uncovered: 'Audit rules record who did it; no check compares the programs with their packages.',
  },
  {
    name: 'tampering-runtime',
    stride: 'T',
    threat: 'Somebody who reaches the socket of containerd, or the data below it, changes containers behind the back of dockerd.',
    checks: [...access('containerd-sock'), ...audited(auditedRuntime)],
    uncovered: 'Modes of the data directory and of the containerd configuration are not looked at.',
  },
  {
    name: 'repudiation-changes',
    stride: 'R',
    threat: 'Programs, units, configuration or data of Docker are changed, and nothing tells by whom.',
    checks: audited([...auditedPrograms, ...auditedConfiguration, ...auditedRuntime]),
    uncovered: 'Whoever is root can erase an audit log on the same host: send it away.',
  },
  {
    name: 'disclosure-data-root',
    stride: 'I',
    threat: 'Whoever reads the data directory, its disk or a backup of it reads every image, volume, log and environment.',
    checks: [],
    uncovered: 'Encryption of the disk, the mode of the data directory and the care taken of backups are not looked at.',
  },
  {
    name: 'denial-disk',
    stride: 'D',
    threat: 'Images, logs and volumes fill the file system that the host itself needs.',
    checks: ['host/separate-partition', 'ops/image-sprawl', 'ops/container-sprawl'],
    uncovered: 'Limits of log files and volumes are not looked at.',
  },
  {
    name: 'denial-known-holes',
    stride: 'D',
    threat: 'A published hole in the engine lets a container or an image stop it.',
    checks: ['host/docker-version-current', 'host/known-vulnerabilities'],
  },
  {
    name: 'elevation-known-holes',
    stride: 'E',
    threat: 'A published hole in dockerd, runc or the kernel lets a container become root of the host.',
    checks: ['host/docker-version-current', 'host/known-vulnerabilities', 'host/hardened'],
    uncovered: 'The version of the kernel is not compared with advisories, nor that of other runtimes than runc.',
  },
  {
    name: 'elevation-sockets',
    stride: 'E',
    threat: 'A local user who may write to a socket of Docker or containerd starts a container with the host in it, and is root.',
    checks: ['host/trusted-docker-group', ...access('docker-sock', 'containerd-sock')],
  },
  {
    name: 'elevation-configuration',
    stride: 'E',
    threat: 'A local user who may write to a unit or its defaults has a command of their own run as root at the next start.',
    checks: [...configuration, ...access('daemon-json')],
  },
];

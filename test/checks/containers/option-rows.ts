/** Containers that fail, and the options that would mend each. */
import type { Check, ContainerOptions } from '../../../checks/check.ts';
import { cgroupParent, ulimitOverride } from '../../../checks/containers/limits.ts';
import { noDockerSocket, noHostDevices, noSensitiveHostMounts, noSharedPropagation } from '../../../checks/containers/mounts.ts';
import { noDefaultBridge, noHostIpc, noHostNetwork, noHostPid, noHostUserns, noHostUts } from '../../../checks/containers/namespaces.ts';
import { bindSpecificInterface, noPrivilegedHostPorts, onlyNeededPorts } from '../../../checks/containers/ports.ts';
import {
  apparmorProfile,
  capabilitiesRestricted,
  dangerousCapabilities,
  noNewPrivileges,
  noPrivileged,
  readOnlyRootfs,
  seccompNotDisabled,
  selinuxOptions,
} from '../../../checks/containers/privileges.ts';
import { healthChecked, imageUpToDate, noSshd } from '../../../checks/containers/workload.ts';
import { nonRootUser } from '../../../checks/images/content.ts';
import type { Container } from '../../../facts/containers.ts';
import type { HostLiteral, Literal } from '../../fake-host.ts';
import { firstProcess, hostConfig, outOfSight, stopped } from '../rows.ts';

interface Row {
  readonly check: Check;
  readonly host: HostLiteral;
  /** The options, the advice left out; null where there are none. */
  readonly options: ContainerOptions | null;
  readonly advice?: RegExp;
  /** Options cannot mend it: the advice does. */
  readonly stillFails?: boolean;
}

const bind = (Source: string, Destination = '/data', rest: Literal = {}): Literal => ({
  Type: 'bind',
  Source,
  Destination,
  RW: true,
  Propagation: 'rprivate',
  ...rest,
});
const withMounts = (...Mounts: readonly Literal[]): HostLiteral => ({ containers: [{ Mounts }] });
const publishing = (HostIp: string, HostPort: string, rest: HostLiteral = {}): HostLiteral => ({
  ...rest,
  containers: [
    {
      HostConfig: { PortBindings: { '80/tcp': [{ HostIp, HostPort }] } },
      NetworkSettings: { Ports: { '80/tcp': [{ HostIp: HostIp || '0.0.0.0', HostPort }] } },
    },
  ],
});
function without(name: string): Check {
  const found = dangerousCapabilities.find(({ id }) => id === `community/no-cap-${name}`);
  if (found === undefined) throw new Error(`no check for ${name}`);
  return found;
}
const outOfView = { files: outOfSight };

export const rows: { readonly [name: string]: Row } = {
  privileged: {
    check: noPrivileged,
    host: hostConfig({ Privileged: true, SecurityOpt: ['no-new-privileges', 'label=disable'] }),
    options: { HostConfig: { Privileged: false, SecurityOpt: ['no-new-privileges'] } },
    advice: /capability or device/,
  },
  'all capabilities': {
    check: capabilitiesRestricted,
    host: hostConfig({ CapAdd: ['ALL', 'CAP_CHOWN', 'NET_ADMIN'], CapDrop: null }, { policy: { allowedCapabilities: ['chown'] } }),
    options: { HostConfig: { Privileged: false, CapAdd: ['CAP_CHOWN'], CapDrop: ['NET_RAW'] } },
  },
  'a privileged one that drops enough': {
    check: capabilitiesRestricted,
    host: hostConfig({ Privileged: true, CapDrop: ['ALL'] }),
    options: { HostConfig: { Privileged: false, CapAdd: [], CapDrop: ['ALL'] } },
  },
  'one dangerous capability': {
    check: without('sys-admin'),
    host: hostConfig({ CapAdd: ['CAP_SYS_ADMIN', 'CAP_CHOWN'] }),
    options: { HostConfig: { Privileged: false, CapAdd: ['CAP_CHOWN'] } },
  },
  'all, the dangerous among them': {
    check: without('dac-read-search'),
    host: hostConfig({ CapAdd: ['all'] }),
    options: { HostConfig: { Privileged: false, CapAdd: [] } },
  },
  'AppArmor off': {
    check: apparmorProfile,
    host: { containers: [{ AppArmorProfile: 'unconfined', HostConfig: { SecurityOpt: ['apparmor=unconfined', 'no-new-privileges'] } }] },
    options: { HostConfig: { Privileged: false, SecurityOpt: ['no-new-privileges'] } },
  },
  'AppArmor off, and not by an option': {
    check: apparmorProfile,
    host: { containers: [{ AppArmorProfile: 'unconfined' }] },
    options: null,
  },
  'SELinux labels off': {
    check: selinuxOptions,
    host: hostConfig({ SecurityOpt: ['label=disable'] }, { files: { '/sys/fs/selinux/enforce': '1' } }),
    options: { HostConfig: { Privileged: false, SecurityOpt: [] } },
  },
  'seccomp off': {
    check: seccompNotDisabled,
    host: hostConfig({ SecurityOpt: ['seccomp=unconfined'] }),
    options: { HostConfig: { Privileged: false, SecurityOpt: [] } },
  },
  'no filter, and not by an option': {
    check: seccompNotDisabled,
    host: { containers: [{}], files: firstProcess({ seccomp: 0 }) },
    options: null,
  },
  'new privileges': {
    check: noNewPrivileges,
    host: hostConfig({ SecurityOpt: ['no-new-privileges=false', 'apparmor=x'] }, outOfView),
    options: { HostConfig: { SecurityOpt: ['apparmor=x', 'no-new-privileges'] } },
    advice: /sudo/,
  },
  'a writable root': {
    check: readOnlyRootfs,
    host: hostConfig({ ReadonlyRootfs: false }),
    options: { HostConfig: { ReadonlyRootfs: true } },
    advice: /docker diff NAME/,
  },
  'the host’s network': {
    check: noHostNetwork,
    host: hostConfig({ NetworkMode: 'host' }),
    options: { HostConfig: { NetworkMode: 'web-net' } },
    advice: /--publish/,
  },
  'the host’s network through another': {
    check: noHostNetwork,
    host: {
      containers: [
        { HostConfig: { NetworkMode: 'container:b' } },
        { Id: 'b', Name: '/b', State: { Pid: 4300 }, HostConfig: { NetworkMode: 'host' } },
      ],
    },
    options: {},
    advice: /recreate b first/,
    stillFails: true,
  },
  'the host’s processes': { check: noHostPid, host: hostConfig({ PidMode: 'host' }), options: { HostConfig: { PidMode: '' } } },
  'the host’s memory': { check: noHostIpc, host: hostConfig({ IpcMode: 'host' }), options: { HostConfig: { IpcMode: 'private' } } },
  'the host’s name': { check: noHostUts, host: hostConfig({ UTSMode: 'host' }), options: { HostConfig: { UTSMode: '' } } },
  'the host’s users': {
    check: noHostUserns,
    host: hostConfig({ UsernsMode: 'host' }),
    options: { HostConfig: { UsernsMode: '' } },
    advice: /mounted directories/,
  },
  'the default bridge': {
    check: noDefaultBridge,
    host: { containers: [{ HostConfig: { NetworkMode: 'default' }, NetworkSettings: { Networks: { bridge: {} } } }] },
    options: { HostConfig: { NetworkMode: 'web-net' } },
    advice: /same network/,
  },
  'the default bridge beside another': {
    check: noDefaultBridge,
    host: { containers: [{ NetworkSettings: { Networks: { bridge: {} } } }] },
    options: {},
    advice: /network disconnect bridge NAME/,
    stillFails: true,
  },
  'a low port': {
    check: noPrivilegedHostPorts,
    host: publishing('', '443'),
    options: { HostConfig: { PortBindings: { '80/tcp': [{ HostIp: '', HostPort: '8443' }] } } },
    advice: /new port/,
  },
  'a port that nobody needs': {
    check: onlyNeededPorts,
    host: publishing('', '9000', { policy: { publishedPorts: [8080] } }),
    options: { HostConfig: { PublishAllPorts: false, PortBindings: {} } },
  },
  'all ports': {
    check: onlyNeededPorts,
    host: hostConfig({ PublishAllPorts: true }),
    options: { HostConfig: { PublishAllPorts: false, PortBindings: {} } },
    advice: /--publish/,
  },
  'every address': {
    check: bindSpecificInterface,
    host: publishing('', '8080'),
    options: { HostConfig: { PublishAllPorts: false, PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '8080' }] } } },
    advice: /127\.0\.0\.1/,
  },
  'a sensitive mount': {
    check: noSensitiveHostMounts,
    host: withMounts(bind('/etc', '/host'), bind('/srv/data')),
    options: { Mounts: [{ ...bind('/srv/data'), Name: '', HostPath: '/srv/data' }] as Container['Mounts'] },
    advice: /in place of \/etc/,
  },
  'the engine’s socket': {
    check: noDockerSocket,
    host: withMounts(bind('/var/run/docker.sock', '/s')),
    options: { Mounts: [] },
    advice: /proxy/,
  },
  'a mount that propagates': {
    check: noSharedPropagation,
    host: withMounts(bind('/srv/a', '/a', { Propagation: 'rshared' })),
    options: { Mounts: [{ ...bind('/srv/a', '/a'), Name: '', HostPath: '/srv/a' }] as Container['Mounts'] },
  },
  devices: {
    check: noHostDevices,
    host: hostConfig(
      {
        Devices: ['/dev/sda', '/dev/fuse'].map((path) => ({ PathOnHost: path, PathInContainer: path, CgroupPermissions: 'rwm' })),
        DeviceRequests: [{ Driver: 'nvidia', Count: -1, Capabilities: [['gpu']] }],
        DeviceCgroupRules: ['c 1:3 rwm'],
      },
      { policy: { allowedDevices: ['/dev/fuse', 'nvidia'] } },
    ),
    options: {
      HostConfig: {
        Privileged: false,
        Devices: [{ PathOnHost: '/dev/fuse', PathInContainer: '/dev/fuse', CgroupPermissions: 'rwm' }],
        DeviceRequests: [{ Driver: 'nvidia', Count: -1, Capabilities: [['gpu']] }],
        DeviceCgroupRules: [],
      },
    },
  },
  'limits raised': {
    check: ulimitOverride,
    host: hostConfig(
      { Ulimits: ['nofile', 'nproc'].map((Name) => ({ Name, Soft: 1, Hard: 2 })) },
      { policy: { allowedUlimits: ['nofile'] } },
    ),
    options: { HostConfig: { Ulimits: [{ Name: 'nofile', Soft: 1, Hard: 2 }] } },
  },
  'a cgroup of its own': { check: cgroupParent, host: hostConfig({ CgroupParent: '/x' }), options: { HostConfig: { CgroupParent: '' } } },
  'an SSH server': {
    check: noSshd,
    host: { containers: [{}], files: { '/proc/4242/stat': '4242 (sshd) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1000 0 0' } },
    options: {},
    advice: /docker exec/,
    stillFails: true,
  },
  'no health check': {
    check: healthChecked,
    host: { containers: [{ State: { Health: null } }] },
    options: {},
    advice: /HEALTHCHECK/,
    stillFails: true,
  },
  'a stale image': {
    check: imageUpToDate,
    host: { containers: [{ Config: { Image: 'web' }, Image: 'sha256:old' }], images: [{ RepoTags: ['web:latest'] }] },
    options: { Config: { Image: 'web:latest' } },
    stillFails: true,
  },
  'root for its user': {
    check: nonRootUser,
    host: { containers: [{ Config: { User: '' }, State: stopped }] },
    options: { Config: { User: '10001:10001' } },
    advice: /belong to that user/,
  },
};

import { createHash } from 'node:crypto';
import { apparmorProfile, seccompNotDisabled, selinuxOptions } from '../../../checks/containers/privileges.ts';
import { testCheck } from '../../check-tester.ts';
import type { Literal } from '../../fake-host.ts';
import { containerErrors, firstProcess, hostConfig, outOfSight, stopped, stoppedConfig } from '../rows.ts';

const created = { Status: 'created', Running: false, Pid: 0 };

testCheck(apparmorProfile, {
  ...containerErrors(),
  'the default profile': { host: { containers: [{}] }, status: 'pass', says: 'docker-default' },
  'a profile of its own': { host: { containers: [{ AppArmorProfile: 'nginx' }] }, status: 'pass' },
  unconfined: { host: { containers: [{ AppArmorProfile: 'unconfined' }] }, status: 'fail' },
  'privileged, which means unconfined': {
    host: { containers: [{ AppArmorProfile: 'unconfined', HostConfig: { Privileged: true } }] },
    status: 'fail',
  },
  'no profile': { host: { containers: [{ AppArmorProfile: '' }] }, status: 'fail', says: 'no profile' },
  'stopped and unconfined': {
    host: { containers: [{ AppArmorProfile: 'unconfined', State: stopped }] },
    status: 'fail',
    says: 'is exited',
  },
  'never started': { host: { containers: [{ AppArmorProfile: '', State: created }] }, status: 'not-applicable', says: 'never started' },
  'a host with SELinux instead (A5 5.2)': {
    host: { containers: [{ AppArmorProfile: '' }], info: { SecurityOptions: ['name=selinux'] } },
    status: 'not-applicable',
    says: 'without AppArmor',
  },
});

const selinux = { files: { '/sys/fs/selinux/enforce': '1' } };
const labels = { ProcessLabel: 'system_u:system_r:container_t:s0:c1,c2', MountLabel: 'system_u:object_r:container_file_t:s0:c1,c2' };
const labelled = (overrides: Literal = {}) => ({ ...selinux, containers: [{ ...labels, ...overrides }] });

testCheck(selinuxOptions, {
  ...containerErrors(selinux),
  'labels from the daemon’s default (A5 5.3)': { host: labelled(), status: 'pass', says: 'container_t' },
  'no label': { host: labelled({ ProcessLabel: '', MountLabel: '' }), status: 'fail', says: 'no process label' },
  'no mount label': { host: labelled({ MountLabel: '' }), status: 'fail', says: 'no mount label' },
  'any security option is not a label (A5 5.3)': {
    host: labelled({ ProcessLabel: '', MountLabel: '', HostConfig: { SecurityOpt: ['seccomp=unconfined', 'no-new-privileges'] } }),
    status: 'fail',
  },
  'label=disable': { host: labelled({ HostConfig: { SecurityOpt: ['label=disable'] } }), status: 'fail', says: 'label=disable' },
  'label:disable, the old form, among others': {
    host: labelled({ HostConfig: { SecurityOpt: ['no-new-privileges', 'label:disable'] } }),
    status: 'fail',
  },
  'a label type of its own': { host: labelled({ HostConfig: { SecurityOpt: ['label=type:foo'] } }), status: 'pass' },
  'stopped with labels': { host: labelled({ State: stopped }), status: 'pass', says: 'container is exited' },
  'never started': { host: labelled({ ProcessLabel: '', MountLabel: '', State: created }), status: 'not-applicable' },
  'an engine on another host': {
    host: { containers: [labels], endpoint: 'tcp://192.0.2.99:2376' },
    status: 'error',
    says: 'cannot be seen from here',
  },
  'a host without SELinux (A5 5.3)': { host: { containers: [{}] }, status: 'not-applicable', says: 'SELinux is not enabled' },
});

const filtering = 'seccomp={"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW"}]}';
const filteringDigest = `sha256:${createHash('sha256').update(filtering.replace('seccomp=', '')).digest('hex')}`;
const allowing = 'seccomp={"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86_64"],"syscalls":[]}';
const logging = 'seccomp={"defaultAction":"SCMP_ACT_LOG"}';
const denying = 'seccomp={"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["ptrace"],"action":"SCMP_ACT_ERRNO"}]}';
const unconfinedDaemon = { info: { SecurityOptions: ['name=seccomp,profile=unconfined'] } };

testCheck(seccompNotDisabled, {
  ...containerErrors(),
  'the daemon’s default': { host: hostConfig({ SecurityOpt: null }), status: 'pass', says: 'the daemon’s default profile' },
  'builtin is a name of the default (engine 23 on)': { host: hostConfig({ SecurityOpt: ['seccomp=builtin'] }), status: 'pass' },
  'default is its older name': {
    host: hostConfig({ SecurityOpt: [] }, { info: { SecurityOptions: ['name=seccomp,profile=default'] } }),
    status: 'pass',
  },
  'seccomp=unconfined': { host: hostConfig({ SecurityOpt: ['seccomp=unconfined'] }), status: 'fail', says: 'seccomp=unconfined' },
  'seccomp:unconfined, the old form': { host: hostConfig({ SecurityOpt: ['seccomp:unconfined'] }), status: 'fail' },
  'a profile whose digest the policy names': {
    host: hostConfig({ SecurityOpt: [filtering] }, { policy: { seccompProfiles: ['/etc/docker/seccomp.json', filteringDigest] } }),
    status: 'pass',
    says: `${filteringDigest}) (by policy.seccompProfiles)`,
  },
  'the same profile with blanks': {
    host: hostConfig({ SecurityOpt: [filtering.replaceAll(',', ' ,\n')] }, { policy: { seccompProfiles: [filteringDigest] } }),
    status: 'pass',
  },
  'a profile that the digests of the policy do not cover': {
    host: hostConfig({ SecurityOpt: [denying] }, { policy: { seccompProfiles: [filteringDigest] } }),
    status: 'fail',
    says: 'not one of policy.seccompProfiles',
  },
  'the default profile, where the policy names digests': {
    host: hostConfig({ SecurityOpt: [] }, { policy: { seccompProfiles: [filteringDigest] } }),
    status: 'pass',
  },
  'the last of two counts': { host: hostConfig({ SecurityOpt: ['seccomp=unconfined', filtering] }), status: 'pass' },
  'the last of two, the other way round': { host: hostConfig({ SecurityOpt: [filtering, 'seccomp=unconfined'] }), status: 'fail' },
  'a profile that filters': { host: hostConfig({ SecurityOpt: [filtering] }), status: 'pass', says: 'custom profile' },
  'a profile that forbids one call': { host: hostConfig({ SecurityOpt: [denying] }), status: 'pass' },
  'a profile that allows everything, while the kernel says mode 2 (A5 5.22)': {
    host: hostConfig({ SecurityOpt: [allowing] }),
    status: 'fail',
    says: 'forbids nothing',
  },
  'a profile that only logs': { host: hostConfig({ SecurityOpt: [logging] }), status: 'fail', says: 'forbids nothing' },
  'a profile in a file with a telling name (podman)': {
    host: hostConfig({ SecurityOpt: ['seccomp=/srv/not-unconfined.json'] }),
    status: 'pass',
  },
  'privileged, nothing in SecurityOpt (A5 5.22)': {
    host: hostConfig({ Privileged: true, SecurityOpt: ['label=disable'] }, { files: firstProcess({ seccomp: 0 }) }),
    status: 'fail',
    says: 'privileged: no filter',
  },
  'privileged and stopped': {
    host: stoppedConfig({ Privileged: true, SecurityOpt: null }),
    status: 'fail',
    says: 'privileged: no filter',
  },
  'unconfined by the daemon’s default, started before (A5 5.22)': {
    host: hostConfig({ SecurityOpt: null }, unconfinedDaemon),
    status: 'fail',
    says: 'the daemon’s default is unconfined',
  },
  'unconfined by the daemon’s default, stopped': { host: stoppedConfig({ SecurityOpt: null }, unconfinedDaemon), status: 'fail' },
  'unconfined by the daemon’s default, with a profile of its own': {
    host: stoppedConfig({ SecurityOpt: [filtering] }, unconfinedDaemon),
    status: 'pass',
  },
  'a kernel without seccomp': {
    host: hostConfig({ SecurityOpt: null }, { info: { SecurityOptions: ['name=apparmor'] }, files: firstProcess({ seccomp: 0 }) }),
    status: 'fail',
    says: 'no filter in force',
  },
  'running out of sight': { host: hostConfig({ SecurityOpt: null }, { files: outOfSight }), status: 'pass' },
});

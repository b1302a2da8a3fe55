import type { Goal } from '../../../checks/check.ts';
import { authorizationPlugin } from '../../../checks/daemon/authorization-plugin.ts';
import { rootless } from '../../../checks/daemon/rootless.ts';
import { daemonSettings } from '../../../checks/daemon/settings.ts';
import { HostError } from '../../../facts/host.ts';
import type { Json } from '../../../facts/json.ts';
import { testCheck } from '../../check-tester.ts';
import { edited, silent, started } from '../../facts/effective.ts';
import type { HostLiteral } from '../../fake-host.ts';

const options = (...SecurityOptions: readonly string[]): HostLiteral => ({ info: { SecurityOptions } });
const unreachable: HostLiteral = { api: { '/info': new HostError('unreachable', 'nobody listens') } };
const userOwned: HostLiteral = {
  dockerd: { flags: [], uid: 1000, environment: 'HOME=/home/a\0' },
  files: { '/run/docker.sock': null, '/run/user/1000/docker.sock': { kind: 'socket', uid: 1000 } },
};

testCheck(rootless, {
  'the engine says so': {
    host: { ...options('name=seccomp,profile=builtin', 'name=rootless'), ...userOwned },
    status: 'pass',
    says: 'rootless',
  },
  'the engine says so, its process being out of sight': { host: { ...options('name=rootless'), dockerd: null }, status: 'pass' },
  rootful: { host: {}, status: 'fail', says: 'rootful (uid 0)' },
  'rootful, the process being out of sight': { host: { dockerd: null }, status: 'fail', says: 'rootful' },
  'a user’s program called dockerd makes no engine rootless': { host: userOwned, status: 'fail' },
  'an option of a similar name': { host: options('name=rootlesskit'), status: 'fail' },
  'an engine that does not answer': { host: unreachable, status: 'error', says: 'nobody listens' },
});

const plugins = (Authorization: unknown): HostLiteral => ({ info: { Plugins: { Authorization, Log: null } } });
testCheck(authorizationPlugin, {
  one: { host: {}, status: 'pass', says: 'authz' },
  none: { host: plugins([]), status: 'fail', says: 'none' },
  'null, as older engines have it': { host: plugins(null), status: 'fail' },
  'no plugins at all': { host: { info: { Plugins: null } }, status: 'fail' },
  'A2 written, but not in force': { host: { ...plugins(null), ...started('', { 'authorization-plugins': ['authz'] }) }, status: 'fail' },
  'those that the policy expects': { host: { ...plugins(['opa', 'authz']), policy: { authorizationPlugins: ['opa'] } }, status: 'pass' },
  'not all that the policy expects': {
    host: { ...plugins(['authz']), policy: { authorizationPlugins: ['authz', 'opa'] } },
    status: 'fail',
    says: 'missing: opa',
  },
  'an engine that does not answer': { host: unreachable, status: 'error' },
  'an engine that answers something else': { host: plugins('authz'), status: 'error', says: 'not what Docker sends' },
});

testCheck(daemonSettings.usernsRemap, {
  'in force': {
    host: { ...options('name=userns'), ...started('', { 'userns-remap': 'default' }) },
    status: 'pass',
    says: 'userns-remap=on (file)',
  },
  'not in force': { host: { ...options(), ...started('', {}) }, status: 'fail', says: 'userns-remap not set (default)' },
  'A0.7 A2 empty': { host: { ...options(), ...started('--userns-remap=') }, status: 'fail' },
  'A2 empty in the file': { host: { ...options(), ...started('', { 'userns-remap': '' }) }, status: 'fail' },
  'A0.8 D3 written, but not in force': {
    host: { ...options(), ...started('', { 'userns-remap': 'default' }) },
    status: 'fail',
    says: 'pending',
  },
  'A2 rootless: remapped already': { host: { ...options('name=rootless'), ...userOwned }, status: 'pass' },
  'D3 in force, but gone from the file': { host: { ...options('name=userns'), ...edited({}) }, status: 'fail', says: 'pending' },
  'the API is closed to us': { host: { ...silent, ...started('--userns-remap=default') }, status: 'pass' },
  'the API is closed to us, and so is the process': { host: { ...silent, dockerd: null }, status: 'error' },
});

testCheck(daemonSettings.cgroupParent, {
  unset: { host: started(''), status: 'pass', says: 'cgroup-parent not set (default)' },
  empty: { host: started('--cgroup-parent='), status: 'pass' },
  'A2 in the file': { host: started('', { 'cgroup-parent': 'batch.slice' }), status: 'fail', says: 'cgroup-parent=batch.slice (file)' },
  'as a flag': { host: started('--cgroup-parent /batch'), status: 'fail' },
  approved: { host: { ...started('', { 'cgroup-parent': 'batch.slice' }), policy: { cgroupParents: ['batch.slice'] } }, status: 'pass' },
  'another than approved': {
    host: { ...started('', { 'cgroup-parent': 'batch' }), policy: { cgroupParents: ['batch.slice'] } },
    status: 'fail',
  },
  'D3 written after dockerd started': { host: edited({ 'cgroup-parent': 'batch.slice' }), status: 'fail', says: 'restart pending' },
  'D3 a file that was changed after dockerd started': { host: edited({}), status: 'manual', says: 'a restart settles it' },
  null: { host: started('', { 'cgroup-parent': null }), status: 'pass' },
  'a daemon that we do not see': { host: { dockerd: null }, status: 'error' },
});

const seccomp = (profile: string): HostLiteral => options(`name=seccomp,profile=${profile}`);
testCheck(daemonSettings.seccompProfile, {
  'A2 builtin, since engine 23': { host: seccomp('builtin'), status: 'pass' },
  'default, before': { host: { ...seccomp('default'), version: { Version: '20.10.24' } }, status: 'pass' },
  'A2 unconfined': {
    host: { ...seccomp('unconfined'), ...started('', { 'seccomp-profile': 'unconfined' }) },
    status: 'fail',
    says: 'seccomp-profile=unconfined',
  },
  'a kernel without seccomp': { host: options('name=apparmor'), status: 'fail', says: 'unconfined' },
  'an approved profile': {
    host: {
      ...seccomp('/etc/docker/p.json'),
      ...started('', { 'seccomp-profile': '/etc/docker/p.json' }),
      policy: { seccompProfiles: ['/etc/docker/p.json'] },
    },
    status: 'pass',
  },
  'a profile that nobody has approved': {
    host: { ...seccomp('/etc/docker/p.json'), ...started('--seccomp-profile=/etc/docker/p.json') },
    status: 'manual',
  },
  'D3 unconfined from the next start on': {
    host: { ...seccomp('builtin'), ...started('', { 'seccomp-profile': 'unconfined' }) },
    status: 'fail',
    says: 'pending',
  },
  'a profile that nobody has approved, from the next start on': {
    host: { ...seccomp('builtin'), ...started('', { 'seccomp-profile': '/p.json' }) },
    status: 'manual',
    says: 'pending',
  },
  'the API is closed to us, and so is the process': { host: { ...silent, dockerd: null }, status: 'error' },
});

const asked: HostLiteral['policy'] = { defaultUlimits: { nofile: 65_536, nproc: 1024 } };
const wantsUlimits = (value: { [name: string]: Json }): Goal => ({ kind: 'daemon-setting', key: 'default-ulimits', value });
const ulimits = (limits: unknown, words = ''): HostLiteral => ({
  ...started(words, limits === undefined ? null : { 'default-ulimits': limits }),
  policy: { ...asked },
});
testCheck(daemonSettings.defaultUlimits, {
  'nobody asks for any': { host: started(''), status: 'not-applicable', says: 'policy.defaultUlimits' },
  'A2 unset': {
    host: ulimits(undefined),
    status: 'fail',
    goal: wantsUlimits({ nofile: { Name: 'nofile', Hard: 65_536, Soft: 65_536 }, nproc: { Name: 'nproc', Hard: 1024, Soft: 1024 } }),
  },
  'A2 any map is not enough': { host: ulimits({ core: { Name: 'core', Hard: 0, Soft: 0 } }), status: 'fail' },
  'as asked': { host: ulimits({ nofile: { Name: 'nofile', Hard: 65_536, Soft: 1024 }, nproc: { Hard: 512 } }), status: 'pass' },
  'names in small letters, as Go reads them': {
    host: ulimits({ nofile: { hard: 1024, soft: 1024 }, nproc: { hard: 512 } }),
    status: 'pass',
  },
  'one too high, the others being kept': {
    host: ulimits({ nofile: { Hard: 1_048_576, Soft: 1024 }, nproc: { hard: 512, soft: 99 }, core: { Name: 'core', Hard: 0, Soft: 0 } }),
    status: 'fail',
    goal: wantsUlimits({
      nofile: { Name: 'nofile', Hard: 65_536, Soft: 1024 },
      nproc: { Name: 'nproc', Hard: 512, Soft: 99 },
      core: { Name: 'core', Hard: 0, Soft: 0 },
    }),
  },
  'one that no limit can meet, which nobody mends': {
    host: { ...started(''), policy: { defaultUlimits: { nofile: -1 } } },
    status: 'fail',
  },
  'one unlimited': { host: ulimits({ nofile: { Hard: -1 }, nproc: { Hard: 512 } }), status: 'fail' },
  'one missing': { host: ulimits({ nofile: { Hard: 1024 } }), status: 'fail' },
  'one without a hard limit': { host: ulimits({ nofile: { Soft: 1024 }, nproc: { Hard: 512 } }), status: 'fail' },
  'as flags': { host: ulimits(undefined, '--default-ulimit nofile=1024:2048 --default-ulimit nproc=512'), status: 'pass' },
  'as flags, the soft limit being the low one': {
    host: ulimits(undefined, '--default-ulimit nofile=1024:999999 --default-ulimit nproc=512'),
    status: 'fail',
  },
  'as an empty flag': { host: ulimits(undefined, '--default-ulimit nofile= --default-ulimit nproc=512'), status: 'fail' },
  'a list for a map, with which dockerd does not start': { host: ulimits(['nofile=1']), status: 'error', says: 'expected an object' },
  'D3 written after dockerd started': {
    host: { ...edited({ 'default-ulimits': { nofile: { Hard: 1 }, nproc: { Hard: 1 } } }), policy: { ...asked } },
    status: 'fail',
    says: 'restart pending',
    goal: wantsUlimits({ nofile: { Name: 'nofile', Hard: 1, Soft: 1 }, nproc: { Name: 'nproc', Hard: 1, Soft: 1 } }),
  },
  'a daemon that we do not see': { host: { dockerd: null, policy: { ...asked } }, status: 'error' },
});

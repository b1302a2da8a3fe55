import {
  capabilitiesRestricted,
  dangerousCapabilities,
  noNewPrivileges,
  noPrivileged,
  readOnlyRootfs,
} from '../../../checks/containers/privileges.ts';
import { type Rows, testCheck } from '../../check-tester.ts';
import { containerErrors, firstProcess, hostConfig, outOfSight, stopped, stoppedConfig } from '../rows.ts';

testCheck(noPrivileged, {
  ...containerErrors(),
  'the default': { host: hostConfig({}), status: 'pass' },
  privileged: { host: hostConfig({ Privileged: true }), status: 'fail', says: 'Privileged=true' },
  'a stopped privileged container': {
    host: stoppedConfig({ Privileged: true }),
    status: 'fail',
    says: 'Privileged=true (container is exited)',
  },
  'one of two': {
    host: { containers: [{}, { Id: 'bad', Name: '/bad', HostConfig: { Privileged: true } }] },
    status: 'fail',
    says: 'fail container bad',
  },
  'an unknown container beside a failing one': {
    host: {
      containers: [{}, { Id: 'bad', Name: '/bad', HostConfig: { Privileged: true } }],
      api: { [`/containers/${'c0ffee'.padEnd(64, '0')}/json`]: 'gone' },
    },
    status: 'fail',
    says: '1 of 2 could not be read',
  },
});

testCheck(capabilitiesRestricted, {
  ...containerErrors(),
  'NET_RAW dropped': { host: hostConfig({ CapDrop: ['CAP_NET_RAW'] }), status: 'pass', says: 'drops NET_RAW' },
  'ALL dropped': { host: hostConfig({ CapDrop: ['ALL'] }), status: 'pass' },
  'untouched, so NET_RAW is kept (A5 5.4)': { host: hostConfig({ CapDrop: null }), status: 'fail', says: 'keeps NET_RAW' },
  'older clients store names as typed': { host: hostConfig({ CapDrop: ['net_raw'] }), status: 'pass' },
  'adds one': { host: hostConfig({ CapAdd: ['CAP_NET_ADMIN'] }), status: 'fail', says: 'adds NET_ADMIN' },
  'adds one in lower case without prefix': { host: hostConfig({ CapAdd: ['net_admin'] }), status: 'fail', says: 'adds NET_ADMIN' },
  'adds ALL': { host: hostConfig({ CapAdd: ['ALL'] }), status: 'fail', says: 'adds ALL' },
  'ALL is never needed, whatever the policy says': {
    host: hostConfig({ CapAdd: ['all'] }, { policy: { allowedCapabilities: ['ALL'] } }),
    status: 'fail',
  },
  'drops ALL and adds what the policy allows': {
    host: hostConfig({ CapDrop: ['ALL'], CapAdd: ['CAP_NET_BIND_SERVICE'] }, { policy: { allowedCapabilities: ['net_bind_service'] } }),
    status: 'pass',
    says: 'drops ALL; adds NET_BIND_SERVICE (by policy.allowedCapabilities)',
  },
  'drops ALL and adds what a rule about its image allows': {
    host: {
      containers: [{ Config: { Image: 'nginx:1' }, HostConfig: { CapDrop: ['ALL'], CapAdd: ['CHOWN', 'SYS_TIME'] } }],
      policy: {
        allowedCapabilities: ['CHOWN'],
        containers: [{ image: 'docker.io/library/nginx', allowedCapabilities: ['SYS_TIME'] }],
      },
    },
    status: 'pass',
    says: 'adds CHOWN, SYS_TIME (by policy.allowedCapabilities, policy.containers: image docker.io/library/nginx)',
  },
  'adds what a rule about another image allows': {
    host: {
      containers: [{ Config: { Image: 'nginx-evil:1' }, HostConfig: { CapDrop: ['ALL'], CapAdd: ['SYS_TIME'] } }],
      policy: { containers: [{ image: 'docker.io/library/nginx', allowedCapabilities: ['SYS_TIME'] }] },
    },
    status: 'fail',
    says: 'adds SYS_TIME',
  },
  'adds ALL, which no rule can allow': {
    host: {
      containers: [{ Config: { Labels: { tier: 'edge' } }, HostConfig: { CapAdd: ['ALL'] } }],
      policy: { containers: [{ label: 'tier', allowedCapabilities: ['ALL'] }] },
    },
    status: 'fail',
    says: 'adds ALL',
  },
  'keeps NET_RAW where the policy allows it': {
    host: hostConfig({ CapDrop: [] }, { policy: { allowedCapabilities: ['CAP_NET_RAW'] } }),
    status: 'pass',
    says: 'keeps NET_RAW (by policy.allowedCapabilities)',
  },
  'privileged, so all of them (A5 5.4)': { host: hostConfig({ Privileged: true }), status: 'fail', says: 'privileged' },
  stopped: { host: stoppedConfig({ CapAdd: ['SYS_TIME'] }), status: 'fail', says: 'container is exited' },
});

for (const check of dangerousCapabilities) {
  const name = check.title.replace('Containers do without ', '');
  testCheck(check, {
    ...containerErrors(),
    'not added': { host: hostConfig({ CapAdd: ['CAP_NET_ADMIN'] }), status: 'pass', says: 'not granted' },
    'all dropped': { host: hostConfig({ CapDrop: ['ALL'] }), status: 'pass' },
    added: { host: hostConfig({ CapAdd: [`CAP_${name}`] }), status: 'fail', says: `adds ${name}` },
    'added in the form of older clients': { host: hostConfig({ CapAdd: [name.toLowerCase()] }), status: 'fail' },
    'added with ALL': { host: hostConfig({ CapAdd: ['ALL'] }), status: 'fail', says: 'adds ALL' },
    'all but this one: the control allows no ALL': { host: hostConfig({ CapAdd: ['ALL'], CapDrop: [name] }), status: 'fail' },
    privileged: { host: hostConfig({ Privileged: true }), status: 'fail' },
    stopped: { host: stoppedConfig({ CapAdd: [name] }), status: 'fail', says: 'container is exited' },
  });
}

const byDefault = { daemonJson: { 'no-new-privileges': true }, info: { SecurityOptions: ['name=no-new-privileges'] } };
const without = { daemonJson: {}, info: { SecurityOptions: [] } };

/** Spellings that engines take, for a container that is not running: the kernel cannot be asked. */
function spellings(options: readonly (string | string[])[], row: Pick<Rows[string], 'status' | 'says'>): Rows {
  return Object.fromEntries(
    options.map((option) => [`stopped, ${option}`, { host: stoppedConfig({ SecurityOpt: [option].flat() }, byDefault), ...row }]),
  );
}

testCheck(noNewPrivileges, {
  ...containerErrors(),
  'the kernel says so': { host: hostConfig({}), status: 'pass', says: 'NoNewPrivs: 1' },
  'asked for, and the daemon’s default off': { host: hostConfig({}, without), status: 'pass' },
  'not asked for, but the first process gave them up by itself': {
    host: hostConfig({ SecurityOpt: null }, without),
    status: 'manual',
    says: 'nobody asked for it',
  },
  'switched off, but the first process gave them up by itself': {
    host: hostConfig({ SecurityOpt: ['no-new-privileges=false'] }),
    status: 'fail',
    says: 'switched off for it',
  },
  'not asked for': {
    host: hostConfig({ SecurityOpt: null }, { ...without, files: firstProcess({ noNewPrivileges: false }) }),
    status: 'fail',
  },
  'older than the daemon’s default (A5 5.26, D20)': {
    host: hostConfig({ SecurityOpt: null }, { ...byDefault, files: firstProcess({ noNewPrivileges: false }) }),
    status: 'fail',
    says: 'older than the daemon’s default',
  },
  'switched off for it (A5 5.26)': {
    host: hostConfig({ SecurityOpt: ['no-new-privileges:false'] }, { ...byDefault, files: firstProcess({ noNewPrivileges: false }) }),
    status: 'fail',
    says: 'switched off for it',
  },
  'asked for, and not in force': {
    host: hostConfig({}, { ...byDefault, files: firstProcess({ noNewPrivileges: false }) }),
    status: 'fail',
    says: 'not in force [docker inspect]',
  },
  'the daemon’s default leaves SecurityOpt empty': { host: hostConfig({ SecurityOpt: null }, byDefault), status: 'pass' },
  'another option that holds the words': {
    host: stoppedConfig({ SecurityOpt: ['apparmor=no-new-privileges', 'label=type:no-new-privileges'] }, without),
    status: 'fail',
    says: 'not set',
  },
  ...spellings(['no-new-privileges', 'no-new-privileges:true', 'no-new-privileges=true', 'no-new-privileges=1'], { status: 'pass' }),
  ...spellings(['no-new-privileges=false', 'no-new-privileges:false', 'no-new-privileges=0', 'no-new-privileges=F'], { status: 'fail' }),
  ...spellings([['no-new-privileges', 'no-new-privileges=false']], { status: 'fail', says: 'no-new-privileges=false' }),
  'stopped, created after dockerd started with the default': {
    host: stoppedConfig({ SecurityOpt: null }, byDefault),
    status: 'pass',
    says: 'by the daemon’s default',
  },
  'stopped, created before dockerd started': {
    host: { ...byDefault, containers: [{ Created: '2024-01-01T00:00:00Z', State: stopped, HostConfig: { SecurityOpt: null } }] },
    status: 'manual',
    says: 'unless the container is older than that',
  },
  'stopped, and the engine does not date it': {
    host: { ...byDefault, containers: [{ Created: null, State: stopped, HostConfig: { SecurityOpt: null } }] },
    status: 'manual',
  },
  'running out of sight, asked for': { host: hostConfig({}, { ...without, files: outOfSight }), status: 'pass' },
  'running out of sight, not asked for': { host: hostConfig({ SecurityOpt: [] }, { ...without, files: outOfSight }), status: 'fail' },
});

testCheck(readOnlyRootfs, {
  ...containerErrors(),
  'read-only': { host: hostConfig({}), status: 'pass' },
  writable: { host: hostConfig({ ReadonlyRootfs: false }), status: 'fail' },
  'not said, so writable': { host: hostConfig({ ReadonlyRootfs: null }), status: 'fail', says: 'ReadonlyRootfs=false' },
  stopped: { host: stoppedConfig({ ReadonlyRootfs: false }), status: 'fail', says: 'container is exited' },
});

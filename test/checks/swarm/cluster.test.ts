import { cluster as checks, modeOffUnlessNeeded } from '../../../checks/swarm/cluster.ts';
import { HostError } from '../../../facts/host.ts';
import { type Policy, policySchema } from '../../../facts/policy.ts';
import { type Rows, testCheck } from '../../check-tester.ts';
import type { HostLiteral, Literal } from '../../fake-host.ts';
import { cluster, DAY, manager, noSwarm, ROOT_CERTIFICATE, sockets, worker, workerCannotTell } from './nodes.ts';

function testSwarmCheck(id: string, rows: Rows, options?: Parameters<typeof testCheck>[2]): void {
  const check = checks.find((candidate) => candidate.id === id);
  if (check === undefined) throw new Error(`no check ${id}`);
  testCheck(check, { ...noSwarm, ...rows }, options);
}

const policy = (swarm: Literal): { policy: Partial<Policy> } => ({ policy: { swarm: policySchema.parse({ swarm }).swarm } });
const state = (LocalNodeState: string, rest: HostLiteral = {}): HostLiteral => ({ ...rest, info: { Swarm: { LocalNodeState } } });

testCheck(modeOffUnlessNeeded, {
  inactive: { host: {}, status: 'pass', says: 'inactive' },
  'an engine that says nothing of it (podman)': { host: { info: { Swarm: null } }, status: 'pass' },
  active: { host: state('active'), status: 'fail', says: 'active' },
  'pending (A5 5.1)': { host: state('pending'), status: 'fail', says: 'pending' },
  'error (A5 5.1)': { host: state('error'), status: 'fail', says: 'error' },
  locked: { host: state('locked'), status: 'fail', says: 'locked' },
  'a node that is meant to be one (A5 5.1)': { host: state('active', policy({ needed: true })), status: 'not-applicable' },
  'meant to be a node, and is none': { host: policy({ needed: true }), status: 'pass' },
  'no engine answers': { host: { api: { '/info': new HostError('unreachable', 'nobody listens') } }, status: 'error' },
});

testSwarmCheck('swarm/manager-count', {
  ...workerCannotTell,
  'one manager': { host: manager(), status: 'pass', says: '1 manager' },
  'as many as meant': { host: manager({ Managers: 3 }, policy({ managers: 3 })), status: 'pass' },
  'more than meant, one of them the leader (A6 7.1)': {
    host: manager({ Managers: 5 }, policy({ managers: 3 })),
    status: 'fail',
    says: '3 meant',
  },
  'fewer than meant': { host: manager({ Managers: 1 }, policy({ managers: 3 })), status: 'fail' },
  'an even number, even if meant': { host: manager({ Managers: 4 }, policy({ managers: 4 })), status: 'fail', says: 'an even number' },
  'three, and no policy': { host: manager({ Managers: 3 }), status: 'manual', says: 'policy.swarm.managers says nothing' },
  'a manager without a quorum': { host: manager({ Managers: 0 }), status: 'error', says: 'does not say' },
});

const WILDCARD = '00000000';
const V6_WILDCARD = '0'.repeat(32);

testSwarmCheck('swarm/bind-interface', {
  'one address': { host: manager(), status: 'pass', says: 'listener 2377/tcp: 192.0.2.1' },
  'a worker, which has no 2377': { host: worker(), status: 'pass', says: 'listener 7946/udp' },
  'every address': { host: manager({}, { files: sockets(WILDCARD) }), status: 'fail', says: 'fail listener 2377/tcp: 0.0.0.0' },
  'every IPv6 address': { host: manager({}, { files: sockets(V6_WILDCARD) }), status: 'fail', says: 'listener 7946/tcp: ::' },
  '7946 alone on every address (docker-bench looks at 2377)': {
    host: manager({}, { files: { '/proc/100/net/udp6': sockets(V6_WILDCARD)['/proc/100/net/udp'] ?? '' } }),
    status: 'fail',
    says: 'fail listener 7946/udp: ::',
  },
  'a host without IPv6': { host: manager({}, { files: { '/proc/100/net/tcp6': null, '/proc/100/net/udp6': null } }), status: 'pass' },
  'no tables at all': { host: manager({}, { files: { '/proc/100/net/tcp': null } }), status: 'error', says: 'could not be read' },
  'tables that are closed to us': {
    host: manager({}, { files: { '/proc/100/net/tcp': { error: 'denied' } } }),
    status: 'error',
    says: 'could not be read',
  },
  'no listener in sight': {
    host: manager({}, { files: { ...sockets(WILDCARD, []), '/proc/100/net/udp': '' } }),
    status: 'error',
    says: 'no listener',
  },
});

const overlay = (Name: string, Options: Literal | null, Ingress = false): Literal => ({
  Name,
  Driver: 'overlay',
  Scope: 'swarm',
  Ingress,
  Options,
});

testSwarmCheck('swarm/overlay-encrypted', {
  'no overlay network': { host: manager(), status: 'not-applicable', says: 'no overlay network' },
  'the key without a value': {
    host: manager({}, { networks: [overlay('app', { encrypted: '' })] }),
    status: 'pass',
    says: 'network app: encrypted',
  },
  'not encrypted': { host: manager({}, { networks: [overlay('app', null)] }), status: 'fail', says: 'network app: not encrypted [docker' },
  'an option that holds the word (A6 7.3)': {
    host: manager({}, { networks: [overlay('app', { 'not.encrypted': 'true' })] }),
    status: 'fail',
  },
  'the routing mesh is one too': {
    host: manager({}, { networks: [overlay('mesh', {}, true), overlay('app', { encrypted: '' })] }),
    status: 'fail',
    says: 'network mesh: not encrypted (the built-in routing mesh)',
  },
});

function services(...specs: readonly Literal[]): HostLiteral {
  const list = specs.map((ContainerSpec, index) => ({ Spec: { Name: `s${index}`, TaskTemplate: { ContainerSpec } } }));
  return manager({}, { api: { '/services': list } });
}

testSwarmCheck('swarm/secrets-used', {
  ...workerCannotTell,
  'no services': { host: manager(), status: 'not-applicable', says: 'no services' },
  'a service without secrets': { host: services({ Env: ['LANG=C'] }), status: 'pass', says: 'service s0: none' },
  'a service with swarm secrets': {
    host: services({ Secrets: [{ SecretName: 'db' }], Env: ['DB_PASSWORD_FILE=/run/secrets/db'] }),
    status: 'pass',
  },
  'a secret in a variable': {
    host: services({}, { Env: ['DB_PASSWORD=x'], Secrets: [{}] }),
    status: 'fail',
    says: 'service s1: DB_PASSWORD (values',
  },
  'a secret in a config': { host: services({ Configs: [{ ConfigName: 'db-password' }] }), status: 'fail', says: 'db-password' },
  'a service that runs no container': {
    host: manager({}, { api: { '/services': [{ Spec: { Name: 'p', TaskTemplate: {} } }] } }),
    status: 'pass',
  },
  'no quorum to list them': {
    host: manager({}, { api: { '/services': new HostError('io', '503 no leader') } }),
    status: 'error',
    says: 'could not be read',
  },
});

const autolocked = (AutoLockManagers: boolean | null): Literal => cluster({ Spec: { EncryptionConfig: { AutoLockManagers } } });

testSwarmCheck('swarm/autolock', {
  ...workerCannotTell,
  on: { host: manager(), status: 'pass', says: 'on' },
  off: { host: manager(autolocked(false)), status: 'fail', says: 'off' },
  'not said, so off': { host: manager(autolocked(null)), status: 'fail' },
  'an engine that does not say': { host: manager(cluster({ Spec: null })), status: 'error', says: 'does not say' },
});

testSwarmCheck('swarm/autolock-key-rotated', {
  ...workerCannotTell,
  'no engine records it': { host: manager(), status: 'manual', says: 'attest the last one' },
  'no key to rotate': { host: manager(autolocked(false)), status: 'not-applicable', says: 'autolock is off' },
  'an engine that does not say': { host: manager(cluster({ Spec: null })), status: 'error' },
});

const expiry = (days: number): Literal => cluster({ Spec: { CAConfig: { NodeCertExpiry: days * DAY } } });

testSwarmCheck('swarm/node-cert-rotation', {
  ...workerCannotTell,
  'the default, and no policy (A6 7.7)': { host: manager(), status: 'manual', says: '90 days; policy.swarm.maxNodeCertificateDays' },
  'as long as agreed': { host: manager(expiry(30), policy({ maxNodeCertificateDays: 30 })), status: 'pass', says: '30 days' },
  'two days (A6 7.7)': { host: manager(expiry(2), policy({ maxNodeCertificateDays: 30 })), status: 'pass' },
  'longer than agreed': { host: manager(expiry(90), policy({ maxNodeCertificateDays: 30 })), status: 'fail', says: '90 days' },
  'a year, in nanoseconds more than JavaScript counts exactly': {
    host: manager(expiry(365), policy({ maxNodeCertificateDays: 90 })),
    status: 'fail',
    says: '365 days',
  },
  'an engine that does not say': { host: manager(cluster({ Spec: {} })), status: 'error' },
});

const onDisk = (content: string): HostLiteral['files'] & object => ({
  '/var/lib/docker/100000.100000/swarm/certificates/swarm-root-ca.crt': content,
});

testSwarmCheck('swarm/ca-rotation', {
  'no policy': { host: manager(), status: 'manual', says: 'valid since 2024-02-01' },
  'within the period': { host: manager({}, policy({ maxRootCertificateDays: 36_500 })), status: 'pass' },
  'older than that': { host: manager({}, policy({ maxRootCertificateDays: 90 })), status: 'fail' },
  'a worker has it on disk, below a data root of its own': {
    host: worker({ files: onDisk(ROOT_CERTIFICATE), ...policy({ maxRootCertificateDays: 90 }) }),
    status: 'fail',
    says: 'valid since 2024-02-01',
  },
  'a worker’s that cannot be read': { host: worker(), status: 'error', says: 'could not be read' },
  'no certificate in the file': { host: worker({ files: onDisk('oops') }), status: 'error' },
});

const dataPath = (content: string | null) => ({ files: { '/var/lib/docker/100000.100000/swarm/docker-state.json': content } });

testSwarmCheck('swarm/data-plane-separated', {
  'two addresses': { host: manager(), status: 'pass', says: '198.51.100.1 beside 192.0.2.1' },
  'two addresses of a worker': { host: worker(), status: 'pass' },
  'the same address': { host: manager({}, dataPath('{"DataPathAddr":"192.0.2.1"}')), status: 'fail', says: 'both 192.0.2.1' },
  'none given, so the same': { host: manager({}, dataPath('{"DataPathAddr":""}')), status: 'fail' },
  'a file without the field': { host: manager({}, dataPath('{}')), status: 'fail' },
  'no file': { host: manager({}, dataPath(null)), status: 'manual', says: 'run as root' },
  'a file that is not JSON': { host: manager({}, dataPath('{')), status: 'manual' },
  'a file of another shape': { host: manager({}, dataPath('[]')), status: 'manual' },
});

import { daemonSettings } from '../../../checks/daemon/settings.ts';
import { HostError } from '../../../facts/host.ts';
import { testCheck } from '../../check-tester.ts';
import { edited, silent, started } from '../../facts/effective.ts';
import type { HostLiteral, Literal } from '../../fake-host.ts';
import { flagAndFile, reported } from './rows.ts';

const ICC = 'com.docker.network.bridge.enable_icc';
const bridge = (options: Literal, rest: Literal = {}): Literal => ({ Name: 'bridge', Driver: 'bridge', Options: options, ...rest });
const icc = (value: boolean): HostLiteral => ({ networks: [bridge({ [ICC]: String(value) })] });
const old: HostLiteral = { version: { Version: '20.10.24+dfsg1' }, info: { SecurityOptions: ['name=seccomp,profile=default'] } };

testCheck(daemonSettings.icc, {
  ...reported({ key: 'icc', wanted: false, usual: true }, icc),
  ...flagAndFile({ key: 'icc', wanted: false, usual: true }, { networks: [bridge({})] }),
  'A2 user-defined bridges are their own business': {
    host: {
      ...icc(false),
      networks: [bridge({ [ICC]: 'false' }), bridge({ [ICC]: 'true' }, { Name: 'frontend' })],
      ...started('', { icc: false }),
    },
    status: 'pass',
  },
  'A2 a flag is no key of the file: the network tells': { host: { ...icc(true), ...started('--icc') }, status: 'fail' },
  'no default bridge': { host: { networks: [], ...started('', { bridge: 'none' }) }, status: 'not-applicable', says: 'switched off' },
  'networks that nobody can read': {
    host: { api: { '/networks': new HostError('io', 'GET /networks: 500') } },
    status: 'error',
    says: '500',
  },
  'networks that are none': { host: { api: { '/networks': { bridge: true } } }, status: 'error', says: 'not what Docker sends' },
});

testCheck(daemonSettings.iptables, {
  ...flagAndFile({ key: 'iptables', wanted: true, usual: true }),
  'the API is closed to us: the command line tells': { host: { ...silent, ...started('--iptables=false') }, status: 'fail' },
  'rootless, in a network of its own': {
    host: {
      info: { SecurityOptions: ['name=rootless'] },
      dockerd: { flags: [], uid: 1000, environment: 'HOME=/home/a\0' },
      files: { '/run/docker.sock': null, '/run/user/1000/docker.sock': { kind: 'socket' } },
    },
    status: 'pass',
  },
  'with nftables': {
    host: { version: { Version: '29.0.0' }, info: { FirewallBackend: { Driver: 'nftables' } }, ...started('--firewall-backend=nftables') },
    status: 'pass',
  },
});

testCheck(daemonSettings.ip6tables, {
  ...flagAndFile({ key: 'ip6tables', wanted: true, usual: true }),
  'before engine 27, unset': { host: { ...old, ...started('') }, status: 'not-applicable', says: 'experimental mode only' },
  'before engine 27, switched on': { host: { ...old, ...started('', { ip6tables: true, experimental: true }) }, status: 'pass' },
  'before engine 27, switched off': { host: { ...old, ...started('--ip6tables=false') }, status: 'fail' },
});

const nnp = (value: boolean): HostLiteral => ({
  info: { SecurityOptions: value ? ['name=no-new-privileges'] : ['name=seccomp,profile=builtin'] },
});
testCheck(daemonSettings.noNewPrivileges, {
  ...reported({ key: 'no-new-privileges', wanted: true, usual: false }, nnp),
  ...flagAndFile({ key: 'no-new-privileges', wanted: true, usual: false }, { ...old, version: { Version: '23.0.6' } }),
  'engine 20.10, which does not report it': { host: { ...old, ...started('--no-new-privileges') }, status: 'pass', says: '(flag)' },
  'the API is closed to us': { host: { ...silent, ...started('', { 'no-new-privileges': true }) }, status: 'pass' },
});

const liveRestore = (value: boolean): HostLiteral => ({ info: { LiveRestoreEnabled: value } });
testCheck(daemonSettings.liveRestore, {
  ...reported({ key: 'live-restore', wanted: true, usual: false }, liveRestore),
  'A2 in a swarm it is impossible, not passed': {
    host: { info: { LiveRestoreEnabled: false, Swarm: { LocalNodeState: 'active' } } },
    status: 'not-applicable',
    says: 'exclude each other',
  },
  'a locked swarm is one, too': { host: { info: { Swarm: { LocalNodeState: 'locked' } } }, status: 'not-applicable' },
  'the engine does not answer': { host: silent, status: 'error', says: 'permission denied' },
});

const proxies = (parent: number): HostLiteral['files'] => ({
  '/proc/400/stat': `400 (docker-proxy) S ${parent} 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1000 0 0`,
});
testCheck(daemonSettings.userlandProxy, {
  ...flagAndFile({ key: 'userland-proxy', wanted: false, usual: true }),
  'its process runs, whatever the file says': {
    host: { ...started('', { 'userland-proxy': false }), files: { ...proxies(100) } },
    status: 'fail',
    says: 'a docker-proxy process',
  },
  'its process runs, whatever happened to the file': {
    host: { ...edited({}), files: { ...edited({}).files, ...proxies(100) } },
    status: 'fail',
    says: 'userland-proxy=true',
  },
  'the process of a daemon in some container proves nothing': {
    host: { ...started('--userland-proxy=false'), files: { ...proxies(999) } },
    status: 'pass',
  },
});

testCheck(daemonSettings.experimental, {
  ...reported({ key: 'experimental', wanted: false, usual: false }, (value) => ({ info: { ExperimentalBuild: value } })),
  ...flagAndFile({ key: 'experimental', wanted: false, usual: false }, silent),
  'A2 any engine is judged, and the value never passes for a missing one': {
    host: { ...started(''), info: { ExperimentalBuild: null } },
    status: 'pass',
    says: '(default)',
  },
});

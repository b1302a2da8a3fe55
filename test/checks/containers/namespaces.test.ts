import { noDefaultBridge, noHostIpc, noHostNetwork, noHostPid, noHostUserns, noHostUts } from '../../../checks/containers/namespaces.ts';
import { type Rows, testCheck } from '../../check-tester.ts';
import type { Literal } from '../../fake-host.ts';
import { containerErrors, hostConfig, stopped, stoppedConfig } from '../rows.ts';

type Mode = 'NetworkMode' | 'PidMode' | 'IpcMode';

const first = 'a1'.padEnd(64, '0');
const second = 'b2'.padEnd(64, '0');

/** `one` joins `two`, which joins `three`, which is in `mode`. */
function chain(key: Mode, mode: string): Literal[] {
  return [
    { Id: 'c3', Name: '/one', State: { Pid: 1 }, HostConfig: { [key]: `container:${second}` } },
    { Id: second, Name: '/two', State: { Pid: 2 }, HostConfig: { [key]: `container:${first}` } },
    { Id: first, Name: '/three', State: { Pid: 3 }, HostConfig: { [key]: mode } },
  ];
}

function sharing(key: Mode): Rows {
  const lost = { [key]: `container:${'d4'.padEnd(64, '0')}` };
  return {
    ...containerErrors(),
    host: { host: hostConfig({ [key]: 'host' }), status: 'fail', says: `${key}=host [docker inspect]` },
    'not said': { host: hostConfig({ [key]: '' }), status: 'pass', says: `${key} not set` },
    'a chain of joined containers that ends at the host (A5 5.10)': {
      host: { containers: chain(key, 'host') },
      status: 'fail',
      says: `container one: ${key}=host (through two, three)`,
    },
    'a chain that ends elsewhere': { host: { containers: chain(key, 'private') }, status: 'pass' },
    'joined by name': {
      host: {
        containers: [
          { Name: '/vpn', HostConfig: { [key]: 'host' } },
          { Id: 'c3', Name: '/app', HostConfig: { [key]: 'container:vpn' } },
        ],
      },
      status: 'fail',
      says: 'through vpn',
    },
    'joined by a short id': {
      host: {
        containers: [
          { Id: first, Name: '/vpn', HostConfig: { [key]: 'host' } },
          { Id: 'c3', Name: '/app', State: { Pid: 1 }, HostConfig: { [key]: `container:${first.slice(0, 12)}` } },
        ],
      },
      status: 'fail',
      says: 'container app: ',
    },
    'running, joined to a container that is not there': { host: hostConfig(lost), status: 'error', says: 'not among the containers' },
    'stopped, joined to a container that is not there': { host: stoppedConfig(lost), status: 'not-applicable', says: 'cannot start' },
    'joined in a circle': { host: { containers: chain(key, `container:${second}`) }, status: 'error' },
    stopped: { host: stoppedConfig({ [key]: 'host' }), status: 'fail', says: 'container is exited' },
  };
}

testCheck(noHostNetwork, {
  ...sharing('NetworkMode'),
  'the default of old engines': { host: hostConfig({ NetworkMode: 'default' }), status: 'pass' },
  'a network that is named like it': { host: hostConfig({ NetworkMode: 'hosting' }), status: 'pass' },
  none: { host: hostConfig({ NetworkMode: 'none' }), status: 'pass' },
});

testCheck(noHostPid, sharing('PidMode'));

testCheck(noHostIpc, {
  ...sharing('IpcMode'),
  'shareable, which the benchmark allows': { host: hostConfig({ IpcMode: 'shareable' }), status: 'pass' },
});

testCheck(noHostUts, {
  ...containerErrors(),
  'not said': { host: hostConfig({}), status: 'pass' },
  host: { host: hostConfig({ UTSMode: 'host' }), status: 'fail', says: 'UTSMode=host' },
  'private (podman)': { host: hostConfig({ UTSMode: 'private' }), status: 'pass' },
  stopped: { host: stoppedConfig({ UTSMode: 'host' }), status: 'fail', says: 'container is exited' },
});

testCheck(noHostUserns, {
  ...containerErrors(),
  'not said, the daemon remaps': { host: hostConfig({}), status: 'pass', says: 'not set: remapped' },
  'not said, the daemon remaps nobody (A5 5.31)': {
    host: hostConfig({}, { daemonJson: {}, info: { SecurityOptions: [] } }),
    status: 'pass',
    says: 'remaps nobody',
  },
  rootless: { host: hostConfig({}, { info: { SecurityOptions: ['name=rootless'] } }), status: 'pass', says: 'not set: remapped' },
  host: { host: hostConfig({ UsernsMode: 'host' }), status: 'fail', says: 'UsernsMode=host' },
  stopped: { host: stoppedConfig({ UsernsMode: 'host' }), status: 'fail', says: 'container is exited' },
});

const on = (...names: readonly string[]) => ({ NetworkSettings: { Networks: Object.fromEntries(names.map((name) => [name, {}])) } });
/** In this mode, and on no network that inspect names. */
const attachedTo = (name: string) => ({ NetworkSettings: { Ports: {}, Networks: null }, HostConfig: { NetworkMode: name } });

const joinedTo = (other: Literal): Literal[] => [
  { ...other, Name: '/vpn' },
  { ...attachedTo('container:vpn'), Id: 'c3', Name: '/app', State: { Pid: 7 } },
];

testCheck(noDefaultBridge, {
  ...containerErrors(),
  'a network of its own': { host: { containers: [{}] }, status: 'pass', says: 'frontend' },
  'attached to both': { host: { containers: [on('frontend', 'bridge')] }, status: 'fail', says: 'frontend, bridge [docker inspect]' },
  'the default of old engines': { host: { containers: [attachedTo('default')] }, status: 'fail', says: 'bridge' },
  'the default of new engines': { host: { containers: [attachedTo('bridge')] }, status: 'fail' },
  'the default of podman, which it lists as bridge': {
    host: { containers: [{ ...on('podman'), HostConfig: { NetworkMode: 'bridge' } }] },
    status: 'fail',
    says: 'podman',
  },
  'a network of its own that is called podman': {
    host: {
      containers: [on('podman')],
      networks: [
        { Name: 'bridge', Driver: 'bridge' },
        { Name: 'podman', Driver: 'bridge' },
      ],
    },
    status: 'pass',
  },
  'the host’s network': { host: { containers: [attachedTo('host')] }, status: 'pass' },
  'another interface than docker0 (A5 5.30)': {
    host: {
      containers: [attachedTo('bridge')],
      networks: [{ Name: 'bridge', Driver: 'bridge', Options: { 'com.docker.network.bridge.name': 'br-lan' } }],
    },
    status: 'fail',
  },
  'joined to a container on the default bridge': {
    host: { containers: joinedTo(attachedTo('bridge')) },
    status: 'fail',
    says: 'container app: bridge (through vpn)',
  },
  'joined to a container on a network of its own': { host: { containers: joinedTo({}) }, status: 'pass', says: 'frontend (through vpn)' },
  'running, joined to a container that is not there': { host: { containers: [attachedTo('container:gone')] }, status: 'error' },
  'stopped, joined to a container that is not there': {
    host: { containers: [{ ...attachedTo('container:gone'), State: stopped }] },
    status: 'not-applicable',
  },
  'the default bridge is switched off': { host: { containers: [{}], networks: [] }, status: 'not-applicable', says: 'switched off' },
  'a stopped one on the default bridge': { host: { containers: [{ ...on('bridge'), State: stopped }] }, status: 'fail', says: 'is exited' },
});

import { describe, expect, test } from 'vitest';
import { collectFacts } from '../../agent/collect.ts';
import type { Facts } from '../../facts/index.ts';
import type { Json } from '../../facts/json.ts';
import { afterRestart, reloadEffects, restartEffects } from '../../remediations/daemon-effects.ts';
import { daemonSetting } from '../../remediations/daemon-setting.ts';
import type { Effect } from '../../remediations/remediation.ts';
import { started } from '../facts/effective.ts';
import { fakeHost, fakePolicy, type HostLiteral, type Literal } from '../fake-host.ts';

async function collect(host: HostLiteral): Promise<Facts> {
  const options = { policy: fakePolicy(host), wanted: daemonSetting.needs, signal: AbortSignal.timeout(5000) };
  return (await collectFacts(fakeHost(host), options)).facts as Facts;
}

/** `effect: resource, resource`, a line each. */
function lines(effects: readonly Effect[]): string[] {
  return effects.map(({ effect, resources }) => `${effect}: ${resources.join(', ')}`);
}

/** A host without live restore, in whose file nothing stands, with these containers. */
const host = (containers: readonly Literal[], rest: HostLiteral = {}, flags = ''): HostLiteral => ({
  networks: [{ Name: 'bridge', Driver: 'bridge', Options: { 'com.docker.network.bridge.enable_icc': 'true' } }],
  ...started(flags, {}),
  ...rest,
  containers: containers.map((container, index) => ({ Id: `c${index}`, ...container })),
  info: { LiveRestoreEnabled: false, LoggingDriver: 'json-file', SecurityOptions: ['name=seccomp,profile=builtin'], ...rest.info },
});
const kept: HostLiteral = { info: { LiveRestoreEnabled: true }, daemonJson: { 'live-restore': true } };
const stopped = { State: { Status: 'exited', Running: false, Pid: 0 } };

function onBridge(name: string, Links: readonly string[] = [], rest: Literal = {}): Literal {
  return { Name: `/${name}`, HostConfig: { Links, NetworkMode: 'default' }, NetworkSettings: { Networks: { bridge: {} } }, ...rest };
}

function publishing(name: string, ...addresses: readonly string[]): Literal {
  const bindings = addresses.map((HostIp) => ({ HostIp, HostPort: '8080' }));
  return { Name: `/${name}`, NetworkSettings: { Ports: { '80/tcp': bindings, '81/tcp': null } } };
}

describe('of a setting', () => {
  test.each<[string, string, Json, HostLiteral, readonly string[]]>([
    [
      'icc, with neighbours on the default bridge',
      'icc',
      false,
      host([onBridge('a'), onBridge('b'), onBridge('c', [], stopped), { Name: '/elsewhere' }]),
      ['can no longer reach each other over the default bridge: a, b'],
    ],
    ['icc, with one that is alone there', 'icc', false, host([onBridge('a'), { Name: '/elsewhere' }]), []],
    [
      'icc, with two that are linked',
      'icc',
      false,
      host([onBridge('db'), onBridge('web', ['/db:/web/database'])]),
      ['still reach each other, being linked: web → db'],
    ],
    [
      'icc, with two that are linked and a third',
      'icc',
      false,
      host([onBridge('db'), onBridge('web', ['/db:/web/database']), onBridge('x')]),
      ['can no longer reach each other over the default bridge: db, web, x', 'still reach each other, being linked: web → db'],
    ],
    [
      'iptables',
      'iptables',
      true,
      host([{}, { Name: '/old', ...stopped }], { daemonJson: { iptables: false } }),
      ['get Docker’s packet filter rules again: networks are kept apart, and published ports pass by the host’s own INPUT rules: web'],
    ],
    [
      'ip6tables',
      'ip6tables',
      true,
      host([{}], { daemonJson: { ip6tables: false } }),
      ['get Docker’s packet filter rules for IPv6: what is not published can no longer be reached by its own address: web'],
    ],
    [
      'no proxy, with ports on every address, on localhost and elsewhere',
      'userland-proxy',
      false,
      host([publishing('every', '0.0.0.0', '::'), publishing('six', '::1'), publishing('four', '127.0.0.1'), publishing('unsaid', '')]),
      ['no longer answer on [::1], so localhost fails where it means IPv6 first: every [::1]:8080, six [::1]:8080, unsaid [::1]:8080'],
    ],
    [
      'no proxy, with live restore',
      'userland-proxy',
      false,
      host([publishing('four', '127.0.0.1'), { Name: '/quiet' }], kept),
      ['do not reach their own published ports by the host’s address until they are started again: four'],
    ],
    [
      'no-new-privileges',
      'no-new-privileges',
      true,
      host([
        { Name: '/a', HostConfig: { SecurityOpt: null } },
        { Name: '/b', HostConfig: { SecurityOpt: ['no-new-privileges:false'] } },
        { Name: '/c', HostConfig: { SecurityOpt: ['label=disable'] }, ...stopped },
      ]),
      [
        'keep the old default, also when they start again, until they are made anew: a, c',
        'setuid programs such as sudo, su and ping do not work in them, unless they opt out: new containers',
      ],
    ],
    [
      'default-ulimits',
      'default-ulimits',
      { core: { Name: 'core', Hard: 0, Soft: 0 } },
      host([{}, { Name: '/old', ...stopped }]),
      ['start again with the new limits, where they have none of their own: web'],
    ],
    [
      'default-ulimits, with live restore',
      'default-ulimits',
      { core: { Name: 'core', Hard: 0, Soft: 0 } },
      host([{}], kept),
      ['keep the limits they run with until their next start (docker inspect shows the new ones at once): web'],
    ],
    [
      'insecure-registries, with ranges',
      'insecure-registries',
      [],
      host([{}, { Name: '/hub', Config: { Image: 'library/nginx:1' } }], {
        info: { RegistryConfig: { InsecureRegistryCIDRs: ['127.0.0.0/8', '10.0.0.0/8'], IndexConfigs: { 'a:5000': { Secure: false } } } },
      }),
      [
        'are reached over verified TLS only: without a certificate pulls and pushes fail: 10.0.0.0/8, a:5000',
        `come from a registry that may lie in 10.0.0.0/8, and then cannot be pulled again: web (registry.example/web@sha256:${'a'.repeat(64)})`,
      ],
    ],
    ['live-restore', 'live-restore', true, host([{}]), ['is refused as long as live restore is on: docker swarm init']],
    ['experimental', 'experimental', false, host([], { info: { ExperimentalBuild: true } }), ['no longer work: experimental features']],
    ['debug', 'debug', false, host([{}], { info: { Debug: true } }), []],
    ['log-level', 'log-level', 'info', host([{}], { daemonJson: { 'log-level': 'warn' } }), []],
    ['one that is in force already', 'live-restore', true, host([{}], { ...kept, daemonJson: {} }), []],
  ])('%s', async (_, key, value, literal, expected) => {
    const answer = daemonSetting.plan({ key, value }, await collect(literal));
    expect(lines(('effects' in answer && answer.effects) || [])).toEqual(expected);
  });
});

const policy = (Name: string): Literal => ({ HostConfig: { RestartPolicy: { Name, MaximumRetryCount: 0 } } });
const task = { Name: '/task', Config: { Labels: { 'com.docker.swarm.task.id': 'x' } }, ...policy('') };
const several: readonly Literal[] = [
  { Name: '/always', ...policy('always') },
  { Name: '/failing', ...policy('on-failure') },
  { Name: '/never', ...policy('no') },
  { Name: '/old', HostConfig: { RestartPolicy: null } },
  { Name: '/once', HostConfig: { AutoRemove: true, RestartPolicy: null } },
  { Name: '/paused', State: { Status: 'paused', Paused: true }, ...policy('no') },
  { Name: '/stopped', ...stopped },
  { Name: '/unless', ...policy('unless-stopped') },
];

describe('of a restart', () => {
  test.each<[string, HostLiteral, readonly string[], readonly string[]]>([
    ['without containers', host([]), ['icc'], []],
    [
      'without live restore',
      host(several),
      ['no-new-privileges'],
      [
        'stop and are gone for good (--rm): once',
        'stop while dockerd restarts, and come back by themselves: always, unless',
        'stop while dockerd restarts, and come back by themselves, or by hullguard where they end without an error: failing',
        'are paused: they end when dockerd restarts, and stay so: paused',
        'stop while dockerd restarts, and are started again by hullguard: never, old',
        'would run on through the restart: apply daemon/live-restore first: always, failing, never, old, once, paused, unless',
      ],
    ],
    [
      'in a swarm',
      host([task], { info: { Swarm: { LocalNodeState: 'active' } } }),
      [],
      ['stop, and the swarm may start them on another node: task', 'may lose tasks to other nodes while dockerd restarts: this swarm node'],
    ],
    [
      'with live restore',
      host(
        [publishing('any', '0.0.0.0', '::'), publishing('local', '127.0.0.1'), publishing('out', '192.0.2.1'), ...several.slice(4, 6)],
        kept,
      ),
      [],
      [
        'run on while dockerd restarts (live restore): any, local, once, out, paused',
        'do not answer on 127.0.0.1 while dockerd restarts: any 127.0.0.1:8080, local 127.0.0.1:8080',
      ],
    ],
    [
      'with live restore, but no proxy',
      host([publishing('local', '127.0.0.1')], { ...kept, daemonJson: { 'live-restore': true, 'userland-proxy': false } }),
      [],
      ['run on while dockerd restarts (live restore): local'],
    ],
    [
      'with more in the file than what is planned',
      host([], { daemonJson: { 'live-restore': true, debug: true, icc: false, 'log-opts': { 'splunk-token': 's3cret' } } }),
      ['icc'],
      ['take force as well: the configuration file has them already: debug=true, live-restore=true'],
    ],
    [
      'with a container that cannot be inspected',
      host([{}], { api: { [`/containers/${'c0'.padEnd(64, '0')}/json`]: {} } }),
      [],
      ['cannot be inspected, and may stop: web'],
    ],
  ])('%s', async (_, literal, keys, expected) => {
    expect(lines(restartEffects(await collect(literal), keys))).toEqual(expected);
  });

  test.each(['live-restore', 'icc', 'userland-proxy'])('live restore is no help where %s is changed', async (key) => {
    expect(lines(restartEffects(await collect(host([{}])), [key]))).toHaveLength(1);
  });

  test('of a host of which nothing is known', () => {
    expect(restartEffects({}, [])).toEqual([]);
    expect(reloadEffects({}, [])).toEqual([]);
  });
});

test('a reload takes what waits in the file and can be reloaded', async () => {
  const facts = await collect(host([{}], { daemonJson: { 'live-restore': true, debug: true, icc: false } }));
  expect(lines(reloadEffects(facts, ['debug']))).toEqual([
    'take force as well: the configuration file has them already: live-restore=true',
  ]);
});

test('a container of a swarm that removes itself is gone', async () => {
  const facts = await collect(host([{ ...task, HostConfig: { AutoRemove: true } }]));
  expect(facts.containers.containers.map(afterRestart)).toEqual(['gone']);
});

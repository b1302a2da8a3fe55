import { bindSpecificInterface, noPrivilegedHostPorts, onlyNeededPorts } from '../../../checks/containers/ports.ts';
import type { Policy } from '../../../facts/policy.ts';
import { testCheck } from '../../check-tester.ts';
import type { HostLiteral, Literal } from '../../fake-host.ts';
import { containerErrors, stopped } from '../rows.ts';

/** Bindings as inspect has them, from `address:port`; an address in brackets may hold colons. */
function bindings(...hosts: readonly string[]): Literal {
  const parsed = hosts.map((host) => /^\[?([^\]]*?)\]?:([^:]*)$/.exec(host) ?? []);
  return { '80/tcp': parsed.map(([, HostIp, HostPort]) => ({ HostIp, HostPort })) };
}

/** A running container that has published these. */
function publishing(hosts: readonly string[], rest: HostLiteral = {}): HostLiteral {
  return { ...rest, containers: [{ NetworkSettings: { Ports: bindings(...hosts) }, HostConfig: { PortBindings: bindings(':9') } }] };
}

/** A stopped container that asks for these. */
function asking(hosts: readonly string[], { network = 'frontend', ...rest }: HostLiteral & { network?: string } = {}): HostLiteral {
  return { ...rest, containers: [{ State: stopped, HostConfig: { PortBindings: bindings(...hosts), NetworkMode: network } }] };
}

/** The same with the label tier=edge, under these rules about containers. */
function labelledEdge(hosts: readonly string[], containers: Policy['containers']): HostLiteral {
  const Config = { Labels: { tier: 'edge' } };
  return {
    containers: [{ Config, NetworkSettings: { Ports: bindings(...hosts) }, HostConfig: { PortBindings: bindings(':9') } }],
    policy: { containers },
  };
}

const both = (port: number): string[] => [`0.0.0.0:${port}`, `[::]:${port}`];
const exposed = { NetworkSettings: { Ports: { '80/tcp': null } } };
const onHost = { HostConfig: { NetworkMode: 'host', PortBindings: bindings(':80') } };
const joined = [
  { Name: '/vpn', HostConfig: { NetworkMode: 'host' } },
  { Id: 'c3', Name: '/app', State: { Pid: 7 }, HostConfig: { NetworkMode: 'container:vpn', PortBindings: bindings(':80') } },
];

const nothingPublished = {
  'nothing published': { host: { containers: [{}] }, status: 'not-applicable', says: 'no published ports' },
  'exposed, not published': { host: { containers: [exposed] }, status: 'not-applicable' },
  'on the host’s network bindings do nothing': { host: { containers: [onHost] }, status: 'not-applicable', says: 'host’s network' },
  'on the host’s network through another container': { host: { containers: joined }, status: 'not-applicable' },
} as const;

testCheck(noPrivilegedHostPorts, {
  ...containerErrors(),
  ...nothingPublished,
  'of a container between restarts, which has published nothing yet': {
    host: {
      containers: [
        {
          State: { Status: 'restarting', Running: true, Pid: 0 },
          HostConfig: { PortBindings: { '22/tcp': [{ HostIp: '', HostPort: '22' }] } },
        },
      ],
    },
    status: 'fail',
    says: ':22 → 22/tcp',
  },
  'port 80 over UDP': {
    host: { containers: [{ NetworkSettings: { Ports: { '53/udp': [{ HostIp: '::', HostPort: '80' }] } } }] },
    status: 'fail',
    says: '[::]:80 → 53/udp',
  },
  'port 1023': { host: publishing(both(1023)), status: 'fail', says: '0.0.0.0:1023 → 80/tcp' },
  'port 1024 (A5 5.8)': { host: publishing(both(1024)), status: 'pass' },
  'IPv6 only (A5 5.8)': { host: publishing(['[2001:db8::1]:443']), status: 'fail', says: '[2001:db8::1]:443' },
  'a listed port': {
    host: publishing(both(443), { policy: { allowedHostPorts: [443] } }),
    status: 'pass',
    says: '[::]:443 → 80/tcp (by policy.allowedHostPorts)',
  },
  'a port that a rule about its label allows': {
    host: labelledEdge(both(443), [{ label: 'tier=edge', allowedHostPorts: [443] }]),
    status: 'pass',
    says: '(by policy.containers: label tier=edge)',
  },
  'a rule about another value of the label': {
    host: labelledEdge(both(443), [{ label: 'tier=core', allowedHostPorts: [443] }]),
    status: 'fail',
  },
  'a rule about a label that every object inherits': {
    host: labelledEdge(both(443), [{ label: 'constructor', allowedHostPorts: [443] }]),
    status: 'fail',
  },
  'a rule about image and label, of which one fits': {
    host: labelledEdge(both(443), [{ label: 'tier', image: 'r.example/', allowedHostPorts: [443] }]),
    status: 'fail',
  },
  'an unlisted one beside it': {
    host: publishing([...both(443), ...both(80)], { policy: { allowedHostPorts: [443] } }),
    status: 'fail',
    says: /fail container web: 0\.0\.0\.0:80 → 80\/tcp, \[::\]:80/,
  },
  'a random port': { host: publishing(both(32_768)), status: 'pass' },
  'stopped, asking for port 80': { host: asking([':80']), status: 'fail', says: 'container is exited' },
  'stopped, asking for a range': { host: asking([':1000-1010']), status: 'fail', says: ':1000' },
  'stopped, asking for any port': { host: asking([':']), status: 'pass', says: '(any)' },
});

testCheck(onlyNeededPorts, {
  ...containerErrors(),
  ...nothingPublished,
  'a published port, and no policy (A5 5.9)': {
    host: publishing(both(8080)),
    status: 'manual',
    says: 'policy.publishedPorts says nothing',
  },
  'a listed port': {
    host: publishing(both(8080), { policy: { publishedPorts: [8080] } }),
    status: 'pass',
    says: '[::]:8080 → 80/tcp (by policy.publishedPorts)',
  },
  'a port that only a rule about its label lists': {
    host: labelledEdge(both(8080), [{ label: 'tier', publishedPorts: [8080] }]),
    status: 'pass',
    says: '(by policy.containers: label tier)',
  },
  'a port that the rule about its label does not list': {
    host: labelledEdge(both(8081), [{ label: 'tier', publishedPorts: [8080] }]),
    status: 'fail',
  },
  'a rule about it that says nothing of ports': { host: labelledEdge(both(8080), [{ label: 'tier', sshServer: true }]), status: 'manual' },
  'an unlisted port': { host: publishing([...both(8080), ':9090'], { policy: { publishedPorts: [8080] } }), status: 'fail', says: ':9090' },
  'none is meant to be published': { host: publishing(both(8081), { policy: { publishedPorts: [] } }), status: 'fail' },
  '-P, with PortBindings empty': {
    host: { containers: [{ HostConfig: { PublishAllPorts: true } }], policy: { publishedPorts: [32_769] } },
    status: 'fail',
    says: '-P',
  },
  'stopped, asking for an unlisted port': { host: asking([':9090'], { policy: { publishedPorts: [8080] } }), status: 'fail' },
});

const loopbackBridge = [{ Name: 'bridge', Driver: 'bridge', Options: { 'com.docker.network.bridge.host_binding_ipv4': '127.0.0.1' } }];

testCheck(bindSpecificInterface, {
  ...containerErrors(),
  ...nothingPublished,
  'every interface': { host: publishing(both(8080)), status: 'fail', says: '0.0.0.0:8080 → 80/tcp, [::]:8080 → 80/tcp' },
  '[::] alone (A5 5.14)': { host: publishing(['[::]:8080']), status: 'fail', says: '[::]:8080' },
  'no address': { host: publishing([':8080']), status: 'fail' },
  'the long way to write [::]': { host: publishing(['[0:0:0:0:0:0:0:0]:8080']), status: 'fail' },
  loopback: { host: publishing(['127.0.0.1:8080', '[::1]:8080']), status: 'pass' },
  'an address that begins with zeros': { host: publishing(['[::8]:8080']), status: 'pass' },
  'one specific, one not': { host: publishing(['192.0.2.1:8080', '0.0.0.0:8080']), status: 'fail' },
  'stopped, no address': { host: asking([':8080']), status: 'fail', says: '0.0.0.0:8080 → 80/tcp (container is exited)' },
  'stopped, an address': { host: asking(['192.0.2.1:8080']), status: 'pass' },
  'stopped, no address, the daemon’s ip is loopback': {
    host: asking([':8080'], { network: 'bridge', networks: loopbackBridge }),
    status: 'pass',
    says: '127.0.0.1:8080',
  },
  'the same on the default network of old engines': {
    host: asking([':8080'], { network: 'default', networks: loopbackBridge }),
    status: 'pass',
  },
  'the daemon’s ip does not concern other networks': { host: asking([':8080'], { networks: loopbackBridge }), status: 'fail' },
});

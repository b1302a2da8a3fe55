/** Swarm nodes, for the tables of swarm checks and of the fact behind them. */
import { HostError } from '../../../facts/host.ts';
import type { Rows } from '../../check-tester.ts';
import type { HostLiteral, Literal } from '../../fake-host.ts';

/** Valid since 2024-02-01. */
export const ROOT_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBDTCBtAIBATAKBggqhkjOPQQDAjATMREwDwYDVQQDDAhzd2FybS1jYTAeFw0y
NDAyMDEwMDAwMDBaFw00NDAxMjcwMDAwMDBaMBMxETAPBgNVBAMMCHN3YXJtLWNh
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMzIfWmdooWIXtf5oQa7ogahv9ICv
YZhOYpi7SdX6B31VuuW/GvO8Qa5U/lXpHAdAUh7+trWlEXmmdnk07Kgo3DAKBggq
hkjOPQQDAgNIADBFAiBZs178XO2SDE+0pof1GJ2fLlNU+eOtOmQBAKq+o0KW0AIh
AI9WxZqOyI6sjtUKFw3TDZ6RhnzrHxA/VBgeiIw8mtGe
-----END CERTIFICATE-----`;

/** Nanoseconds. */
export const DAY = 86_400e9;

/** /proc/net tables of a node whose cluster ports listen on this address, in the kernel's hexadecimal; a worker lacks 2377. */
export function sockets(address: string, ports: readonly string[] = ['0949', '1F0A']): Record<string, string> {
  const line = (port: string, state: string, index: number) =>
    `   ${index}: ${address}:${port} 00000000:0000 ${state} 00000000:00000000 00:0 0 0 0 1\n`;
  const others = `   9: 00000000:0016 00000000:0000 0A 0 0 0 0 0 1\n   8: ${address}:0949 0100007F:9000 01 0 0 0 0 0 1\n`;
  const header = '  sl  local_address rem_address   st tx_queue\n';
  return {
    '/proc/100/net/tcp': header + others + ports.map((port, index) => line(port, '0A', index)).join(''),
    '/proc/100/net/tcp6': header,
    '/proc/100/net/udp': header + line('1F0A', '07', 0),
    '/proc/100/net/udp6': header,
  };
}

const LOCAL = '010200C0'; // 192.0.2.1
const STATE_FILE = '/var/lib/docker/100000.100000/swarm/docker-state.json';

function swarmNode(Swarm: Literal, { info, files, ...rest }: HostLiteral): HostLiteral {
  const state = JSON.stringify({ LocalAddr: '', ListenAddr: '192.0.2.1:2377', DataPathAddr: '198.51.100.1' });
  return { ...rest, info: { ...info, Swarm }, files: { ...sockets(LOCAL), [STATE_FILE]: state, ...files } };
}

const CLUSTER: Literal = {
  RootRotationInProgress: false,
  TLSInfo: { TrustRoot: ROOT_CERTIFICATE },
  Spec: { CAConfig: { NodeCertExpiry: 90 * DAY }, EncryptionConfig: { AutoLockManagers: true } },
};

/** A manager in good order; `overrides` are merged into what `docker info` says of its swarm. */
export function manager(overrides: Literal = {}, rest: HostLiteral = {}): HostLiteral {
  const Swarm = { LocalNodeState: 'active', ControlAvailable: true, NodeID: 'n1', NodeAddr: '192.0.2.1', Managers: 1, Cluster: CLUSTER };
  return swarmNode({ ...Swarm, ...overrides }, rest);
}

/** A worker sees nothing of the cluster's settings. */
export function worker(rest: HostLiteral = {}): HostLiteral {
  const Swarm = { LocalNodeState: 'active', ControlAvailable: false, NodeID: 'n2', NodeAddr: '192.0.2.2', Managers: 0, Cluster: null };
  return swarmNode(Swarm, { ...rest, files: { ...sockets(LOCAL, ['1F0A']), ...rest.files } });
}

/** The settings of a cluster, with some of them changed. */
export function cluster(overrides: Literal): Literal {
  return { Cluster: { ...CLUSTER, ...overrides } };
}

/** What every question to a swarm answers where there is none, or nobody to ask. */
export const noSwarm: Rows = {
  'no swarm (A6: docker-bench passes it)': { host: {}, status: 'not-applicable', says: 'swarm mode is inactive' },
  'a locked manager': { host: { info: { Swarm: { LocalNodeState: 'locked' } } }, status: 'not-applicable', says: 'swarm mode is locked' },
  'no engine answers': { host: { api: { '/info': new HostError('unreachable', 'nobody listens') } }, status: 'error' },
};

export const workerCannotTell: Rows = {
  'a worker (A6: docker-bench warns)': { host: worker(), status: 'not-applicable', says: 'check on a manager' },
};

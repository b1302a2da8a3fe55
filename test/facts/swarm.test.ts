import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseSockets } from '../../facts/swarm.ts';
import { manager, worker } from '../checks/swarm/nodes.ts';
import { collectFact, faulty, record, requestsFor } from './collecting.ts';

const HEADER = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';

describe('listening sockets', () => {
  test.each<[string, 'tcp' | 'udp', string, number]>([
    ['   0: 00000000:0949 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1', 'tcp', '0.0.0.0', 2377],
    ['   1: 0100007F:1F0A 00000000:0000 0A', 'tcp', '127.0.0.1', 7946],
    ['  12: 010200C0:1F0A 00000000:0000 07', 'udp', '192.0.2.1', 7946],
    ['   0: 00000000000000000000000000000000:0949 00000000000000000000000000000000:0000 0A', 'tcp', '::', 2377],
    ['   0: B80D0120000000000000000001000000:0949 00000000000000000000000000000000:0000 0A', 'tcp', '2001:db8:0:0:0:0:0:1', 2377],
  ])('%j', (line, protocol, address, port) => {
    expect(parseSockets(`${HEADER}${line}\n`, protocol)).toEqual([{ protocol, address, port }]);
  });

  test('connections are none', () => {
    expect(parseSockets(`${HEADER}   0: 0100007F:0949 0100007F:9000 01\n   1: 0100007F:0949 0100007F:9000 06\n`, 'tcp')).toEqual([]);
  });

  test('any table is parsed', () => {
    fc.assert(fc.property(fc.string(), (table) => Array.isArray(parseSockets(table, 'tcp'))));
  });
});

describe('the fact', () => {
  test.each([
    ['a host without swarm', {}],
    ['an engine that knows none (podman)', { info: { Swarm: null } }],
  ])('of %s', async (_, literal) => {
    expect(await collectFact('swarm', literal)).toEqual({
      state: 'inactive',
      manager: false,
      managers: 0,
      nodeAddress: '',
      listeners: [],
      services: null,
      autolock: null,
      nodeCertificateExpiry: null,
      rootValidFrom: null,
      dataPathAddress: null,
    });
  });

  test('of a manager', async () => {
    expect(await collectFact('swarm', manager())).toMatchObject({
      state: 'active',
      manager: true,
      managers: 1,
      listeners: [{ port: 2377 }, { port: 7946 }, { port: 7946, protocol: 'udp' }],
      services: [],
      autolock: true,
      nodeCertificateExpiry: 7_776_000e9,
      rootValidFrom: Date.UTC(2024, 1, 1),
      dataPathAddress: '198.51.100.1',
    });
  });

  test('of a worker, which may not list services', async () => {
    expect(await requestsFor('swarm', worker())).not.toContain('/services');
    expect(await collectFact('swarm', worker())).toMatchObject({ manager: false, services: null, autolock: null });
  });

  test('the daemon’s process being out of sight, the sockets are those of the init process', async () => {
    const files = Object.fromEntries(
      ['tcp', 'tcp6', 'udp', 'udp6'].map((table) => [`/proc/1/net/${table}`, `${HEADER}   0: 00000000:0949 00000000:0000 0A\n`]),
    );
    const { listeners } = await collectFact('swarm', { ...manager({}, { files }), dockerd: null });
    expect(listeners).toContainEqual({ protocol: 'tcp', address: '0.0.0.0', port: 2377 });
  });
});

test.each(['/net/tcp', '/services', '/docker-state.json'])('a fault of our own at %s is thrown', async (end) => {
  await expect(record('swarm', faulty(manager(), end))).rejects.toThrow(TypeError);
});

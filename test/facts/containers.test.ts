import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { type Container, mapUid } from '../../facts/containers.ts';
import { EXEC_REQUESTS } from '../../facts/exec-sessions.ts';
import { forEach } from '../../facts/for-each.ts';
import { HostError } from '../../facts/host.ts';
import { CONTAINER, firstProcess, outOfSight, stopped } from '../checks/rows.ts';
import type { HostLiteral, Literal } from '../fake-host.ts';
import { collectFact, faulty, record, requestsFor } from './collecting.ts';

async function collectOne(container: Literal, rest: HostLiteral = {}): Promise<Container> {
  const [one] = (await collectFact('containers', { containers: [container], ...rest })).containers;
  if (one === undefined) throw new Error('no container');
  return one;
}

describe('users in a namespace', () => {
  const remapped = '         0     100000      65536\n';
  const rootless = '0 1000 1\n1 100000 65536\n';

  test.each<[string, number, number | null]>([
    [remapped, 100_000, 0],
    [remapped, 101_000, 1000],
    [remapped, 165_535, 65_535],
    [remapped, 165_536, null],
    [remapped, 0, null],
    [rootless, 1000, 0],
    [rootless, 100_999, 1000],
    ['0 0 4294967295\n', 0, 0],
    ['0 4294967295 4294967295\n', 65_534, null],
    ['', 0, null],
  ])('by %j %d is %s', (map, outside, inside) => {
    expect(mapUid(map, outside)).toBe(inside);
  });

  test('any map is read', () => {
    fc.assert(fc.property(fc.string(), fc.nat(), (map, outside) => typeof mapUid(map, outside) !== 'undefined'));
  });
});

describe('many at a time', () => {
  test('each is done once, and never more than the limit at a time', async () => {
    let running = 0;
    let most = 0;
    const done: number[] = [];
    await forEach([...Array(20).keys()], 3, async (item) => {
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running--;
      done.push(item);
    });
    expect(done.toSorted((left, right) => left - right)).toEqual([...Array(20).keys()]);
    expect(most).toBe(3);
  });

  test('one that takes long makes room for the others, and is waited for', async () => {
    vi.useFakeTimers();
    try {
      const slow = Promise.withResolvers<void>();
      const begun: string[] = [];
      let ended = false;
      const all = forEach(['slow', 'next'], 1, (item) => {
        begun.push(item);
        return item === 'slow' ? slow.promise : Promise.resolve();
      }).then(() => {
        ended = true;
      });
      await vi.advanceTimersByTimeAsync(900);
      expect(begun).toEqual(['slow']);
      await vi.advanceTimersByTimeAsync(200);
      expect(begun).toEqual(['slow', 'next']);
      expect(ended).toBe(false);
      slow.resolve();
      await all;
    } finally {
      vi.useRealTimers();
    }
  });

  test('none is no work', async () => {
    await forEach([], 3, () => Promise.reject(new Error('called')));
  });
});

describe('what the kernel says', () => {
  test('is read of the first process', async () => {
    const { Kernel, Processes } = await collectOne({}, { files: firstProcess({ uid: 100_000, noNewPrivileges: false, seccomp: 1 }) });
    expect(Kernel).toEqual({ uid: 0, hostUid: 100_000, noNewPrivileges: false, seccomp: 1 });
    expect(Processes).toEqual(['web']);
  });

  test.each<[string, Literal, HostLiteral]>([
    ['stopped', { State: stopped }, {}],
    ['out of sight', {}, { files: outOfSight }],
  ])('is unknown of a container that is %s', async (_, container, rest) => {
    expect(await collectOne(container, rest)).toMatchObject({ Kernel: null, Processes: null });
  });

  test('what a kernel does not tell is not in force', async () => {
    const { Kernel } = await collectOne({}, { files: { '/proc/4242/status': 'Name:\tweb\nUid:\t0\t0\t0\t0\n' } });
    expect(Kernel).toEqual({ uid: null, hostUid: 0, noNewPrivileges: false, seccomp: 0 });
  });

  test('is not taken from a stranger with the same number', async () => {
    const files = {
      '/proc/900/stat': '900 (web) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1000 0 0',
      '/proc/900/cgroup': `0::/docker/${CONTAINER}\n`,
      '/proc/4242/cgroup': '0::/user.slice\n',
    };
    expect(await collectOne({}, { files })).toMatchObject({ Kernel: null, Processes: ['web'] });
  });

  test('is unknown where the process ended meanwhile', async () => {
    expect(await collectOne({}, { files: { '/proc/4242/uid_map': null } })).toMatchObject({ Kernel: null, Processes: ['web'] });
  });

  test('is unknown, and the configuration known, where processes cannot be listed', async () => {
    expect(await collectOne({}, { files: { '/proc/stat': { error: 'denied' } } })).toMatchObject({
      Name: '/web',
      Kernel: null,
      Processes: null,
    });
  });
});

describe('requests', () => {
  test('one list, one inspect a container (D12)', async () => {
    const containers = Array.from({ length: 60 }, (_, index) => ({ Id: `c${index}c`, Name: `/c${index}`, State: { Pid: 9000 + index } }));
    const requests = (await requestsFor('containers', { containers })).filter((path) => path.startsWith('/containers/'));
    expect(requests).toHaveLength(61);
    expect(new Set(requests).size).toBe(61);
  });

  test('a fixed number of exec sessions', async () => {
    const ExecIDs = Array.from({ length: 9 }, (_, index) => `e${index}`);
    const requests = await requestsFor('containers', { containers: [{ ExecIDs }] });
    expect(requests.filter((path) => path.startsWith('/exec/'))).toHaveLength(EXEC_REQUESTS);
  });
});

describe('containers that cannot be read', () => {
  test('are named, and hide no others', async () => {
    const api = { [`/containers/${CONTAINER}/json`]: new HostError('timeout', 'no answer') };
    const { containers, unreadable } = await collectFact('containers', { containers: [{}, { Id: 'b', Name: '/b' }], api });
    expect(unreadable).toEqual([{ Id: CONTAINER, Name: '/web', reason: 'no answer' }]);
    expect(containers.map(({ Name }) => Name)).toEqual(['/b']);
  });

  test('are named by id where the list has no name', async () => {
    const api = { '/containers/json?all=1': [{ Id: CONTAINER, Names: null }] };
    expect((await collectFact('containers', { api })).unreadable).toMatchObject([{ Name: CONTAINER }]);
  });
});

test.each(['/uid_map', '/json', '/exec/e/json'])('a fault of our own at %s is no finding: it is thrown', async (end) => {
  await expect(record('containers', faulty({ containers: [{ ExecIDs: ['e'] }] }, end))).rejects.toThrow(TypeError);
});

test('names come back as the engine has them, in one order', async () => {
  const names = fc.uniqueArray(fc.oneof(fc.string({ minLength: 1, unit: 'grapheme' }), fc.string({ minLength: 1, unit: 'binary-ascii' })), {
    maxLength: 8,
  });
  await fc.assert(
    fc.asyncProperty(names, async (list) => {
      const containers = list.map((name, index) => ({ Id: `c${index}c`, Name: `/${name}`, State: { Pid: 9000 + index } }));
      const found = (await collectFact('containers', { containers })).containers.map(({ Name }) => Name);
      expect(found).toEqual(list.map((name) => `/${name}`).sort());
    }),
    { numRuns: 25 },
  );
});

describe('seccomp profiles', () => {
  const custom = (text: string) => `seccomp=(custom profile sha256:${createHash('sha256').update(text).digest('hex')})`;
  const customOf = (value: unknown) => custom(JSON.stringify(value));
  const open = 'seccomp=(profile that forbids nothing)';
  const profile = (value: unknown, before = 'seccomp=') => `${before}${JSON.stringify(value)}`;
  const allow = { defaultAction: 'SCMP_ACT_ALLOW' };

  test.each([
    ['seccomp=unconfined', 'seccomp=unconfined'],
    ['seccomp=builtin', 'seccomp=builtin'],
    ['no-new-privileges', 'no-new-privileges'],
    [profile(allow), open],
    [profile(allow, 'seccomp:'), open],
    [profile(allow, 'seccomp=\n  '), open],
    [profile({ defaultAction: 'SCMP_ACT_LOG', syscalls: [{ action: 'SCMP_ACT_ALLOW' }] }), open],
    [
      profile({ ...allow, syscalls: [{ names: ['ptrace'], action: 'SCMP_ACT_ERRNO' }] }),
      customOf({ ...allow, syscalls: [{ names: ['ptrace'], action: 'SCMP_ACT_ERRNO' }] }),
    ],
    [profile({ defaultAction: 'SCMP_ACT_ERRNO', syscalls: [] }), customOf({ defaultAction: 'SCMP_ACT_ERRNO', syscalls: [] })],
    ['seccomp={ "defaultAction" :\n"SCMP_ACT_ERRNO" }', customOf({ defaultAction: 'SCMP_ACT_ERRNO' })],
    [profile({}), custom('{}')],
    [profile({ ...allow, syscalls: 'none' }), customOf({ ...allow, syscalls: 'none' })],
    ['seccomp={"defaultAction":', custom('{"defaultAction":')],
  ])('%j is kept as %j', async (option, kept) => {
    expect((await collectOne({ HostConfig: { SecurityOpt: [option] } })).HostConfig.SecurityOpt).toEqual([kept]);
  });
});

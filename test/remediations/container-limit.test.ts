import { describe, expect, test } from 'vitest';
import { CONTAINER, outOfSight, stopped } from '../checks/rows.ts';
import type { HostLiteral, Literal } from '../fake-host.ts';
import { answerOf, answerTo } from './answers.ts';

const MIB = 2 ** 20;
const policy = { containerLimits: { memoryMiB: 256, cpus: 1.5, pids: 200, restartAttempts: 3 } };
const MEMORY = `/sys/fs/cgroup/system.slice/docker-${CONTAINER}.scope/memory.current`;

/** A host whose one container differs like this, under a policy that names every limit. */
function limited(HostConfig: Literal, { container = {}, ...rest }: HostLiteral & { readonly container?: Literal } = {}): HostLiteral {
  return { policy, ...rest, containers: [{ HostConfig, ...container }] };
}

const bare = { Memory: 0, NanoCpus: 0, PidsLimit: null };

describe('what is changed', () => {
  test.each<[string, string, HostLiteral, object, object]>([
    ['memory, always with swap', 'memory-limit', limited(bare), { Memory: 0, MemorySwap: 0 }, { Memory: 256 * MIB, MemorySwap: 256 * MIB }],
    [
      'a limit that is none, with swap beyond it',
      'memory-limit',
      limited({ Memory: 2 ** 40, MemorySwap: -1 }),
      { Memory: 2 ** 40, MemorySwap: -1 },
      { Memory: 256 * MIB, MemorySwap: 256 * MIB },
    ],
    [
      'memory of a stopped one',
      'memory-limit',
      limited(bare, { container: { State: stopped } }),
      { Memory: 0, MemorySwap: 0 },
      {
        Memory: 256 * MIB,
        MemorySwap: 256 * MIB,
      },
    ],
    ['CPU time', 'cpu-shares', limited(bare), { NanoCpus: 0 }, { NanoCpus: 1_500_000_000 }],
    [
      'CPU time of one with the kernel’s own weight',
      'cpu-shares',
      limited({ NanoCpus: 0, CpuShares: 1024 }),
      { NanoCpus: 0 },
      {
        NanoCpus: 1_500_000_000,
      },
    ],
    ['processes', 'pids-limit', limited(bare), { PidsLimit: null }, { PidsLimit: 200 }],
    ['processes, after a limit was lifted', 'pids-limit', limited({ PidsLimit: 0 }), { PidsLimit: 0 }, { PidsLimit: 200 }],
    [
      'restarts',
      'restart-on-failure-limit',
      limited({ RestartPolicy: { Name: 'always', MaximumRetryCount: 0 } }),
      { RestartPolicy: { Name: 'always', MaximumRetryCount: 0 } },
      { RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 } },
    ],
  ])('%s', async (_, check, host, before, after) => {
    expect(await answerOf(`container/${check}`, host)).toMatchObject({
      changes: [{ kind: 'limits', id: CONTAINER, name: 'web', before, after }],
      impact: 'none',
    });
  });
});

describe('refused', () => {
  test.each<[string, string, HostLiteral, string]>([
    [
      'memory near to what it uses, which would kill it',
      'memory-limit',
      limited(bare, { files: { [MEMORY]: `${171 * MIB}\n` } }),
      'it uses 171 MiB now, too close to the limit of policy.containerLimits.memoryMiB (256 MiB): set one of its own with docker update --memory M --memory-swap M, at least 257 MiB',
    ],
    ['memory of one that is out of sight', 'memory-limit', limited(bare, { files: outOfSight }), 'cannot be seen'],
    [
      'more memory than the host has',
      'memory-limit',
      limited(bare, { info: { MemTotal: 128 * MIB } }),
      'policy.containerLimits.memoryMiB is 256 MiB, no less than the host has (128 MiB)',
    ],
    [
      'memory below what is reserved',
      'memory-limit',
      limited({ ...bare, MemoryReservation: 512 * MIB }),
      'it reserves more memory (512 MiB)',
    ],
    [
      'memory, on a kernel that cannot limit it',
      'memory-limit',
      limited(bare, { info: { Warnings: ['WARNING: No memory limit support'] } }),
      'the kernel of this host cannot limit memory',
    ],
    ['anything, without cgroups', 'pids-limit', limited(bare, { info: { CgroupDriver: 'none' } }), 'this engine has no cgroups'],
    [
      'more CPUs than the host has',
      'cpu-shares',
      limited(bare, { info: { NCPU: 1 } }),
      'policy.containerLimits.cpus is 1.5, and the host has 1',
    ],
    ['CPU time beside a quota', 'cpu-shares', limited({ NanoCpus: 500_000_000, CpuQuota: -1 }), 'CpuQuota=-1 is set'],
    ['CPU time beside a period', 'cpu-shares', limited({ NanoCpus: 0, CpuPeriod: 50_000 }), 'CpuPeriod=50000 is set'],
    [
      'CPU time, on a kernel that cannot limit it',
      'cpu-shares',
      limited(bare, { info: { Warnings: ['WARNING: No cpu cfs quota support'] } }),
      'the kernel of this host cannot limit CPU time',
    ],
    [
      'restarts of one that is removed when it stops',
      'restart-on-failure-limit',
      limited({ AutoRemove: true, RestartPolicy: { Name: 'always', MaximumRetryCount: 0 } }),
      'it is removed when it stops (--rm)',
    ],
  ])('%s', async (_, check, host, reason) => {
    expect(await answerOf(`container/${check}`, host)).toEqual({ refused: expect.stringContaining(reason) });
  });

  test('a container that is gone since', async () => {
    const answer = await answerTo({ kind: 'container-limit', id: 'gone', name: 'db', limits: { PidsLimit: 1 } }, {});
    expect(answer).toEqual({ refused: 'container db is not there any more' });
  });

  test.each<[string, string, HostLiteral]>([
    ['enough room', 'memory-limit', limited(bare, { files: { [MEMORY]: `${170 * MIB}\n` } })],
    ['as many CPUs as the host has', 'cpu-shares', limited(bare, { info: { NCPU: 2 } })],
    [
      'restarts without cgroups',
      'restart-on-failure-limit',
      limited({ RestartPolicy: { Name: 'always' } }, { info: { CgroupDriver: 'none' } }),
    ],
  ])('not %s', async (_, check, host) => {
    expect(await answerOf(`container/${check}`, host)).toHaveProperty('changes');
  });
});

describe('who notices', () => {
  const LASTS = 'lasts until the container is made anew: give it there too';
  const NO_WAY_BACK =
    'the engine cannot take a memory or CPU limit away again: a rollback only lifts it out of the way, removing it needs a new container';
  const BOOT = 'may stay stopped after a restart of dockerd or of the host: on-failure starts only what ended with an error';
  const compose = { container: { Config: { Labels: { 'com.docker.compose.project': 'shop' } } } };
  test.each<[string, string, HostLiteral, readonly string[]]>([
    [
      'memory',
      'memory-limit',
      limited(bare),
      [LASTS, NO_WAY_BACK, 'processes that need more memory than that are killed, and it can no longer swap'],
    ],
    ['CPU time', 'cpu-shares', limited(bare), [LASTS, NO_WAY_BACK]],
    ['processes', 'pids-limit', limited(bare), [LASTS, 'processes beyond that number cannot be started in it']],
    [
      'compose',
      'pids-limit',
      limited(bare, compose),
      [
        'lasts until the container is made anew, as docker compose up may do: write it into the compose file too',
        'processes beyond that number cannot be started in it',
      ],
    ],
    ['restarts', 'restart-on-failure-limit', limited({ RestartPolicy: { Name: 'unless-stopped' } }), [LASTS, BOOT]],
    ['restarts, fewer', 'restart-on-failure-limit', limited({ RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 0 } }), [LASTS]],
  ])('%s', async (_, check, host, expected) => {
    const answer = await answerOf(`container/${check}`, host);
    expect(answer).toHaveProperty(
      'effects',
      expected.map((effect) => ({ effect, resources: ['container web'] })),
    );
  });
});

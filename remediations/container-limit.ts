/** Limits that the engine can change while the container runs: the policy's, for containers that have none. */
import type { Container } from '../facts/containers.ts';
import type { Facts } from '../facts/index.ts';
import type { ContainerLimits } from './plan.ts';
import { type Answer, defineRemediation, type Effect } from './remediation.ts';

type Known = Pick<Facts, 'containers' | 'engine' | 'usage'>;

export const containerLimit = defineRemediation('container-limit', {
  needs: ['containers', 'engine', 'usage'],
  plan({ id, name, limits }, facts): Answer {
    const container = facts.containers.containers.find((candidate) => candidate.Id === id);
    if (container === undefined) return { refused: `container ${name} is not there any more` };
    const { Memory, NanoCpus, PidsLimit, RestartPolicy } = limits;
    const reason =
      (facts.engine.info.CgroupDriver === 'none' && RestartPolicy === undefined
        ? 'this engine has no cgroups to limit anything with'
        : null) ??
      (Memory === undefined ? null : memoryObstacle(container, Memory, facts)) ??
      (NanoCpus === undefined ? null : cpuObstacle(container, NanoCpus, facts)) ??
      (RestartPolicy !== undefined && container.HostConfig.AutoRemove
        ? 'it is removed when it stops (--rm), and the engine gives no restart policy to such a container'
        : null);
    if (reason !== null) return { refused: reason };
    const after: ContainerLimits = {
      // Without a word about swap the engine refuses, or the kernel drops the swap limit that was there.
      ...(Memory !== undefined && { Memory, MemorySwap: Memory }),
      ...(NanoCpus !== undefined && { NanoCpus }),
      ...(PidsLimit !== undefined && { PidsLimit }),
      ...(RestartPolicy !== undefined && { RestartPolicy }),
    };
    const effects = effectsOf(container, after).map((effect): Effect => ({ effect, resources: [`container ${name}`] }));
    return { changes: [{ kind: 'limits', id, name, before: before(container, after), after }], impact: 'none', effects };
  },
});

/** What `after` changes, as it is. */
function before({ HostConfig }: Container, after: ContainerLimits): ContainerLimits {
  const { Memory, MemorySwap, NanoCpus, PidsLimit, RestartPolicy } = HostConfig;
  return {
    ...(after.Memory !== undefined && { Memory, MemorySwap }),
    ...(after.NanoCpus !== undefined && { NanoCpus }),
    ...(after.PidsLimit !== undefined && { PidsLimit: PidsLimit ?? null }),
    ...(after.RestartPolicy !== undefined && {
      RestartPolicy: { Name: RestartPolicy?.Name || 'no', MaximumRetryCount: RestartPolicy?.MaximumRetryCount ?? 0 },
    }),
  };
}

/** A limit below what is in use kills the container at once with cgroup v2, so there is to be room. */
const ROOM = 1.5;

function memoryObstacle(
  { Id, State, HostConfig: { MemoryReservation } }: Container,
  wanted: number,
  { engine: { info }, usage }: Known,
): string | null {
  if (info.Warnings.some((warning) => /no memory limit support/i.test(warning))) return 'the kernel of this host cannot limit memory';
  if (info.MemTotal > 0 && wanted >= info.MemTotal)
    return `policy.containerLimits.memoryMiB is ${mebibytes(wanted)}, no less than the host has (${mebibytes(info.MemTotal)})`;
  if (MemoryReservation > wanted)
    return `it reserves more memory (${mebibytes(MemoryReservation)}) than policy.containerLimits.memoryMiB allows`;
  if (!State.Running) return null;
  const used = usage.memory[Id];
  if (used === undefined) return 'what memory it uses now cannot be seen, and a limit below that would kill it: set one yourself';
  if (wanted >= ROOM * used) return null;
  return `it uses ${mebibytes(used)} now, too close to the limit of policy.containerLimits.memoryMiB (${mebibytes(wanted)}): set one of its own with docker update --memory M --memory-swap M, at least ${mebibytes(ROOM * used)}`;
}

function cpuObstacle({ HostConfig }: Container, wanted: number, { engine: { info } }: Known): string | null {
  if (info.Warnings.some((warning) => /no cpu cfs (quota|period) support/i.test(warning)))
    return 'the kernel of this host cannot limit CPU time';
  if (info.NCPU > 0 && wanted > info.NCPU * 1e9) return `policy.containerLimits.cpus is ${wanted / 1e9}, and the host has ${info.NCPU}`;
  const [name, value] = HostConfig.CpuQuota !== 0 ? ['CpuQuota', HostConfig.CpuQuota] : ['CpuPeriod', HostConfig.CpuPeriod];
  if (value === 0) return null;
  return `${name}=${value} is set, with which the engine takes no --cpus: set docker update --cpu-period P --cpu-quota Q, or recreate it with --cpus`;
}

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MiB`;
}

function effectsOf({ Config, HostConfig }: Container, after: ContainerLimits): string[] {
  const compose = 'com.docker.compose.project' in Config.Labels;
  const lasting = after.Memory !== undefined || after.NanoCpus !== undefined;
  return [
    `lasts until the container is made anew${compose ? ', as docker compose up may do: write it into the compose file too' : ': give it there too'}`,
    ...(lasting
      ? [
          'the engine cannot take a memory or CPU limit away again: a rollback only lifts it out of the way, removing it needs a new container',
        ]
      : []),
    ...(after.Memory === undefined ? [] : ['processes that need more memory than that are killed, and it can no longer swap']),
    ...(after.PidsLimit === undefined ? [] : ['processes beyond that number cannot be started in it']),
    ...(after.RestartPolicy !== undefined && HostConfig.RestartPolicy?.Name !== 'on-failure'
      ? ['may stay stopped after a restart of dockerd or of the host: on-failure starts only what ended with an error']
      : []),
  ];
}

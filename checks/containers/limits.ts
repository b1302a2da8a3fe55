/** What containers may take from the host: memory, CPU, processes, restarts. */
import type { Container } from '../../facts/containers.ts';
import { entriesOf } from '../../facts/daemon.ts';
import type { Facts } from '../../facts/index.ts';
import type { Json } from '../../facts/json.ts';
import type { Policy } from '../../facts/policy.ts';
import { fail, type Limits, notApplicable, pass, passIf, review, type Verdict } from '../check.ts';
import { containerName, eachContainer } from '../families/each-container.ts';
import { isRuled, rule, rulesFor } from './allowed.ts';

/** Its service makes the containers of a swarm task anew, without what was changed in one of them. */
function isSwarmTask({ Config: { Labels } }: Container): boolean {
  return 'com.docker.swarm.task.id' in Labels;
}

type Wanted = Policy['containerLimits'];

/** That one that fails gets the limit of the policy; no goal where the policy names none. */
function orLimited<K extends keyof Wanted>(
  verdict: Verdict,
  container: Container,
  policy: Policy,
  key: K,
  limits: (wanted: NonNullable<Wanted[K]>) => Limits,
): Verdict {
  // The last rule about the container has the last word.
  const wanted = rulesFor(container, policy).reduce((before, rule) => rule.containerLimits?.[key] ?? before, policy.containerLimits[key]);
  if (verdict.outcome !== 'fail' || wanted === undefined || isSwarmTask(container)) return verdict;
  return {
    ...verdict,
    goal: { kind: 'container-limit', id: container.Id, name: containerName(container), limits: limits(wanted) },
  };
}

export const memoryLimit = eachContainer({
  id: 'container/memory-limit',
  title: 'Containers have a memory limit',
  severity: 'medium',
  stride: ['D'],
  rationale: 'One container can use up the memory of the host and of all others.',
  fix: 'Set one with docker update --memory M --memory-swap M NAME, well above what it uses, and where it is created; or name it in policy.containerLimits.memoryMiB.',
  impact: 'none',
  goal: 'container-limit',
  expected: 'Memory above 0 and below the host’s',
  needs: ['engine', 'policy'],
  judge: (container, { engine, policy }) =>
    orLimited(judgeMemory(container, engine), container, policy, 'memoryMiB', (size) => ({ Memory: size * 2 ** 20 })),
});

function judgeMemory({ HostConfig: { Memory } }: Container, { info: { MemTotal } }: Facts['engine']): Verdict {
  if (Memory <= 0) return fail('no limit');
  // `docker update` cannot lift a limit, so people set a huge one instead.
  if (MemTotal > 0 && Memory >= MemTotal) return fail(`${mebibytes(Memory)}: no less than the host has (${mebibytes(MemTotal)})`);
  return pass(mebibytes(Memory));
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}

/** The kernel's own weight: setting it is the same as setting none. */
const DEFAULT_SHARES = 1024;

export const cpuShares = eachContainer({
  id: 'container/cpu-shares',
  title: 'Containers have a CPU weight or limit',
  severity: 'low',
  stride: ['D'],
  rationale: 'One busy container can starve the others.',
  fix: 'Set one with docker update --cpus N NAME, and where it is created; or name it in policy.containerLimits.cpus.',
  impact: 'none',
  goal: 'container-limit',
  expected: 'a weight other than 1024, a quota or a CPU set',
  needs: ['policy'],
  judge: (container, { policy }) =>
    orLimited(judgeCpus(container), container, policy, 'cpus', (cpus) => ({ NanoCpus: Math.round(cpus * 1e9) })),
});

function judgeCpus({ HostConfig: { CpuShares, NanoCpus, CpuQuota, CpusetCpus } }: Container): Verdict {
  // A quota of -1 lifts the limit of --cpus in the kernel, while NanoCpus still shows it.
  if (NanoCpus > 0 && CpuQuota >= 0) return pass(`${NanoCpus / 1e9} CPUs`);
  if (CpuQuota > 0) return pass(`CpuQuota=${CpuQuota}`);
  if (CpusetCpus !== '') return pass(`CPUs ${CpusetCpus}`);
  if (CpuShares !== 0 && CpuShares !== DEFAULT_SHARES) return pass(`CpuShares=${CpuShares}`);
  if (CpuQuota < 0) return fail('quota lifted (CpuQuota=-1)');
  return fail(CpuShares === 0 ? 'none' : `CpuShares=${CpuShares}`);
}

export const pidsLimit = eachContainer({
  id: 'container/pids-limit',
  title: 'Containers have a limit of processes',
  severity: 'medium',
  stride: ['D'],
  rationale: 'A fork bomb uses up the process table of the host.',
  fix: 'Set one with docker update --pids-limit N NAME, and where it is created; or name it in policy.containerLimits.pids.',
  impact: 'none',
  goal: 'container-limit',
  expected: 'PidsLimit above 0',
  needs: ['policy'],
  judge(container, { policy }) {
    const limit = container.HostConfig.PidsLimit ?? 0;
    const verdict = passIf(limit > 0, limit > 0 ? `PidsLimit=${limit}` : 'no limit');
    return orLimited(verdict, container, policy, 'pids', (PidsLimit) => ({ PidsLimit }));
  },
});

const MAX_RETRIES = 5;

export const restartPolicy = eachContainer({
  id: 'container/restart-on-failure-limit',
  title: 'Failed containers restart five times at most',
  severity: 'low',
  stride: ['D', 'R'],
  rationale: 'Endless restarts burn resources and hide why the container fails.',
  fix: 'Set it with docker update --restart on-failure:5 NAME, and where it is created; or name the attempts in policy.containerLimits.restartAttempts.',
  impact: 'none',
  goal: 'container-limit',
  expected: 'restart policy no, or on-failure with 1 to 5 attempts',
  needs: ['policy'],
  judge: (container, { policy }) =>
    orLimited(judgeRestarts(container), container, policy, 'restartAttempts', (MaximumRetryCount) => ({
      RestartPolicy: { Name: 'on-failure', MaximumRetryCount },
    })),
});

function judgeRestarts(container: Container): Verdict {
  if (isSwarmTask(container)) return notApplicable('a swarm task: its service decides');
  const { Name = '', MaximumRetryCount: count = 0 } = container.HostConfig.RestartPolicy ?? {};
  if (Name === '' || Name === 'no') return pass('never restarts');
  if (Name !== 'on-failure') return fail(Name);
  return passIf(count >= 1 && count <= MAX_RETRIES, count === 0 ? 'on-failure without limit' : `on-failure:${count}`);
}

export const ulimitOverride = eachContainer({
  id: 'container/ulimit-override-only-if-needed',
  title: 'Containers override resource limits only where needed',
  severity: 'low',
  stride: ['D'],
  rationale: 'A limit raised for one container can exhaust what all share.',
  fix: 'Recreate without --ulimit, or name the limit in policy.allowedUlimits.',
  expected: 'no override beyond policy.allowedUlimits',
  needs: ['daemon', 'policy'],
  judge(container, { daemon, policy }) {
    // The engine shows its own defaults as if the container had asked for them.
    const defaults = entriesOf(daemon.settings['default-ulimits']?.value).map(([name, limit]) => `${name}=${softAndHard(limit)}`);
    const asked = container.HostConfig.Ulimits.filter(({ Name, Soft, Hard }) => !defaults.includes(`${Name}=${Soft}:${Hard}`));
    const names = asked.map(({ Name }) => Name);
    if (names.length === 0) return pass('none');
    if (!isRuled(container, policy, 'allowedUlimits')) return review(`overrides ${names.join(', ')}; policy.allowedUlimits says nothing`);
    const { refused, by } = rule(names, container, policy, 'allowedUlimits', (entry, name) => entry === name);
    return refused.length > 0 ? fail(`overrides ${refused.join(', ')}`) : pass(`overrides ${names.join(', ')}${by}`);
  },
  recreate: (container, { policy }) => ({
    HostConfig: {
      Ulimits: [...rule(container.HostConfig.Ulimits, container, policy, 'allowedUlimits', (entry, { Name }) => entry === Name).allowed],
    },
  }),
});

/** `soft[:hard]` on the command line, an object in the file. */
function softAndHard(limit: Json): string {
  if (typeof limit === 'string') return limit.includes(':') ? limit : `${limit}:${limit}`;
  const { Soft = 0, Hard = 0 } = Object.fromEntries(entriesOf(limit));
  return `${Soft}:${Hard}`;
}

export const cgroupParent = eachContainer({
  id: 'container/cgroup-parent-default',
  title: 'Containers run under the expected cgroup parent',
  severity: 'low',
  stride: ['D'],
  rationale: 'Under another parent a container can evade the limits meant for it.',
  fix: 'Recreate without --cgroup-parent, or name the parent in policy.cgroupParents.',
  expected: 'not set, or one of policy.cgroupParents',
  needs: ['policy'],
  judge: ({ HostConfig: { CgroupParent } }, { policy }) =>
    passIf(
      CgroupParent === '' || policy.cgroupParents.includes(CgroupParent),
      CgroupParent === '' ? 'not set' : CgroupParent + (policy.cgroupParents.includes(CgroupParent) ? ' (by policy.cgroupParents)' : ''),
    ),
  recreate: () => ({ HostConfig: { CgroupParent: '' } }),
});

import type { Goal, Limits } from '../../../checks/check.ts';
import { cgroupParent, cpuShares, memoryLimit, pidsLimit, restartPolicy, ulimitOverride } from '../../../checks/containers/limits.ts';
import { testCheck } from '../../check-tester.ts';
import type { HostLiteral, Literal } from '../../fake-host.ts';
import { CONTAINER, containerErrors, hostConfig, stoppedConfig } from '../rows.ts';

const GIB = 2 ** 30;

/** A policy that names every limit. */
const policy = { containerLimits: { memoryMiB: 256, cpus: 1.5, pids: 200, restartAttempts: 3 } };
const goal = (limits: Limits): Goal => ({ kind: 'container-limit', id: CONTAINER, name: 'web', limits });

testCheck(memoryLimit, {
  ...containerErrors(),
  '64 MiB': { host: hostConfig({ Memory: 64 << 20 }), status: 'pass', says: '64 MiB' },
  none: { host: hostConfig({ Memory: 0 }), status: 'fail', says: 'no limit' },
  'none, and the policy has one': {
    host: hostConfig({ Memory: 0 }, { policy }),
    status: 'fail',
    says: 'no limit',
    goal: goal({ Memory: 256 << 20 }),
  },
  'not said': { host: hostConfig({ Memory: null }), status: 'fail' },
  'none, and the last rule about its image has one': {
    host: hostConfig(
      { Memory: 0 },
      {
        policy: {
          ...policy,
          containers: [
            { image: 'registry.example/', containerLimits: { memoryMiB: 64 } },
            { image: 'registry.example/web', containerLimits: { memoryMiB: 128 } },
            { image: 'registry.example/', containerLimits: { pids: 7 } },
            { image: 'quay.io/', containerLimits: { memoryMiB: 999 } },
          ],
        },
      },
    ),
    status: 'fail',
    goal: goal({ Memory: 128 << 20 }),
  },
  'a reservation is no limit': { host: hostConfig({ Memory: 0, MemoryReservation: 64 << 20 }), status: 'fail' },
  'a swap limit alone is none': { host: hostConfig({ Memory: 0, MemorySwap: -1 }), status: 'fail' },
  'as much as the host has': {
    host: hostConfig({ Memory: 8 * GIB }),
    status: 'fail',
    says: '8192 MiB: no less than the host has (8192 MiB)',
  },
  'a number beyond what JavaScript counts exactly': { host: hostConfig({ Memory: 2 ** 62 }), status: 'fail' },
  'on another host, whose memory the engine tells': {
    host: hostConfig({ Memory: 64 << 20 }, { endpoint: 'tcp://192.0.2.99:2376' }),
    status: 'pass',
  },
  'an engine that does not tell the host’s memory': { host: hostConfig({ Memory: 8 * GIB }, { info: { MemTotal: null } }), status: 'pass' },
  stopped: { host: stoppedConfig({ Memory: 0 }), status: 'fail', says: 'container is exited' },
});

/** Nothing set but what the row says. */
function cpu(limits: Literal): HostLiteral {
  return hostConfig({ CpuShares: 0, NanoCpus: 0, CpuQuota: 0, CpusetCpus: '', ...limits });
}

testCheck(cpuShares, {
  ...containerErrors(),
  none: { host: cpu({}), status: 'fail', says: 'none' },
  'none, and the policy has one': { host: { ...cpu({}), policy }, status: 'fail', goal: goal({ NanoCpus: 1_500_000_000 }) },
  '512 shares': { host: cpu({ CpuShares: 512 }), status: 'pass', says: 'CpuShares=512' },
  '1024 shares are the kernel’s default': { host: cpu({ CpuShares: 1024 }), status: 'fail', says: 'CpuShares=1024' },
  'half a CPU': { host: cpu({ NanoCpus: 500_000_000 }), status: 'pass', says: '0.5 CPUs' },
  'a quota (A5 5.12)': { host: cpu({ CpuQuota: 20_000 }), status: 'pass', says: 'CpuQuota=20000' },
  'a CPU set (A5 5.12)': { host: cpu({ CpusetCpus: '0-1' }), status: 'pass', says: 'CPUs 0-1' },
  'a quota of -1 lifts --cpus, which inspect still shows': {
    host: cpu({ NanoCpus: 500_000_000, CpuQuota: -1 }),
    status: 'fail',
    says: 'quota lifted',
  },
  'a quota of -1 leaves the shares': { host: cpu({ NanoCpus: 500_000_000, CpuQuota: -1, CpuShares: 512 }), status: 'pass' },
  stopped: { host: stoppedConfig({ NanoCpus: 0 }), status: 'fail', says: 'container is exited' },
});

testCheck(pidsLimit, {
  ...containerErrors(),
  '100': { host: hostConfig({ PidsLimit: 100 }), status: 'pass', says: 'PidsLimit=100' },
  'none, and the policy has one': { host: hostConfig({ PidsLimit: null }, { policy }), status: 'fail', goal: goal({ PidsLimit: 200 }) },
  'null, as created without': { host: hostConfig({ PidsLimit: null }), status: 'fail', says: 'no limit' },
  '0, as after an update to -1': { host: hostConfig({ PidsLimit: 0 }), status: 'fail' },
  '-1': { host: hostConfig({ PidsLimit: -1 }), status: 'fail' },
  stopped: { host: stoppedConfig({ PidsLimit: null }), status: 'fail', says: 'container is exited' },
});

const restart = (Name: string, MaximumRetryCount = 0): Literal => ({ RestartPolicy: { Name, MaximumRetryCount } });
const swarmTask = { 'com.docker.swarm.task.id': 'x1', 'com.docker.swarm.service.name': 'web' };

testCheck(restartPolicy, {
  ...containerErrors(),
  no: { host: hostConfig(restart('no')), status: 'pass', says: 'never restarts' },
  'nothing said': { host: hostConfig({ RestartPolicy: null }), status: 'pass' },
  'an empty name': { host: hostConfig(restart('')), status: 'pass' },
  'on-failure:1': { host: hostConfig(restart('on-failure', 1)), status: 'pass' },
  'on-failure:5': { host: hostConfig(restart('on-failure', 5)), status: 'pass', says: 'on-failure:5' },
  'on-failure:6': { host: hostConfig(restart('on-failure', 6)), status: 'fail', says: 'on-failure:6' },
  'on-failure without limit (A5 5.15)': { host: hostConfig(restart('on-failure')), status: 'fail', says: 'without limit' },
  'always, and the policy has a number': {
    host: hostConfig(restart('always'), { policy }),
    status: 'fail',
    goal: goal({ RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 } }),
  },
  'always (A5 5.15)': { host: hostConfig(restart('always')), status: 'fail', says: 'always' },
  'unless-stopped (A5 5.15)': { host: hostConfig(restart('unless-stopped')), status: 'fail' },
  'a swarm task (A5 5.15)': {
    host: { containers: [{ Config: { Labels: swarmTask }, HostConfig: restart('always') }] },
    status: 'not-applicable',
    says: 'its service decides',
  },
  stopped: { host: stoppedConfig(restart('always')), status: 'fail', says: 'container is exited' },
});

const nofile = (Soft: number, Hard: number): Literal => ({ Ulimits: [{ Name: 'nofile', Soft, Hard }] });
const inFile = (limit: Literal) => ({ daemonJson: { 'default-ulimits': { nofile: { Name: 'nofile', ...limit } } } });
const asFlag = (limit: string) => ({ dockerd: { flags: ['--default-ulimit', `nofile=${limit}`] } });

testCheck(ulimitOverride, {
  ...containerErrors(),
  none: { host: hostConfig({ Ulimits: null }), status: 'pass', says: 'none' },
  'an override, and no policy': { host: hostConfig(nofile(100, 200)), status: 'manual', says: 'overrides nofile' },
  'a listed override': {
    host: hostConfig(nofile(100, 200), { policy: { allowedUlimits: ['nofile'] } }),
    status: 'pass',
    says: 'overrides nofile (by policy.allowedUlimits)',
  },
  'an override that a rule about its image lists': {
    host: hostConfig(nofile(100, 200), { policy: { containers: [{ image: 'registry.example/', allowedUlimits: ['nofile'] }] } }),
    status: 'pass',
    says: '(by policy.containers: image registry.example/)',
  },
  'an unlisted override': { host: hostConfig(nofile(100, 200), { policy: { allowedUlimits: ['nproc'] } }), status: 'fail' },
  'no override is asked for (A5: docker-bench wants one)': { host: hostConfig({}, { policy: { allowedUlimits: [] } }), status: 'pass' },
  'the daemon’s default, which inspect shows too': { host: hostConfig(nofile(100, 200), inFile({ Soft: 100, Hard: 200 })), status: 'pass' },
  'the daemon’s default as a flag': { host: hostConfig(nofile(100, 200), asFlag('100:200')), status: 'pass' },
  'the daemon’s default as a flag with one number': { host: hostConfig(nofile(300, 300), asFlag('300')), status: 'pass' },
  'another value than the daemon’s default': {
    host: hostConfig(nofile(100, 9000), { ...inFile({ Soft: 100, Hard: 200 }), policy: { allowedUlimits: [] } }),
    status: 'fail',
    says: 'overrides nofile',
  },
  'a default without numbers': {
    host: hostConfig(nofile(100, 200), { ...inFile({}), policy: { allowedUlimits: [] } }),
    status: 'fail',
  },
  stopped: { host: stoppedConfig(nofile(100, 200), { policy: { allowedUlimits: [] } }), status: 'fail', says: 'container is exited' },
});

testCheck(cgroupParent, {
  ...containerErrors(),
  'not set': { host: hostConfig({ CgroupParent: '' }), status: 'pass', says: 'not set' },
  'set to something': { host: hostConfig({ CgroupParent: '/foo' }), status: 'fail', says: '/foo' },
  'a listed slice (A5 5.25)': {
    host: hostConfig({ CgroupParent: 'kubepods.slice' }, { policy: { cgroupParents: ['kubepods.slice'] } }),
    status: 'pass',
    says: 'kubepods.slice (by policy.cgroupParents)',
  },
  'below a listed slice': {
    host: hostConfig({ CgroupParent: 'kubepods.slice/x' }, { policy: { cgroupParents: ['kubepods.slice'] } }),
    status: 'fail',
  },
  stopped: { host: stoppedConfig({ CgroupParent: '/foo' }), status: 'fail', says: 'container is exited' },
});

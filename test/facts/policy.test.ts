import { describe, expect, test } from 'vitest';
import { defaultPolicy, policySchema } from '../../facts/policy.ts';

describe('policy', () => {
  test('says nothing by default, and asks for nothing', () => {
    expect(defaultPolicy).toEqual({
      allowedHostPorts: [],
      allowedCapabilities: [],
      allowedDevices: [],
      allowedMounts: [],
      containers: [],
      sensitivePaths: [],
      remoteLogDrivers: ['awslogs', 'fluentd', 'gcplogs', 'gelf', 'logentries', 'splunk'],
      cgroupParents: [],
      seccompProfiles: [],
      minimumVersions: {},
      swarm: { needed: false },
      containerLimits: {},
      contentTrust: false,
    });
  });

  test('what is said is kept, the rest stays default', () => {
    const policy = policySchema.parse({ publishedPorts: [443], swarm: { managers: 3 }, maxUnusedImages: 0 });
    expect(policy).toEqual({ ...defaultPolicy, publishedPorts: [443], swarm: { needed: false, managers: 3 }, maxUnusedImages: 0 });
  });

  test.each([
    [{ allowedRegistry: ['x'] }, 'allowedRegistry'],
    [{ allowedRegistries: 'x' }, 'allowedRegistries'],
    [{ allowedHostPorts: ['443'] }, 'allowedHostPorts'],
    [{ allowedHostPorts: [443.5] }, 'allowedHostPorts'],
    [{ maxUnusedImages: -1 }, 'maxUnusedImages'],
    [{ swarm: { maxRootCertificateDays: -1 } }, 'maxRootCertificateDays'],
    [{ swarm: { wanted: true } }, 'wanted'],
    [{ defaultUlimits: { nofile: '65536' } }, 'nofile'],
    [{ containerLimits: { memory: 64 } }, 'memory'],
    [{ containerLimits: { memoryMiB: 5 } }, 'memoryMiB'],
    [{ containerLimits: { cpus: 0 } }, 'cpus'],
    [{ containerLimits: { pids: 0 } }, 'pids'],
    [{ containerLimits: { restartAttempts: 6 } }, 'restartAttempts'],
    [{ containerLimits: { restartAttempts: 0 } }, 'restartAttempts'],
    [{ contentTrust: 1 }, 'contentTrust'],
  ])('%j is refused, and the message names it', (value, name) => {
    const result = policySchema.safeParse(value);
    expect(JSON.stringify(result.error?.issues)).toContain(name);
  });
});

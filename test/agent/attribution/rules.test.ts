import { describe, expect, test } from 'vitest';
import { missingRules } from '../../../agent/attribution/rules.ts';
import { collectFacts } from '../../../agent/collect.ts';
import { fakeHost, fakePolicy, type HostLiteral } from '../../fake-host.ts';

const CLIENT = '-w /usr/bin/docker -p x -k hullguard-who';
const SOCKET = '-a always,exit -F arch=b64 -S connect -F path=/run/docker.sock -k hullguard-who';

async function missing(loaded: readonly string[], files: HostLiteral['files'] = {}): Promise<string[]> {
  const host = fakeHost({ files: { '/usr/bin/docker': 'elf', ...files }, commands: { 'auditctl -l': { stdout: loaded.join('\n') } } });
  const wanted = ['audit', 'files', 'engine', 'units', 'daemon'] as const;
  const { facts } = await collectFacts(host, { policy: fakePolicy(), wanted, signal: AbortSignal.timeout(5000) });
  return missingRules(host, facts).map(({ line }) => line);
}

describe('on a host without rules', () => {
  test('all that is there is asked for, each once, and nothing that auditctl would stop at', async () => {
    const lines = await missing([]);
    expect(lines).toContain('-w /etc/docker -p wa -k hullguard-who');
    expect(lines).toContain('-w /usr/bin/dockerd -p wa -k hullguard-who');
    expect(lines).toContain('-w /etc/group -p wa -k hullguard-who');
    expect(lines.slice(-2)).toEqual([CLIENT, SOCKET]);
    expect(new Set(lines).size).toBe(lines.length);
    // Covered by the rule for its directory; in /run, where rules go with what they are for; data, which containers write.
    for (const path of ['/etc/docker/daemon.json', '/run/containerd', '/var/lib/docker', '/etc/sysconfig/docker'])
      expect(lines.filter((line) => line.includes(`${path} `))).toEqual([]);
  });

  test('links are followed, odd names left out', async () => {
    const lines = await missing([], {
      '/usr/bin/docker': { kind: 'link', link: '/opt/docker/cli' },
      '/opt/docker/cli': 'elf',
      '/etc/profile.d/a b.sh': '',
    });
    expect(lines).toContain('-w /opt/docker/cli -p x -k hullguard-who');
    expect(lines.filter((line) => line.includes('a b'))).toEqual([]);
  });
});

describe('what is in force is not asked for again', () => {
  test.each([
    ['-w /etc -p wa -k site', /\/etc\b/],
    ['-w /usr/bin -p wxa -k site', /\/usr\/bin\b/],
    [CLIENT, /-p x /],
    [SOCKET.replace('-k ', '-F key='), /connect/],
    ['-a always,exit -F arch=b64 -S bind,connect -F path=/run/docker.sock', /connect/],
  ])('%s', async (rule, gone) => {
    expect((await missing([rule])).filter((line) => gone.test(line))).toEqual([]);
  });

  test.each([
    ['-w /usr/bin/docker -p wa', CLIENT],
    ['-a never,exit -F path=/usr/bin/docker -F perm=x', CLIENT],
    ['-a always,exit -F path=/usr/bin/docker -F perm=x -F auid=1000', CLIENT],
    ['-w /run/docker.sock -p rwxa', SOCKET],
    ['-a never,exit -F arch=b64 -S connect -F path=/run/docker.sock', SOCKET],
  ])('but %s is not enough', async (rule, wanted) => {
    expect(await missing([rule])).toContain(wanted);
  });
});

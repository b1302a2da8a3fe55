/** Profiles: what each has and leaves out, what counts in it, and what reports say of that. */
import { describe, expect, test } from 'vitest';
import { configSchema } from '../../agent/config.ts';
import { findProfile } from '../../agent/profiles.ts';
import type { Report } from '../../agent/report.ts';
import { selectChecks } from '../../agent/select.ts';
import { type BenchmarkVersion, crosswalk } from '../../checks/benchmark.ts';
import { checks } from '../../checks/index.ts';
import { defaultPolicy } from '../../facts/policy.ts';
import { writeFiles } from './configured.ts';
import { auditFacts, inScratch } from './hullguard.ts';
import { selectionOf } from './reports.ts';

/** A profile of these, and what an audit with it has. */
function having(name: string, deltas: Readonly<Record<string, object>>, benchmark: BenchmarkVersion = '1.8.0') {
  const { profiles, policy } = configSchema.parse({ profiles: deltas });
  const profile = findProfile(name, profiles, benchmark);
  const { chosen, excluded } = selectChecks({ ...selectionOf({ benchmark }), profile });
  return {
    ids: chosen.map(({ id }) => id),
    severities: Object.fromEntries(chosen.map(({ id, severity }) => [id, severity])),
    by: Object.fromEntries(excluded.map(({ check, by }) => [check, by])),
    policy: profile.policyOf(policy),
  };
}

describe('built in', () => {
  test('level-1 leaves out level 2, and says so', () => {
    const { ids, by } = having('level-1', {});
    expect(ids).toContain('daemon/icc-disabled');
    expect(by).toMatchObject({ 'daemon/userns-remap': 'profile level-1' });
    expect(new Set(Object.values(by))).toEqual(new Set(['profile level-1']));
    expect(Object.keys(by).every((id) => crosswalk.get(id)?.['1.8.0']?.level === 2)).toBe(true);
  });

  test('levels are those of the benchmark version', () => {
    expect(having('level-1', {}, '1.1.0').ids).toContain('host/audit-docker-socket');
    expect(having('level-1', {}, '1.8.0').by).toHaveProperty('host/audit-docker-socket', 'profile level-1');
  });

  test('level-2 leaves out nothing', () => expect(having('level-2', {}).by).toEqual({}));

  test.each([...'STRIDE'])('stride:%s has the checks about that threat, of both levels and our own', (letter) => {
    const { ids, by } = having(`stride:${letter}`, {});
    const about = checks.filter(
      ({ id, stride }) => stride.some((one) => one === letter) && (crosswalk.get(id)?.['1.8.0'] !== undefined || !crosswalk.has(id)),
    );
    expect(ids).toEqual(about.map(({ id }) => id));
    expect(ids.length).toBeGreaterThan(0);
    expect(ids.length + Object.keys(by).length).toBe(having('level-2', {}).ids.length);
  });
});

describe('of one’s own', () => {
  test('extends level-2 unless told, and differs by what it says', () => {
    const { ids, by } = having('web', { web: { exclude: ['image/*', '5.1'] } });
    expect(ids).toContain('daemon/userns-remap');
    expect(by).toHaveProperty('image/healthcheck', 'profile web');
    expect(Object.keys(by).every((id) => id.startsWith('image/') || id === 'swarm/mode-off-unless-needed')).toBe(true);
  });

  test('includes what its parent leaves out, by id, number and glob', () => {
    const { ids, by } = having('web', { web: { extends: 'level-1', include: ['daemon/userns-remap', 'container/selinux-*'] } });
    expect(ids).toEqual(expect.arrayContaining(['daemon/userns-remap', 'container/selinux-options']));
    expect(Object.values(by)).toContain('profile level-1');
  });

  test('a chain is read from its far end; who leaves a check out last is named', () => {
    const deltas = {
      base: { extends: 'stride:I', exclude: ['daemon/*'] },
      mid: { extends: 'base', include: ['daemon/icc-disabled', 'daemon/no-insecure-registries'] },
      leaf: { extends: 'mid', exclude: ['daemon/icc-*'] },
    };
    const { ids, by } = having('leaf', deltas);
    expect(ids).toContain('daemon/no-insecure-registries');
    expect(by).toMatchObject({
      'daemon/icc-disabled': 'profile leaf',
      'daemon/iptables-enabled': 'profile base',
      'daemon/live-restore': 'profile stride:I',
    });
  });

  test('what one profile both includes and excludes is out', () => {
    expect(having('web', { web: { include: ['5.5'], exclude: ['5.5'] } }).by).toEqual({ 'container/no-privileged': 'profile web' });
  });

  test('a check that the benchmark lacks comes in by name, not by glob', () => {
    const id = 'daemon/no-devicemapper';
    expect(having('web', { web: { include: [id] } }, '1.7.0').ids).toContain(id);
    expect(having('web', { web: { include: ['daemon/*'] } }, '1.7.0').ids).not.toContain(id);
    expect(having('web', { web: { exclude: [id] } }, '1.7.0').by).not.toHaveProperty(id);
  });

  test('severities: a name wins over a glob, the last glob over those before, the child over its parent', () => {
    const { severities } = having('leaf', {
      base: { severity: { 'daemon/*': 'low', 'container/no-privileged': 'medium' } },
      leaf: { extends: 'base', severity: { 'daemon/icc-disabled': 'critical', 'daemon/i*': 'high', 'daemon/ip*': 'medium' } },
    });
    expect(severities).toMatchObject({
      'daemon/live-restore': 'low',
      'daemon/icc-disabled': 'critical',
      'daemon/iptables-enabled': 'medium',
      'container/no-privileged': 'medium',
      'container/no-host-pid': checks.find(({ id }) => id === 'container/no-host-pid')?.severity,
    });
  });

  test('policy: maps key by key, lists as a whole, the child over its parent', () => {
    const { policy } = having('leaf', {
      base: { policy: { trustedUsers: ['a'], swarm: { needed: true, managers: 3 } } },
      leaf: { extends: 'base', policy: { trustedUsers: ['b'], swarm: { managers: 5 }, remoteLogDrivers: [] } },
    });
    expect(policy).toEqual({ ...defaultPolicy, trustedUsers: ['b'], swarm: { needed: true, managers: 5 }, remoteLogDrivers: [] });
  });
});

describe('an audit', () => {
  const icc = {
    networks: [{ Name: 'bridge', Driver: 'bridge', Options: { 'com.docker.network.bridge.enable_icc': 'true' } }],
    containers: [{}],
    files: { '/etc/group': 'root:x:0:\ndocker:x:998:alice\n' },
  };
  const yaml = `
profile: edge
policy: {publishedPorts: [1]}
profiles:
  edge:
    extends: level-1
    exclude: [host/*]
    severity: {daemon/icc-disabled: low}
    policy: {trustedUsers: [alice]}
  strict: {include: [5.5]}
`.replace('[5.5]', '["5.5"]');

  async function audited(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    return inScratch(async (directory) => {
      writeFiles(directory, { 'config.yaml': yaml });
      return auditFacts(icc, ['--config', directory, ...args], { width: 120 });
    });
  }

  test('names its profile, and each check that is left out, with what leaves it out', async () => {
    const report = JSON.parse((await audited('--report', 'json', '--skip', '5.5')).stdout) as Report;
    expect(report.profile).toBe('edge');
    const by = Object.fromEntries(report.excluded.map((each) => [each.check, each.by]));
    expect(by).toMatchObject({
      'container/no-privileged': 'skip',
      'host/hardened': 'profile edge',
      'daemon/userns-remap': 'profile level-1',
    });
    const judged = report.findings.map(({ check }) => check);
    expect(judged.filter((check) => check in by)).toEqual([]);
    expect(judged.length + report.excluded.length).toBe(having('level-2', {}).ids.length);
  });

  test('says in one line what is left out, and nothing where nothing is', async () => {
    const { stdout } = await audited('--skip', 'container/*');
    expect(stdout).toMatch(/^Left out: (\d+ by [\w ,-]+)+ \(--report json names them\)$/m);
    expect(stdout).toMatch(/\d+ by profile edge/);
    expect(stdout).toMatch(/\d+ by skip/);
    expect((await audited('--profile', 'level-2')).stdout).not.toContain('Left out');
  });

  test('counts only what was asked for as left out', async () => {
    const report = JSON.parse((await audited('--report', 'json', '--section', 'host,daemon', '--check', 'daemon/u*')).stdout) as Report;
    expect(report.excluded).toEqual([{ check: 'daemon/userns-remap', by: 'profile level-1' }]);
  });

  test('goes by the severities of its profile', async () => {
    const only = ['--check', 'daemon/icc-disabled'];
    expect((await audited(...only, '--fail-on', 'medium')).code).toBe(0);
    expect((await audited(...only, '--profile', 'level-2', '--fail-on', 'medium')).code).toBe(1);
    const { findings } = JSON.parse((await audited('--report', 'json', ...only)).stdout) as Report;
    expect(findings).toMatchObject([{ severity: 'low', status: 'fail' }]);
    expect((await audited(...only, 'daemon/icc-disabled', '--min-severity', 'medium')).code).toBe(2);
    const left = JSON.parse((await audited('--report', 'json', '--min-severity', 'medium')).stdout) as Report;
    expect(left.excluded).toContainEqual({ check: 'daemon/icc-disabled', by: 'minSeverity' });
  });

  test('goes by the policy of its profile, for recorded facts, too', async () => {
    const verdict = async (...args: readonly string[]): Promise<string> =>
      (await audited('--report', 'json', '--check', 'host/trusted-docker-group', ...args)).stdout;
    expect(await verdict()).toContain('in group docker (by policy.trustedUsers)');
    expect(await verdict('--profile', 'strict')).toContain('policy.trustedUsers says nothing');
  });

  test('with an unknown profile is refused, with the nearest', async () => {
    const { code, stderr } = await audited('--profile', 'egde');
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining('no profile is called egde, did you mean edge? (profiles: edge, strict, level-1,'),
    ]);
  });

  test('with a number that its benchmark version lacks is refused', async () => {
    const { code, stderr } = await inScratch(async (directory) => {
      writeFiles(directory, { 'config.yaml': 'profiles: {x: {exclude: ["4.12"]}}\n' });
      return auditFacts(icc, ['--config', directory, '--profile', 'x', '--benchmark', '1.1.0']);
    });
    expect([code, stderr]).toEqual([2, expect.stringContaining('no check is called 4.12 in benchmark 1.1.0')]);
  });
});

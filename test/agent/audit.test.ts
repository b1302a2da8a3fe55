import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Report } from '../../agent/report.ts';
import { HostError } from '../../facts/host.ts';
import { auditFacts, hullguard, inScratch } from './hullguard.ts';

const good = {};
/** High severity. */
const icc = { info: {}, networks: [{ Name: 'bridge', Driver: 'bridge', Options: { 'com.docker.network.bridge.enable_icc': 'true' } }] };
/** Low severity. */
const proxy = { daemonJson: { 'userland-proxy': true, icc: false } };
const unreadable = { api: { '/info': new HostError('io', 'GET /info: broken') } };

describe('exit status', () => {
  const audit = async (literal: object, ...args: readonly string[]): Promise<number> => (await auditFacts(literal, args)).code;
  const only = ['--check', 'daemon/icc-disabled,daemon/userland-proxy-disabled'];

  test('0 where nothing fails, 1 where something does', async () => {
    expect(await audit(good, ...only)).toBe(0);
    expect(await audit(icc, ...only)).toBe(1);
    expect(await audit(proxy, ...only)).toBe(1);
  });

  test('0 where only people have to decide, or nothing applies', async () => {
    expect(await audit(good, '--check', 'host/hardened')).toBe(0);
    expect(await audit(good, '--check', 'container/no-privileged')).toBe(0);
  });

  test('--fail-on sets the severity from which on a failure counts', async () => {
    expect(await audit(proxy, ...only, '--fail-on', 'low')).toBe(1);
    expect(await audit(proxy, ...only, '--fail-on', 'medium')).toBe(0);
    expect(await audit(icc, ...only, '--fail-on', 'high')).toBe(1);
    expect(await audit(icc, ...only, '--fail-on', 'critical')).toBe(0);
    expect(await audit(icc, ...only, '--fail-on', 'none')).toBe(0);
  });

  test('3 where something could not be judged, whatever else failed and whatever the threshold', async () => {
    expect(await audit(unreadable, ...only)).toBe(3);
    expect(await audit({ ...unreadable, ...proxy })).toBe(3);
    expect(await audit(unreadable, '--fail-on', 'none')).toBe(3);
    expect(await audit(unreadable, '--section', 'host', '--skip', '1.1.1,1.2.2,host/known-vulnerabilities')).toBe(0);
  });
});

describe('the configuration', () => {
  /** The report and exit code of an audit with that configuration. */
  function configured(yaml: string, ...args: readonly string[]): Promise<{ code: number; report: Report }> {
    return inScratch(async (directory) => {
      const file = path.join(directory, 'config.yaml');
      fs.writeFileSync(file, yaml);
      const { code, stdout, stderr } = await auditFacts(icc, ['--config', file, '--report', 'json', ...args]);
      expect(stderr).toBe('');
      return { code, report: JSON.parse(stdout) as Report };
    });
  }

  test('chooses benchmark, profile, severity, threshold and what to skip', async () => {
    const { code, report } = await configured('benchmark: 1.6.0\nprofile: level-1\nminSeverity: high\nfailOn: critical\nskip: [host/*]\n');
    expect(code).toBe(0);
    expect(report).toMatchObject({ benchmark: { version: '1.6.0' }, profile: 'level-1' });
    expect(report.findings.every(({ severity, check }) => ['high', 'critical'].includes(severity) && !check.startsWith('host/'))).toBe(
      true,
    );
    expect(report.findings.find(({ check }) => check === 'daemon/icc-disabled')).toMatchObject({ status: 'fail' });
  });

  test('gives way to options', async () => {
    const { code, report } = await configured(
      'benchmark: 1.6.0\nprofile: level-1\nfailOn: none\nminSeverity: critical\n',
      '--benchmark',
      '1.8.0',
      '--profile',
      'level-2',
      '--fail-on',
      'low',
      '--min-severity',
      'low',
    );
    expect(code).toBe(1);
    expect(report).toMatchObject({ benchmark: { version: '1.8.0' }, profile: 'level-2' });
    expect(report.findings.length).toBeGreaterThan(118);
  });

  test('and options both may skip', async () => {
    const { report } = await configured('skip: [container/*]\n', '--skip', 'image/*');
    expect(report.findings.some(({ check }) => /^(container|image)\//.test(check))).toBe(false);
    expect(report.findings.some(({ check }) => check.startsWith('daemon/'))).toBe(true);
  });
});

describe('reports', () => {
  test('text to standard output without a word', async () => {
    const { stdout, stderr } = await auditFacts(good);
    expect(stdout).toMatch(/^hullguard \d/);
    expect(stderr).toBe('');
  });

  test.each(['json', 'json=', 'json=-', 'json=/dev/stdout'])('--report %s is JSON and nothing else', async (target) => {
    const { stdout } = await auditFacts(good, ['--report', target]);
    expect(JSON.parse(stdout)).toHaveProperty('schemaVersion', 1);
  });

  test('several, each to its place; a comma or an equals sign is part of a name', async () => {
    await inScratch(async (directory) => {
      const names = ['a,b.json', 'c=d.txt'].map((name) => path.join(directory, name));
      const { stdout } = await auditFacts(icc, ['--report', `json=${names[0]}`, '--report', `text=${names[1]}`, '--report', 'text']);
      expect(fs.readdirSync(directory).toSorted()).toEqual(['a,b.json', 'c=d.txt']);
      expect(fs.readFileSync(names[1] ?? '', 'utf8')).toBe(stdout);
      expect(JSON.parse(fs.readFileSync(names[0] ?? '', 'utf8'))).toHaveProperty('findings');
    });
  });

  test('colours on a terminal only, and not in files', async () => {
    await inScratch(async (directory) => {
      const file = path.join(directory, 'report.txt');
      const { stdout } = await auditFacts(icc, ['--report', 'text', '--report', `text=${file}`], { color: true });
      expect(stdout).toContain('\u001b[');
      expect(fs.readFileSync(file, 'utf8')).not.toContain('\u001b[');
      expect((await auditFacts(icc, ['--no-color'], { color: true })).stdout).not.toContain('\u001b[');
      expect((await auditFacts(icc)).stdout).not.toContain('\u001b[');
    });
  });

  test('recorded facts to standard output while the report goes to a file', async () => {
    await inScratch(async (directory) => {
      const file = path.join(directory, 'report.json');
      const { stdout } = await auditFacts(good, ['--save-facts', '-', '--report', `json=${file}`]);
      expect(JSON.parse(stdout)).toHaveProperty('facts.daemon');
    });
  });
});

test('recorded facts are judged without touching any host', async () => {
  const { code, stdout } = await auditFacts(good, ['--report', 'json'], { environment: { DOCKER_HOST: 'tcp://192.0.2.1:2375' } });
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ host: { hostname: 'testhost', engine: { endpoint: 'unix:///var/run/docker.sock' } } });
});

test('a host below another root is described by what lies there', async () => {
  await inScratch(async (directory) => {
    fs.mkdirSync(path.join(directory, 'etc'));
    fs.mkdirSync(path.join(directory, 'proc/sys/kernel'), { recursive: true });
    fs.writeFileSync(path.join(directory, 'etc/os-release'), 'PRETTY_NAME="Somewhere Else 1.0"\n');
    fs.writeFileSync(path.join(directory, 'proc/sys/kernel/hostname'), 'elsewhere\n');
    const { code, stdout } = await hullguard(['audit', '--root', directory, '--report', 'json', '--timeout', '0.333']);
    expect(code).toBe(3);
    const { host, findings } = JSON.parse(stdout) as Report;
    expect(host).toMatchObject({ hostname: 'elsewhere', os: 'Somewhere Else 1.0', engine: null, engines: [] });
    const reasons = new Set(
      findings.filter(({ section, status }) => section === 'containers' && status === 'error').map(({ reason }) => reason),
    );
    expect([...reasons]).toEqual([
      'no Docker engine found: no socket and no running dockerd (start Docker, or name the engine with --docker-host)',
    ]);
  });
});

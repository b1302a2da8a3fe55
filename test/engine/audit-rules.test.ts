import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Auditd, type Engine, startEngine, withAuditd } from '../lab/engine.ts';
import { labSuite } from '../lab/suite.ts';
import { dropRules, loadRules } from './audit-trail.ts';
import { audit } from './command.ts';
import { onHost, prepareHost } from './host.ts';

interface Case {
  /** Rules in the kernel, without their key; `/lab` is the engine's folder. */
  readonly kernel: readonly string[];
  /** Rules in /etc/audit/rules.d; as the kernel's where left out. */
  readonly disk?: readonly string[];
  /** For /etc/docker, and for daemon.json in /lab. */
  readonly etcDocker: string;
  readonly daemonJson: string;
}

const both = (line: string) => ({ etcDocker: line, daemonJson: line });

const cases: Readonly<Record<string, Case>> = {
  'watches on the directory and on the file': {
    kernel: ['-w /etc/docker -p wa', '-w /lab/daemon.json -p wa'],
    etcDocker: 'pass -w /etc/docker -p wa',
    daemonJson: 'pass -w /lab/daemon.json -p wa',
  },
  'system call rules, and more permissions than needed': {
    kernel: ['-a always,exit -F dir=/etc -F perm=rwxa', '-a exit,always -S all -F path=/lab/daemon.json -F perm=wa'],
    etcDocker: 'pass -w /etc -p rwxa',
    daemonJson: 'pass -w /lab/daemon.json -p wa',
  },
  'a directory covers what is in it, a path does not': {
    kernel: ['-a always,exit -F path=/etc/docker -F perm=wa', '-w /lab -p wa'],
    etcDocker: 'pass -w /etc/docker -p wa',
    daemonJson: 'pass -w /lab -p wa',
  },
  'no rule at all': { kernel: [], ...both('fail no rule') },
  'rules for neighbours of the same beginning': {
    kernel: ['-w /etc/docker-old -p wa', '-w /lab/daemon.json.old -p wa'],
    ...both('fail no rule'),
  },
  'rules that record reading only': {
    kernel: ['-w /etc/docker -p r', '-w /lab/daemon.json -p x'],
    etcDocker: 'fail does not record writes and attribute changes: "-w /etc/docker -p r"',
    daemonJson: 'fail does not record writes and attribute changes: "-w /lab/daemon.json -p x"',
  },
  'rules that record writing, but not changes of mode and owner': {
    kernel: ['-w /etc/docker -p w', '-w /lab -p w'],
    etcDocker: 'fail does not record writes and attribute changes: "-w /etc/docker -p w"',
    daemonJson: 'fail does not record writes and attribute changes: "-w /lab -p w"',
  },
  'an exclusion before them': {
    kernel: ['-a never,exit -F dir=/etc/docker', '-w /etc/docker -p wa', '-w /lab -p wa'],
    etcDocker: 'fail excluded by "-a never,exit -S all -F dir=/etc/docker"',
    daemonJson: 'pass -w /lab -p wa',
  },
  'rules for one user': {
    kernel: ['-a always,exit -F dir=/etc/docker -F perm=wa -F auid=1000', '-a always,exit -F path=/lab/daemon.json -F perm=wa -F uid!=0'],
    etcDocker: 'fail only for some users or programs: "-a always,exit -S all -F dir=/etc/docker -F perm=wa -F auid=1000"',
    daemonJson: 'fail only for some users or programs: "-a always,exit -S all -F path=/lab/daemon.json -F perm=wa -F uid!=0"',
  },
  'rules on disk that nobody loaded': {
    kernel: [],
    disk: ['-w /etc/docker -p wa', '-w /lab -p wa'],
    ...both('fail on disk but not loaded: no rule'),
  },
  'rules that are gone after a reboot': {
    kernel: ['-w /etc/docker -p wa', '-w /lab -p wa'],
    disk: [],
    ...both('fail loaded but not on disk, so gone after a reboot: no rule'),
  },
};

labSuite('audit rules in a real kernel', () => {
  let folder: string;
  let auditd: Auditd;
  let engine: Engine;
  const keyed = (rules: readonly string[]) => rules.map((rule) => `${rule.replaceAll('/lab', engine.dir)} -k hullguard-lab`);

  async function judged(): Promise<Record<'etcDocker' | 'daemonJson', string>> {
    const { report } = await audit(engine, ['--check', 'host/audit-etc-docker', '--check', 'host/audit-daemon-json']);
    const told = report.findings.map(
      ({ evidence: [entry] }) => `${entry?.outcome} ${entry?.actual.replaceAll(/ (-k |-F key=)hullguard-lab/g, '')}`,
    );
    return { etcDocker: told[0] ?? '', daemonJson: told[1] ?? '' };
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hullguard-audit-'));
    auditd = await withAuditd(folder);
    engine = await startEngine({ suite: 'bookworm' });
    await prepareHost(engine, { '/etc/docker': { directory: true }, '/etc/docker-old': { directory: true }, '/etc/audit/rules.d': null });
  });

  afterAll(async () => {
    await engine?.stop();
    await auditd?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test.each(Object.entries(cases))('%s', async (_, { kernel, disk = kernel, etcDocker, daemonJson }) => {
    await prepareHost(engine, { '/etc/audit/rules.d/50-docker.rules': `-b 8192\n${keyed(disk).join('\n')}\n` });
    try {
      await loadRules(engine, keyed(kernel));
      expect(await judged()).toEqual({ etcDocker, daemonJson });
    } finally {
      await dropRules(engine, keyed(kernel));
    }
  });

  test('with auditing off no rule counts', async () => {
    const rules = ['-w /etc/docker -p wa', '-w /lab -p wa'];
    await prepareHost(engine, { '/etc/audit/rules.d/50-docker.rules': `${keyed(rules).join('\n')}\n` });
    await loadRules(engine, keyed(rules));
    try {
      await onHost(engine, 'auditctl', '-e', '0');
      expect(await judged()).toEqual(both('fail auditing is switched off (auditctl -s: enabled 0)'));
    } finally {
      await onHost(engine, 'auditctl', '-e', '1');
      await dropRules(engine, keyed(rules));
    }
  });

  test('nothing of it stays in the kernel', async () => {
    expect(await onHost(engine, 'auditctl', '-l')).not.toContain('hullguard-lab');
  });
}, ['engines', 'auditd']);

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../../agent/report.ts';
import { type LabHost, missingHost, startHost } from './host.ts';

const execute = promisify(execFile);
const { CI } = process.env;
const reason = missingHost();
if (reason !== undefined) process.stderr.write(`\nSKIPPED: hosts: ${reason}\n`);
test.runIf(reason !== undefined && CI === 'true')('hosts can run here', () => expect.fail(reason));

describe.skipIf(reason !== undefined).each(['bookworm', 'trixie'] as const)('a host of %s', (suite) => {
  let host: LabHost;

  beforeAll(async () => {
    host = await startHost({ suite });
  });

  afterAll(async () => {
    await host.stop();
    const { stdout } = await execute('ps', ['-e', '-o', 'args']);
    expect(stdout).not.toContain(host.share);
    expect(existsSync(join(host.share, '..'))).toBe(false);
  });

  test('runs what a Docker host runs', async () => {
    expect(await host.sh('systemctl is-system-running')).toBe('running');
    expect(await host.sh('systemctl is-active docker auditd apparmor')).toBe('active\nactive\nactive');
    expect(await host.sh('docker run --rm --privileged busybox:lab echo hello')).toBe('hello');
    expect(await host.sh("docker info --format '{{.SecurityOptions}}'")).toContain('apparmor');
  });

  test('answers with status and output', async () => {
    expect(await host.run('echo out; echo err >&2; exit 3')).toEqual({ status: 3, stdout: 'out\n', stderr: 'err\n' });
    await expect(host.sh('echo why >&2; false')).rejects.toThrow(/exit status 1\nwhy/);
    await expect(host.run('sleep 30', { timeoutMs: 500 })).rejects.toThrow('took more than 500 ms');
    await writeFile(join(host.share, 'question'), 'from here');
    await host.sh('sed s/here/there/ /lab/question >/lab/answer');
    expect(await readFile(join(host.share, 'answer'), 'utf8')).toBe('from there');
  });

  test('takes daemon.json at a restart', async () => {
    await host.sh(`echo '{"labels": ["after=restart"]}' >/etc/docker/daemon.json && systemctl restart docker`);
    expect(await host.sh("docker info --format '{{.Labels}}'")).toBe('[after=restart]');
  });

  test('is judged as a host, by its own systemd', async () => {
    const outcome = await host.run('node /hullguard/agent/hullguard.cjs audit --report json');
    expect(outcome).toMatchObject({ status: 1, stderr: '' });
    const { findings, host: about } = JSON.parse(outcome.stdout) as Report;
    // Asked for its path, systemd of bookworm says /lib; a search of the directories would find /usr/lib first.
    const unit = suite === 'bookworm' ? /^\/lib\/systemd\/system\/docker.service/ : /^\/usr\/lib\/systemd\/system\/docker.service/;
    for (const check of ['files/docker-service-owner', 'files/docker-service-mode']) {
      const finding = findings.find((candidate) => candidate.check === check);
      expect(finding?.status).toBe('pass');
      expect(finding?.evidence[0]?.resource).toMatch(unit);
    }
    expect(findings.filter(({ status }) => status === 'error')).toEqual([]);
    expect(about.hostname).toBe('lab');
  });

  test('records changes, and locks its rules until it reboots', async () => {
    const boot = await host.sh('cat /proc/sys/kernel/random/boot_id');
    await host.sh('auditctl -w /etc/docker/daemon.json -p wa -k lab; auditctl -e 2');
    expect(await host.sh('auditctl -l')).toBe('-w /etc/docker/daemon.json -p wa -k lab');
    await host.sh('touch /etc/docker/daemon.json');
    expect(await host.sh('ausearch -i -k lab -f daemon.json')).toMatch(/comm=touch .*key=lab/);
    expect((await host.run('auditctl -D')).stderr).toContain('Operation not permitted');
    await host.reboot();
    expect(await host.sh('cat /proc/sys/kernel/random/boot_id')).not.toBe(boot);
    expect(await host.sh('systemctl is-system-running')).toBe('running');
    expect(await host.sh('auditctl -s')).toContain('enabled 1');
    expect(await host.sh('auditctl -l')).toBe('No rules');
    expect(await host.sh("docker info --format '{{.Labels}}'")).toBe('[after=restart]');
  });
});

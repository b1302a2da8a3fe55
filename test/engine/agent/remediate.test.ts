/** Changes under the unit that may make them, and scheduled audits without the agent. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../../../agent/report.ts';
import { type LabHost, missingHost, startHost } from '../../lab/host.ts';
import { installUnits, until, writeConfig } from './units.ts';

const { CI } = process.env;
const reason = missingHost();
if (reason !== undefined) process.stderr.write(`\nSKIPPED: remediation under systemd: ${reason}\n`);
test.runIf(reason !== undefined && CI === 'true')('hosts can run here', () => expect.fail(reason));

describe.skipIf(reason !== undefined).each(['bookworm', 'trixie'] as const)('on %s', (suite) => {
  let host: LabHost;

  beforeAll(async () => {
    host = await startHost({ suite });
    await installUnits(host);
    await host.sh('mkdir -p -m 700 /var/lib/hullguard/remediate && docker run -d --name web -p 8080:80 busybox:lab httpd -f -p 80');
  });

  afterAll(() => host.stop());

  /** Plans, and has the unit apply that; returns its exit status. */
  async function remediate(name: string, checks: string): Promise<string> {
    await host.run(`hullguard plan --max-impact restart --report json=/var/lib/hullguard/remediate/${name}.json ${checks}`);
    await host.run(`systemctl start hullguard-remediate@${name}`, { timeoutMs: 300_000 });
    return host.sh(`systemctl show -p ExecMainStatus --value hullguard-remediate@${name}`);
  }

  const log = (name: string): Promise<string> => host.sh(`journalctl -o cat --no-pager -u hullguard-remediate@${name}`);

  test('owners, modes and audit rules are mended, and come back with a rollback', async () => {
    await host.sh(`useradd alice; chmod 666 /run/docker.sock /etc/default/docker && chown alice /run/containerd/containerd.sock
      chown alice $(systemctl show -p FragmentPath --value docker.socket) && chmod 2775 /etc/docker`);
    expect(await remediate('files', "'files/*' 'host/audit-*'"), await log('files')).toBe('0');
    const facts = 'stat -c "%a %U" /run/docker.sock /etc/default/docker /run/containerd/containerd.sock /etc/docker';
    expect(await host.sh(facts)).toBe('660 root\n644 root\n660 root\n755 root');
    expect(
      await host.sh(
        'stat -c %U $(systemctl show -p FragmentPath --value docker.socket); auditctl -l | grep -c "key=hullguard\\|-k hullguard"',
      ),
    ).toMatch(/^root\n\d+$/);
    await host.sh('hullguard rollback');
    expect(await host.sh(facts)).toBe('666 root\n666 root\n660 alice\n2775 root');
    expect(await remediate('again', "'files/*'")).toBe('0');
  });

  test('dockerd is restarted with new settings, and its containers run again', async () => {
    expect(
      await remediate('daemon', 'daemon/live-restore daemon/no-new-privileges daemon/userland-proxy-disabled'),
      await log('daemon'),
    ).toBe('0');
    expect(await host.sh("docker info --format '{{.LiveRestoreEnabled}}'; docker inspect web --format '{{.State.Running}}'")).toBe(
      'true\ntrue',
    );
    expect(await host.sh('cat /etc/docker/daemon.json')).toContain('"no-new-privileges": true');
  });

  test('what lies elsewhere is left alone, with the reason', async () => {
    await host.sh(`mkdir -p /srv/docker && echo '{}' >/srv/docker/daemon.json && mkdir -p /etc/systemd/system/docker.service.d
      printf '[Service]\\nExecStart=\\nExecStart=/usr/sbin/dockerd -H fd:// --config-file /srv/docker/daemon.json\\n' >/etc/systemd/system/docker.service.d/lab.conf
      systemctl daemon-reload && systemctl restart docker`);
    expect(await remediate('elsewhere', 'daemon/live-restore')).toBe('4');
    expect(await log('elsewhere')).toMatch(/everything was taken back: .*\/srv\/docker\/.*Read-only file system/);
    expect(await host.sh('cat /srv/docker/daemon.json; ls -A /srv/docker; rm -r /etc/systemd/system/docker.service.d')).toBe(
      '{}\ndaemon.json',
    );
    await host.sh('systemctl daemon-reload; systemctl restart docker; systemctl reset-failed');
  });

  test('a plan that no longer fits, or is not there, changes nothing', async () => {
    await host.sh('chmod 666 /etc/default/docker');
    await host.run('hullguard plan --report json=/var/lib/hullguard/remediate/stale.json files/etc-default-docker-mode');
    await host.sh('chmod 664 /etc/default/docker');
    expect((await host.run('systemctl start hullguard-remediate@stale')).status).toBe(1);
    expect(await log('stale')).toContain('the host no longer matches the plan');
    expect(await host.sh('stat -c %a /etc/default/docker')).toBe('664');
    expect((await host.run('systemctl start hullguard-remediate@nothing')).status).toBe(0);
    expect(await host.sh('systemctl show -p ConditionResult --value hullguard-remediate@nothing; systemctl reset-failed')).toBe('no');
  });

  test('the agent has it mend what drifts, where it is told to, but not after a failure', async () => {
    await host.sh('chmod 644 /etc/default/docker');
    await writeConfig(host, 'agent:\n  remediate: {enabled: true, checks: [files/*]}\n');
    await host.sh('systemctl start hullguard && chmod 666 /etc/default/docker');
    await until(host, 'journalctl -o cat --no-pager -u hullguard', /^not mended .*was taken back/m, 90);
    // What the agent has not seen broken is not told of as mended.
    await until(host, 'journalctl -o cat --no-pager -u hullguard', /^drift event=\d+ check=files\/etc-default-docker-mode/m, 90);
    await host.sh('hullguard apply --yes files/etc-default-docker-mode');
    // What is as before when the agent looks is no drift, however it was in between.
    await until(host, 'journalctl -o cat --no-pager -u hullguard', /^drift: mended .*check=files\/etc-default-docker-mode/m, 90);
    await host.sh('chmod 666 /etc/default/docker');
    await until(host, 'stat -c %a /etc/default/docker', /^644$/m, 90);
    await until(host, 'journalctl -o cat --no-pager -u hullguard', /^mended .*journal=\S+/m, 90);
    expect(await log('agent')).toContain('applied and verified');
    await host.sh('systemctl stop hullguard');
  });

  test('a timer audits a host without the agent', async () => {
    await host.sh('systemctl enable --now hullguard-audit.timer');
    expect(await host.sh('systemctl list-timers --no-pager --no-legend hullguard-audit.timer')).toContain('hullguard-audit.service');
    await host.sh('systemctl start hullguard-audit');
    const report = JSON.parse(await host.sh('cat /var/log/hullguard/audit.json')) as Report;
    expect(report.summary.fail).toBeGreaterThan(0);
    expect(report.summary.error).toBe(0);
    expect(await host.sh('journalctl -o cat --no-pager -u hullguard-audit; systemctl is-failed hullguard-audit || true')).toMatch(
      /score[\s\S]*inactive$/i,
    );
  });
});

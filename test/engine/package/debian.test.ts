/** The Debian package on whole hosts: installed, used, upgraded, purged. */
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildDebian } from '../../../packaging/debian.ts';
import { type LabHost, missingHost, startHost } from '../../lab/host.ts';
import { journal, until } from '../agent/units.ts';
import { builtExecutable } from './built.ts';

const { CI } = process.env;
const reason = missingHost();
if (reason !== undefined) process.stderr.write(`\nSKIPPED: the Debian package: ${reason}\n`);
test.runIf(reason !== undefined && CI === 'true')('hosts can run here', () => expect.fail(reason));

describe.skipIf(reason !== undefined).each(['bookworm', 'trixie'] as const)('the package on %s', (suite) => {
  let host: LabHost;
  const show = (property: string): Promise<string> => host.sh(`systemctl show -p ${property} --value hullguard`);

  beforeAll(async () => {
    const executable = builtExecutable();
    host = await startHost({ suite });
    copyFileSync(executable, join(host.share, 'hullguard'));
    for (const revision of ['0.1.0', '0.1.0+rebuilt'])
      buildDebian({ arch: 'x64', executable, folder: host.share, revision, compression: 'none' });
  });

  afterAll(() => host?.stop());

  test('installing it starts nothing, and says what comes next', async () => {
    const before = await host.sh('systemctl list-units --no-legend --plain --state=active | cut -d" " -f1 | sort');
    expect(await host.sh('dpkg -i /lab/hullguard_0.1.0_amd64.deb 2>&1')).toContain('systemctl enable --now hullguard');
    expect(await host.sh('systemctl list-units --no-legend --plain --state=active | cut -d" " -f1 | sort')).toBe(before);
    expect((await host.run('systemctl is-enabled hullguard.service hullguard-audit.timer')).stdout).toBe('disabled\ndisabled\n');
    expect(await host.sh('ls -d /var/lib/hullguard 2>/dev/null || echo none')).toBe('none');
    expect(await host.sh('stat -c "%a %U:%G" /usr/bin/hullguard /etc/hullguard /etc/hullguard/config.yaml')).toBe(
      '755 root:root\n755 root:root\n644 root:root',
    );
  });

  test('audits with no Node on the host', async () => {
    await host.sh('rm -f /usr/local/bin/node && hullguard config check');
    const { status, stdout, stderr } = await host.run('cd / && hullguard audit --all');
    expect([status, stderr]).toEqual([1, '']);
    expect(stdout).toMatch(/^hullguard 0\.1\.0: CIS Docker 1\.8\.0/);
    expect(stdout).not.toMatch(/Could not be judged/i);
    await host.sh(`mkdir /root/checks && cp /hullguard/docs/examples/site-check.ts /root/checks/
      echo 'siteChecks: {directory: /root/checks}' >/root/site.yaml`);
    expect((await host.run('hullguard audit --config /root/site.yaml --section site')).stdout).toMatch(/0 not judged/); // in a thread of its own
    expect((await host.run('NODE_OPTIONS=--require=/nowhere hullguard --version')).stdout).toBe('0.1.0\n');
  });

  test('applies, and takes back', async () => {
    await host.sh('chmod 666 /etc/default/docker && hullguard apply --yes files/etc-default-docker-mode');
    expect(await host.sh('stat -c %a /etc/default/docker')).toBe('644');
    await host.sh('hullguard rollback --yes');
    expect(await host.sh('stat -c %a /etc/default/docker')).toBe('666');
    await host.sh('chmod 644 /etc/default/docker');
  });

  test('its service is one command away', async () => {
    await host.sh('systemctl enable --now hullguard');
    expect(await show('ActiveState')).toBe('active');
    expect(await show('StatusText')).toMatch(/^(watching|degraded: )/);
    expect((await journal(host, 'hullguard')).join('\n')).not.toMatch(/Warning|undefined/);
    await host.sh('systemctl start hullguard-audit && test -s /var/log/hullguard/audit.json');
  });

  test('an upgrade starts what ran anew, and keeps what was configured', async () => {
    const pid = await show('MainPID');
    await host.sh("echo 'failOn: high' >>/etc/hullguard/config.yaml && dpkg -i /lab/hullguard_0.1.0+rebuilt_amd64.deb");
    expect(await show('ActiveState')).toBe('active');
    expect(await show('MainPID')).not.toBe(pid);
    expect(await host.sh('tail -n 1 /etc/hullguard/config.yaml; systemctl is-enabled hullguard')).toBe('failOn: high\nenabled');
    expect((await host.run('hullguard history verify')).status).toBe(0);
  });

  test('an upgrade leaves stopped what was stopped', async () => {
    await host.sh('systemctl stop hullguard && dpkg -i /lab/hullguard_0.1.0_amd64.deb');
    expect([await show('ActiveState'), await host.sh('systemctl is-enabled hullguard')]).toEqual(['inactive', 'enabled']);
  });

  test('removing it ends it; purging it leaves nothing', async () => {
    await host.sh('systemctl start hullguard && dpkg --remove hullguard');
    expect(await host.sh('pgrep -c hullguard || true')).toBe('0');
    expect(await host.sh('ls /etc/hullguard; test -s /var/lib/hullguard/history.db && echo kept')).toBe('config.yaml\nkept');
    await host.sh('dpkg --purge hullguard');
    expect(
      await host.sh(
        "find / -xdev -path /proc -prune -o -name '*hullguard*' -print | grep -Ev '^/(hullguard$|lab|var/log/journal)' || true",
      ),
    ).toBe('');
    expect(await host.sh('systemctl daemon-reload; systemctl is-system-running')).toBe('running');
  });

  test('without its units, the executable calls itself to mend what drifts', async () => {
    writeFileSync(join(host.share, 'config.yaml'), 'agent: {remediate: {enabled: true, checks: [files/*]}}\n');
    await host.sh('systemd-run --unit=lab-agent-alone /lab/hullguard agent --config /lab/config.yaml');
    await until(host, 'journalctl -u lab-agent-alone -o cat --no-pager', /ready /, 120);
    await host.sh('chmod 666 /etc/default/docker');
    await until(host, 'stat -c %a /etc/default/docker', /^644$/m, 90);
    await until(host, 'journalctl -u lab-agent-alone -o cat --no-pager', /mended|remediat/, 60);
    await host.sh('systemctl stop lab-agent-alone');
  });
});

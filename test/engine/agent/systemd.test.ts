/** The life of the agent as a service of a whole host. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LabHost, missingHost, startHost } from '../../lab/host.ts';
import { installUnits, journal, until, writeConfig } from './units.ts';

const { CI } = process.env;
const reason = missingHost();
if (reason !== undefined) process.stderr.write(`\nSKIPPED: the agent under systemd: ${reason}\n`);
test.runIf(reason !== undefined && CI === 'true')('hosts can run here', () => expect.fail(reason));

describe.skipIf(reason !== undefined).each(['bookworm', 'trixie'] as const)('the agent on %s', (suite) => {
  let host: LabHost;
  const show = async (property: string): Promise<string> => host.sh(`systemctl show -p ${property} --value hullguard`);

  beforeAll(async () => {
    host = await startHost({ suite });
    await installUnits(host);
    await host.sh('mkdir -p /var/lib/prometheus/node-exporter && docker run -d --name web busybox:lab sleep 100000');
    await writeConfig(host, 'agent:\n  metricsFile: /var/lib/prometheus/node-exporter/hullguard.prom\n');
  });

  afterAll(() => host.stop());

  test('is started when it is ready, and says what it does', async () => {
    await host.sh('systemctl enable --now hullguard');
    expect(await show('ActiveState,SubState,Type,NotifyAccess')).toBe('notify\nmain\nactive\nrunning');
    expect(await show('StatusText')).toMatch(/^(watching|degraded: )/);
    const log = await journal(host, 'hullguard');
    expect(log).toContainEqual(expect.stringMatching(/^6 audited .*score=0\.\d+/));
    expect(log.at(-1)).toMatch(/^5 ready version=\S+ head=[0-9a-f]{64}$/);
    // The engine was there all the time, and so was nobody else's audit.
    expect(log.join('\n')).not.toMatch(/ExperimentalWarning|undefined|\[object|no Docker engine found|not connected/);
    expect(await host.sh('sleep 2; hullguard history | grep -c "audit ("')).toBe('1');
    expect(await host.sh('stat -c "%a %U" /var/lib/hullguard')).toBe('700 root');
  });

  test('shows drift in the journal, with its priority, and in the metrics', async () => {
    await host.sh('chmod 666 /etc/default/docker');
    await until(host, 'journalctl -u hullguard -o cat --no-pager', /drift .*check=files\/etc-default-docker-mode/);
    expect(await journal(host, 'hullguard')).toContainEqual(
      expect.stringMatching(
        /^4 drift event=\d+ check=files\/etc-default-docker-mode .*resource=\/etc\/default\/docker before="pass: 0644" after="fail: 0666"/,
      ),
    );
    const metrics = await until(
      host,
      'cat /var/lib/prometheus/node-exporter/hullguard.prom',
      /check="files\/etc-default-docker-mode",\S+ 1\n/,
    );
    expect(metrics).toMatch(/^hullguard_drift_events_total\{severity="\w+"\} [1-9]/m);
    await host.sh('chmod 644 /etc/default/docker');
    await until(host, 'journalctl -u hullguard -o cat --no-pager', /drift: mended .*check=files\/etc-default-docker-mode/);
    await host.sh('docker run -d --name bad --privileged busybox:lab sleep 100000');
    await until(host, 'journalctl -u hullguard -o cat --no-pager', /drift .*check=container\/no-privileged/);
    expect(await journal(host, 'hullguard')).toContainEqual(
      expect.stringMatching(/^2 drift .*container\/no-privileged severity=critical resource="container bad"/),
    );
  });

  test('takes a changed configuration at a reload, and none that is wrong', async () => {
    const pid = await show('MainPID');
    await writeConfig(host, 'agent:\n  log: {format: json}\n');
    await host.sh('systemctl reload hullguard');
    await until(host, 'journalctl -u hullguard -o cat --no-pager -n 5', /\{"time":"[^"]+Z","level":"info","message":"audited"/);
    await writeConfig(host, 'agent:\n  scedule: daily\n');
    await host.sh('systemctl reload hullguard');
    await until(host, 'journalctl -u hullguard -o cat --no-pager -n 5', /line 2, column 3: unknown key agent.scedule/);
    expect(await show('StatusText')).toContain('the old one stays');
    await writeConfig(host, 'agent:\n  webhook: {url: "http://127.0.0.1:1/", secretFile: /etc/hullguard/secret}\n');
    await host.sh('systemctl reload hullguard');
    await until(host, 'journalctl -u hullguard -o cat --no-pager -n 5', /\/etc\/hullguard\/secret: cannot read the webhook secret/);
    const reloaded = (): Promise<string> => until(host, 'systemctl is-active hullguard', /^active$/m);
    await reloaded();
    expect([await show('MainPID'), await show('NRestarts')]).toEqual([pid, '0']);
    await writeConfig(host, 'agent: {}\n');
    await host.sh('systemctl reload hullguard');
    await reloaded();
    expect([await show('MainPID'), await show('NRestarts')]).toEqual([pid, '0']);
  });

  test('survives a restart of dockerd, and sees what comes after it', async () => {
    const pid = await show('MainPID');
    await host.sh('systemctl restart docker');
    await host.sh('docker run -d --name late --pid host busybox:lab sleep 100000');
    await until(host, 'journalctl -u hullguard -o cat --no-pager', /drift .*late/, 120);
    expect([await show('MainPID'), await show('NRestarts')]).toEqual([pid, '0']);
  });

  test('answers the watchdog, and is started anew where it cannot', async () => {
    await host.sh(`mkdir -p /run/systemd/system/hullguard.service.d
      printf '[Service]\\nWatchdogSec=6\\nTimeoutAbortSec=2\\nRestartSec=1\\n' >/run/systemd/system/hullguard.service.d/watchdog.conf
      systemctl daemon-reload && systemctl restart hullguard`);
    const first = Number(await show('WatchdogTimestampMonotonic'));
    const answered = async (): Promise<number> => Number(await show('WatchdogTimestampMonotonic'));
    await expect.poll(answered, { timeout: 60_000, interval: 500 }).toBeGreaterThan(first + 9_000_000);
    const pid = await show('MainPID');
    expect([await show('ActiveState'), await show('NRestarts')]).toEqual(['active', '0']);

    await host.sh(`kill -STOP ${pid}`);
    await until(host, 'systemctl show -p NRestarts --value hullguard', /^1$/m, 90);
    await until(host, 'systemctl is-active hullguard', /^active$/m, 90);
    expect(await show('MainPID')).not.toBe(pid);
    expect(await host.sh('find / -xdev -name "core*" -newer /lab/hullguard.service -size +1M -type f | head')).toBe('');
  });

  test('is there again after a kill, with its history whole', async () => {
    await host.sh('systemctl kill -s KILL hullguard');
    await until(host, 'systemctl show -p NRestarts --value hullguard', /^2$/m, 90);
    await until(host, 'systemctl is-active hullguard', /^active$/m, 90);
    expect((await host.run('hullguard history verify')).status).toBe(0);
  });

  test('ends in order, and only once there are two of it', async () => {
    const second = await host.run('hullguard agent');
    expect([second.status, second.stderr]).toEqual([2, expect.stringContaining('another agent runs on this host')]);
    await host.sh('systemctl stop hullguard');
    expect((await journal(host, 'hullguard')).at(-1)).toMatch(/^5 stopped head=[0-9a-f]{64}$/);
    expect(await show('Result')).toBe('success');
    expect(await host.sh('systemctl is-system-running')).toBe('running');
  });
});

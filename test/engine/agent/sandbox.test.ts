/** What the units let the agent see is all that an audit needs, and what they let it do is nothing more. */
import { execFile } from 'node:child_process';
import { chmod, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../../../agent/report.ts';
import { type LabHost, missingHost, startHost } from '../../lab/host.ts';
import { confined, installUnits, readUnit, unitFiles } from './units.ts';

const execute = promisify(execFile);
const { CI } = process.env;
const reason = missingHost();
if (reason !== undefined) process.stderr.write(`\nSKIPPED: sandbox: ${reason}\n`);
test.runIf(reason !== undefined && CI === 'true')('hosts can run here', () => expect.fail(reason));

test('scheduled audits are confined as the agent is', async () => {
  const rules = async (name: string): Promise<string> =>
    /\n# --- Capabilities ---\n[\s\S]*?(?=\n\[Install\]|$)/.exec(await readUnit(name))?.[0].trim() ?? '';
  expect((await rules('hullguard.service')).length).toBeGreaterThan(1000);
  expect(await rules('hullguard-audit.service')).toBe(await rules('hullguard.service'));
});

/** A host where much of what is audited belongs to others, is for them alone, or lies where sandboxes hide things. */
async function furnish(host: LabHost): Promise<void> {
  const subject = ['-subj', '/CN=lab', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2', '-nodes'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  await execute('openssl', [
    'req',
    '-x509',
    ...curve,
    ...subject,
    '-keyout',
    join(host.share, 'key.pem'),
    '-out',
    join(host.share, 'cert.pem'),
  ]);
  await chmod(join(host.share, 'key.pem'), 0o644);
  await host.sh(`set -e
    useradd -m alice && mkdir /home/alice/.docker && echo '{"auths": {"registry.example.com": {"auth": "eDp5"}}}' >/home/alice/.docker/config.json
    chown -R alice: /home/alice && chmod 700 /home/alice /home/alice/.docker && chmod 600 /home/alice/.docker/config.json
    mkdir -p /srv/tls /tmp/docker /etc/docker/certs.d/registry.example.com
    cp /lab/key.pem /lab/cert.pem /srv/tls/ && cp /lab/cert.pem /etc/docker/certs.d/registry.example.com/ca.crt
    chown -R alice: /srv/tls && chmod 500 /srv/tls && chmod 400 /srv/tls/key.pem
    cat >/tmp/docker/daemon.json <<'JSON'
{"tlsverify": true, "tlscacert": "/srv/tls/cert.pem", "tlscert": "/srv/tls/cert.pem", "tlskey": "/srv/tls/key.pem", "log-level": "info"}
JSON
    mkdir /etc/systemd/system/docker.service.d
    cat >/etc/systemd/system/docker.service.d/lab.conf <<'UNIT'
[Service]
ExecStart=
ExecStart=/usr/sbin/dockerd -H fd:// -H unix:///tmp/docker/docker.sock -H tcp://127.0.0.1:2376 --config-file /tmp/docker/daemon.json
UNIT
    auditctl -w /etc/docker -p wa -k lab; auditctl -a never,exclude -F msgtype=CWD; echo '-w /usr/bin/docker -p wa -k lab' >/etc/audit/rules.d/lab.rules
    systemctl daemon-reload && systemctl restart docker
    docker run -d --name plain busybox:lab sleep 10000
    docker run -d --name loose --privileged --pid host --network host -v /etc:/host busybox:lab sleep 10000
    docker run -d --name other --user 1000 -e PASSWORD=x --memory 64m --cap-drop all -v /tmp/docker:/tmp/docker busybox:lab sleep 10000
    docker create --name stopped busybox:lab sleep 1`);
}

describe.skipIf(reason !== undefined).each(['bookworm', 'trixie'] as const)('under the units on %s', (suite) => {
  let host: LabHost;

  beforeAll(async () => {
    host = await startHost({ suite });
    await installUnits(host);
    await furnish(host);
  });

  afterAll(() => host.stop());

  test('nothing is wrong with the units, and little is left exposed', async () => {
    const { stdout, stderr } = await host.run(
      // The manual comes with the package, which is not installed here.
      `systemd-analyze verify --man=no ${(await unitFiles()).map((name) => `/etc/systemd/system/${name}`).join(' ')}`,
    );
    expect(stdout + stderr).toBe('');
    const exposure = async (unit: string): Promise<number> =>
      Number(/Overall exposure level for \S+: (\d+\.\d+)/.exec(await host.sh(`systemd-analyze security --no-pager ${unit}`))?.[1]);
    expect(await exposure('hullguard.service')).toBeLessThanOrEqual(2.5);
    expect(await exposure('hullguard-audit.service')).toBeLessThanOrEqual(2.5);
    expect(await exposure('hullguard-remediate@x.service')).toBeLessThanOrEqual(3);
  });

  test.each(['hullguard.service', 'hullguard-remediate@.service'])('an audit says what it says without them: %s', async (unit) => {
    const audit = async (name: string): Promise<string> =>
      `/usr/bin/hullguard audit --quiet --report json=${name}.json --save-facts ${name}.facts.json`;
    await host.run(await audit('/root/outside'));
    await confined(host, unit, await audit('/var/lib/hullguard/inside'));
    await host.sh('cp /var/lib/hullguard/inside* /root/outside* /lab/ && chmod 644 /lab/*.json');
    const read = async (name: string): Promise<unknown> => JSON.parse(await readFile(join(host.share, name), 'utf8'));
    const inside = (await read('inside.json')) as Report;
    const outside = (await read('outside.json')) as Report;
    expect(inside.findings).toEqual(outside.findings);
    expect(inside.findings.filter(({ status }) => status === 'error')).toEqual([]);
    expect(inside.host).toEqual(outside.host);
    expect(inside.host.engine?.configFile).toBe('/tmp/docker/daemon.json');

    const inner = (await read('inside.facts.json')) as { readonly facts: { readonly system: object } };
    const outer = (await read('outside.facts.json')) as typeof inner;
    const timeless = ({ facts }: typeof inner): object => ({ ...facts, system: { ...facts.system, at: 0 } });
    expect(timeless(inner)).toEqual(timeless(outer));
  });

  test('the agent can write to its own state alone', async () => {
    const places =
      '/etc /etc/docker /usr /usr/bin /root /home/alice /tmp /var/tmp /run /run/systemd /boot /opt /srv /var /var/log /var/lib /var/lib/docker /dev /dev/shm /dev/mqueue /sys/fs/cgroup';
    const script = `for place in ${places} /var/lib/hullguard; do (: >$place/intruder) 2>/dev/null && echo $place; done; true`;
    expect(await confined(host, 'hullguard.service', script)).toBe('/var/lib/hullguard');
    expect(await confined(host, 'hullguard-audit.service', script)).toBe('');
  });

  test('nor has it what would make more of it', async () => {
    await host.sh('setsid su alice -c "sleep 10000" >/dev/null 2>&1 &');
    const attempts = [
      'mount -t tmpfs none /mnt',
      'mount -o remount,rw /',
      'unshare --user true',
      'unshare --net true',
      'kill $(pgrep -u alice sleep)',
      'chown alice /var/lib/hullguard',
      'chmod u+s /var/lib/hullguard/intruder',
      'mknod /var/lib/hullguard/disk b 98 0',
      'hostname other',
      'date -s 2030-01-01',
      'dmesg',
      'echo 1 >/proc/sys/kernel/sysrq',
      'modprobe dummy',
      'ip link add intruder type dummy',
      'chroot / true',
      'setpriv --reuid alice true',
      'head -c 1 /dev/ubda',
      'perl -e "socket(S, 2, 3, 1) or exit 1"',
    ];
    const script = attempts.map((attempt) => `if (${attempt}) >/dev/null 2>&1; then echo '${attempt}'; fi`).join('\n');
    expect(await confined(host, 'hullguard.service', `: >/var/lib/hullguard/intruder\n${script}`)).toBe('');
    // All of it is what root can do here otherwise; the host is of no use after this.
    expect((await host.run(script)).stdout.trim().split('\n')).toEqual(attempts);
  });
});

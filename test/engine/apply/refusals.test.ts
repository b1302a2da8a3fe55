import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Plan } from '../../../remediations/plan.ts';
import { missingHost } from '../../lab/host.ts';
import { difference, type Guest, startGuest } from './guest.ts';

const { CI } = process.env;
const reason = missingHost();
process.stderr.write('\nPARTLY: what does not depend on systemd or auditctl is refused on trixie alone, not on bookworm\n');
if (reason !== undefined) process.stderr.write(`\nSKIPPED: hosts on which something is in the way: ${reason}\n`);
test.runIf(reason !== undefined && CI === 'true')('hosts can run here', () => expect.fail(reason));

describe.skipIf(reason !== undefined).each(['bookworm', 'trixie'] as const)('on a host of %s', { timeout: 300_000 }, (suite) => {
  let guest: Guest;
  let before: readonly string[];

  beforeAll(async () => {
    guest = await startGuest(suite);
  });

  afterAll(async () => {
    await guest.host.stop();
  });

  const plan = async (...args: readonly string[]): Promise<Plan> =>
    JSON.parse((await guest.hullguard('plan', '--max-impact', 'restart', '--report', 'json', ...args)).stdout);
  const apply = (...args: readonly string[]): ReturnType<Guest['hullguard']> =>
    guest.hullguard('apply', '--yes', '--max-impact', 'restart', ...args);
  const spoil = async (script: string): Promise<void> => {
    await guest.host.sh(script);
    before = await guest.state();
  };
  const changed = async (): Promise<string[]> => difference(before, await guest.state());

  /** Makes a drop-in of docker.service; $variables are those of the script. */
  const dropIn = (text: string): string => `
mkdir -p /etc/systemd/system/docker.service.d
cat >/etc/systemd/system/docker.service.d/20-site.conf <<END
[Service]
${text}
END
systemctl daemon-reload`;

  afterEach(async () => {
    await guest.host.sh('rm -rf /etc/systemd/system/docker.service.d; systemctl daemon-reload');
  });

  if (suite === 'trixie') {
    // What follows from the plan alone, on whatever host.
    describe('what only looks', () => {
      const everything = async (): Promise<string[]> => [
        ...(await guest.state()),
        ...(
          await guest.host.sh(`
stat -c '%n %d %i %z' /run/docker.sock /etc/docker /etc
pidof dockerd
find /var/lib/hullguard /root /var/tmp -printf '%p %y %m %U:%G %T@ %C@\\n' 2>&1 | grep -v '^/root '
docker ps --all --format '{{.ID}} {{.Status}}' | sed 's/Up .*/Up/'`)
        ).split('\n'),
      ];

      test.each([
        ['audit', 1],
        ['plan', 1],
        ['plan --max-impact restart --report json', 1],
        ['plan daemon/icc-disabled --max-impact none', 0],
        ['journal', 0],
      ])('%s changes nothing', async (command, status) => {
        const [first, outcome, second] = [await everything(), await guest.hullguard(command), await everything()];
        expect(outcome.status).toBe(status);
        expect(difference(first, second)).toEqual([]);
      });
    });

    test('without --yes and with nobody to ask, nothing is done', async () => {
      await spoil('true');
      const outcome = await guest.hullguard('apply', '--max-impact', 'restart');
      expect(outcome).toMatchObject({ status: 2, stderr: expect.stringContaining('--yes') });
      expect(await changed()).toEqual([]);
      expect((await guest.hullguard('journal')).stdout).toBe('Nothing has been applied yet.\n');
    });

    test('what costs more than is allowed is held back', async () => {
      await spoil(`set-json '{"live-restore": true}'`);
      const outcome = await guest.hullguard('apply', '--yes', 'daemon/no-new-privileges', '--report', 'json');
      expect(outcome.status).toBe(1);
      expect(JSON.parse(outcome.stdout)).toMatchObject({ changes: [], held: [{ check: 'daemon/no-new-privileges', impact: 'restart' }] });
      expect(await changed()).toEqual([]);
    });

    test('a key that is a flag in a drop-in is never written', async () => {
      await spoil(`
start=$(grep -h ^ExecStart= /usr/lib/systemd/system/docker.service)
${dropIn('# the site wants it\nExecStart=\n$start --icc=true')}
set-json '{"labels": []}'`);
      const said = await guest.hullguard('plan', 'daemon/icc-disabled', '--max-impact', 'restart');
      expect(said.status).toBe(0);
      expect(said.stdout.replace(/\s+/g, ' ')).toContain('--icc=true in /etc/systemd/system/docker.service.d/20-site.conf line 4');
      expect(await plan('daemon/icc-disabled')).toMatchObject({ fixes: [], changes: [], refused: [{ check: 'daemon/icc-disabled' }] });
      await apply('daemon/icc-disabled');
      expect(await changed()).toEqual([]);
      expect(await guest.judge(['daemon/icc-disabled'])).toEqual({ 'daemon/icc-disabled': 'fail' });
    });

    test('a key that is a flag in /etc/default/docker is never written', async () => {
      await spoil(`
cp -p /etc/default/docker /root/default-docker
printf '# options\\nDOCKER_OPTS="--log-level=debug"\\n' >/etc/default/docker
set-json '{"labels": []}'`);
      const { refused, changes } = await plan('daemon/log-level-info');
      expect(changes).toEqual([]);
      expect(refused[0]?.reason).toContain('--log-level=debug in /etc/default/docker line 2');
      await guest.host.sh('cp -p /root/default-docker /etc/default/docker; restart-docker');
    });
  }

  describe('dockerd does not start with the new file', () => {
    const works = async (): Promise<void> => {
      expect(await guest.host.sh('systemctl is-active docker.service docker.socket')).toBe('active\nactive');
      expect(await guest.host.sh('docker exec keep echo here')).toBe('here');
      await guest.host.sh('restart-docker');
    };

    test('everything is taken back', async () => {
      await spoil(`${dropIn('ExecStartPre=/bin/sh -c "! grep -q icc /etc/docker/daemon.json"')}\nset-json '{"labels": ["a=b"]}'`);
      const outcome = await apply('daemon/icc-disabled');
      expect(outcome).toMatchObject({ status: 4, stderr: expect.stringContaining('everything was taken back') });
      expect(await changed()).toEqual([]);
      expect((await guest.hullguard('journal')).stdout).toMatch(/rolled-back .*daemon\/icc-disabled\n$/);
      await works();
    });

    test('nor with the old one: says what is left, and takes it back when the cause is gone', async () => {
      await spoil(`set-json '{"labels": []}'\n${dropIn('ExecStartPre=/bin/false')}`);
      const outcome = await apply('daemon/no-new-privileges');
      expect(outcome).toMatchObject({ status: 5, stderr: expect.stringMatching(/What is left:\n.*\bdockerd: systemctl restart docker/) });
      const onFile = (lines: readonly string[]): string[] => lines.filter((line) => line.includes('daemon.json'));
      const now = await guest.host.run('print-state'); // which fails, for nothing runs
      expect(onFile(now.stdout.split('\n'))).toEqual(onFile(before));

      await guest.host.sh('rm -r /etc/systemd/system/docker.service.d; systemctl daemon-reload');
      const [id = ''] = /\d{8}T\d{6}Z-[0-9a-f]+/.exec(outcome.stderr) ?? [];
      expect(await guest.hullguard('rollback', id, '--yes')).toMatchObject({
        status: 0,
        stderr: expect.stringContaining('as it was before'),
      });
      expect((await changed()).filter((line) => !line.includes('docker.service.d'))).toEqual([]);
      await works();
    });

    if (suite === 'bookworm') return;

    test('everything is taken back where live restore keeps the containers running', async () => {
      await spoil(
        `${dropIn('ExecStartPre=/bin/sh -c "! grep -q no-new /etc/docker/daemon.json"')}\nset-json '{"live-restore": true}'\npidof httpd >/root/pid`,
      );
      expect((await apply('daemon/no-new-privileges')).status).toBe(4);
      expect(await changed()).toEqual([]);
      expect(await guest.host.sh('pidof httpd')).toBe(await guest.host.sh('cat /root/pid'));
      await works();
    });

    test('what somebody has written since it started, and nobody has tried, is not brought into force', async () => {
      await spoil(`
set-json '{"debug": false}'
sed -i 's#}#, "seccomp-profile": "/nosuch"}#' /etc/docker/daemon.json`);
      const { refused, changes } = await plan('daemon/no-new-privileges');
      expect(changes).toEqual([]);
      expect(refused[0]?.reason).toContain('seccomp-profile=/nosuch');
      await apply('daemon/no-new-privileges');
      expect(await changed()).toEqual([]);
      await guest.host.sh(`set-json '{"debug": false}'`);
    });
  });

  describe('audit rules that are locked', () => {
    const check = 'host/audit-daemon-json';
    const rule = '-w /etc/docker/daemon.json -p wa -k hullguard';

    test('are written, and wait for a reboot', async () => {
      await guest.host.sh('touch /etc/docker/daemon.json; auditctl -q -D; auditctl -e 2');
      const first = await apply(check);
      expect(first).toMatchObject({ status: 1, stderr: expect.stringMatching(/not done yet: host\/audit-daemon-json .*reboot/) });
      expect(first.stdout + first.stderr).not.toMatch(/\bdone\b(?<!not done)/);
      expect(await guest.host.sh('cat /etc/audit/rules.d/50-hullguard.rules')).toContain(rule);
      expect(await guest.host.sh('auditctl -l')).not.toContain('daemon.json');
      expect(await guest.judge([check])).toEqual({ [check]: 'fail' });

      const second = await apply(check, '--report', 'json');
      expect(second.status).toBe(1);
      expect(JSON.parse(second.stdout)).toMatchObject({ changes: [], fixes: [], waits: [{ check }] });

      await guest.host.reboot();
      expect(await guest.host.sh('auditctl -l')).toContain(rule);
      expect(await guest.judge([check])).toEqual({ [check]: 'pass' });
      expect(JSON.parse((await apply(check, '--report', 'json')).stdout)).toMatchObject({ changes: [], waits: [] });

      expect((await guest.hullguard('rollback')).status).toBe(0);
      expect(await guest.judge([check])).toEqual({ [check]: 'fail' });
      expect(await guest.host.sh('ls /etc/audit/rules.d')).not.toContain('hullguard');
    });
  });
});

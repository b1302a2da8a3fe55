import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../../../agent/report.ts';
import type { HostLiteral } from '../../fake-host.ts';
import { labSuite } from '../../lab/suite.ts';
import { audit, execute, hullguard } from './command.ts';
import { checksOf, dependents, expectSound, find } from './soundness.ts';
import { type Stage, setUp } from './stage.ts';

const literal: HostLiteral = { containers: [{}], images: [{}] };
const WAIT = ['--timeout', '60'];

/** Why the checks that need an engine could not judge. */
function reasonsWithoutEngine(report: Report): string[] {
  const lost = checksOf(dependents(['engine'], false));
  return [...new Set(report.findings.filter(({ check }) => lost.has(check)).map(({ reason }) => reason ?? 'none'))];
}

labSuite('no way to the engine', () => {
  let stage: Stage;
  let healthy: Report;

  beforeAll(async () => {
    stage = await setUp(literal);
    healthy = (await audit(['--root', stage.root, ...WAIT])).report;
  });

  afterAll(() => stage.strike());

  describe('no Docker at all', () => {
    const gone = [
      '/run/docker.sock',
      '/usr/bin/dockerd',
      '/usr/lib/systemd/system/docker.service',
      '/usr/lib/systemd/system/docker.socket',
      '/etc/docker',
      '/var/lib/docker',
    ];
    const bare: HostLiteral = { dockerd: null, daemonJson: null, files: Object.fromEntries(gone.map((name) => [name, null])) };

    test('what needs an engine says so with one reason; files and audit rules are judged', async () => {
      const empty = await setUp(bare);
      try {
        const { code, stderr, report } = await audit(['--root', empty.root, ...WAIT]);
        expect([code, stderr]).toEqual([3, '']);
        expectSound({ healthy: report, faulty: report, missing: ['engine'] });
        const reason = 'no Docker engine found: no socket and no running dockerd (start Docker, or name the engine with --docker-host)';
        expect(reasonsWithoutEngine(report)).toEqual([reason]);
        expect(report.host).toMatchObject({ hostname: 'testhost', engine: null, engines: [] });
        expect(find(report, 'files/etc-default-docker-mode')).toMatchObject({ status: 'pass' });
        expect(find(report, 'files/daemon-json-mode')).toMatchObject({ status: 'not-applicable' });
        expect(report.findings.some(({ section, status }) => section === 'daemon' && status === 'pass')).toBe(false);
        const { stdout } = await execute([...hullguard, 'audit', '--root', empty.root, ...WAIT]);
        expect(stdout).toContain('testhost: no engine answered; ');
        expect(stdout.replace(/\s+/g, ' ').split(reason)).toHaveLength(2);
      } finally {
        await empty.strike();
      }
    });
  });

  describe('an engine that was asked for', () => {
    test('and is not there', async () => {
      const { code, report } = await audit(['--root', stage.root, '--docker-host', 'unix:///nonexistent/docker.sock', ...WAIT]);
      expect(code).toBe(3);
      expect(reasonsWithoutEngine(report)).toEqual([
        'cannot connect to unix:///nonexistent/docker.sock: there is no such socket (is Docker running?)',
      ]);
      // The daemon that does run on this host is another one: its command line says nothing of the engine that was asked for.
      expect(report.findings.filter(({ section, status }) => section === 'daemon' && status === 'pass').map(({ check }) => check)).toEqual([
        'daemon/config-file-valid',
      ]);
      expect(report.host.engines.map(({ endpoint }) => endpoint)).toEqual([
        'unix:///nonexistent/docker.sock',
        'unix:///var/run/docker.sock',
      ]);
    });

    test('and refuses TCP connections', async () => {
      const server = net.createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as net.AddressInfo;
      await new Promise((resolve) => server.close(resolve));
      const { code, report } = await audit(['--root', stage.root, ...WAIT], { environment: { DOCKER_HOST: `tcp://127.0.0.1:${port}` } });
      expect(code).toBe(3);
      expect(reasonsWithoutEngine(report)).toEqual([
        `cannot connect to tcp://127.0.0.1:${port}: nobody listens there (is Docker running?)`,
      ]);
    });

    test('and is on another host: nothing of this one is taken for its own', async () => {
      const { code, report } = await audit(['--root', stage.root, '--docker-host', 'tcp://192.0.2.1:2375', '--timeout', '4']);
      expect(code).toBe(3);
      const judged = report.findings.filter(({ status }) => status === 'pass' || status === 'fail');
      expect(judged.map(({ check }) => check)).toEqual([]);
      expect(find(report, 'files/docker-sock-mode').reason).toContain(
        'the engine tcp://192.0.2.1:2375 is on another host: run hullguard there',
      );
    });

    test('over a relay on this host is the one that answers', async () => {
      const relay = net.createServer((client) => {
        const upstream = net.connect(stage.daemon.socket);
        client.pipe(upstream).pipe(client);
        for (const socket of [client, upstream]) socket.on('error', () => socket.destroy());
      });
      await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
      const { port } = relay.address() as net.AddressInfo;
      const { report } = await audit(['--root', stage.root, '--docker-host', `127.0.0.1:${port}`, ...WAIT]);
      relay.close();
      expect(report.host.engine).toMatchObject({ endpoint: `tcp://127.0.0.1:${port}`, version: '28.5.2' });
      expect(find(report, 'container/no-privileged')).toEqual(find(healthy, 'container/no-privileged'));
    });

    test.each([
      ['ssh://root@192.0.2.1', 'an engine behind ssh is audited on its own host: run hullguard there'],
      ['unix://run/docker.sock', 'expected unix:///PATH, tcp://HOST:PORT or https://HOST:PORT'],
      ['nonsense', 'expected unix:///PATH, tcp://HOST:PORT or https://HOST:PORT'],
    ])('%s in the environment is wrong usage', async (address, problem) => {
      const { code, stdout, stderr } = await execute([...hullguard, 'audit', '--report', 'json'], {
        environment: { DOCKER_HOST: address },
      });
      expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: `hullguard: DOCKER_HOST ${address}: ${problem}\n` });
    });
  });

  test('a socket whose daemon has died', async () => {
    const dead = await setUp(literal);
    try {
      await dead.daemon.stop();
      const { code, report } = await audit(['--root', dead.root, ...WAIT]);
      expect(code).toBe(3);
      expectSound({ healthy, faulty: report, missing: ['engine'] });
      expect(reasonsWithoutEngine(report)).toEqual([
        'cannot connect to unix:///var/run/docker.sock: nobody listens there (is Docker running?)',
      ]);
    } finally {
      await dead.strike();
    }
  });

  describe('a user without privileges', () => {
    test('may not use the socket: the rest is judged, and it says who may', async () => {
      const { code, stderr, report } = await audit(['--root', stage.root, ...WAIT], { unprivileged: true });
      expect([code, stderr]).toEqual([3, '']);
      expectSound({ healthy, faulty: report, missing: ['engine', 'audit'] });
      expect(reasonsWithoutEngine(report)[0]).toBe(
        'cannot connect to unix:///var/run/docker.sock: permission denied (run as root, or as a member of the group that owns the socket)',
      );
      expect(find(report, 'files/docker-sock-mode')).toMatchObject({ status: 'pass' });
    });

    test('may not ask the kernel for its audit rules, which says what is needed', async () => {
      const { report } = await audit(['--root', stage.root, '--check', 'host/audit-*', ...WAIT], { unprivileged: true });
      expect(new Set(report.findings.map(({ status }) => status))).toEqual(new Set(['error']));
      expect(find(report, 'host/audit-dockerd').reason).toMatch(
        /^auditctl -[sl]: .*\(needs root with CAP_AUDIT_CONTROL in the initial namespaces\)$/,
      );
    });

    test('may not look into closed directories: that is no absence', async () => {
      const closed = await setUp({ ...literal, files: { '/etc/docker': { kind: 'directory', mode: 0o700 } } });
      try {
        const { report } = await audit(['--root', closed.root, '--section', 'files,daemon', ...WAIT], { unprivileged: true });
        expect(find(report, 'files/daemon-json-mode')).toMatchObject({
          status: 'error',
          reason: '/etc/docker/daemon.json: permission denied (run as root)',
        });
        expect(find(report, 'daemon/config-file-valid')).toMatchObject({ status: 'error' });
        expect(find(report, 'files/registry-certs-mode')).toMatchObject({ status: 'error' });
      } finally {
        await closed.strike();
      }
    });

    test('on this very machine passes nothing that root does not', async () => {
      const nowhere = ['--docker-host', 'unix:///nonexistent/docker.sock', ...WAIT];
      const [root, nobody] = [await audit(nowhere), await audit(nowhere, { unprivileged: true })];
      const passed = (report: Report): string[] => report.findings.filter(({ status }) => status === 'pass').map(({ check }) => check);
      expect(nobody.code).toBe(3);
      expect(passed(root.report)).toEqual(expect.arrayContaining(passed(nobody.report)));
    });
  });

  test('without auditctl its rules are unknown, and it says what to install', async () => {
    const hide = 'mount -t tmpfs none /usr/sbin && if [ ! -L /sbin ]; then mount -t tmpfs none /sbin; fi && exec "$@"';
    const command = [
      'unshare',
      '--mount',
      'sh',
      '-c',
      hide,
      'sh',
      ...hullguard,
      'audit',
      '--report',
      'json',
      '--root',
      stage.root,
      ...WAIT,
    ];
    const { code, stdout, stderr } = await execute(command);
    expect([code, stderr]).toEqual([3, '']);
    const report = JSON.parse(stdout) as Report;
    expectSound({ healthy, faulty: report, missing: ['audit'] });
    expect(find(report, 'host/audit-dockerd').reason).toBe('auditctl not found: the rules in force cannot be read (install auditd)');
  });

  test('certificates that TLS needs and that are not readable', async () => {
    const certificates = path.join(stage.scratch, 'certificates');
    fs.mkdirSync(certificates);
    fs.mkdirSync(path.join(certificates, 'ca.pem'));
    const environment = { DOCKER_HOST: 'tcp://127.0.0.1:2376', DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: certificates };
    const { code, report } = await audit(['--root', stage.root, ...WAIT], { environment });
    expect(code).toBe(3);
    expect(reasonsWithoutEngine(report)).toEqual([`${certificates}/ca.pem: cannot be read`]);
  });
});

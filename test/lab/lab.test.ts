import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { type Engine, importBusybox, startEngine, startPodman, withAuditd } from './engine.ts';
import { type ControlledDaemon, startFakeDaemon, startProxy } from './proxy.ts';
import { labSuite } from './suite.ts';

const execute = promisify(execFile);
const major = { bookworm: /^20\.10\./, trixie: /^26\./, sid: /^\d\d\./ } as const;

function get(daemon: ControlledDaemon, path: string): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath: daemon.socket, path, timeout: 300 }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => resolve({ status: answer.statusCode, body: Buffer.concat(chunks).toString() }));
      answer.on('error', reject);
    });
    sent.on('timeout', () => sent.destroy(new Error('timeout')));
    sent.on('error', reject);
    sent.end();
  });
}

async function expectNothingLeft(engine: Engine): Promise<void> {
  const pid = engine.pid();
  await engine.stop();
  const { stdout } = await execute('ps', ['-e', '-o', 'args']);
  expect(stdout).not.toContain(engine.dir);
  expect(existsSync(engine.dir)).toBe(false);
  expect(existsSync(`/proc/${pid}/exe`)).toBe(false);
}

labSuite('engines', () => {
  test.concurrent.for(['bookworm', 'trixie', 'sid'] as const)('docker of %s', async (suite) => {
    const engine = await startEngine({ suite, daemonJson: { 'live-restore': true, icc: false }, flags: ['--debug'] });
    try {
      expect(engine.version).toMatch(major[suite]);
      await importBusybox(engine);
      const run = ['run', '--detach', '--name', 'priv', '--privileged', '--pid', 'host', '--restart', 'always'];
      await engine.docker(...run, '--ulimit', 'nofile=1048576', 'busybox:lab', 'sleep', '1000');
      await writeFile(engine.configFile, '{"live-restore": true, "labels": ["after=restart"]}');
      await engine.restart();
      expect(await engine.docker('info', '--format', '{{.Labels}} {{.Debug}}')).toBe('[after=restart] true');
      expect(await engine.docker('exec', 'priv', 'echo', 'alive')).toBe('alive');
    } finally {
      await expectNothingLeft(engine);
    }
  });

  test('a daemon that cannot start says why and leaves nothing', async () => {
    const failed = await startEngine({ suite: 'bookworm', daemonJson: '{"icc": 1' }).catch(String);
    expect(failed).toMatch(/unable to configure the Docker daemon/);
    expect(existsSync(/\S+\/run-\w+/.exec(String(failed))?.[0] ?? '/')).toBe(false);
  });

  test("podman's docker socket", async () => {
    const engine = await startPodman('trixie');
    try {
      expect(engine.version).toMatch(/^5\./);
      await importBusybox(engine);
      expect(await engine.docker('run', '--rm', 'busybox:lab', 'echo', 'hello')).toBe('hello');
    } finally {
      await expectNothingLeft(engine);
    }
  });

  test('a proxy counts what it lets through', async () => {
    const engine = await startEngine({ suite: 'bookworm' });
    const proxy = await startProxy(engine.socket);
    try {
      await importBusybox(engine);
      const client = ['--host', proxy.endpoint, 'run', '--rm', 'busybox:lab', 'echo', 'hello'];
      expect(await engine.docker(...client)).toBe('hello');
      expect(proxy.requests.map(({ method }) => method)).toContain('POST');
      proxy.requests.length = 0;
      expect(JSON.parse((await get(proxy, '/containers/json?all=1')).body)).toEqual([]);
      expect(proxy.requests).toEqual([{ method: 'GET', path: '/containers/json?all=1' }]);
      proxy.replace(({ path }) => (path === '/info' ? { status: 500, body: '{"message":"no"}' } : undefined));
      expect(await get(proxy, '/info')).toEqual({ status: 500, body: '{"message":"no"}' });
      expect((await get(proxy, '/version')).status).toBe(200);
    } finally {
      await proxy.stop();
      await engine.stop();
    }
  });
});

labSuite('audit', () => {
  test('a watched file leaves a record', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'hullguard-audit-'));
    const auditd = await withAuditd(dir);
    try {
      const file = join(dir, 'watched');
      await writeFile(file, '');
      await execute('auditctl', ['-w', file, '-p', 'wa', '-k', 'hullguard-lab']);
      await execute('bash', ['-c', '(echo 1 >"$0")', file]);
      await expect.poll(() => readFile(auditd.log, 'utf8'), { timeout: 5000 }).toMatch(/SYSCALL.*comm="bash".*hullguard-lab/);
    } finally {
      await auditd.stop();
      await rm(dir, { recursive: true });
    }
  });
}, ['auditd']);

test('a fake daemon misbehaves as told', async () => {
  const daemon = await startFakeDaemon(({ path }) => {
    switch (path) {
      case '/ok':
        return { body: '{}' };
      case '/hang':
        return { hang: 'before-headers' };
      case '/half':
        return { hang: 'after-headers', body: '[' };
      case '/cut':
        return { cut: true, body: '[' };
      case '/garbage':
        return { raw: 'garbage\n' };
      default:
        return undefined;
    }
  });
  try {
    expect(await get(daemon, '/ok')).toEqual({ status: 200, body: '{}' });
    expect((await get(daemon, '/none')).status).toBe(404);
    await expect(get(daemon, '/hang')).rejects.toThrow('timeout');
    await expect(get(daemon, '/half')).rejects.toThrow();
    await expect(get(daemon, '/cut')).rejects.toThrow('aborted');
    await expect(get(daemon, '/garbage')).rejects.toThrow(/Parse Error/);
  } finally {
    await daemon.stop();
  }
});

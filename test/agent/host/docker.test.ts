import { execFile } from 'node:child_process';
import fs from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DockerOptions, dockerReader } from '../../../agent/host/docker.ts';
import { HostError } from '../../../facts/host.ts';
import { type ControlledDaemon, startFakeDaemon } from '../../lab/proxy.ts';
import { inScratch } from '../hullguard.ts';

let daemon: ControlledDaemon;

beforeAll(async () => {
  daemon = await startFakeDaemon(() => undefined);
});

afterAll(() => daemon.stop());

function reader(options: Partial<DockerOptions> = {}): (endpoint: string, path: string) => Promise<unknown> {
  return dockerReader({ signal: AbortSignal.timeout(5000), requestTimeout: 300, environment: {}, locate: (path) => path, ...options });
}

async function problem(work: Promise<unknown>): Promise<string> {
  try {
    return `none: ${JSON.stringify(await work)}`;
  } catch (error) {
    if (error instanceof HostError) return `${error.code}: ${error.message.replaceAll(daemon.socket, 'SOCKET')}`;
    throw error;
  }
}

function ask(path: string, options: Partial<DockerOptions> = {}): Promise<string> {
  return problem(reader(options)(daemon.endpoint, path));
}

describe('an answer', () => {
  test('is parsed, whatever JSON it is', async () => {
    for (const body of ['{"a": [1, "ü"]}', '[]', 'null', '"text"', '0']) {
      daemon.replace(() => ({ body }));
      expect(await reader()(daemon.endpoint, '/info')).toEqual(JSON.parse(body));
    }
  });

  test('is asked for with GET and the path as it is', async () => {
    daemon.replace(() => ({ body: '{}' }));
    daemon.requests.length = 0;
    await reader()(daemon.endpoint, '/containers/json?all=1');
    await reader()(daemon.endpoint, '/images/json');
    expect(daemon.requests).toEqual([
      { method: 'GET', path: '/containers/json?all=1' },
      { method: 'GET', path: '/images/json' },
    ]);
  });
});

describe('what goes wrong', () => {
  test.each([
    ['a page of HTML', { body: '<html>' }, 'invalid: GET /x: unix://SOCKET answers with something that is not JSON'],
    ['nothing', { body: '' }, 'invalid: GET /x: unix://SOCKET answers with something that is not JSON'],
    ['half an answer of JSON', { body: '{"a": ' }, 'invalid: GET /x: unix://SOCKET answers with something that is not JSON'],
    ['not found', { status: 404, body: '{"message":"no such container"}' }, 'not-found: GET /x: not found'],
    [
      'an error with its message',
      { status: 500, body: '{"message":"layer does not exist"}' },
      /^io: GET \/x: unix:\/\/SOCKET answers 500 \(.*layer does not exist\)$/,
    ],
    ['an error in HTML', { status: 502, body: '<h1>Bad gateway</h1>' }, /^io: GET \/x: unix:\/\/SOCKET answers 502 \(/],
    [
      'a refusal',
      { status: 403, body: '{"message":"authorization denied by plugin"}' },
      /^io: .* answers 403 \(.*authorization denied by plugin\)$/,
    ],
    ['a redirection', { status: 301, body: '' }, /^io: .* answers 301 \(/],
    // Followed by the transport if we let it: to whatever address the engine names.
    ...['http://127.0.0.1:1/', 'gopher://example.invalid/', '//', 'unix:///x'].map(
      (location) =>
        [
          `a redirection to ${location}`,
          { raw: `HTTP/1.1 302 Found\r\nLocation: ${location}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n` },
          /^io: .* answers 302 \(/,
        ] as const,
    ),
    ['no content', { status: 204, body: '' }, /^(io|invalid): /],
    [
      'a connection closed in the middle',
      { cut: true, body: '{"a": 1' },
      /^unreachable: GET \/x: unix:\/\/SOCKET: (aborted|socket hang up|terminated)/,
    ],
    ['bytes that are not HTTP', { raw: 'SSH-2.0-OpenSSH\r\n' }, /^unreachable: GET \/x: unix:\/\/SOCKET: Parse Error/],
    ['a connection closed at once', { raw: '' }, /^unreachable: GET \/x: unix:\/\/SOCKET: socket hang up/],
    ['no answer at all', { hang: 'before-headers' }, 'timeout: GET /x: unix://SOCKET did not answer in time (allow more with --timeout)'],
    ['headers and no body', { hang: 'after-headers' }, 'timeout: GET /x: unix://SOCKET did not answer in time (allow more with --timeout)'],
    [
      'half a body and no end',
      { hang: 'after-headers', body: '{"a": 1' },
      'timeout: GET /x: unix://SOCKET did not answer in time (allow more with --timeout)',
    ],
  ] as const)('%s', async (_what, answer, message) => {
    daemon.replace(() => answer);
    const begun = performance.now();
    if (typeof message === 'string') expect(await ask('/x')).toBe(message);
    else expect(await ask('/x')).toMatch(message);
    expect(performance.now() - begun).toBeLessThan(1500);
  });

  test('one that hangs does not hold up the others', async () => {
    daemon.replace(({ path }) => (path === '/hang' ? { hang: 'before-headers' } : { body: '1' }));
    const read = reader();
    const hanging = problem(read(daemon.endpoint, '/hang'));
    const others = await Promise.all(Array.from({ length: 20 }, (_, number) => read(daemon.endpoint, `/${number}`)));
    expect(others).toEqual(Array(20).fill(1));
    expect(await hanging).toMatch(/^timeout/);
  });

  test('an end of the whole audit ends every request, and none begins after it', async () => {
    daemon.replace(() => ({ hang: 'before-headers' }));
    const signal = AbortSignal.timeout(100);
    const read = reader({ signal, requestTimeout: 60_000 });
    const all = await Promise.all(['/a', '/b', '/c'].map((path) => problem(read(daemon.endpoint, path))));
    expect(all.every((message) => message.startsWith('timeout'))).toBe(true);
    daemon.requests.length = 0;
    expect(await problem(read(daemon.endpoint, '/late'))).toMatch(/^timeout/);
    expect(daemon.requests).toEqual([]);
  });

  test('one that wants to speak something else than HTTP', async () => {
    await inScratch(async (directory) => {
      const socket = path.join(directory, 'switching.sock');
      const server = net.createServer((client) => {
        client.on('error', () => client.destroy());
        client.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n');
      });
      await new Promise<void>((resolve) => server.listen(socket, resolve));
      expect(await problem(reader({ requestTimeout: 200 })(`unix://${socket}`, '/x'))).toMatch(/^timeout/);
      server.close();
    });
  });

  test.each([200, 500])('an answer of status %i without end', async (status) => {
    await inScratch(async (directory) => {
      const socket = path.join(directory, 'endless.sock');
      const server = net.createServer((client) => {
        client.on('error', () => client.destroy());
        client.write(`HTTP/1.1 ${status} OK\r\nTransfer-Encoding: chunked\r\n\r\n`);
        const chunk = `${(1 << 20).toString(16)}\r\n${' '.repeat(1 << 20)}\r\n`;
        const more = (): void => {
          while (!client.destroyed && client.write(chunk));
        };
        client.on('drain', more);
        more();
      });
      await new Promise<void>((resolve) => server.listen(socket, resolve));
      expect(await problem(reader({ requestTimeout: 10_000, signal: AbortSignal.timeout(10_000) })(`unix://${socket}`, '/x'))).toBe(
        `too-large: the engine's answer is larger than ${status === 200 ? 128 : 1} MiB`,
      );
      server.close();
    });
  });
});

describe('an endpoint', () => {
  test('that is not there, or that nobody listens at', async () => {
    await inScratch(async (directory) => {
      const stale = path.join(directory, 'stale.sock');
      const server = net.createServer();
      await new Promise<void>((resolve) => server.listen(stale, resolve));
      const link = path.join(directory, 'kept.sock');
      fs.linkSync(stale, link);
      await new Promise((resolve) => server.close(resolve));
      expect(await problem(reader()(`unix://${directory}/none.sock`, '/x'))).toBe(
        `unreachable: cannot connect to unix://${directory}/none.sock: there is no such socket (is Docker running?)`,
      );
      expect(await problem(reader()(`unix://${link}`, '/x'))).toBe(
        `unreachable: cannot connect to unix://${link}: nobody listens there (is Docker running?)`,
      );
    });
  });

  test('behind TCP', async () => {
    const server = net.createServer((client) => {
      client.on('error', () => client.destroy());
      client.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}', () => client.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as net.AddressInfo;
    expect(await problem(reader()(`tcp://127.0.0.1:${port}`, '/x'))).toBe('none: {}');
    expect(
      await problem(reader({ environment: { DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: '/nonexistent' } })(`tcp://127.0.0.1:${port}`, '/x')),
    ).toMatch(/^unreachable: GET \/x: tcp:\/\/127\.0\.0\.1:\d+: .*(SSL|EPROTO|wrong version|disconnected)/i);
    await new Promise((resolve) => server.close(resolve));
    expect(await problem(reader()(`tcp://127.0.0.1:${port}`, '/x'))).toBe(
      `unreachable: cannot connect to tcp://127.0.0.1:${port}: nobody listens there (is Docker running?)`,
    );
    expect(await problem(reader()('tcp://no-such-host.invalid:2375', '/x'))).toMatch(
      /^(unreachable|timeout): GET \/x: tcp:\/\/no-such-host\.invalid:2375/,
    );
  });

  test('behind TLS that is not trusted: whose word that takes', async () => {
    await inScratch(async (directory) => {
      const [key, cert] = ['key.pem', 'cert.pem'].map((name) => path.join(directory, name)) as [string, string];
      const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
      await promisify(execFile)('openssl', [
        'req',
        '-x509',
        ...curve,
        '-subj',
        '/CN=x',
        '-addext',
        'subjectAltName=IP:127.0.0.1',
        '-keyout',
        key,
        '-out',
        cert,
      ]);
      const server = https.createServer({ key: fs.readFileSync(key), cert: fs.readFileSync(cert) }, (_, response) => response.end('1'));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const endpoint = `https://127.0.0.1:${(server.address() as net.AddressInfo).port}`;
      const from = (certificates: string) => reader({ environment: { DOCKER_CERT_PATH: certificates } })(endpoint, '/x');
      expect(await problem(from('/nonexistent'))).toBe(
        `unreachable: GET /x: ${endpoint}: self-signed certificate (DOCKER_CERT_PATH, else ~/.docker, has ca.pem, cert.pem and key.pem)`,
      );
      // Node alone would take any certificate by that variable.
      const program = path.join(import.meta.dirname, '../../../agent/main.ts');
      const args = [program, 'audit', '--docker-host', endpoint, '--check', 'daemon/icc-disabled', '--report', 'json'];
      const env = { HOME: '/nonexistent', NODE_TLS_REJECT_UNAUTHORIZED: '0' };
      const { stdout } = (await promisify(execFile)(process.execPath, args, { env }).catch((error: unknown) => error)) as {
        stdout: string;
      };
      expect(stdout).toContain('self-signed certificate');
      fs.renameSync(cert, path.join(directory, 'ca.pem'));
      fs.rmSync(key);
      expect(await problem(from(directory))).toBe('none: 1');
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
  });

  test('that is none', async () => {
    expect(await problem(reader()('npipe:////./pipe/docker', '/x'))).toBe(
      'invalid: cannot connect to npipe:////./pipe/docker: expected unix:///PATH, tcp://HOST:PORT or https://HOST:PORT',
    );
  });

  test('is looked for where the host’s file system lies', async () => {
    daemon.replace(() => ({ body: '1' }));
    expect(await reader({ locate: () => daemon.socket })('unix:///var/run/docker.sock', '/x')).toBe(1);
  });

  test('of the environment does not win over the one that was chosen', async () => {
    process.env['DOCKER_HOST'] = 'tcp://192.0.2.1:2375';
    try {
      daemon.replace(() => ({ body: '1' }));
      expect(await reader()(daemon.endpoint, '/x')).toBe(1);
    } finally {
      delete process.env['DOCKER_HOST'];
    }
  });
});

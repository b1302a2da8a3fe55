/** What an audit of a real engine costs it, and that it changes nothing. */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Report } from '../../agent/report.ts';
import { type Engine, importBusybox, startEngine } from '../lab/engine.ts';
import { countProcesses } from '../lab/processes.ts';
import { type ControlledDaemon, startProxy } from '../lab/proxy.ts';
import { labSuite } from '../lab/suite.ts';
import { audit, hullguard } from './faults/command.ts';

const CONTAINERS = 30;
const IMAGES = 12;
/** Spec: API requests an audit may make besides one for each container and image. */
const FIXED = 12;
const PROCESSES = 6;

labSuite('the cost of an audit', () => {
  let engine: Engine;
  let proxy: ControlledDaemon;

  beforeAll(async () => {
    engine = await startEngine({ suite: 'trixie', daemonJson: { icc: false } });
    proxy = await startProxy(engine.socket);
    await importBusybox(engine);
    for (let number = 1; number < IMAGES; number++) {
      const container = await engine.docker('create', 'busybox:lab', 'true');
      await engine.docker('commit', '--change', `LABEL number=${number}`, container, `image-${number}:lab`);
      await engine.docker('rm', container);
    }
    for (let number = 0; number < CONTAINERS; number++) {
      const verb = number < 8 ? ['run', '--detach'] : ['create'];
      await engine.docker(
        ...verb,
        '--name',
        `c${number}`,
        '--network',
        'none',
        number % IMAGES === 0 ? 'busybox:lab' : `image-${number % IMAGES}:lab`,
        'sleep',
        '100000',
      );
    }
    for (let number = 0; number < 8; number++) await engine.docker('exec', '--detach', `c${number}`, 'sleep', '100000');
  });

  afterAll(async () => {
    await proxy?.stop();
    await engine?.stop();
  });

  async function measure(args: readonly string[] = []): Promise<{ readonly report: Report; readonly requests: number }> {
    proxy.requests.length = 0;
    const { report } = await audit(['--docker-host', proxy.endpoint, '--timeout', '60', ...args]);
    expect(new Set(proxy.requests.map(({ method }) => method))).toEqual(new Set(['GET']));
    expect(new Set(proxy.requests.map(({ path }) => path)).size, 'no request twice').toBe(proxy.requests.length);
    return { report, requests: proxy.requests.length };
  }

  function count(pattern: RegExp): number {
    return proxy.requests.filter(({ path }) => pattern.test(path)).length;
  }

  test(`requests: one for each container and image, and at most ${FIXED}`, async () => {
    const { requests, report } = await measure();
    expect(report.host.engine).not.toBeNull();
    expect(count(/^\/containers\/[0-9a-f]{64}\/json$/)).toBe(CONTAINERS);
    expect(count(/^\/images\/sha256:[0-9a-f]{64}\/json$/)).toBe(IMAGES);
    expect(count(/^\/exec\//)).toBeGreaterThan(0);
    expect(requests).toBeLessThanOrEqual(FIXED + CONTAINERS + IMAGES);
  });

  test('requests where the engine’s files are out of reach', async () => {
    const { requests } = await measure(['--root', path.join(engine.dir, 'busybox')]);
    expect(count(/\/history$/)).toBeGreaterThan(0);
    expect(requests).toBeLessThanOrEqual(FIXED + CONTAINERS + IMAGES);
  });

  test('requests for one check: only what it needs', async () => {
    const { requests } = await measure(['--check', 'daemon/icc-disabled']);
    expect(requests).toBeLessThanOrEqual(4);
  });

  test('requests of a swarm manager with services', async () => {
    await engine.docker('swarm', 'init', '--advertise-addr', '127.0.0.1');
    try {
      await engine.docker('service', 'create', '--detach', '--name', 's', '--replicas', '0', 'busybox:lab', 'sleep', '1');
      const { requests, report } = await measure();
      expect(report.findings.find(({ check }) => check === 'swarm/autolock')).toMatchObject({ status: 'fail' });
      expect(requests).toBeLessThanOrEqual(FIXED + CONTAINERS + IMAGES);
    } finally {
      await engine.docker('swarm', 'leave', '--force');
    }
  });

  test(`at most ${PROCESSES} programs are started, and none for each container`, async () => {
    const processes = await countProcesses([...hullguard, 'audit', '--docker-host', proxy.endpoint, '--timeout', '60', '--report', 'json']);
    expect(processes).toBeLessThanOrEqual(PROCESSES);
  });

  test('it changes nothing: configuration, engine, containers and images are as before', async () => {
    const state = async (): Promise<string> => {
      const read = (...args: readonly string[]): Promise<string> => engine.docker(...args);
      const ids = (await read('ps', '--all', '--quiet', '--no-trunc')).split('\n');
      const parts = [
        fs.readFileSync(engine.configFile, 'utf8'),
        ...['/etc', '/etc/docker', path.dirname(engine.configFile)].map((directory) => list(`/proc/${engine.pid()}/root${directory}`)),
        await read('info', '--format', '{{json .}}'),
        await read('inspect', ...ids),
        (await read('images', '--no-trunc', '--quiet')).split('\n').sort().join(),
        await read('volume', 'ls', '--format', '{{json .}}'),
      ];
      // The clock, and what counts connections of the client that asks.
      return parts.join('\n').replace(/"(SystemTime|NFd|NGoroutines|NEventsListener)":("[^"]*"|\d+)/g, '');
    };
    const before = await state();
    await measure(['--all']);
    expect(await state()).toBe(before);
  });
});

/** Names, sizes, modes, owners and times of a directory's entries. */
function list(directory: string): string {
  if (!fs.existsSync(directory)) return 'none';
  return fs
    .readdirSync(directory)
    .filter((name) => name !== 'log')
    .sort()
    .map((name) => {
      const { size, mode, uid, gid, mtimeMs } = fs.lstatSync(path.join(directory, name));
      return [name, size, mode, uid, gid, mtimeMs].join(' ');
    })
    .join('\n');
}

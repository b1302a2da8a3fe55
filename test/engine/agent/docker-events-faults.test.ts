import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Engine, importBusybox, startEngine } from '../../lab/engine.ts';
import { type ControlledDaemon, startFakeDaemon, startProxy } from '../../lab/proxy.ts';
import { labSuite } from '../../lab/suite.ts';
import { type Listening, listen } from './listening.ts';

let engine: Engine;
let proxy: ControlledDaemon;
let heard: Listening;

/** Requests at once over the engine's socket, without a program for each. */
async function post(path: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  request({ socketPath: engine.socket, method: 'POST', path }, (response) => response.resume().once('end', resolve))
    .once('error', reject)
    .end();
  await promise;
}

labSuite('events of an engine in trouble', () => {
  beforeAll(async () => {
    engine = await startEngine({ suite: 'trixie', daemonJson: { 'live-restore': true } });
    await importBusybox(engine);
    await engine.docker('run', '--detach', '--name', 'one', 'busybox:lab', 'sleep', '1000');
  });

  beforeEach(async () => {
    proxy = await startProxy(engine.socket);
  });

  afterEach(async () => {
    await heard.stop();
    await proxy.stop();
  });

  afterAll(() => engine.stop());

  const rename = (): Promise<unknown> => engine.docker('rename', 'one', 'other').then(() => engine.docker('rename', 'other', 'one'));

  test('a restart is a full look, and events go on', async () => {
    heard = await listen(() => engine.endpoint);
    for (let turn = 2; turn < 4; turn++) {
      await engine.restart();
      await heard.until('connected again', () => heard.fulls() === turn);
      expect(heard.problem()).toBeNull();
      await heard.told(rename, 'event container rename one');
      heard.marks.push(...Array.from({ length: turn }, () => ({ full: true as const, facts: [], cause: '', at: 0 })));
    }
  });

  test('a thousand events are few marks', async () => {
    heard = await listen(() => engine.endpoint);
    heard.marks = [];
    const begun = performance.now();
    for (let turn = 0; turn < 25; turn++)
      await Promise.all(Array.from({ length: 40 }, () => post('/images/busybox:lab/tag?repo=busybox&tag=lab')));
    const took = performance.now() - begun;
    await heard.told(rename, 'event container rename one');
    expect(took / heard.marks.length).toBeGreaterThan(8);
  });

  test('events that come faster than any engine sends them are merged, and none is lost', async () => {
    const event = (id: number): string => JSON.stringify({ Type: 'container', Action: 'start', Actor: { ID: `id-${id}` }, timeNano: 1 });
    proxy.replace(() => ({
      body: Array.from({ length: 50_000 }, (_, index) => `${event(index % 100)}\n`).join(''),
      hang: 'after-headers',
    }));
    heard = await listen(() => proxy.endpoint);
    await sleep(1000);
    const ids = new Set(heard.marks.flatMap(({ containers = [] }) => containers));
    expect(ids.size).toBe(100);
    expect(heard.marks.length).toBeLessThan(20_000);
  });

  test('an engine that is not there yet is waited for', async () => {
    let endpoint: string | null = null;
    heard = await listen(() => endpoint);
    expect(heard.problem()).toBe('no Docker engine found');
    endpoint = 'unix:///nowhere/docker.sock';
    await heard.until(
      'nobody',
      () => heard.problem() === 'cannot connect to unix:///nowhere/docker.sock: there is no such socket (is Docker running?)',
    );
    endpoint = engine.endpoint;
    await heard.until('connected', () => heard.fulls() === 1, 1500);
    expect(heard.problem()).toBeNull();
  });

  test('an engine that does not answer holds nobody up', async () => {
    proxy.replace(({ path }) => (path.startsWith('/events') ? { hang: 'before-headers' } : undefined));
    const begun = performance.now();
    heard = await listen(() => proxy.endpoint, { requestTimeout: 300 });
    expect(performance.now() - begun).toBeLessThan(1000);
    expect(heard.problem()).toContain('did not answer in time');
    proxy.replace(undefined);
    await heard.until('connected', () => heard.fulls() === 1);
  });

  test('answers that are no events are left aside', async () => {
    const line = JSON.stringify({ Type: 'container', Action: 'start', Actor: { ID: 'abc', Attributes: { name: 'x' } } });
    const body = `not json\n[]\n{"Type":"container"}\n${line}\n`;
    proxy.replace(() => ({ body, hang: 'after-headers' }));
    heard = await listen(() => proxy.endpoint);
    await heard.until('event', () => heard.causes().includes('event container start x'));
    expect(heard.marks).toHaveLength(2);
  });

  test('an error is told of, and tried again ever more rarely', async () => {
    proxy.replace(() => ({ status: 500, body: '{"message":"boom"}' }));
    heard = await listen(() => proxy.endpoint);
    await heard.until('several tries', () => proxy.requests.length >= 4);
    expect(heard.problem()).toMatch(/^GET \/events: .* answers 500 .*boom/);
    expect(heard.marks).toEqual([]);
  });

  test('a stream that ends as soon as it has begun does not make us look all the time', async () => {
    proxy.replace(() => ({ body: '' }));
    heard = await listen(() => proxy.endpoint);
    await sleep(1200);
    expect(heard.fulls()).toBeGreaterThan(1);
    expect(heard.fulls()).toBeLessThan(6);
  });

  test('a stream that is cut is made anew', async () => {
    heard = await listen(() => proxy.endpoint);
    await proxy.stop();
    await heard.until('cut', () => heard.problem() !== null);
  });
});

labSuite('silence', () => {
  beforeAll(async () => {
    engine = await startEngine({ suite: 'trixie', daemonJson: { 'live-restore': true } });
    await importBusybox(engine);
    await engine.docker('create', '--name', 'one', 'busybox:lab', 'sleep', '1000');
  });

  beforeEach(async () => {
    proxy = await startProxy(engine.socket);
  });

  afterEach(async () => {
    await heard.stop();
    await proxy.stop();
  });

  afterAll(() => engine.stop());

  test('of a quiet engine is nothing to worry about, and costs a request now and then', async () => {
    heard = await listen(() => proxy.endpoint, { silenceMs: 200 });
    await sleep(1100);
    expect(heard.problem()).toBeNull();
    expect(heard.fulls()).toBe(1);
    expect(proxy.requests.length).toBeLessThan(8);
  });

  test('of a stream that is dead is found out by what the engine remembers', async () => {
    let first = true;
    proxy.replace(({ path }) => {
      const dead = first && path.startsWith('/events?filters');
      first = false;
      return dead ? { hang: 'after-headers' } : undefined;
    });
    heard = await listen(() => proxy.endpoint, { silenceMs: 300 });
    await engine.docker('rename', 'one', 'other');
    await heard.until('found out', () => heard.fulls() === 2);
    await heard.told(() => engine.docker('rename', 'other', 'one'), 'event container rename one');
    expect(heard.problem()).toBeNull();
  });

  test('of an engine that hangs is told, and ends', async () => {
    heard = await listen(() => engine.endpoint, { silenceMs: 200, requestTimeout: 300 });
    process.kill(engine.pid(), 'SIGSTOP');
    try {
      await heard.until('said', () => heard.problem() !== null);
      expect(heard.problem()).toContain('did not answer in time');
    } finally {
      process.kill(engine.pid(), 'SIGCONT');
    }
    await heard.until('connected again', () => heard.fulls() === 2);
    expect(heard.problem()).toBeNull();
  });

  test('of a socket that another took the place of', async () => {
    let identity = 'first';
    const fake = await startFakeDaemon(() => ({ hang: 'after-headers' }));
    heard = await listen(() => fake.endpoint, { silenceMs: 200, identify: () => identity });
    identity = 'second';
    await heard.until('connected again', () => heard.fulls() === 2);
    await fake.stop();
  });
});

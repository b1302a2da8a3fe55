import { describe, expect, test } from 'vitest';
import { awaitHealth, portsOf, runningOf } from '../../remediations/containers.ts';
import type { EngineControl, HostWriter, Port } from '../../remediations/writer.ts';

interface Soft {
  readonly id: string;
  /** Does not start before this one runs. */
  readonly needs?: string;
  readonly state?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly names?: readonly string[];
  readonly port?: number;
}

/** An engine of which only what is listed, started and connected to matters. Newest first, as engines list. */
function soft(containers: readonly Soft[], answering: readonly number[] = []) {
  const states = new Map(containers.map(({ id, state = 'exited' }) => [id, state]));
  const starts: string[] = [];
  const engine: Pick<EngineControl, 'get' | 'startContainer' | 'accepts'> = {
    get: async () =>
      containers.map(({ id, labels = {}, names = [`/${id}`], port }) => ({
        Id: id,
        Names: names,
        State: states.get(id),
        Labels: labels,
        Ports: port === undefined ? [] : [{ IP: '0.0.0.0', PublicPort: port, Type: 'tcp' }],
      })),
    async startContainer(id) {
      starts.push(id);
      const { needs } = containers.find((container) => container.id === id) ?? {};
      if (needs !== undefined && states.get(needs) !== 'running') throw new Error('cannot join network of a non running container');
      states.set(id, 'running');
    },
    accepts: async ({ port }) => answering.includes(port),
  };
  let time = 0;
  const clock: Pick<HostWriter, 'now' | 'sleep'> = {
    now: () => time,
    async sleep(milliseconds) {
      time += milliseconds;
    },
  };
  return { starts, engine: engine as EngineControl, writer: { engine, ...clock } as HostWriter };
}

async function health({ writer }: ReturnType<typeof soft>, ids: readonly string[], ports: readonly Port[] = []): Promise<void> {
  const running = ids.map((id) => ({ id, name: id }));
  await awaitHealth({ running, ports: [...ports] }, { writer, say: () => {}, patience: 1000 });
}

describe('what ran before a restart', () => {
  test('is started oldest first', async () => {
    const host = soft([{ id: 'sidecar', needs: 'app' }, { id: 'app' }]);
    await health(host, ['sidecar', 'app']);
    expect(host.starts).toEqual(['app', 'sidecar']);
  });

  test('is started again once what it needs runs', async () => {
    const host = soft([{ id: 'app' }, { id: 'sidecar', needs: 'app' }]);
    await health(host, ['app', 'sidecar']);
    expect(host.starts).toEqual(['sidecar', 'app', 'sidecar']);
  });

  test('is not tried for ever', async () => {
    const host = soft([{ id: 'sidecar', needs: 'gone' }]);
    await expect(health(host, ['sidecar'])).rejects.toThrow('container sidecar does not start again: cannot join network');
    expect(host.starts).toEqual(['sidecar']);
  });

  test('is waited for where something else starts it', async () => {
    await expect(health(soft([{ id: 'app', state: 'restarting' }]), ['app'])).rejects.toThrow('do not run again: app');
  });

  test('is not missed where it was removed, nor are its ports', async () => {
    await health(soft([]), ['app'], [{ container: 'app', host: '127.0.0.1', port: 80 }]);
  });

  test('answers on its ports again', async () => {
    const ports = [80, 81].map((port) => ({ container: 'app', host: '127.0.0.1', port }));
    await expect(health(soft([{ id: 'app', state: 'running' }], [80]), ['app'], ports)).rejects.toThrow('127.0.0.1:81 of app');
  });
});

test('tasks of a swarm are its own business, and a link is no name', async () => {
  const labels = { 'com.docker.swarm.task.id': 'x' };
  const { engine } = soft(
    [
      { id: 'task', labels, state: 'running', port: 80 },
      { id: 'db', names: ['/app/db', '/db'], state: 'running', port: 81 },
    ],
    [80, 81],
  );
  expect(await runningOf(engine)).toEqual([{ id: 'db', name: 'db' }]);
  expect(await portsOf(engine)).toEqual([{ container: 'db', host: '127.0.0.1', port: 81 }]);
});

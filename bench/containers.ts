/** Containers by the hundred: the engine's API over a few kept connections, as a client of its own makes them. */
import http from 'node:http';
import { callApi } from '../test/engine/api.ts';

/** As many requests at once as an audit makes. */
export const CONCURRENCY = 8;

const connections = new http.Agent({ keepAlive: true, maxSockets: CONCURRENCY });

/** One request to the engine; its answer's body. */
export function request(socket: string, method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<string> {
  return callApi({ socket, agent: connections }, method, path, body);
}

export async function each<T>(items: readonly T[], work: (item: T) => Promise<unknown>, atOnce = CONCURRENCY): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}

/** Makes `bench-FROM` and so on; those with a number below `running` are started. */
export async function addContainers(socket: string, from: number, to: number, running: number): Promise<void> {
  const numbers = Array.from({ length: to - from }, (_, index) => from + index);
  await each(numbers, async (number) => {
    const id = await createContainer(socket, `bench-${number}`);
    if (number < running) await request(socket, 'POST', `/containers/${id}/start`);
  });
}

/** Returns its id. */
export async function createContainer(socket: string, name: string, options: object = {}): Promise<string> {
  const spec = { Image: 'busybox:lab', Cmd: ['sleep', '100000'], HostConfig: { NetworkMode: 'none', ...options } };
  return (JSON.parse(await request(socket, 'POST', `/containers/create?name=${name}`, spec)) as { Id: string }).Id;
}

/** Ends the kept connections, which would keep the process alive. */
export function disconnect(): void {
  connections.destroy();
}

/**
 * What no audit can do without: one list of containers, and one inspect each, over kept connections. As a program of its own, `node bare-reads.ts SOCKET
 * AT-ONCE`, it says how many milliseconds that took, without its start.
 */
import { disconnect, each, request } from './containers.ts';

export async function bareReads(socket: string, atOnce: number): Promise<void> {
  const list = JSON.parse(await request(socket, 'GET', '/containers/json?all=1')) as { Id: string }[];
  await each(list, async ({ Id }) => JSON.parse(await request(socket, 'GET', `/containers/${Id}/json`)), atOnce);
}

if (import.meta.main) {
  const begun = performance.now();
  await bareReads(process.argv[2] ?? '', Number(process.argv[3]));
  console.log(performance.now() - begun);
  disconnect();
}

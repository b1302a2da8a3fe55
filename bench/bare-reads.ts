/** What no audit can do without: one list of containers, and one inspect each. As a program of its own, `node bare-reads.ts SOCKET`, it says how long that took. */
import { disconnect, each, request } from './containers.ts';

export async function bareReads(socket: string): Promise<void> {
  const list = JSON.parse(await request(socket, 'GET', '/containers/json?all=1')) as { Id: string }[];
  await each(list, async ({ Id }) => JSON.parse(await request(socket, 'GET', `/containers/${Id}/json`)));
}

if (import.meta.main) {
  const begun = performance.now();
  await bareReads(process.argv[2] ?? '');
  console.log(performance.now() - begun);
  disconnect();
}

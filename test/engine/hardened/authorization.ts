/** An authorization plugin that allows everything: what the daemon needs of one to start. */
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Engine } from '../../lab/engine.ts';
import { outside } from '../host.ts';

const ANSWERS: Readonly<Record<string, object>> = {
  '/Plugin.Activate': { Implements: ['authz'] },
  '/AuthZPlugin.AuthZReq': { Allow: true },
  '/AuthZPlugin.AuthZRes': { Allow: true },
};

/** Serves `name` where the engine looks for plugins; returns how to end it. */
export async function serveAuthorization(engine: Engine, name: string): Promise<() => void> {
  const folder = outside(engine, '/run/docker/plugins');
  await mkdir(folder, { recursive: true });
  const server = createServer((request, response) => {
    request.resume();
    response.setHeader('content-type', 'application/vnd.docker.plugins.v1+json');
    response.end(JSON.stringify(ANSWERS[request.url ?? ''] ?? {}));
  });
  server.listen(`${folder}/${name}.sock`);
  await once(server, 'listening');
  return () => {
    server.close();
    server.closeAllConnections();
  };
}

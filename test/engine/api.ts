/** The engine's API without its client, which would refuse, or ask about, what tests want, and is slow by the hundred. */
import { type Agent, request } from 'node:http';

interface Reached {
  readonly socket: string;
  /** Whose connections are used; Node’s own unless told. */
  readonly agent?: Agent;
}

/** Sends one request, and returns the body of the answer; throws what the engine complains of. */
export function callApi({ socket, agent }: Reached, method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const headers = body === undefined ? {} : { 'content-type': 'application/json' };
  const sent = request({ socketPath: socket, method, path, headers, agent }, (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('error', reject);
    response.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      if ((response.statusCode ?? 500) < 400) resolve(text);
      else reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`));
    });
  });
  sent.on('error', reject);
  sent.end(body === undefined ? undefined : JSON.stringify(body));
  return promise;
}

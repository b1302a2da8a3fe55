/** Somebody who takes what a webhook sends, or does not. */
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** What to answer: a status, with headers; `hang` for nothing at all, `cut` for the end of the connection. */
export type Reaction = number | readonly [status: number, headers: Readonly<Record<string, string>>] | 'hang' | 'cut';

export interface Receiver {
  readonly url: string;
  readonly received: readonly Received[];
  /** Resolves when so many requests have come. */
  count(requests: number): Promise<void>;
  close(): Promise<void>;
}

export interface ReceiverOptions {
  readonly port?: number;
  /** By the number of the request, from 0. */
  readonly react?: (request: number, received: Received) => Reaction;
  readonly tls?: { readonly key: string; readonly cert: string };
}

export async function startReceiver({ port = 0, react = () => 204, tls }: ReceiverOptions = {}): Promise<Receiver> {
  const received: Received[] = [];
  const waiting: { readonly requests: number; readonly resolve: () => void }[] = [];
  const listener: http.RequestListener = (request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.once('end', () => {
      const { method = '', url: path = '', headers } = request;
      const one = { method, path, headers, body };
      received.push(one);
      answer(response, react(received.length - 1, one));
      for (const { requests, resolve } of waiting) if (received.length >= requests) resolve();
    });
  };
  const server = tls === undefined ? http.createServer(listener) : https.createServer(tls, listener);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    count: (requests) => (received.length >= requests ? Promise.resolve() : new Promise((resolve) => waiting.push({ requests, resolve }))),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(response: http.ServerResponse, reaction: Reaction): void {
  if (reaction === 'hang') return;
  if (reaction === 'cut') {
    response.destroy();
    return;
  }
  const [status, headers] = typeof reaction === 'number' ? [reaction, {}] : reaction;
  response.writeHead(status, headers).end(status === 204 ? undefined : 'an answer that nobody reads');
}

import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Duplex, pipeline } from 'node:stream';

/** One request that reached the proxy; `path` includes the API version and the query. */
interface Recorded {
  readonly method: string;
  readonly path: string;
}

/** An answer given instead of the daemon's. */
interface Answer {
  /** 200 by default. */
  readonly status?: number;
  readonly body?: string;
  /** Never answer at all, or send headers and the body but never the end. */
  readonly hang?: 'before-headers' | 'after-headers';
  /** Close the connection before the end of the body. */
  readonly cut?: boolean;
  /** Bytes to send as they are, HTTP or not, before closing the connection. */
  readonly raw?: string;
}

/** Decides on one request: an answer of our own, or undefined to let it through. */
export type Rule = (request: Recorded) => Answer | undefined;

/** A Docker endpoint whose answers the test decides on. */
export interface ControlledDaemon {
  /** DOCKER_HOST for it. */
  readonly endpoint: string;
  readonly socket: string;
  /** All requests so far, in order; tests may empty it. */
  readonly requests: Recorded[];
  /** Sets the rule for the requests to come; undefined removes it. */
  replace(rule: Rule | undefined): void;
  stop(): Promise<void>;
}

interface Upstream {
  forward(incoming: IncomingMessage, response: ServerResponse): void;
  upgrade(incoming: IncomingMessage, client: Duplex): void;
  close(): void;
}

/** Stands before a daemon: records every request, and answers by rule what the daemon should not. */
export function startProxy(upstreamSocket: string): Promise<ControlledDaemon> {
  return listen(upstreamOf(upstreamSocket));
}

/** A daemon made of a rule alone; what it leaves undecided is "not found". */
export async function startFakeDaemon(handler: Rule): Promise<ControlledDaemon> {
  const daemon = await listen(undefined);
  daemon.replace(handler);
  return daemon;
}

async function listen(upstream: Upstream | undefined): Promise<ControlledDaemon> {
  const dir = await mkdtemp(join(tmpdir(), 'hullguard-proxy-'));
  const socket = join(dir, 'docker.sock');
  const requests: Recorded[] = [];
  const clients = new Set<Duplex>();
  let rule: Rule | undefined;
  const decide = (incoming: IncomingMessage): Answer | undefined => {
    const recorded = { method: incoming.method ?? '', path: incoming.url ?? '' };
    requests.push(recorded);
    return rule?.(recorded) ?? (upstream === undefined ? { status: 404, body: '{"message":"page not found"}' } : undefined);
  };
  const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (incoming, response) => {
    const answer = decide(incoming);
    if (answer === undefined) {
      upstream?.forward(incoming, response);
    } else {
      incoming.resume();
      give(answer, response);
    }
  });
  server.on('connection', (client: Duplex) => {
    clients.add(client);
    client.once('close', () => clients.delete(client));
  });
  server.on('upgrade', (incoming: IncomingMessage, client: Duplex, head: Buffer) => {
    client.unshift(head);
    if (decide(incoming) === undefined) {
      upstream?.upgrade(incoming, client);
    } else {
      client.destroy();
    }
  });
  server.listen(socket);
  await once(server, 'listening');
  return {
    endpoint: `unix://${socket}`,
    socket,
    requests,
    replace: (next) => {
      rule = next;
    },
    stop: async () => {
      server.close();
      for (const client of clients) {
        client.destroy();
      }
      upstream?.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function give(answer: Answer, response: ServerResponse): void {
  const { status = 200, body = '', hang, cut = false, raw } = answer;
  if (hang === 'before-headers') {
    return;
  }
  if (raw !== undefined) {
    response.socket?.end(raw);
    return;
  }
  const unfinished = cut || hang === 'after-headers';
  const length = Buffer.byteLength(body) + (unfinished ? 1 : 0);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': length });
  if (!unfinished) {
    response.end(body);
    return;
  }
  response.flushHeaders();
  response.write(body);
  if (cut) {
    response.socket?.end();
  }
}

function upstreamOf(socketPath: string): Upstream {
  const agent = new Agent({ keepAlive: true });
  const connections = new Set<Duplex>();
  return {
    forward: (incoming, response) => {
      const { method = 'GET', url: path = '/' } = incoming;
      const onward = request({ socketPath, agent, method, path, headers: endToEnd(incoming) });
      onward.once('response', (answer) => {
        response.writeHead(answer.statusCode ?? 502, endToEnd(answer));
        response.flushHeaders(); // streams such as /events may have no body for long
        pipeline(answer, response, () => undefined);
      });
      onward.once('error', (error) => {
        if (response.headersSent) {
          response.destroy();
        } else {
          give({ status: 502, body: JSON.stringify({ message: error.message }) }, response);
        }
      });
      response.once('close', () => onward.destroy());
      incoming.pipe(onward);
    },
    upgrade: (incoming, client) => {
      const daemon = connect({ path: socketPath, allowHalfOpen: true });
      connections.add(daemon);
      const headers = incoming.rawHeaders.map((word, index) => word + (index % 2 === 0 ? ': ' : '\r\n'));
      daemon.write(`${incoming.method} ${incoming.url} HTTP/1.1\r\n${headers.join('')}\r\n`);
      daemon.once('close', () => connections.delete(daemon));
      daemon.once('error', () => client.destroy());
      client.once('error', () => daemon.destroy());
      client.pipe(daemon).pipe(client);
    },
    close: () => {
      agent.destroy();
      for (const connection of connections) {
        connection.destroy();
      }
    },
  };
}

/** Without the headers that only concern one connection. */
function endToEnd(message: IncomingMessage): NodeJS.Dict<string | string[]> {
  const { connection, 'keep-alive': keepAlive, 'transfer-encoding': encoding, ...headers } = message.headers;
  return headers;
}

/** The engine's API, through dockerode, which serves as transport only: GET requests, each with a deadline and a size limit. */
import fs from 'node:fs';
import type { IncomingMessage } from 'node:http';
import type Docker from 'dockerode';
import { HostError } from '../../facts/host.ts';
import { parseAddress } from './address.ts';

export interface DockerOptions {
  /** Ends every request. */
  readonly signal: AbortSignal;
  /** Longest time for one request, in milliseconds: one hanging container must not hide the others. */
  readonly requestTimeout: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where a socket of the host lies for us. */
  readonly locate: (path: string) => string;
}

const MAX_ANSWER = 128 << 20;

/** Reads from engines by endpoint (`unix://`, `tcp://`, `http://`, `https://`). */
export function dockerReader(options: DockerOptions): (endpoint: string, path: string) => Promise<unknown> {
  const clients = new Map<string, Promise<Docker>>();
  return async (endpoint, path) => {
    const client = clients.get(endpoint) ?? connect(endpoint, options);
    clients.set(endpoint, client);
    return get(await client, endpoint, path, options);
  };
}

async function connect(endpoint: string, options: DockerOptions): Promise<Docker> {
  const target = parseEndpoint(endpoint, options);
  const { default: Dockerode } = await import('dockerode');
  return new Dockerode(target);
}

/** What dockerode needs to connect. `host: undefined` keeps a DOCKER_HOST in the environment from winning over a socket. */
function parseEndpoint(endpoint: string, { environment, locate }: DockerOptions): Docker.DockerOptions {
  const address = parseAddress(endpoint);
  if ('problem' in address) throw new HostError('invalid', `cannot connect to ${endpoint}: ${address.problem}`);
  if ('socketPath' in address)
    return { socketPath: locate(address.socketPath), host: undefined, protocol: 'http' } as unknown as Docker.DockerOptions;
  const { host } = address;
  const encrypted = address.encrypted || (environment['DOCKER_TLS_VERIFY'] ?? '') !== '';
  const port = address.port || (encrypted ? '2376' : '2375');
  if (!encrypted) return { host, port, protocol: 'http' };
  const directory = environment['DOCKER_CERT_PATH'] || `${environment['HOME'] ?? '/root'}/.docker`;
  const [ca, cert, key] = ['ca.pem', 'cert.pem', 'key.pem'].map((name) => readCertificate(`${directory}/${name}`));
  return { host, port, protocol: 'https', ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

function readCertificate(path: string): Buffer | undefined {
  try {
    return fs.readFileSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new HostError('denied', `${path}: cannot be read`, { cause: error });
  }
}

async function get(client: Docker, endpoint: string, path: string, { signal, requestTimeout }: DockerOptions): Promise<unknown> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(requestTimeout)]);
  try {
    return JSON.parse(await readBody(await dial(client, path, deadline), deadline));
  } catch (error) {
    if (error instanceof HostError) throw error;
    if (deadline.aborted)
      throw new HostError('timeout', `GET ${path}: ${endpoint} did not answer in time (allow more with --timeout)`, { cause: error });
    throw toHostError(endpoint, path, error);
  }
}

/** The response as a stream: only so does dockerode tell when a connection is cut in the middle of an answer. */
async function dial(client: Docker, path: string, abortSignal: AbortSignal): Promise<IncomingMessage> {
  abortSignal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  abortSignal.addEventListener('abort', () => reject(abortSignal.reason), { once: true });
  // docker-modem expects parameters apart, and cuts the last character of a path that has a question mark.
  const uncut = path.includes('?') ? `${path}&` : path;
  client.modem.dial(
    { path: uncut, method: 'GET', statusCodes: { 200: true }, isStream: true, abortSignal },
    (error: unknown, response: unknown) => {
      if (error) reject(error);
      else resolve(response as IncomingMessage);
    },
  );
  return promise;
}

async function readBody(response: IncomingMessage, signal: AbortSignal): Promise<string> {
  const stop = (): void => void response.destroy(new Error('deadline'));
  signal.addEventListener('abort', stop, { once: true });
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response) {
      size += chunk.length;
      if (size > MAX_ANSWER) throw new HostError('too-large', `the engine's answer is larger than ${MAX_ANSWER >> 20} MiB`);
      chunks.push(chunk);
    }
  } finally {
    signal.removeEventListener('abort', stop);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function toHostError(endpoint: string, path: string, error: unknown): HostError {
  const { code, statusCode, message, json } = error as {
    code?: string;
    statusCode?: number;
    message?: string;
    json?: { message?: string } | null;
  };
  const options = { cause: error };
  if (error instanceof SyntaxError)
    return new HostError('invalid', `GET ${path}: ${endpoint} answers with something that is not JSON`, options);
  if (statusCode === 404) return new HostError('not-found', `GET ${path}: not found`, options);
  if (statusCode !== undefined)
    return new HostError(
      'io',
      `GET ${path}: ${endpoint} answers ${statusCode} (${(json?.message ?? message ?? '').trim().slice(0, 300)})`,
      options,
    );
  if (code === 'ENOENT')
    return new HostError('unreachable', `cannot connect to ${endpoint}: there is no such socket (is Docker running?)`, options);
  if (code === 'ECONNREFUSED')
    return new HostError('unreachable', `cannot connect to ${endpoint}: nobody listens there (is Docker running?)`, options);
  if (code === 'EACCES')
    return new HostError(
      'denied',
      `cannot connect to ${endpoint}: permission denied (run as root, or as a member of the group that owns the socket)`,
      options,
    );
  return new HostError('unreachable', `GET ${path}: ${endpoint}: ${message ?? String(error)}`, options);
}

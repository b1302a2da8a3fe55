/** The engine's API, through dockerode, which serves as transport only: each request with a deadline and a size limit. */
import { subscribe } from 'node:diagnostics_channel';
import fs from 'node:fs';
import type { Agent, IncomingMessage } from 'node:http';
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

export interface Request {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: object;
}

interface Target {
  readonly endpoint: string;
  readonly request: Request;
}

/** The transport would follow redirections to wherever they lead, and break on those that lead nowhere: without an address they are answers like others. */
subscribe('http.client.response.finish', (message) => {
  delete (message as { readonly response: IncomingMessage }).response.headers.location;
});

const MAX_ANSWER = 128 << 20;
const MAX_REFUSAL = 1 << 20;
const MAX_LINE = 1 << 20;

/** Reads from engines by endpoint (`unix://`, `tcp://`, `http://`, `https://`). */
export function dockerReader(options: DockerOptions): (endpoint: string, path: string) => Promise<unknown> {
  const clients = clientsOf(options);
  return async (endpoint, path) =>
    exchange(await clients(endpoint), { endpoint, request: { method: 'GET', path } }, (body): unknown => JSON.parse(body), options);
}

/** Asks one engine, or tells it to do something; returns the answer's text. */
export function dockerWriter(endpoint: string, options: DockerOptions): (request: Request) => Promise<string> {
  const clients = clientsOf(options);
  return async (request) => exchange(await clients(endpoint), { endpoint, request }, (body) => body, options);
}

/**
 * The lines of an answer that goes on, such as the engine's events. They must begin in time; after that there may be silence for ever, and the
 * signal is what ends it. Resolves once the engine has begun to answer: what happens from then on is told.
 */
export async function openLines(endpoint: string, path: string, options: DockerOptions): Promise<AsyncIterable<string>> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), options.requestTimeout);
  const request: Request = { method: 'GET', path };
  const signal = AbortSignal.any([options.signal, late.signal]);
  try {
    return lines(endpoint, request, await dial(await connect(endpoint, options), request, signal), options.signal);
  } catch (error) {
    throw streamError(endpoint, request, signal.aborted ? signal.reason : error);
  } finally {
    clearTimeout(timer);
  }
}

/** Chunks end anywhere, in the middle of a character, too. */
async function* lines(endpoint: string, request: Request, response: IncomingMessage, signal: AbortSignal): AsyncGenerator<string> {
  const stop = (): void => void response.destroy(new Error('given up'));
  signal.addEventListener('abort', stop, { once: true });
  let rest = '';
  try {
    response.setEncoding('utf8');
    for await (const chunk of response) {
      const parts = `${rest}${chunk}`.split('\n');
      rest = parts.pop() ?? '';
      if (rest.length > MAX_LINE) throw new HostError('too-large', `the engine sent a line of more than ${MAX_LINE >> 20} MiB`);
      yield* parts.filter((part) => part.trim() !== '');
    }
    if (rest.trim() !== '') yield rest;
  } catch (error) {
    throw streamError(endpoint, request, signal.aborted ? signal.reason : error);
  } finally {
    signal.removeEventListener('abort', stop);
    response.destroy();
  }
}

function streamError(endpoint: string, { path }: Request, error: unknown): HostError {
  if (error instanceof HostError) return error;
  const what = `GET ${path.replace(/\?.*/, '')}`;
  const late = error instanceof Error && ['TimeoutError', 'AbortError'].includes(error.name);
  return late ? new HostError('timeout', `${what}: ${endpoint} did not answer in time`) : toHostError(endpoint, what, error);
}

function clientsOf(options: DockerOptions): (endpoint: string) => Promise<Docker> {
  const clients = new Map<string, Promise<Docker>>();
  return (endpoint) => {
    const client = clients.get(endpoint) ?? connect(endpoint, options);
    clients.set(endpoint, client);
    return client;
  };
}

async function connect(endpoint: string, options: DockerOptions): Promise<Docker> {
  const target = parseEndpoint(endpoint, options);
  const { default: Dockerode } = await import('dockerode');
  // Else Node works out for each request what it would call a server with TLS, by an expression that takes 7 ms to compile.
  const { globalAgent } = process.getBuiltinModule('node:http');
  Object.assign((globalAgent as Agent & { readonly options: object }).options, { servername: '' });
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

async function exchange<T>(client: Docker, target: Target, parse: (body: string) => T, options: DockerOptions): Promise<T> {
  const { endpoint, request } = target;
  const { signal: deadline, end } = deadlineOf(options);
  try {
    return parse(await readBody(await dial(client, request, deadline), deadline));
  } catch (error) {
    if (error instanceof HostError) throw error;
    const what = `${request.method} ${request.path}`;
    if (deadline.aborted)
      throw new HostError('timeout', `${what}: ${endpoint} did not answer in time (allow more with --timeout)`, { cause: error });
    throw toHostError(endpoint, what, error);
  } finally {
    end();
  }
}

/** One for each of hundreds of requests, so nothing of it may stay, as timers of AbortSignal.timeout do until they are due. */
function deadlineOf({ signal, requestTimeout }: DockerOptions): { readonly signal: AbortSignal; readonly end: () => void } {
  const controller = new AbortController();
  const abort = (): void => controller.abort(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  const timer = setTimeout(() => controller.abort(new DOMException('no answer in time', 'TimeoutError')), requestTimeout);
  return {
    signal: controller.signal,
    end() {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    },
  };
}

/** Every status is an answer for the transport, which would keep all that comes with a refusal, were it without end. */
const statusCodes = new Proxy<Record<string, boolean>>({}, { get: () => true });

/** The response as a stream: only so does dockerode tell when a connection is cut in the middle of an answer. Throws what the engine refuses with. */
async function dial(client: Docker, { method, path, body }: Request, abortSignal: AbortSignal): Promise<IncomingMessage> {
  abortSignal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  abortSignal.addEventListener('abort', () => reject(abortSignal.reason), { once: true });
  // docker-modem expects parameters apart, and cuts the last character of a path that has a question mark.
  const uncut = path.includes('?') ? `${path}&` : path;
  client.modem.dial(
    { path: uncut, method, statusCodes, isStream: true, abortSignal, ...(body && { options: { _body: body } }) },
    (error: unknown, response: unknown) => {
      if (error) reject(error);
      else resolve(response as IncomingMessage);
    },
  );
  const response = await promise;
  if ([200, 204, 304].includes(response.statusCode ?? 0)) return response;
  throw new Refusal(response.statusCode ?? 0, await readBody(response, abortSignal, MAX_REFUSAL));
}

/** Another status than that of success. */
class Refusal extends Error {
  readonly statusCode: number;

  /** The engine says why in JSON, what stands before it in whatever words. */
  constructor(statusCode: number, body: string) {
    super(messageIn(body));
    this.statusCode = statusCode;
  }
}

function messageIn(body: string): string {
  try {
    return String((JSON.parse(body) as { message?: unknown }).message ?? body);
  } catch {
    return body;
  }
}

/** By its events: to iterate over a short answer takes as long as to read it. */
function readBody(response: IncomingMessage, signal: AbortSignal, limit = MAX_ANSWER): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const chunks: Buffer[] = [];
  let size = 0;
  signal.addEventListener('abort', () => response.destroy(new Error('deadline')), { once: true });
  response
    .on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else response.destroy(new HostError('too-large', `the engine's answer is larger than ${limit >> 20} MiB`));
    })
    .on('end', () => resolve(Buffer.concat(chunks).toString('utf8')))
    .on('error', reject)
    .on('close', () => reject(new Error('the connection was closed in the middle of the answer')));
  if (signal.aborted) response.destroy(new Error('deadline'));
  return promise;
}

function toHostError(endpoint: string, what: string, error: unknown): HostError {
  const { code, message } = error as { code?: string; message?: string };
  const options = { cause: error };
  if (error instanceof SyntaxError)
    return new HostError('invalid', `${what}: ${endpoint} answers with something that is not JSON`, options);
  if (error instanceof Refusal) {
    if (error.statusCode === 404) return new HostError('not-found', `${what}: not found`, options);
    return new HostError('io', `${what}: ${endpoint} answers ${error.statusCode} (${error.message.trim().slice(0, 300)})`, options);
  }
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
  const advice = /CERT|ISSUER|TLS|SSL/.test(code ?? '') ? ' (DOCKER_CERT_PATH, else ~/.docker, has ca.pem, cert.pem and key.pem)' : '';
  return new HostError('unreachable', `${what}: ${endpoint}: ${(message ?? String(error)).split('; ')[0]}${advice}`, options);
}

/** Drift as JSON to an address of the site's own choice, signed where it gave us a secret. */
import { createHmac } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import os from 'node:os';
import tls from 'node:tls';
import type { AgentConfig } from '../agent-config.ts';
import { atLeast } from '../choices.ts';
import { UsageError } from '../errors.ts';
import { readInput } from '../input.ts';
import { version } from '../version.ts';
import { deliveryOf, type Event, type Message, messageOf } from './message.ts';
import { LaterError, RefusedError, type Sink } from './sink.ts';

export type WebhookConfig = NonNullable<AgentConfig['webhook']>;

const TIMEOUT = 10_000;
const LONGEST_ANSWER = 64 << 10;

interface Receiver {
  readonly url: URL;
  readonly secret: Buffer | null;
  readonly request: typeof https.request;
  readonly agent: http.Agent;
}

/** Throws UsageError where its secret cannot be used. */
export function openWebhook(config: WebhookConfig, timeout = TIMEOUT): Sink {
  const url = new URL(config.url);
  const secret = config.secretFile === undefined ? null : readSecret(config.secretFile);
  const options = { keepAlive: true, maxSockets: 1 };
  const receiver: Receiver =
    url.protocol === 'https:'
      ? { url, secret, request: https.request, agent: new https.Agent({ ...options, ...authorities() }) }
      : { url, secret, request: http.request, agent: new http.Agent(options) };
  return {
    name: 'webhook',
    async deliver(payload) {
      const message = compose(payload);
      if (!atLeast(message.event.severity, config.minSeverity)) return;
      const sent = { body: JSON.stringify(message), delivery: message.delivery };
      judge(await post(receiver, sent, AbortSignal.timeout(timeout)), url);
    },
  };
}

/** What is damaged on disk will not mend by itself, and must not stand before the rest. */
function compose(payload: string): Message {
  try {
    return messageOf(JSON.parse(payload) as Event, deliveryOf(payload), os.hostname());
  } catch (error) {
    throw new RefusedError('the event is not as hullguard wrote it', { cause: error });
  }
}

/** The authorities that this host trusts, not those that Node brings. */
function authorities(): { readonly ca?: string[] } {
  const ca = tls.getCACertificates('system');
  return ca.length === 0 ? {} : { ca };
}

function readSecret(file: string): Buffer {
  const secret = readInput(file, 'webhook secret').trim();
  if (secret === '') throw new UsageError(`${file}: the webhook secret is empty`);
  if ((fs.statSync(file).mode & 0o077) !== 0) throw new UsageError(`${file}: others may read the webhook secret; give it mode 0600`);
  return Buffer.from(secret);
}

interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
}

async function post(
  { url, secret, request, agent }: Receiver,
  sent: { body: string; delivery: string },
  signal: AbortSignal,
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(sent.body),
    'user-agent': `hullguard/${version}`,
    'hullguard-delivery': sent.delivery,
    ...(secret && { 'hullguard-signature': `sha256=${createHmac('sha256', secret).update(sent.body).digest('hex')}` }),
  };
  const asked = request(url, { method: 'POST', agent, headers, signal }, (answer) => {
    let length = 0;
    answer.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > LONGEST_ANSWER) answer.destroy(); // nobody reads it; the status has come already
    });
    answer.once('close', () => resolve({ status: answer.statusCode ?? 0, retryAfter: answer.headers['retry-after'] }));
    answer.once('error', () => undefined); // as above
  });
  asked.once('error', reject);
  asked.end(sent.body);
  try {
    return await promise;
  } catch (error) {
    throw signal.aborted ? new Error(`${shownAddress(url)}: no answer in time`, { cause: error }) : error;
  }
}

/** Busy receivers say when to come again. Redirections are not followed: what is sent is for the one address that the site chose. */
function judge({ status, retryAfter }: Answer, url: URL): void {
  if (status >= 200 && status < 300) return;
  const message = `${shownAddress(url)} answered ${status}`;
  if (status >= 400 && status < 500 && ![408, 425, 429].includes(status)) throw new RefusedError(message);
  const seconds = Number(retryAfter ?? Number.NaN);
  throw new LaterError(message, Number.isFinite(seconds) ? Math.max(0, seconds * 1000) : null);
}

/** Path and query may hold a token. */
/** An address without what may be secret in it. */
export function shownAddress({ origin, pathname }: URL): string {
  return pathname === '/' ? origin : `${origin}/…`;
}

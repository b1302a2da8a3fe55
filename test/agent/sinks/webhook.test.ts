import { createHmac } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Drift } from '../../../agent/drift.ts';
import { UsageError } from '../../../agent/errors.ts';
import { type Message, messageSchema } from '../../../agent/sinks/message.ts';
import { LaterError, RefusedError } from '../../../agent/sinks/sink.ts';
import { openWebhook, type WebhookConfig } from '../../../agent/sinks/webhook.ts';
import { inScratch } from '../hullguard.ts';
import { drift } from './drifts.ts';
import { type Reaction, type Receiver, startReceiver } from './receiver.ts';

const payload = JSON.stringify({ id: 7, ...drift });

function configured(url: string, more: Partial<WebhookConfig> = {}): WebhookConfig {
  return { url, minSeverity: 'low', allowHttp: false, ...more };
}

async function receiving(work: (receiver: Receiver) => Promise<void>, react: Reaction = 204): Promise<void> {
  const receiver = await startReceiver({ react: () => react });
  try {
    await work(receiver);
  } finally {
    await receiver.close();
  }
}

describe('what is sent', () => {
  test('is the event, of which host, in the published shape', () =>
    receiving(async ({ url, received }) => {
      await openWebhook(configured(`${url}/hooks/docker?token=t`)).deliver(payload);
      const [request] = received;
      expect(request).toMatchObject({ method: 'POST', path: '/hooks/docker?token=t' });
      expect(request?.headers).toMatchObject({ 'content-type': 'application/json', 'user-agent': expect.stringMatching(/^hullguard\//) });
      expect(request?.headers['hullguard-signature']).toBeUndefined();
      const message = JSON.parse(request?.body ?? '') as Message;
      expect(messageSchema.parse(message)).toEqual(message);
      expect(message).toMatchObject({
        schemaVersion: 1,
        type: 'drift',
        delivery: request?.headers['hullguard-delivery'],
        host: { hostname: os.hostname() },
        event: {
          id: 7,
          at: '2026-11-21T12:00:00.123Z',
          check: 'files/daemon-json-mode',
          before: { outcome: 'pass', actual: '0644' },
          who: { status: 'known', login: 'alice', at: '2026-11-21T12:00:00.100Z' },
        },
      });
    }));

  test.each<[string, Partial<Drift>]>([
    ['nobody known', { who: { status: 'unattributed', reason: 'auditd is off' } }],
    ['something new', { before: null }],
    ['something gone', { after: null }],
    ['text from the host', { resource: 'container \u001b[2J"\n\u202e', causes: [] }],
  ])('fits its schema for %s', (_what, different) =>
    receiving(async ({ url, received }) => {
      await openWebhook(configured(url)).deliver(JSON.stringify({ id: 7, ...drift, ...different }));
      const message = JSON.parse(received[0]?.body ?? '') as Message;
      expect(messageSchema.parse(message)).toEqual(message);
      expect(message.event.resource).toBe(different.resource ?? drift.resource);
    }),
  );

  test('is described as it is', () => {
    const page = fs.readFileSync(path.join(import.meta.dirname, '../../../docs/outputs.md'), 'utf8');
    const example: unknown = JSON.parse(/```json\n([\s\S]*?)```/.exec(page)?.[1] ?? '');
    expect(messageSchema.parse(example)).toEqual(example);
  });

  test.each(['', '{', '{}', 'null', payload.replace(/"at":\d+/, '"at":1e300')])('is nothing of what is no event: %s', (damaged) =>
    receiving(async ({ url, received }) => {
      await expect(openWebhook(configured(url)).deliver(damaged)).rejects.toThrow(RefusedError);
      expect(received).toEqual([]);
    }),
  );

  test('has the same delivery in each attempt, and another for each event', () =>
    receiving(async ({ url, received }) => {
      const webhook = openWebhook(configured(url));
      for (const text of [payload, payload, JSON.stringify({ id: 8, ...drift })]) await webhook.deliver(text);
      const [first, second, third] = received.map(({ headers }) => headers['hullguard-delivery']);
      expect(second).toBe(first);
      expect(third).not.toBe(first);
    }));

  test('is signed with the secret', () =>
    receiving(({ url, received }) =>
      inScratch(async (directory) => {
        const secretFile = path.join(directory, 'secret');
        fs.writeFileSync(secretFile, 'correct horse\n', { mode: 0o600 });
        await openWebhook(configured(url, { secretFile })).deliver(payload);
        const expected = createHmac('sha256', 'correct horse')
          .update(received[0]?.body ?? '')
          .digest('hex');
        expect(received[0]?.headers['hullguard-signature']).toBe(`sha256=${expected}`);
        expect(received[0]?.body).not.toContain('correct horse');
      }),
    ));

  test('is nothing for drift below the severity that matters', () =>
    receiving(async ({ url, received }) => {
      const webhook = openWebhook(configured(url, { minSeverity: 'high' }));
      await webhook.deliver(JSON.stringify({ id: 1, ...drift, severity: 'medium' }));
      await webhook.deliver(payload);
      expect(received.length).toBe(1);
    }));
});

describe('a secret that cannot be used is told at the start', () => {
  test.each<[string, (file: string) => void, string]>([
    ['missing', () => undefined, 'cannot read the webhook secret'],
    ['empty', (file) => fs.writeFileSync(file, '\n', { mode: 0o600 }), 'the webhook secret is empty'],
    ['readable for all', (file) => fs.writeFileSync(file, 'x', { mode: 0o644 }), 'others may read the webhook secret; give it mode 0600'],
  ])('%s', (_what, make, message) =>
    inScratch((directory) => {
      const secretFile = path.join(directory, 'secret');
      make(secretFile);
      expect(() => openWebhook(configured('http://127.0.0.1:1/', { secretFile }))).toThrow(UsageError);
      expect(() => openWebhook(configured('http://127.0.0.1:1/', { secretFile }))).toThrow(message);
    }),
  );
});

describe('an answer', () => {
  const failure = async (react: Reaction, timeout?: number): Promise<unknown> => {
    let thrown: unknown;
    await receiving(async ({ url }) => {
      thrown = await openWebhook(configured(`${url}/secret-path`), timeout)
        .deliver(payload)
        .then(
          () => null,
          (error: unknown) => error,
        );
    }, react);
    return thrown;
  };

  test.each([200, 201, 202, 204])('%i is a success', async (status) => {
    expect(await failure(status)).toBeNull();
  });

  test.each([400, 401, 403, 404, 410, 413, 422])('%i is for good', async (status) => {
    const error = await failure(status);
    expect(error).toBeInstanceOf(RefusedError);
    expect(String(error)).toMatch(new RegExp(`^RefusedError: http://127\\.0\\.0\\.1:\\d+/… answered ${status}$`));
  });

  test.each([301, 302, 307, 308, 408, 425, 429, 500, 502, 503, 504])('%i is not', async (status) => {
    const error = await failure([status, { location: 'http://127.0.0.1:1/' }]);
    expect(error).toBeInstanceOf(LaterError);
    expect(error).toMatchObject({ after: null });
  });

  test('may say when to come again', async () => {
    expect(await failure([429, { 'retry-after': '120' }])).toMatchObject({ after: 120_000 });
    expect(await failure([503, { 'retry-after': '-5' }])).toMatchObject({ after: 0 });
    expect(await failure([503, { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }])).toMatchObject({ after: null });
  });

  test.each<[string, Reaction, RegExp]>([
    ['that never comes', 'hang', /^Error: http:\/\/127\.0\.0\.1:\d+\/…: no answer in time$/],
    ['that is cut off', 'cut', /socket hang up|ECONNRESET/],
  ])('%s is tried again, and its address shown in part', async (_what, react, message) => {
    const error = await failure(react, 200);
    expect(error).not.toBeInstanceOf(RefusedError);
    expect(String(error)).toMatch(message);
    expect(String(error)).not.toContain('secret-path');
  });

  test('from nobody is tried again', async () => {
    const { url, close } = await startReceiver();
    await close();
    await expect(openWebhook(configured(url)).deliver(payload)).rejects.toThrow('ECONNREFUSED');
  });
});

import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { HistoryError } from '../../../agent/errors.ts';
import { Observations } from '../../../agent/observations.ts';
import { type Delivery, startDelivery } from '../../../agent/sinks/delivery.ts';
import type { Message } from '../../../agent/sinks/message.ts';
import { openWebhook } from '../../../agent/sinks/webhook.ts';
import type { History } from '../../../agent/state/history.ts';
import { inScratch } from '../hullguard.ts';
import { type LogRecord, record } from '../records.ts';
import { drifts, historyWith } from './drifts.ts';
import { type Reaction, type Received, type Receiver, startReceiver } from './receiver.ts';

interface Scene {
  readonly history: History;
  readonly receiver: Receiver;
  readonly delivery: Delivery;
  readonly records: readonly LogRecord[];
}

const quick = { first: 20, longest: 160 };

/** Delivers so much drift, as the receiver pleases. */
async function delivering(
  count: number,
  react: (request: number, received: Received) => Reaction,
  work: (scene: Scene) => Promise<void>,
  pace = quick,
): Promise<void> {
  await inScratch(async (directory) => {
    const history = historyWith(path.join(directory, 'history.db'), count);
    const receiver = await startReceiver({ react });
    const { log, records } = record();
    const sinks = [openWebhook({ url: receiver.url, minSeverity: 'low', allowHttp: false })];
    const delivery = startDelivery({ sinks, outbox: history.outbox, log, ...pace });
    try {
      await work({ history, receiver, delivery, records });
    } finally {
      await delivery.stop();
      await receiver.close();
      history.close();
    }
  });
}

function eventIds({ received }: Pick<Receiver, 'received'>): number[] {
  return received.map(({ body }) => (JSON.parse(body) as Message).event.id);
}

async function emptied(history: History): Promise<void> {
  for (const end = performance.now() + 20_000; performance.now() < end; await sleep(5)) if (history.waiting().length === 0) return;
  throw new Error('the outbox is not empty');
}

describe('the outbox', { timeout: 30_000 }, () => {
  test('is emptied in its order', () =>
    delivering(
      250,
      () => 204,
      async ({ history, receiver, records }) => {
        await emptied(history);
        const ids = history.events().map(({ id }) => id);
        expect(ids.length).toBe(250);
        expect(eventIds(receiver)).toEqual(ids);
        expect(records).toEqual([]);
      },
    ));

  test('is emptied of what comes later, when that is said', () =>
    delivering(
      1,
      () => 204,
      async ({ history, receiver, delivery }) => {
        await emptied(history);
        for (const drift of drifts(3)) {
          history.recordDrift([drift], Observations.of(), ['webhook']);
          delivery.wake();
        }
        await emptied(history);
        expect(receiver.received.length).toBe(4);
      },
    ));

  test('does not keep what is for a sink that there is no longer', () =>
    delivering(
      0,
      () => 204,
      async ({ history, receiver, delivery }) => {
        history.recordDrift(drifts(3), Observations.of(), ['pager', 'webhook']);
        delivery.wake();
        await emptied(history);
        expect(receiver.received.length).toBe(3);
      },
    ));

  test('that cannot be used is told of, and ends nothing', async () => {
    const broken = (): never => {
      throw new HistoryError('history.db: the disk is full', 'full');
    };
    const { log, records } = record();
    const delivery = startDelivery({ sinks: [], outbox: { due: broken, done: broken, retry: broken }, log, ...quick });
    for (const end = performance.now() + 5000; records.length < 2 && performance.now() < end; ) await sleep(5);
    await delivery.stop();
    expect(records[1]).toEqual(['error', 'outbox cannot be used', { problem: 'history.db: the disk is full' }]);
  });
});

describe('a receiver', { timeout: 30_000 }, () => {
  test('that is down loses nothing, and is asked less and less', () =>
    delivering(
      5,
      (request) => (request < 6 ? 503 : 204),
      async ({ history, receiver, records }) => {
        await emptied(history);
        expect(new Set(eventIds(receiver))).toEqual(new Set(history.events().map(({ id }) => id)));
        expect(receiver.received.length).toBe(11);
        expect(records.map(([level, message]) => `${level}: ${message}`)).toEqual([
          'warn: sink does not take messages',
          'info: sink takes messages again',
        ]);
      },
    ));

  test('that answers nobody is asked at most as often as the pauses allow', () =>
    delivering(
      50,
      () => 'cut',
      async ({ history, receiver }) => {
        const begun = performance.now();
        await receiver.count(5);
        expect(performance.now() - begun).toBeGreaterThan(10 + 20 + 40 + 80); // the least that chance makes of each pause
        await sleep(5);
        expect(history.waiting()).toMatchObject([{ sink: 'webhook', count: 50, error: expect.stringMatching(/hang up|ECONNRESET/) }]);
      },
    ));

  test('that refuses a message for good does not get it again', () =>
    delivering(
      3,
      (request) => (request === 1 ? 422 : 204),
      async ({ history, receiver, records }) => {
        await emptied(history);
        expect(receiver.received.length).toBe(3);
        expect(records).toEqual([
          ['error', 'message refused, and given up', { sink: 'webhook', number: 2, problem: expect.stringMatching(/answered 422$/) }],
        ]);
      },
    ));

  test('that chokes on one message gets the others', () =>
    delivering(
      4,
      (_request, { body }) => ((JSON.parse(body) as Message).event.resource.endsWith('-1') ? 500 : 204),
      async ({ history, receiver }) => {
        for (let ids = new Set<number>(); ids.size < 4; ids = new Set(eventIds(receiver))) await sleep(5);
        await sleep(50);
        expect(history.waiting()).toMatchObject([{ count: 1 }]);
        expect(eventIds(receiver).slice(0, 4)).toEqual(history.events().map(({ id }) => id));
      },
    ));

  test('that asks for patience is given it', () =>
    delivering(
      1,
      (request) => (request === 0 ? [429, { 'retry-after': '1' }] : 204),
      async ({ history, receiver }) => {
        await receiver.count(1);
        const begun = performance.now();
        await emptied(history);
        expect(performance.now() - begun).toBeGreaterThan(900);
      },
    ));

  test('is not asked by who was told to stop', () =>
    delivering(
      100,
      () => 204,
      async ({ history, receiver, delivery }) => {
        await receiver.count(3);
        await delivery.stop();
        const { length } = receiver.received;
        delivery.wake();
        await sleep(50);
        expect(receiver.received.length).toBe(length);
        expect(history.waiting()).toMatchObject([{ count: 100 - length }]);
      },
    ));
});

describe('an agent that is killed', { timeout: 30_000 }, () => {
  test('has lost nothing, and what is sent twice has the same delivery', () =>
    inScratch(async (directory) => {
      const file = path.join(directory, 'history.db');
      historyWith(file, 60).close();
      const receiver = await startReceiver();
      let victim: ChildProcess | undefined;
      for (const requests of [9, 29]) {
        victim = spawn(process.execPath, [agentScript(directory, file, receiver.url)], { stdio: 'ignore' });
        await receiver.count(requests);
        victim.kill('SIGKILL');
        await new Promise((resolve) => victim?.once('exit', resolve));
      }
      const history = historyWith(file, 0);
      const { log } = record();
      const sinks = [openWebhook({ url: receiver.url, minSeverity: 'low', allowHttp: false })];
      const delivery = startDelivery({ sinks, outbox: history.outbox, log, ...quick });
      await emptied(history);
      await delivery.stop();
      await receiver.close();
      expect(new Set(eventIds(receiver))).toEqual(new Set(history.events().map(({ id }) => id)));
      const deliveries = Map.groupBy(receiver.received, ({ body }) => (JSON.parse(body) as Message).event.id);
      for (const attempts of deliveries.values())
        expect(new Set(attempts.map(({ headers }) => headers['hullguard-delivery'])).size).toBe(1);
      expect(receiver.received.length).toBeLessThanOrEqual(62); // one on its way at each kill
      history.close();
    }));

  test('does not wait for the pause of the one before', () =>
    inScratch(async (directory) => {
      const history = historyWith(path.join(directory, 'history.db'), 2);
      for (const { id } of history.outbox.due(Date.now())) history.outbox.retry(id, Date.now() + 3_600_000, 'was down');
      const receiver = await startReceiver();
      const sinks = [openWebhook({ url: receiver.url, minSeverity: 'low', allowHttp: false })];
      const delivery = startDelivery({ sinks, outbox: history.outbox, log: record().log });
      await emptied(history);
      await delivery.stop();
      await receiver.close();
      history.close();
    }));
});

function agentScript(directory: string, file: string, url: string): string {
  const agent = path.join(import.meta.dirname, '../../../agent');
  const script = path.join(directory, 'agent.mjs');
  fs.writeFileSync(
    script,
    `import { startDelivery } from '${agent}/sinks/delivery.ts';
     import { openWebhook } from '${agent}/sinks/webhook.ts';
     import { openHistory } from '${agent}/state/history.ts';
     const say = () => undefined;
     const { outbox } = openHistory({ path: '${file}' });
     const sinks = [openWebhook({ url: '${url}', minSeverity: 'low', allowHttp: false })];
     startDelivery({ sinks, outbox, log: { debug: say, info: say, warn: say, error: say } });`,
  );
  return script;
}

import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { openNotifier } from '../../agent/notify.ts';
import { type Datagrams, listenForDatagrams } from './datagrams.ts';
import { inScratch } from './hullguard.ts';
import { record } from './records.ts';

async function listening(work: (socket: string, datagrams: Datagrams) => Promise<void>): Promise<void> {
  await inScratch(async (directory) => {
    const socket = path.join(directory, 'notify');
    const datagrams = listenForDatagrams(socket);
    try {
      await work(socket, datagrams);
    } finally {
      datagrams.close();
    }
  });
}

describe('systemd is told', () => {
  test('each state, with what it needs', () =>
    listening(async (NOTIFY_SOCKET, datagrams) => {
      const { log, records } = record();
      const notifier = openNotifier({ NOTIFY_SOCKET }, log);
      await notifier.ready('watching');
      expect(await datagrams.next()).toBe('READY=1\nSTATUS=watching');
      await notifier.ready();
      expect(await datagrams.next()).toBe('READY=1');
      await notifier.status('degraded: Docker\nSTOPPING=1');
      expect(await datagrams.next()).toBe('STATUS=degraded: Docker\\nSTOPPING=1');
      const before = process.hrtime.bigint() / 1000n;
      await notifier.reloading();
      const [, time = ''] = /^RELOADING=1\nMONOTONIC_USEC=(\d+)$/.exec(await datagrams.next()) ?? [];
      expect(BigInt(time)).toBeGreaterThanOrEqual(before);
      expect(BigInt(time)).toBeLessThan(before + 1_000_000n);
      await notifier.stopping('ending');
      expect(await datagrams.next()).toBe('STOPPING=1\nSTATUS=ending');
      expect(records).toEqual([]);
    }));

  test('through a socket of the abstract namespace', async () => {
    const name = `@hullguard-test-${process.pid}`;
    const datagrams = listenForDatagrams(name);
    await openNotifier({ NOTIFY_SOCKET: name }, record().log).ready('watching');
    expect(await datagrams.next()).toBe('READY=1\nSTATUS=watching');
    datagrams.close();
  });

  test('and a socket that nobody listens to is no reason to end', async () => {
    const { log, records } = record();
    await openNotifier({ NOTIFY_SOCKET: '/nonexistent/notify' }, log).ready('watching');
    expect(records).toEqual([['warn', 'systemd cannot be told', { problem: '/nonexistent/notify: nobody listens' }]]);
  });

  test.each([{}, { NOTIFY_SOCKET: '' }, { NOTIFY_SOCKET: 'vsock:2:1' }])('not where it did not start us: %o', async (environment) => {
    const { log, records } = record();
    const notifier = openNotifier({ ...environment, WATCHDOG_USEC: '3000' }, log);
    await notifier.ready('watching');
    notifier.watch(() => false)();
    expect(records).toEqual([]);
  });
});

describe('the watchdog', () => {
  test('is answered at a third of its time while there is progress', () =>
    listening(async (NOTIFY_SOCKET, datagrams) => {
      const { log, records } = record();
      let progressing = true;
      const begun = performance.now();
      const end = openNotifier({ NOTIFY_SOCKET, WATCHDOG_USEC: '300000' }, log).watch(() => progressing);
      for (let count = 0; count < 4; count += 1) expect(await datagrams.next()).toBe('WATCHDOG=1');
      expect(performance.now() - begun).toBeGreaterThan(290);

      progressing = false;
      datagrams.forget();
      await sleep(350);
      expect(records).toContainEqual(['error', 'no progress: the watchdog is not answered', {}]);
      expect(datagrams.pending()).toBe(false);

      progressing = true;
      expect(await datagrams.next()).toBe('WATCHDOG=1');
      end();
      datagrams.forget();
      await sleep(250);
      expect(datagrams.pending()).toBe(false);
    }));

  test.each(['', '0', 'soon'])('that systemd does not keep (%j) is left alone', (WATCHDOG_USEC) =>
    listening(async (NOTIFY_SOCKET, datagrams) => {
      openNotifier({ NOTIFY_SOCKET, WATCHDOG_USEC }, record().log).watch(() => true)();
      expect(datagrams.pending()).toBe(false);
    }),
  );
});

/** What systemd is told of the agent (sd_notify). Where it is not the one who started us, nobody is told. */
import { reasonOf } from '../facts/host.ts';
import { type Send, systemdSocket } from './host/systemd.ts';
import type { Log } from './log.ts';
import { printable } from './reporters/printable.ts';

export interface Notifier {
  /** Started, or done with taking the changed configuration. Without a status, the one told last stays. */
  ready(status?: string): Promise<void>;
  reloading(): Promise<void>;
  stopping(status: string): Promise<void>;
  /** One line, which `systemctl status` shows. */
  status(text: string): Promise<void>;
  /**
   * Keeps the watchdog quiet, at a third of the time it has, as long as `isProgressing`. Returns what ends that. A loop that is stuck is then ended by
   * systemd and started anew; a process that is stuck calls nobody, with the same end.
   */
  watch(isProgressing: () => boolean): () => void;
}

export function openNotifier(environment: NodeJS.ProcessEnv, log: Log, send: Send | null = systemdSocket(environment)): Notifier {
  const tell = async (...assignments: readonly string[]): Promise<void> => {
    try {
      await send?.(assignments);
    } catch (error) {
      log.warn('systemd cannot be told', { problem: reasonOf(error) });
    }
  };
  const status = (text: string): string => `STATUS=${printable(text)}`;
  const interval = Number(environment['WATCHDOG_USEC'] ?? 0) / 1000 / 3;
  return {
    ready: (text) => tell('READY=1', ...(text === undefined ? [] : [status(text)])),
    // The time tells this reload from an earlier one.
    reloading: () => tell('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`),
    stopping: (text) => tell('STOPPING=1', status(text)),
    status: (text) => tell(status(text)),
    watch(isProgressing) {
      if (send === null || !(interval > 0)) return () => undefined;
      const ping = (): void => {
        if (isProgressing()) void tell('WATCHDOG=1');
        else log.error('no progress: the watchdog is not answered');
      };
      const timer = setInterval(ping, interval);
      ping();
      return () => clearInterval(timer);
    },
  };
}

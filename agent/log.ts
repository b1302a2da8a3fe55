/** Diagnostics on standard error. Message texts are constant, values are fields. */
import type { Logger } from 'winston';
import { printable } from './reporters/printable.ts';

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

const silent: Log = (() => {
  const nothing = (() => silent) as unknown as Logger['debug'];
  return { debug: nothing, info: nothing, warn: nothing, error: nothing };
})();

/** winston costs tens of milliseconds to load, so a quiet command does without. */
export async function openLog(verbose: boolean): Promise<Log> {
  if (!verbose) return silent;
  const { createLogger, format, transports } = await import('winston');
  const line = format.printf(({ level, message, ...fields }) => `${level}: ${String(message)} ${printable(JSON.stringify(fields))}`);
  return createLogger({ level: 'debug', format: line, transports: [new transports.Stream({ stream: process.stderr })] });
}

import type { AgentLog, Log } from '../../agent/log.ts';

/** Level, message and fields; an error by what it says. */
export type LogRecord = readonly [level: string, message: string, fields: Readonly<Record<string, unknown>>];

/** A log that keeps what it is told. */
export function record(): { readonly log: AgentLog; readonly records: LogRecord[] } {
  const records: LogRecord[] = [];
  const at = (level: string): Log['info'] =>
    ((message: string, fields: Readonly<Record<string, unknown>> = {}) => {
      const shown = Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? value.message : value]);
      records.push([level, message, Object.fromEntries(shown)]);
    }) as unknown as Log['info'];
  const log: AgentLog = {
    debug: at('debug'),
    info: at('info'),
    notice: at('notice'),
    warn: at('warn'),
    error: at('error'),
    crit: at('crit'),
    adopt: () => undefined,
  };
  return { log, records };
}

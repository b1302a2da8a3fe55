/** Diagnostics. Message texts are constant, values are fields. */
import { Writable } from 'node:stream';
import type { Logger } from 'winston';
import { HIDDEN } from '../facts/schema.ts';
import { hasPassword, isSecretName } from '../facts/secrets.ts';
import type { LogFormat, LogLevel } from './choices.ts';
import { OutputError } from './errors.ts';
import type { Output } from './output.ts';
import { printable, printableJson } from './reporters/printable.ts';

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

/** The log of the agent. Drift that must not be overlooked is `crit`, what an operator wants to read on a quiet day is `notice`. */
export interface AgentLog extends Log {
  readonly crit: Logger['crit'];
  readonly notice: Logger['notice'];
  /** Other settings from the next record on. */
  adopt(settings: LogSettings): void;
}

export interface LogSettings {
  readonly format: LogFormat;
  /** Records less urgent than this are left out. */
  readonly level: LogLevel;
}

/** The priorities of syslog, by which journald sorts and `journalctl -p` chooses. */
const PRIORITIES = { emerg: 0, alert: 1, crit: 2, error: 3, warn: 4, notice: 5, info: 6, debug: 7 } as const satisfies Readonly<
  Record<LogLevel | 'emerg' | 'alert', number>
>;

/** One line a record on standard output, with the priority before it as journald reads it, each written before the call returns. */
export async function openAgentLog({ format: shape, level }: LogSettings, output: Pick<Output, 'print'>): Promise<AgentLog> {
  const { createLogger, format, transports } = await import('winston');
  const formatOf = (chosen: LogFormat): Logger['format'] =>
    format.printf(({ level: name, message, ...fields }) => {
      const line = chosen === 'json' ? jsonLine : textLine;
      return `<${PRIORITIES[name as LogLevel]}>${line(name, String(message), fields)}`;
    });
  const transport = new transports.Stream({ stream: lines(output), eol: '\n' });
  const logger = createLogger({ levels: PRIORITIES, level, format: formatOf(shape), transports: [transport] });
  // winston's own `configure` leaves the transport without a level.
  const adopt = (changed: LogSettings): void => void Object.assign(logger, { level: changed.level, format: formatOf(changed.format) });
  return Object.assign(logger, { adopt });
}

/** A stream to standard output would drop what is still in it at the exit, and does so for most of a burst where journald reads slowly. */
function lines(output: Pick<Output, 'print'>): Writable {
  return new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      try {
        output.print(line);
        done();
      } catch (error) {
        // A full disk behind standard output must not end the agent, which has other ways to tell.
        if (!(error instanceof OutputError)) throw error;
        done();
      }
    },
  });
}

type Fields = Readonly<Record<string, unknown>>;

function textLine(_level: string, message: string, fields: Fields): string {
  const pairs = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [`${printable(name)}=${word(shown(name, value))}`],
  );
  return [printable(message), ...pairs].join(' ');
}

/** A value as one word: quoted where it has blanks or quotes, so that a name from the host cannot pass for another field. */
function word(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return /^[^\s"'=\\\p{Cc}\p{Cf}]+$/u.test(text) ? text : typeof value === 'string' ? printableJson(text, 0) : printable(text);
}

function jsonLine(level: string, message: string, fields: Fields): string {
  const entries = Object.entries(fields).map(([name, value]) => [name, shown(name, value)]);
  return printableJson({ time: new Date().toISOString(), level, message, ...Object.fromEntries(entries) }, 0);
}

/** Objects that hold themselves must end somewhere. */
const DEEPEST = 6;

/** Values as they may be shown: no secrets, errors by what they say, and nothing that JSON cannot hold. */
function shown(name: string, value: unknown, depth = 0): unknown {
  if (value === null || value === undefined || typeof value === 'number' || typeof value === 'boolean') return value;
  if (isSecretName(name)) return HIDDEN;
  if (typeof value === 'string') return hasPassword(value) ? HIDDEN : value;
  if (value instanceof Error) return shown(name, value.message);
  if (typeof value !== 'object' || depth === DEEPEST) return String(value);
  if (Array.isArray(value)) return value.map((item) => shown(name, item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shown(key, inner, depth + 1)]));
}

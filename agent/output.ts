/** Where text goes: the terminal, and report files. */
import fs from 'node:fs';
import path from 'node:path';
import tty from 'node:tty';
import { OutputError } from './errors.ts';

export interface Output {
  /** Standard output: results. Throws OutputError. */
  print(text: string): void;
  /** Standard error: messages. */
  say(text: string): void;
  /** Columns of the terminal, 80 without one. */
  readonly width: number;
  /** Somebody watches standard error. */
  readonly interactive: boolean;
  /** Somebody is there to answer a question. */
  readonly asks: boolean;
  /** The terminal wants colours. */
  readonly color: boolean;
}

export function terminal(environment: NodeJS.ProcessEnv): Output {
  // To look at process.stdout makes a pipe non-blocking, for every program that writes to it.
  const shown = tty.isatty(1);
  const plain = (environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb';
  return {
    print: (text) => handOver('standard output', () => writeAll(1, text)),
    say: complain,
    width: shown ? process.stdout.columns : 80,
    interactive: tty.isatty(2),
    asks: tty.isatty(0) && tty.isatty(2),
    color: shown && !plain,
  };
}

function complain(text: string): void {
  try {
    writeAll(2, text);
  } catch (error) {
    if (!isSystemError(error)) throw error; // where messages cannot be written, there is nowhere left to say so
  }
}

/** Written at once and to the end, so that no exit cuts a report short. A reader that has gone away is not an error. */
function writeAll(descriptor: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let offset = 0; offset < bytes.length; ) {
    try {
      offset += fs.writeSync(descriptor, bytes, offset);
    } catch (error) {
      const code = isSystemError(error) ? error.code : undefined;
      if (code === 'EPIPE') return;
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5); // a full non-blocking pipe: its reader is slow
    }
  }
}

/**
 * Writes a file whole or not at all: beside it first, then renamed over it. The new file is made, never opened, so that a link put there by
 * another user in a shared directory is replaced and not followed. A device or pipe is written to as it is. Throws OutputError.
 */
export function writeFile(name: string, text: string): void {
  handOver(name, () => {
    if (isStream(name)) fs.writeFileSync(name, text);
    else replaceFile(name, text);
  });
}

/** `/dev/stderr` and its kin are links to what the process has open. */
function isStream(name: string): boolean {
  const stats = fs.lstatSync(name, { throwIfNoEntry: false });
  if (stats?.isSymbolicLink()) return ['/dev', '/dev/fd'].includes(path.dirname(path.resolve(name)));
  return stats !== undefined && !stats.isFile();
}

function replaceFile(name: string, text: string): void {
  const beside = path.join(path.dirname(name), `.${path.basename(name)}.${process.pid}.${Date.now()}`);
  try {
    fs.writeFileSync(beside, text, { flag: 'wx', mode: 0o640, flush: true });
    fs.renameSync(beside, name);
  } catch (error) {
    fs.rmSync(beside, { force: true });
    throw error;
  }
}

function handOver(where: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new OutputError(`cannot write to ${where}: ${error.message}`, { cause: error });
  }
}

function isSystemError(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

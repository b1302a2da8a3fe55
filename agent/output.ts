/** Where text goes: the terminal, and report files. */
import fs from 'node:fs';
import path from 'node:path';

export interface Output {
  /** Standard output: results. */
  print(text: string): void;
  /** Standard error: messages. */
  say(text: string): void;
  /** Columns of the terminal, 80 without one. */
  readonly width: number;
  /** Somebody watches standard error. */
  readonly interactive: boolean;
  /** The terminal wants colours. */
  readonly color: boolean;
}

export function terminal(environment: NodeJS.ProcessEnv): Output {
  const plain = (environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb';
  return {
    print: (text) => void writeAll(1, text),
    say: (text) => void writeAll(2, text),
    width: process.stdout.columns ?? 80,
    interactive: process.stderr.isTTY === true,
    color: process.stdout.isTTY === true && !plain,
  };
}

/** Written at once and to the end, so that no exit cuts a report short. A reader that has gone away is not an error. */
function writeAll(descriptor: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let offset = 0; offset < bytes.length; ) {
    try {
      offset += fs.writeSync(descriptor, bytes, offset);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'EPIPE') return;
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5); // a full non-blocking pipe: its reader is slow
    }
  }
}

/**
 * Writes a file whole or not at all: beside it first, then renamed over it. The new file is made, never opened, so that a link put there by
 * another user in a shared directory is replaced and not followed. A device or pipe is written to as it is.
 */
export function writeFile(name: string, text: string): void {
  const stats = fs.lstatSync(name, { throwIfNoEntry: false });
  if (stats && !stats.isFile() && !stats.isSymbolicLink()) {
    fs.writeFileSync(name, text);
    return;
  }
  const beside = path.join(path.dirname(name), `.${path.basename(name)}.${process.pid}.${Date.now()}`);
  try {
    fs.writeFileSync(beside, text, { flag: 'wx', mode: 0o640, flush: true });
    fs.renameSync(beside, name);
  } catch (error) {
    fs.rmSync(beside, { force: true });
    throw error;
  }
}

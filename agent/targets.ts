/** Which documents a command hands over, and where to. */
import path from 'node:path';
import { type Format, formats } from './choices.ts';
import { complaint, OutputError, UsageError } from './errors.ts';
import { didYouMean } from './nearest.ts';
import { type Output, writeFile } from './output.ts';

export interface Target<F extends Format = Format> {
  readonly format: F;
  /** Null for standard output. */
  readonly file: string | null;
}

/** `text`, `json=report.json`, `json=-`, in the formats that the command knows. Throws UsageError. */
export function parseTargets<F extends Format>(requests: readonly string[], command: string, known: readonly F[]): Target<F>[] {
  return requests.map((request) => {
    const [name = '', ...rest] = request.split('=');
    const format = known.find((each) => each === name);
    if (format !== undefined) return { format, file: fileOf(rest.join('=')) };
    const choice = `(formats: ${known.join(', ')})`;
    if (formats.some((each) => each === name)) throw new UsageError(`${command} has no report format ${name} ${choice}; audit has`);
    throw new UsageError(`unknown report format ${name}${didYouMean(name, known)} ${choice}`);
  });
}

/** Null for standard output. */
export function fileOf(name: string): string | null {
  return ['', '-', '/dev/stdout'].includes(name) ? null : name;
}

/** Two documents in one file are none, however its name is written. */
export function refuseSharing(files: readonly (string | null)[]): void {
  const places = files.map((file) => (file === null ? null : path.resolve(file)));
  const shared = files.find((_file, index) => places.indexOf(places[index] ?? null) !== index);
  if (shared === null)
    throw new UsageError('only one document can go to standard output: give the others a file, as in --report json=report.json');
  if (shared !== undefined) throw new UsageError(`two documents are to be written to ${shared}`);
}

/** A full disk or a read-only directory loses one document, not the audit. */
export function deliver(file: string | null, text: string, output: Output): boolean {
  try {
    if (file === null) output.print(text);
    else writeFile(file, text);
    return true;
  } catch (error) {
    if (!(error instanceof OutputError)) throw error;
    output.say(complaint(error.message));
    return false;
  }
}

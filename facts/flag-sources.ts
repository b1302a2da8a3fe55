/**
 * Where dockerd's flags stand: in its service, or in a file of variables that the service names. Keys and places, never values. A file that no
 * unit names is not looked at: Docker's own packages bring an /etc/default/docker which their unit does not read.
 */
import { findFlags } from './dockerd-options.ts';
import { attempt, type Host } from './host.ts';
import * as z from './schema.ts';

/** `key` is the flag's name in daemon.json. */
export const flagSource = z.object({ key: z.string(), path: z.string(), line: z.int() });
export type FlagSource = z.infer<typeof flagSource>;

/** A piece of a file, line breaks included, so that a place in it can be told. `line` is its first one. */
interface Piece {
  readonly text: string;
  readonly path: string;
  readonly line: number;
}

/** What the service starts, and with which variables. */
interface Service {
  commands: Piece[];
  variables: Piece[];
  files: string[];
}

/** Follows systemd: later files add, an empty assignment takes back, files of variables come before variables in the unit. */
export function findFlagSources(host: Host, unitFiles: readonly string[]): FlagSource[] {
  const service: Service = { commands: [], variables: [], files: [] };
  for (const path of unitFiles) readUnit(path, readIfOpen(host, path), service);
  const variables = new Map(service.variables.flatMap((piece) => words(piece).flatMap(assignment)));
  for (const path of service.files) for (const [name, value] of parseVariables(path, readIfOpen(host, path))) variables.set(name, value);
  const argv = service.commands.flatMap((command) => words(command).flatMap((word) => expand(word, variables)));
  return findFlags(argv.map(({ text }) => text)).flatMap(({ option, index }) => {
    const word = argv[index];
    return word === undefined ? [] : [{ key: option.key, path: word.path, line: word.line }];
  });
}

/** A file that is gone, or closed to us, names no flag that we could know. */
function readIfOpen(host: Host, path: string): string {
  return attempt(() => host.read(path), '');
}

/** An assignment goes on behind a backslash at the end of the line. */
const ASSIGNMENT = /^((?:\\\n|[^\S\n])*)([A-Za-z]+)[^\S\n]*=((?:\\\n|[^\n])*)/gm;

function readUnit(path: string, content: string, service: Service): void {
  // A comment within a continued line does not end it.
  const text = content.replace(/^[^\S\n]*[#;].*$/gm, '\\');
  for (const { index, 1: before = '', 2: name, 3: value = '' } of text.matchAll(ASSIGNMENT)) {
    const piece = { text: value, path, line: lineAt(text, index + before.length) };
    const empty = /^(\\\n|\s)*$/.test(value);
    if (name === 'ExecStart') service.commands = empty ? [] : [...service.commands, piece];
    if (name === 'Environment') service.variables = empty ? [] : [...service.variables, piece];
    if (name === 'EnvironmentFile') service.files = empty ? [] : [...service.files, value.trim().replace(/^-/, '')];
  }
}

/** Files of variables: quotes count at the beginning of a value only, and may go over several lines. */
const VARIABLE = /^[^\S\n]*([A-Za-z_]\w*)[^\S\n]*=((?:"(?:\\[\s\S]|[^"\\])*"|'[^']*'|[^\S\n])*)((?:\\[\s\S]|[^\n\\])*)/gm;

function parseVariables(path: string, content: string): [string, Piece][] {
  return [...content.matchAll(VARIABLE)].map(({ index, 1: name = '', 2: quoted = '', 3: rest = '' }) => [
    name,
    { text: `${unquote(quoted.trim())}${rest}`, path, line: lineAt(content, index) },
  ]);
}

function assignment({ text, ...place }: Piece): [string, Piece][] {
  const equals = text.indexOf('=');
  return equals <= 0 ? [] : [[text.slice(0, equals), { text: text.slice(equals + 1), ...place }]];
}

/** `$NAME` as a word is as many words as the variable has; `${NAME}` is always part of one. */
function expand(word: Piece, variables: ReadonlyMap<string, Piece>): Piece[] {
  const several = variables.get(/^\$(\w+)$/.exec(word.text)?.[1] ?? '');
  if (several !== undefined) return words(several);
  const whole = variables.get(/^\$\{(\w+)\}$/.exec(word.text)?.[1] ?? '');
  if (whole !== undefined) return [whole];
  return [{ ...word, text: word.text.replace(/\$\{(\w+)\}/g, (_, name: string) => variables.get(name)?.text ?? '') }];
}

/** A backslash at the end of a line is a blank, in front of any other character it takes the meaning from it. */
const WORD = /(?:\\[^\n]|"(?:\\[\s\S]|[^"\\])*"|'[^']*'|[^\s\\"']|["'])+/g;

function words({ text, path, line }: Piece): Piece[] {
  return [...text.matchAll(WORD)].map(({ 0: word, index }) => ({ text: unquote(word), path, line: line + lineAt(text, index) - 1 }));
}

function unquote(word: string): string {
  return word.replace(/"((?:\\[\s\S]|[^"\\])*)"|'([^']*)'|\\([\s\S])/g, (_, double?: string, single?: string, escaped?: string) =>
    double === undefined ? (single ?? escaped ?? '') : double.replace(/\\([\s\S])/g, '$1'),
  );
}

/** Counted from 1. */
function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

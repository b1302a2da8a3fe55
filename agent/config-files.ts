/** Which files are the configuration, and whether they may be believed: what they say is done with the powers of whoever runs hullguard. */
import fs from 'node:fs';
import path from 'node:path';
import { DEFAULT_CONFIG } from './choices.ts';
import { UsageError } from './errors.ts';
import { type Trusted, whyDistrusted } from './host/trusted.ts';
import { openInput } from './input.ts';
import type { YamlFile } from './yaml.ts';

const WHAT = 'configuration';
const MAX_MEBIBYTES = 4;

/** What was read, and a line for each file that could not be, or is not to be believed. */
export interface ConfigFiles {
  readonly files: readonly YamlFile[];
  readonly problems: readonly string[];
}

/**
 * The file, or `config.yaml` of the directory, and the `conf.d/*.yaml` beside it in the order of their names. Without a name the default
 * ones, as far as they are there. Throws UsageError where a named one is not.
 */
export function readConfigFiles(named: string | undefined): ConfigFiles {
  const directory = named !== undefined && isDirectory(named);
  const main = directory ? path.join(named, path.basename(DEFAULT_CONFIG)) : (named ?? DEFAULT_CONFIG);
  const { dropIns, problems } = listDropIns(path.join(path.dirname(main), 'conf.d'));
  const optional = named === undefined || (directory && dropIns.length > 0);
  const wanted = [...(optional && isMissing(main) ? [] : [main]), ...dropIns];
  const read = wanted.map((file) => attempt(file));
  return { files: read.flatMap(({ file }) => file ?? []), problems: [...problems, ...read.flatMap((each) => each.problems)] };
}

function isDirectory(name: string): boolean {
  try {
    return fs.statSync(name).isDirectory();
  } catch {
    return false; // reading it says why
  }
}

/** Missing, and not merely out of reach. */
function isMissing(file: string): boolean {
  try {
    fs.lstatSync(file);
    return false;
  } catch (error) {
    return ['ENOENT', 'ENOTDIR'].includes(codeOf(error));
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Hidden files and what editors leave behind are none; one that somebody may have meant is told. */
function listDropIns(directory: string): { readonly dropIns: readonly string[]; readonly problems: readonly string[] } {
  try {
    const names = fs
      .readdirSync(directory)
      .filter((name) => !name.startsWith('.'))
      .toSorted();
    const misnamed = names.filter((name) => /\.(yml|YAML|YML|json)$/.test(name)).map((name) => path.join(directory, name));
    return {
      dropIns: names.filter((name) => name.endsWith('.yaml')).map((name) => path.join(directory, name)),
      problems: misnamed.map((file) => `${file}: is not read: let its name end in .yaml, or take it away`),
    };
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return { dropIns: [], problems: [] };
    return { dropIns: [], problems: [`${directory}: cannot read the ${WHAT}: ${error instanceof Error ? error.message : String(error)}`] };
  }
}

function attempt(file: string): { readonly file: YamlFile | null; readonly problems: readonly string[] } {
  try {
    const { text, stats } = openInput(file, WHAT, MAX_MEBIBYTES);
    return { file: { path: file, text }, problems: whyDistrusted(file, ours(), stats) };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { file: null, problems: [error.message] };
  }
}

/** Root, and whoever runs us. */
function ours(): Trusted {
  return { uid: process.geteuid?.() ?? 0, groups: [0, process.getegid?.() ?? 0] };
}

/** Which files are the configuration, and whether they may be believed: what they say is done with the powers of whoever runs hullguard. */
import fs from 'node:fs';
import path from 'node:path';
import { DEFAULT_CONFIG } from './choices.ts';
import { UsageError } from './errors.ts';
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
    return { file: { path: file, text }, problems: whyDistrusted(file, stats) };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { file: null, problems: [error.message] };
  }
}

/** Who but root and we could change what the file says: by writing to it, or by putting another in its place. */
function whyDistrusted(file: string, stats: fs.Stats): string[] {
  const links = linksOf(path.resolve(file));
  const real = fs.realpathSync(file);
  const directories = new Set(
    [...links, real].flatMap((link) => [...above(link), ...above(path.join(fs.realpathSync(path.dirname(link)), 'x'))]),
  );
  return [
    ...faultsOf(file, stats),
    ...links.flatMap((link) => faultsOf(link, { ...fs.lstatSync(link), mode: 0 })),
    ...[...directories].flatMap((directory) => faultsOf(directory, fs.statSync(directory), STICKY)),
  ];
}

/** In a directory with this bit everybody may make files, and nobody may replace those of others. */
const STICKY = 0o1000;

function faultsOf(name: string, { uid, gid, mode }: Pick<fs.Stats, 'uid' | 'gid' | 'mode'>, excused = 0): string[] {
  const own = process.geteuid?.() ?? 0;
  const writers = [
    ...((mode & 0o002) === 0 ? [] : ['everybody']),
    ...((mode & 0o020) === 0 || [0, process.getegid?.()].includes(gid) ? [] : [`group ${gid}`]),
  ];
  return [
    ...(uid === 0 || uid === own
      ? []
      : [`${name}: belongs to user ${uid}, who could let hullguard do anything: give it to root (chown root ${name})`]),
    ...(writers.length === 0 || (mode & excused) !== 0
      ? []
      : [`${name}: ${writers.join(' and ')} may write to it, and could let hullguard do anything: chmod go-w ${name}`]),
  ];
}

/** The links that lead from a name to a file, itself first. */
function linksOf(name: string): string[] {
  if (!fs.lstatSync(name).isSymbolicLink()) return [];
  return [name, ...linksOf(path.resolve(path.dirname(name), fs.readlinkSync(name)))];
}

function above(name: string): string[] {
  const parent = path.dirname(name);
  return parent === name ? [] : [parent, ...above(parent)];
}

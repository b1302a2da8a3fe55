/** The files that hold waivers and attestations: read where nobody but root could have written them, and added to. */
import fs from 'node:fs';
import path from 'node:path';
import { sha256 } from '../../facts/digest.ts';
import { DEFAULT_WAIVERS } from '../choices.ts';
import { type Attestation, type Decisions, decisionsSchema, noDecisions, type Waiver } from '../decisions.ts';
import { OutputError, UsageError } from '../errors.ts';
import { whyDistrusted } from '../host/trusted.ts';
import { openInput, readInput } from '../input.ts';
import { addToList, fitTo, mergeYaml } from '../yaml.ts';

export interface Loaded {
  readonly decisions: Decisions;
  /** Why files, or evidence, do not count. */
  readonly problems: readonly string[];
}

const WHAT = 'waivers file';
const MAX_MEBIBYTES = 4;
const MAX_EVIDENCE_BYTES = 256 << 20;

/**
 * Reads the named files, in their order, after the default one if it is wanted and there is one. What somebody else may have written is left out,
 * and told as a problem. Throws UsageError, with line and column, for what cannot be understood.
 */
export function readDecisions(named: readonly string[], withDefault: boolean): Loaded {
  const files = withDefault && fs.existsSync(DEFAULT_WAIVERS) ? [DEFAULT_WAIVERS, ...named] : named;
  const loaded = [...new Set(files)].map((file) => ({ file, ...readOne(file) }));
  const origins = new Map<string, string>();
  for (const { file, decisions } of loaded)
    for (const { id } of decisions.waivers) {
      const other = origins.get(id);
      if (other !== undefined) throw new UsageError(`${file}: ${other} has a waiver with the id ${id}, too: give one of them another`);
      origins.set(id, file);
    }
  return {
    decisions: {
      waivers: loaded.flatMap(({ decisions }) => decisions.waivers),
      attestations: loaded.flatMap(({ decisions }) => decisions.attestations).map(withEvidence),
    },
    problems: loaded.flatMap(({ problem }) => problem ?? []),
  };
}

/** Reads them again where one has changed, or all is looked at anew. A file that cannot be understood is a problem, and nothing in any of them counts. */
export function followDecisions(named: readonly string[]): (anew: boolean) => Loaded {
  let loaded: Loaded | undefined;
  let seen = '';
  return (anew) => {
    const now = [DEFAULT_WAIVERS, ...named].map(stamp).join();
    if (loaded !== undefined && !anew && now === seen) return loaded;
    seen = now;
    try {
      loaded = readDecisions(named, true);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      loaded = { decisions: noDecisions, problems: [`no waiver counts: ${error.message}`] };
    }
    return loaded;
  };
}

function stamp(file: string): string {
  const stats = fs.statSync(file, { throwIfNoEntry: false });
  return stats === undefined ? '' : `${stats.ino} ${stats.mtimeMs} ${stats.ctimeMs} ${stats.size}`;
}

function readOne(file: string): { readonly decisions: Decisions; readonly problem: string | null } {
  const { text, stats } = openInput(file, WHAT, MAX_MEBIBYTES);
  // Root does not take the word of others.
  const [problem] = process.geteuid?.() === 0 ? whyDistrusted(file, { uid: 0, groups: [0] }, stats) : [];
  if (problem !== undefined) return { decisions: noDecisions, problem: `${file}: no waiver in it counts: ${problem}` };
  return { decisions: parse(file, text), problem: null };
}

function parse(file: string, source: string): Decisions {
  const fitted = fitTo(mergeYaml([{ path: file, text: source }]), decisionsSchema);
  if (fitted.problems !== undefined) throw new UsageError(fitted.problems.join('\n'));
  return fitted.value;
}

function withEvidence(attestation: Attestation): Attestation {
  const { evidence } = attestation;
  if (evidence === undefined) return attestation;
  const found = digestOf(evidence.file);
  if ('problem' in found) return { ...attestation, problem: `its evidence cannot be read: ${found.problem}` };
  return found.sha256 === evidence.sha256 ? attestation : { ...attestation, problem: `its evidence ${evidence.file} has changed` };
}

/** The digest of a file that an attestation rests on. */
export function digestOf(file: string): { readonly sha256: string } | { readonly problem: string } {
  let descriptor: number | undefined;
  try {
    // One that may belong to somebody else, who puts a pipe in its place just now: nobody waits for it.
    descriptor = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    const stats = fs.fstatSync(descriptor);
    if (!stats.isFile()) return { problem: `${file} is no file` };
    if (stats.size > MAX_EVIDENCE_BYTES) return { problem: `${file} is larger than ${MAX_EVIDENCE_BYTES >> 20} MiB` };
    return { sha256: sha256(fs.readFileSync(descriptor)) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  } finally {
    if (descriptor !== undefined) fs.closeSync(descriptor);
  }
}

/** What a file holds now, to be added to; nothing where it is not there. Throws UsageError where it must not be trusted or understood. */
export function decisionsOf(file: string): Decisions {
  if (!fs.existsSync(file)) return noDecisions;
  const { decisions, problem } = readOne(file);
  if (problem !== null) throw new UsageError(problem);
  return decisions;
}

/** Adds one at the end of its list, in a file that is made where it is missing. All of it, or nothing. Throws OutputError, and UsageError. */
export function addDecision(file: string, added: { readonly waivers: Waiver } | { readonly attestations: Attestation }): void {
  const [[list, item] = ['', undefined]] = Object.entries(added);
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o755 });
    const target = fs.existsSync(file) ? fs.realpathSync(file) : file;
    replace(target, () => {
      const source = fs.existsSync(target) ? readInput(target, WHAT, MAX_MEBIBYTES) : HEADING;
      const text = addToList(source, list, item);
      parse(file, text);
      return text;
    });
  } catch (error) {
    if (error instanceof UsageError || !(error instanceof Error)) throw error;
    throw new OutputError(`cannot write to ${file}: ${error.message}`, { cause: error });
  }
}

const HEADING = '# What this site has decided to live with, and what it attests: hullguard waive, hullguard attest.\n';

/** Whoever makes the draft first goes first: what another adds meanwhile is not lost. */
function replace(target: string, make: () => string): void {
  const draft = `${target}.new`;
  const descriptor = claim(draft);
  try {
    const text = make();
    const before = fs.statSync(target, { throwIfNoEntry: false });
    fs.writeFileSync(descriptor, text);
    fs.fchmodSync(descriptor, (before?.mode ?? 0o644) & 0o777);
    if (before !== undefined) fs.fchownSync(descriptor, before.uid, before.gid);
    fs.fsyncSync(descriptor);
    fs.renameSync(draft, target);
  } catch (error) {
    fs.rmSync(draft, { force: true });
    throw error;
  } finally {
    fs.closeSync(descriptor);
  }
}

function claim(draft: string): number {
  try {
    return fs.openSync(draft, 'wx', 0o600);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
      throw new UsageError(`${draft} exists: another command writes just now, or was killed while it did; then remove that file`, {
        cause: error,
      });
    throw error;
  }
}

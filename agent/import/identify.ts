/** Which check a reported finding means. Numbers have moved and are often quoted wrong, so its text wins; the number decides where there is no text. */
import { describeNumberings, meaningsOf, type Numbering, numberings, type Release } from '../../checks/numbers.ts';
import type { Entry, Log } from './entry.ts';
import { checksOfTitle } from './titles.ts';

export interface Identified {
  readonly entry: Entry;
  /** Null where it cannot be told; the note says why. */
  readonly check: string | null;
  readonly by: 'text' | 'number' | null;
  /** Where number and text disagree, or do not suffice. */
  readonly note: string | null;
}

/** The numbering of a log. */
export interface Source {
  /** As far as it can be told; several where they do not differ in what the log has. */
  readonly numberings: readonly Numbering[];
  readonly how: 'asked' | 'titles' | 'printed' | 'unknown';
}

/**
 * The release whose numbers a log uses: the one asked for; else those that explain most of its titles; else, in a log without titles, the
 * one it prints. Releases do not always print their own version: 1.6.0 and 1.6.1 print the same and number 41 controls differently.
 */
export function findSource({ tool, printed, entries }: Log, asked: Release | undefined): Source {
  if (asked !== undefined)
    return { numberings: numberings.filter(({ kind, version }) => kind === 'docker-bench' && version === asked), how: 'asked' };
  const candidates = tool === 'unknown' ? numberings : numberings.filter(({ kind }) => kind === 'docker-bench');
  const titled = entries.flatMap(({ number, title }) => checksOfTitle(title).map((check) => ({ number, check })));
  const scores = candidates.map((numbering) => ({
    numbering,
    hits: titled.filter(({ number, check }) => meaningsOf(number, [numbering]).has(check)).length,
  }));
  const best = Math.max(...scores.map(({ hits }) => hits));
  const own = candidates.filter(({ kind, version }) => kind === 'docker-bench' && printed !== null && shares(version, printed));
  if (best > 0) {
    const fitting = scores.filter(({ hits }) => hits === best).map(({ numbering }) => numbering);
    const confirmed = fitting.filter((numbering) => own.includes(numbering));
    return { numberings: confirmed.length > 0 ? confirmed : fitting, how: 'titles' };
  }
  return own.length > 0 ? { numberings: own, how: 'printed' } : { numberings: candidates, how: 'unknown' };
}

/** Whether a release may print this version. */
function shares(release: string, printed: string): boolean {
  return release === printed || (release === '1.6.1' && printed === '1.6.0');
}

/** Throws nothing: what cannot be told is said to be so. */
export function identify(entry: Entry, source: Source): Identified {
  const { number, title } = entry;
  const here = meaningsOf(number, source.numberings);
  const everywhere = meaningsOf(number);
  const titled = checksOfTitle(title);
  const check = choose(titled, [here, everywhere], number);
  if (check !== undefined) return { entry, check, by: 'text', note: disagreement(number, check, here, everywhere) };
  if (titled.length > 1) return unknown(entry, `its text may mean ${titled.join(' or ')}, and its number does not tell which`);
  const meanings = here.size > 0 ? here : everywhere;
  const newest = newestOf(meanings);
  if (newest === undefined)
    return unknown(entry, number === '' ? 'its text is not known, and it has no number' : `no version has a control ${number}`);
  const untold = title === '' ? [] : ['its text is not known'];
  const others = [...meanings].filter(([id]) => id !== newest).map(([id, sources]) => `${id} in ${inShort(sources)}`);
  const doubt =
    others.length === 0
      ? []
      : [`taken as the newest version means it; it is ${others.join(', and ')}: add its text, or name the release with --release`];
  return { entry, check: newest, by: 'number', note: [...untold, ...doubt].join('; ') || null };
}

/** What the newest benchmark means by a number, or the newest release of a tool. */
function newestOf(meanings: Meanings): string | undefined {
  const sources = [...meanings].flatMap(([check, found]) =>
    found.map((numbering) => ({ check, at: numberings.indexOf(numbering), cis: numbering.kind === 'cis' })),
  );
  return (
    sources
      .filter(({ cis }) => cis)
      .toSorted((left, right) => left.at - right.at)
      .at(-1) ?? sources.toSorted((left, right) => left.at - right.at).at(-1)
  )?.check;
}

function unknown(entry: Entry, note: string): Identified {
  return { entry, check: null, by: null, note };
}

type Meanings = ReadonlyMap<string, readonly Numbering[]>;

/** Of several checks with such a title, the one that the number confirms: here, anywhere, or by its chapter. */
function choose(titled: readonly string[], meanings: readonly Meanings[], number: string): string | undefined {
  if (titled.length < 2) return titled[0];
  for (const each of meanings) {
    const confirmed = titled.filter((check) => each.has(check));
    if (confirmed.length === 1) return confirmed[0];
  }
  const chapter = `${number.split('.')[0]}.`;
  const near = titled.filter((check) =>
    numberings.some(({ checks }) => [...checks].some(([own, id]) => id === check && own.startsWith(chapter))),
  );
  return near.length === 1 ? near[0] : undefined;
}

function disagreement(number: string, check: string, here: Meanings, everywhere: Meanings): string | null {
  if (number === '' || here.has(check)) return null;
  const sources = everywhere.get(check);
  if (sources !== undefined) return `${number} is that in ${inShort(sources)}; the text counts`;
  const meant = everywhere.size === 0 ? 'no version has this number' : `no version means that by ${number} (hullguard checks ${number})`;
  return `${meant}; the text counts`;
}

/** The benchmark's versions alone, where it has any. */
function inShort(sources: readonly Numbering[]): string {
  const cis = sources.filter(({ kind }) => kind === 'cis');
  return describeNumberings(cis.length > 0 ? cis : sources);
}

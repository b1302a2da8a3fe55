/** Comparing versions: as the makers of Docker number them, and as Debian does. */

interface Version {
  readonly numbers: readonly number[];
  /** `rc.3` → its kind and number; null for a release. */
  readonly before: readonly [kind: string, number: number] | null;
}

/** Null for what is no version. What a distributor or maker adds behind (`+dfsg1`, `~ds1`, `-ce`, `-0ubuntu3`) does not count. */
function parse(text: string): Version | null {
  const [, major, minor, patch, kind, number] =
    /^v?(\d+)\.(\d+)(?:\.(\d+))?(?:[-~.]?(alpha|beta|dev|rc)[.-]?(\d*))?(?![\d.])/.exec(text) ?? [];
  if (major === undefined) return null;
  return {
    numbers: [major, minor, patch].map((part) => Number(part ?? 0)),
    before: kind === undefined ? null : [kind, Number(number ?? 0)],
  };
}

/** Below, at or above 0 as `left` is older than, the same as or newer than `right`. */
function compare(left: Version, right: Version): number {
  const different = left.numbers.findIndex((number, index) => number !== right.numbers[index]);
  if (different >= 0) return (left.numbers[different] ?? 0) - (right.numbers[different] ?? 0);
  if (left.before === null || right.before === null) return Number(right.before !== null) - Number(left.before !== null);
  return left.before[0] === right.before[0] ? left.before[1] - right.before[1] : left.before[0] < right.before[0] ? -1 : 1;
}

interface Term {
  readonly operator: string;
  /** Null for what cannot be read. */
  readonly bound: Version | null;
}

/** `<1.1.14 || >=1.2.0-rc.1 <1.2.0-rc.3` → one term, and two. */
function parseRanges(ranges: string): Term[][] {
  const toTerm = (term: string): Term => {
    const [, operator = '', bound = ''] = /^(>=|<)([\w.~+-]+)$/.exec(term) ?? [];
    return { operator, bound: parse(bound) };
  };
  return ranges.split('||').map((range) => range.trim().split(/\s+/).map(toTerm));
}

/** Whether an expression such as `<1.1.14 || >=1.2.0-rc.1 <1.2.0-rc.3` can be read. */
export function isRange(ranges: string): boolean {
  return parseRanges(ranges).every((terms) => terms.every(({ bound }) => bound !== null));
}

/** Whether a version is in one of the ranges; null for what is no version. */
export function isWithinRange(version: string, ranges: string): boolean | null {
  const own = parse(version);
  if (own === null) return null;
  const holds = ({ operator, bound }: Term): boolean =>
    bound !== null && (operator === '<' ? compare(own, bound) < 0 : compare(own, bound) >= 0);
  return parseRanges(ranges).some((terms) => terms.every(holds));
}

/** The first versions that are no longer in the ranges: `1.1.14, 1.2.0-rc.3`. */
export function fixesOf(ranges: string): string {
  return [...ranges.matchAll(/<(?!=)(\S+)/g)].map((match) => match[1]).join(', ');
}

/** Compares versions of Debian packages (deb-version(7)): epoch, upstream version, revision. */
export function compareDebian(left: string, right: string): number {
  const [a, b] = [debianParts(left), debianParts(right)];
  return a.epoch - b.epoch || compareText(a.upstream, b.upstream) || compareText(a.revision, b.revision);
}

/** `5:24.0.7-1~debian.12` → 5, `24.0.7` and `1~debian.12`. */
export function debianParts(version: string): { readonly epoch: number; readonly upstream: string; readonly revision: string } {
  const [, epoch = '0', rest = ''] = /^(?:(\d+):)?(.*)$/s.exec(version) ?? [];
  const dash = rest.lastIndexOf('-');
  return { epoch: Number(epoch), upstream: dash < 0 ? rest : rest.slice(0, dash), revision: dash < 0 ? '' : rest.slice(dash + 1) };
}

/** Runs of other characters and runs of digits in turn. */
function compareText(left: string, right: string): number {
  const [a, b] = [left, right].map((text) => [...text.matchAll(/(\D*)(\d*)/g)]);
  for (let index = 0; index < Math.max(a?.length ?? 0, b?.length ?? 0); index++) {
    const [, letters = '', digits = ''] = a?.[index] ?? [];
    const [, others = '', numbers = ''] = b?.[index] ?? [];
    const difference = compareLetters(letters, others) || Number(digits) - Number(numbers);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** `~` before the end, the end before letters, letters before all else. */
function compareLetters(left: string, right: string): number {
  const weight = (text: string, index: number): number => {
    const letter = text[index];
    if (letter === undefined) return 0;
    return letter === '~' ? -1 : letter.charCodeAt(0) + (/[A-Za-z]/.test(letter) ? 0 : 256);
  };
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = weight(left, index) - weight(right, index);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Which checks an audit runs. */
import { type BenchmarkVersion, crosswalk } from '../checks/benchmark.ts';
import type { Check, Severity } from '../checks/check.ts';
import { checks } from '../checks/index.ts';
import { atLeast, type Profile } from './choices.ts';
import { UsageError } from './errors.ts';
import { didYouMean } from './nearest.ts';
import { sectionOf, sections } from './scan.ts';

export interface Selection {
  readonly benchmark: BenchmarkVersion;
  readonly profile: Profile;
  readonly minSeverity: Severity;
  /** Ids, numbers or globs; none means all that the benchmark version and the profile have. */
  readonly check: readonly string[];
  readonly skip: readonly string[];
  readonly section: readonly string[];
}

/** Throws UsageError for a name that fits no check or section. */
export function selectChecks({ benchmark, profile, minSeverity, check, skip, section }: Selection): Check[] {
  for (const name of section) {
    if (!sections.includes(name))
      throw new UsageError(`unknown section ${name}${didYouMean(name, sections)} (sections: ${sections.join(', ')})`);
  }
  const isGlob = (pattern: string): boolean => /[*?]/.test(pattern);
  const named = matcher(
    check.filter((pattern) => !isGlob(pattern)),
    benchmark,
  );
  const inGlob = matcher(check.filter(isGlob), benchmark);
  const skipped = matcher(skip, benchmark);
  return checks.filter((candidate) => {
    const place = crosswalk.get(candidate.id)?.[benchmark];
    // A check that other versions have and this one lacks, or that the profile leaves out, runs only when asked for by name.
    const member = place !== undefined || !crosswalk.has(candidate.id);
    const inProfile = profile === 'level-2' || place === undefined || place.level === 1;
    const wanted = named(candidate) || (member && inProfile && (check.length === 0 || inGlob(candidate)));
    const inSection = section.length === 0 || section.includes(sectionOf(candidate, place?.number ?? null));
    return wanted && inSection && atLeast(candidate.severity, minSeverity) && !skipped(candidate);
  });
}

function matcher(patterns: readonly string[], benchmark: BenchmarkVersion): (check: Check) => boolean {
  const tests = patterns.map((pattern) => {
    const problem = unknownCheck(pattern, benchmark);
    if (problem !== null) throw new UsageError(problem);
    return fitting(pattern, benchmark);
  });
  return (check) => tests.some((fits) => fits(check));
}

/** Why a pattern chooses nothing; null where it does. */
export function unknownCheck(pattern: string, benchmark: BenchmarkVersion): string | null {
  return checks.some(fitting(pattern, benchmark)) ? null : `no check is called ${pattern}${suggest(pattern, benchmark)}`;
}

function fitting(pattern: string, benchmark: BenchmarkVersion): (check: Check) => boolean {
  const glob = toRegExp(pattern);
  return ({ id }) => glob.test(id) || glob.test(crosswalk.get(id)?.[benchmark]?.number ?? '');
}

function suggest(pattern: string, benchmark: BenchmarkVersion): string {
  if (!/^[\d.*?]+$/.test(pattern))
    return didYouMean(
      pattern,
      checks.map(({ id }) => id),
    );
  const others = checks.flatMap(({ id }) =>
    Object.entries(crosswalk.get(id) ?? {}).flatMap(([version, place]) => (place.number === pattern ? [`${id} (in ${version})`] : [])),
  );
  return others.length > 0
    ? ` in benchmark ${benchmark}; elsewhere it is ${[...new Set(others)].slice(0, 3).join(', ')}`
    : ` in benchmark ${benchmark} (hullguard checks lists them)`;
}

/** `container/*` and `5.?`; everything else is literal. */
export function toRegExp(glob: string): RegExp {
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`);
}

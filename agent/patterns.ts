/** How users name checks: by id, by number, or by a glob over either. */
import { type BenchmarkVersion, crosswalk } from '../checks/benchmark.ts';
import type { Check } from '../checks/check.ts';
import { checks } from '../checks/index.ts';
import { UsageError } from './errors.ts';
import { fits } from './globs.ts';
import { didYouMean } from './nearest.ts';

/** Whether one of the patterns fits a check. Throws UsageError for a pattern that fits none. */
export function matcher(
  patterns: readonly string[],
  benchmark: BenchmarkVersion,
  all: readonly Check[] = checks,
): (check: Check) => boolean {
  const tests = patterns.map((pattern) => {
    const problem = unknownCheck(pattern, benchmark, all);
    if (problem !== null) throw new UsageError(problem);
    return fitting(pattern, benchmark);
  });
  return (check) => tests.some((test) => test(check));
}

/** Why a pattern chooses nothing; null where it does. Among ours alone, nothing is known of the site's own. */
export function unknownCheck(pattern: string, benchmark: BenchmarkVersion, all: readonly Check[] = checks): string | null {
  if (all === checks && pattern.startsWith('site/')) return null;
  return all.some(fitting(pattern, benchmark)) ? null : `no check is called ${pattern}${suggest(pattern, benchmark, all)}`;
}

/** Whether the pattern fits a check. */
export function fitting(pattern: string, benchmark: BenchmarkVersion): (check: Check) => boolean {
  return ({ id }) => fits(pattern, id) || fits(pattern, crosswalk.get(id)?.[benchmark]?.number ?? '');
}

function suggest(pattern: string, benchmark: BenchmarkVersion, all: readonly Check[]): string {
  if (!/^[\d.*?]+$/.test(pattern))
    return didYouMean(
      pattern,
      all.map(({ id }) => id),
    );
  const others = all.flatMap(({ id }) =>
    Object.entries(crosswalk.get(id) ?? {}).flatMap(([version, place]) => (place.number === pattern ? [`${id} (in ${version})`] : [])),
  );
  return others.length > 0
    ? ` in benchmark ${benchmark}; elsewhere it is ${[...new Set(others)].slice(0, 3).join(', ')}`
    : ` in benchmark ${benchmark} (hullguard checks lists them)`;
}

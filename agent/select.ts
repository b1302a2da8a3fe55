/** Which checks an audit runs, and what leaves out the others. */
import { type BenchmarkVersion, crosswalk } from '../checks/benchmark.ts';
import type { Check, Severity } from '../checks/check.ts';
import { checks } from '../checks/index.ts';
import { atLeast } from './choices.ts';
import { UsageError } from './errors.ts';
import { isGlob } from './globs.ts';
import { didYouMean } from './nearest.ts';
import { matcher } from './patterns.ts';
import type { Profile } from './profiles.ts';
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

export interface Selected {
  /** With the severities of the profile. */
  readonly chosen: readonly Check[];
  /** Checks of what was asked for that are left out, and by what: a profile, `skip` or `minSeverity`. */
  readonly excluded: readonly { readonly check: string; readonly by: string }[];
}

/** Those of `all` that are asked for. Throws UsageError for a name that fits no check or section. */
export function selectChecks(
  { benchmark, profile, minSeverity, check, skip, section }: Selection,
  all: readonly Check[] = checks,
): Selected {
  for (const name of section) {
    if (!sections.includes(name))
      throw new UsageError(`unknown section ${name}${didYouMean(name, sections)} (sections: ${sections.join(', ')})`);
  }
  const named = matcher(
    check.filter((pattern) => !isGlob(pattern)),
    benchmark,
    all,
  );
  const inGlob = matcher(check.filter(isGlob), benchmark, all);
  const skipped = matcher(skip, benchmark, all);
  const chosen: Check[] = [];
  const excluded: { check: string; by: string }[] = [];
  for (const candidate of all) {
    const number = crosswalk.get(candidate.id)?.[benchmark]?.number ?? null;
    const inSection = section.length === 0 || section.includes(sectionOf(candidate, number));
    // A check that other versions have and this one lacks, or that the profile leaves out, runs only when asked for by name.
    const standing = named(candidate) ? ({ has: true } as const) : profile.standing(candidate);
    const asked = named(candidate) || check.length === 0 || inGlob(candidate);
    if (!inSection || !asked || (!standing.has && standing.by === null)) continue;
    const severity = profile.severityOf(candidate);
    const by = leftOut();
    if (by === null) chosen.push(severity === candidate.severity ? candidate : { ...candidate, severity });
    else excluded.push({ check: candidate.id, by });

    function leftOut(): string | null {
      if (skipped(candidate)) return 'skip';
      if (!standing.has) return `profile ${standing.by}`;
      return atLeast(severity, minSeverity) ? null : 'minSeverity';
    }
  }
  return { chosen, excluded };
}

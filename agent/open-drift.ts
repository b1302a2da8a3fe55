/** What differs now: from the baseline, or from a time. Pure. */
import { type Difference, type Drift, differences, keyOf, type Observation, type Observations } from './drift.ts';

/** Of the checks that both tell of: one that a newer hullguard has, or another profile leaves out, is no drift. */
export function againstBaseline(baseline: Observations, state: Observations): Difference[] {
  const known = checksOf(baseline);
  return differences(baseline, state, new Set([...checksOf(state)].filter((check) => known.has(check))));
}

function checksOf(observations: Observations): Set<string> {
  return new Set([...observations.values()].map(({ check }) => check));
}

/** `first`: of each check and resource that has drifted since a time, the first drift. What has become again as it was does not differ. */
export function againstTime(first: readonly Drift[], state: Observations): Difference[] {
  const before = new Map<string, Observation>();
  const after = new Map<string, Observation>();
  for (const drift of first) {
    const key = keyOf(drift);
    const { check, severity, resource } = drift;
    if (drift.before !== null) before.set(key, { check, severity, resource, ...drift.before });
    const now = state.get(key);
    if (now !== undefined) after.set(key, now);
  }
  return differences(before, after, new Set(first.map(({ check }) => check)));
}

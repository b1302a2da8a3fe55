/** What differs now from what was so at a time. Pure. */
import { type Difference, type Drift, differences, keyOf, type Observation, type Observations } from './drift.ts';

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

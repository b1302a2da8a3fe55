/** What differs now from what was so at a time. Pure. */
import { type Drift, differences } from './drift.ts';
import { type Difference, Observations } from './observations.ts';

/** `first`: of each check and resource that has drifted since a time, the first drift. What has become again as it was does not differ. */
export function againstTime(first: readonly Drift[], state: Observations): Difference[] {
  const before = first.flatMap(({ check, severity, resource, before }) =>
    before === null ? [] : [{ check, severity, resource, ...before }],
  );
  const after = first.flatMap((drift) => state.get(drift) ?? []);
  return differences(Observations.of(before), Observations.of(after), new Set(first.map(({ check }) => check)));
}

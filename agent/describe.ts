/** What a check is, in words: for `hullguard checks` and for the documentation. */
import { benchmarkVersions, crosswalk } from '../checks/benchmark.ts';
import { type Check, type Impact, strideNames } from '../checks/check.ts';
import { span } from '../checks/numbers.ts';
import { collectors } from '../facts/index.ts';

const COSTS: Readonly<Record<Impact, string>> = {
  none: 'nothing stops',
  reload: 'a reload of dockerd; containers keep running',
  restart: 'a restart of dockerd; containers stop unless live restore is on',
  recreate: 'containers or data made anew',
  reboot: 'a reboot',
};

const WAYS = {
  automatic: 'hullguard apply makes it pass, and hullguard rollback takes that back',
  instructed: 'hullguard plan prints the commands for each container; a person runs them',
  byHand: 'by hand',
} as const;

/** How far hullguard goes in mending what fails. */
function wayOf({ goal }: Check): keyof typeof WAYS {
  if (goal === undefined) return 'byHand';
  return goal === 'container-option' ? 'instructed' : 'automatic';
}

/** Label and text of each thing worth knowing about a check. */
export function describeCheck(check: Check): readonly (readonly [string, string])[] {
  const facts = check.needs.map((name) => (name === 'policy' ? 'the policy of your configuration' : collectors[name].describes));
  return [
    ['Why', check.rationale],
    ['Fix', check.fix],
    ['Apply', WAYS[wayOf(check)]],
    ['Costs', COSTS[check.impact]],
    ['Severity', check.severity],
    ['Threats', `${check.stride.map((letter) => strideNames[letter]).join(', ')} (surface: ${check.surface})`],
    ['Reads', facts.length === 0 ? 'nothing: a person decides' : facts.join('; ')],
    ['CIS Docker', numbers(check)],
  ];
}

/** `2.15 (level 1) in 1.1.0; 2.16 (level 1) in 1.3.1 to 1.7.0`. */
function numbers({ id }: Check): string {
  const places = crosswalk.get(id);
  if (places === undefined) return 'not in it: a check of our own';
  const groups = Map.groupBy(
    benchmarkVersions.filter((version) => places[version] !== undefined),
    (version) => `${places[version]?.number} (level ${places[version]?.level})`,
  );
  return [...groups].map(([number, versions]) => `${number} in ${span(versions, benchmarkVersions)}`).join('; ');
}

import { benchmarkVersions, type BenchmarkVersion, crosswalk } from '../../checks/benchmark.ts';
import type { Check, Stride } from '../../checks/check.ts';
import { checks } from '../../checks/index.ts';
import { collectors } from '../../facts/index.ts';
import { UsageError } from '../errors.ts';
import { didYouMean } from '../nearest.ts';
import type { Output } from '../output.ts';
import { wrap } from '../reporters/layout.ts';
import { sectionOf } from '../scan.ts';

const THREATS: Readonly<Record<Stride, string>> = {
  S: 'spoofing',
  T: 'tampering',
  R: 'repudiation',
  I: 'information disclosure',
  D: 'denial of service',
  E: 'elevation of privilege',
};

/** Lists the checks, or explains the one that is named, or tells what a number means in each benchmark version. */
export function listChecks(name: string | undefined, benchmark: BenchmarkVersion, output: Output): void {
  if (name === undefined) output.print(list(benchmark));
  else if (/^\d+(\.\d+)+$/.test(name)) output.print(meanings(name, output.width));
  else output.print(explain(find(name), output.width));
}

function list(benchmark: BenchmarkVersion): string {
  const rows = checks
    .filter(({ id }) => crosswalk.get(id)?.[benchmark] !== undefined || !crosswalk.has(id))
    .map((check) => ({ check, place: crosswalk.get(check.id)?.[benchmark] }));
  const lines = rows.map(({ check, place }) => `${(place?.number ?? '-').padEnd(6)} ${check.severity.padEnd(8)} ${check.id.padEnd(42)} ${check.title}`);
  return `${[`${'CIS'.padEnd(6)} ${'severity'.padEnd(8)} ${'check'.padEnd(42)} title (CIS Docker ${benchmark})`, ...lines].join('\n')}\n`;
}

function find(name: string): Check {
  const check = checks.find(({ id }) => id === name);
  if (check !== undefined) return check;
  throw new UsageError(`no check is called ${name}${didYouMean(name, checks.map(({ id }) => id))}`);
}

function explain(check: Check, width: number): string {
  const field = (label: string, value: string): string[] => wrap(value, Math.min(width, 100), ' '.repeat(12), `${label.padEnd(11)} `);
  const lines = [
    check.id,
    check.title,
    '',
    ...field('Why', check.rationale),
    ...field('Fix', check.fix),
    ...field('Costs', COSTS[check.impact]),
    ...field('Severity', check.severity),
    ...field('Threats', `${check.stride.map((letter) => THREATS[letter]).join(', ')} (surface: ${check.surface})`),
    ...field('Reads', check.needs.length === 0 ? 'nothing: a person decides' : check.needs.map(describeFact).join('; ')),
    ...field('CIS Docker', numbers(check)),
  ];
  return `${lines.join('\n')}\n`;
}

const COSTS: Readonly<Record<Check['impact'], string>> = {
  none: 'nothing stops',
  reload: 'a reload of dockerd; containers keep running',
  restart: 'a restart of dockerd; containers stop unless live restore is on',
  recreate: 'containers or data made anew',
  reboot: 'a reboot',
};

function describeFact(name: Check['needs'][number]): string {
  return name === 'policy' ? 'the policy of your configuration' : collectors[name].describes;
}

/** `2.15 in 1.1.0; 2.16 in 1.3.1 to 1.7.0`: neighbouring versions with one number together. */
function numbers({ id }: Check): string {
  const places = crosswalk.get(id);
  if (places === undefined) return 'not in it: a check of our own';
  const groups = Map.groupBy(
    benchmarkVersions.filter((version) => places[version] !== undefined),
    (version) => `${places[version]?.number} (level ${places[version]?.level})`,
  );
  return [...groups].map(([number, versions]) => `${number} in ${span(versions)}`).join('; ');
}

function span(versions: readonly string[]): string {
  return versions.length > 2 ? `${versions[0]} to ${versions.at(-1)}` : versions.join(' and ');
}

/** A number has moved between versions: each meaning it ever had. */
function meanings(number: string, width: number): string {
  const found = checks
    .map((check) => ({ check, versions: benchmarkVersions.filter((version) => crosswalk.get(check.id)?.[version]?.number === number) }))
    .filter(({ versions }) => versions.length > 0);
  if (found.length === 0) {
    const all = [...new Set([...crosswalk.values()].flatMap((places) => Object.values(places).map((place) => place.number)))];
    throw new UsageError(`no version of the benchmark has a control ${number}${didYouMean(number, all)}`);
  }
  const lines = found.flatMap(({ check, versions }) => [
    `${number} in CIS Docker ${span(versions)}: ${check.id}`,
    ...wrap(`${check.title} (${sectionOf(check, number)}). hullguard checks ${check.id} explains it.`, Math.min(width, 100), '  '),
  ]);
  return `${lines.join('\n')}\n`;
}

/** Profiles: which checks count, how much, and by which policy. Some are built in; others differ from one of those, or from each other. */
import { type BenchmarkVersion, benchmarkVersions, crosswalk, currentBenchmark } from '../checks/benchmark.ts';
import { type Check, type Severity, strides } from '../checks/check.ts';
import { isRecord } from '../facts/json.ts';
import { type Policy, policyChanges, policySchema } from '../facts/policy.ts';
import * as z from '../facts/schema.ts';
import { UsageError } from './errors.ts';
import { isGlob } from './globs.ts';
import { didYouMean } from './nearest.ts';
import { fitting, matcher, unknownCheck } from './patterns.ts';
import { severity } from './terms.ts';

export const DEFAULT_PROFILE = 'level-2';

const patterns = (description: string) => z.optional(z.array(z.string()).check(z.describe(description)));

const profileSchema = z.strictObject({
  extends: z.optional(
    z
      .string()
      .check(
        z.describe(`Profile that this one differs from: level-1, level-2, stride:LETTER or another of yours (default: ${DEFAULT_PROFILE})`),
      ),
  ),
  include: patterns('Checks that it has, too, by id, number or glob'),
  exclude: patterns('Checks that it leaves out, by id, number or glob; wins over include'),
  severity: z.optional(
    z
      .record(z.string(), severity)
      .check(z.describe('Severities that count in it, by id, number or glob of the checks; a check that is named wins over a glob')),
  ),
  policy: z.optional(policyChanges.check(z.describe('Policy values that count in it; lists take the place of those of the policy'))),
});

export const profilesSchema = z.record(z.string(), profileSchema);

type Delta = z.infer<typeof profileSchema>;
type Deltas = Readonly<Record<string, Delta>>;

/** What an audit goes by. */
export interface Profile {
  readonly name: string;
  /** Whether it has a check; if not, which profile leaves it out, or null where the benchmark version lacks it. */
  standing(check: Check): { readonly has: true } | { readonly has: false; readonly by: string | null };
  severityOf(check: Check): Severity;
  policyOf(policy: Policy): Policy;
}

type Place = { readonly level: 1 | 2 } | undefined;

const builtIn: ReadonlyMap<string, (check: Check, place: Place) => boolean> = new Map([
  ['level-1', (_check: Check, place: Place) => place === undefined || place.level === 1],
  ['level-2', () => true],
  ...strides.map((letter) => [`stride:${letter}`, ({ stride }: Check) => stride.includes(letter)] as const),
]);

/** The profile of that name. Throws UsageError where there is none, or it names checks that the benchmark version lacks. */
export function findProfile(name: string, deltas: Deltas, benchmark: BenchmarkVersion): Profile {
  const problem = unknownProfile(name, Object.keys(deltas));
  if (problem !== null) throw new UsageError(problem);
  const chain = lineage(name, deltas);
  const root = chain.at(-1) ?? name;
  const has = builtIn.get(root) ?? (() => true);
  const layers = chain
    .slice(0, -1)
    .reverse()
    .map((layer) => toLayer(layer, deltas[layer] ?? {}, benchmark));
  return {
    name,
    standing(check) {
      const place = crosswalk.get(check.id)?.[benchmark];
      const member = place !== undefined || !crosswalk.has(check.id);
      let by = member ? (has(check, place) ? undefined : root) : null;
      for (const layer of layers) {
        if (layer.names(check) || (member && layer.includes(check))) by = undefined;
        if (by === undefined && layer.excludes(check)) by = layer.name;
      }
      return by === undefined ? { has: true } : { has: false, by };
    },
    severityOf: (check) => layers.reduce((severity, layer) => layer.severityOf(check) ?? severity, check.severity),
    policyOf: (policy) =>
      policySchema.parse(
        chain
          .slice(0, -1)
          .reverse()
          .reduce<unknown>((base, layer) => laidOver(base, deltas[layer]?.policy), policy),
      ),
  };
}

/** What one profile says of checks. */
function toLayer(name: string, { include = [], exclude = [], severity = {} }: Delta, benchmark: BenchmarkVersion) {
  // What is named exactly comes last, and the last word counts.
  const severities = Object.entries(severity).toSorted(([left], [right]) => Number(isGlob(right)) - Number(isGlob(left)));
  for (const [pattern] of severities) matcher([pattern], benchmark);
  return {
    name,
    names: matcher(
      include.filter((pattern) => !isGlob(pattern)),
      benchmark,
    ),
    includes: matcher(include, benchmark),
    excludes: matcher(exclude, benchmark),
    severityOf: (check: Check) => severities.findLast(([pattern]) => fitting(pattern, benchmark)(check))?.[1],
  };
}

/** A profile, what it extends, and so on: the last one is built in. */
function lineage(name: string, deltas: Deltas): string[] {
  const chain = [name];
  for (let next = name; !builtIn.has(next); chain.push(next)) {
    next = deltas[next]?.extends ?? DEFAULT_PROFILE;
    if (chain.includes(next)) return [...chain, next];
  }
  return chain;
}

function unknownProfile(name: string, own: readonly string[]): string | null {
  const known = [...own, ...builtIn.keys()];
  if (known.includes(name)) return null;
  const same = known.filter((each) => each.toLowerCase() === name.toLowerCase());
  return `no profile is called ${name}${didYouMean(name, same.length > 0 ? same : known)} (profiles: ${known.join(', ')})`;
}

function laidOver(base: unknown, over: unknown): unknown {
  if (over === undefined) return base;
  if (!isRecord(base) || !isRecord(over)) return over;
  return { ...base, ...Object.fromEntries(Object.entries(over).map(([key, value]) => [key, laidOver(base[key], value)])) };
}

/** Something wrong with a name, and where it stands. */
export interface NameProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/**
 * What names lead nowhere in a configuration, whose values may be anything: whatever else is wrong with it, all is told at once.
 * `lists` are the paths of the lists that name checks.
 */
export function nameProblems(config: unknown, lists: readonly (readonly string[])[]): NameProblem[] {
  const version = at(config, ['benchmark']);
  const benchmark = benchmarkVersions.find((known) => known === version) ?? currentBenchmark;
  const profiles = at(config, ['profiles']);
  const own = isRecord(profiles) ? Object.keys(profiles) : [];
  const patterns = [...lists, ...own.flatMap((name) => ['include', 'exclude'].map((key) => ['profiles', name, key]))].flatMap((path) => {
    const list = at(config, path);
    return Array.isArray(list) ? list.map((pattern: unknown, index) => ({ path: [...path, index], pattern })) : [];
  });
  const rated = own.flatMap((name) => {
    const path = ['profiles', name, 'severity'];
    const severity = at(config, path);
    return isRecord(severity) ? Object.keys(severity).map((pattern) => ({ path: [...path, pattern], pattern })) : [];
  });
  return [
    ...[...patterns, ...rated].flatMap(({ path, pattern }) => {
      const problem = typeof pattern === 'string' ? unknownCheck(pattern, benchmark) : null;
      return problem === null ? [] : [{ path, message: problem }];
    }),
    ...[['profile'], ...own.map((name) => ['profiles', name, 'extends'])].flatMap((path) => {
      const name = at(config, path);
      const problem = typeof name === 'string' ? unknownProfile(name, own) : null;
      return problem === null ? [] : [{ path, message: problem }];
    }),
    ...own.flatMap((name) => badName(name)),
    ...circles(own, (name) => at(config, ['profiles', name, 'extends'])),
  ];
}

function badName(name: string): NameProblem[] {
  const path = ['profiles', name];
  if (builtIn.has(name)) return [{ path, message: 'this profile is built in: choose another name' }];
  return /^[A-Za-z0-9][\w.-]*$/.test(name)
    ? []
    : [{ path, message: 'expected a name of letters, digits, dots, dashes and underscores, a letter or digit first' }];
}

/** Each circle once, where its first profile stands. */
function circles(own: readonly string[], parentOf: (name: string) => unknown): NameProblem[] {
  const told = new Set<string>();
  return own.flatMap((name) => {
    const chain = [name];
    for (let next = parentOf(name); typeof next === 'string' && own.includes(next); next = parentOf(next)) {
      if (next === name && !told.has(name)) {
        for (const each of chain) told.add(each);
        return [{ path: ['profiles', name, 'extends'], message: `a circle: ${[...chain, name].join(' extends ')}` }];
      }
      if (chain.includes(next)) return [];
      chain.push(next);
    }
    return [];
  });
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => (isRecord(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined), value);
}

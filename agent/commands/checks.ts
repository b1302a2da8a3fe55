import { type BenchmarkVersion, crosswalk } from '../../checks/benchmark.ts';
import type { Check } from '../../checks/check.ts';
import { describeNumberings, meaningsOf, numberings } from '../../checks/numbers.ts';
import { loadConfig } from '../config.ts';
import { describeCheck } from '../describe.ts';
import { UsageError } from '../errors.ts';
import { didYouMean } from '../nearest.ts';
import type { Output } from '../output.ts';
import { wrap } from '../reporters/layout.ts';
import { everyCheck } from '../site/every-check.ts';

export interface ChecksOptions {
  readonly benchmark: BenchmarkVersion;
  readonly config?: string;
}

/** Lists the checks, or explains the one that is named, or tells what a number means in each benchmark version. */
export function listChecks(
  name: string | undefined,
  { benchmark, config }: ChecksOptions,
  output: Output,
  environment: NodeJS.ProcessEnv,
): void {
  // Only where it is named: the usual one may be for root alone to read.
  const all = everyCheck(config === undefined ? {} : loadConfig(config, environment));
  if (name === undefined) output.print(list(all, benchmark));
  else if (/^(c\.)?\d+(\.\d+)*(\.[a-z])?$/i.test(name)) output.print(meanings(all, name, output.width));
  else output.print(explain(find(all, name), output.width));
}

function list(all: readonly Check[], benchmark: BenchmarkVersion): string {
  const rows = all
    .filter(({ id }) => crosswalk.get(id)?.[benchmark] !== undefined || !crosswalk.has(id))
    .map((check) => ({ check, place: crosswalk.get(check.id)?.[benchmark] }));
  const lines = rows.map(
    ({ check, place }) => `${(place?.number ?? '-').padEnd(6)} ${check.severity.padEnd(8)} ${check.id.padEnd(42)} ${check.title}`,
  );
  return `${[`${'CIS'.padEnd(6)} ${'severity'.padEnd(8)} ${'check'.padEnd(42)} title (CIS Docker ${benchmark})`, ...lines].join('\n')}\n`;
}

function find(all: readonly Check[], name: string): Check {
  const check = all.find(({ id }) => id === name);
  if (check !== undefined) return check;
  throw new UsageError(
    `no check is called ${name}${didYouMean(
      name,
      all.map(({ id }) => id),
    )}`,
  );
}

function explain(check: Check, width: number): string {
  const field = (label: string, value: string): string[] => wrap(value, Math.min(width, 100), ' '.repeat(12), `${label.padEnd(11)} `);
  const details = describeCheck(check).flatMap(([label, value]) => field(label, value));
  return `${[check.id, check.title, '', ...details].join('\n')}\n`;
}

/** A number has moved between versions: each meaning it ever had. */
function meanings(all: readonly Check[], number: string, width: number): string {
  const found = meaningsOf(number);
  if (found.size === 0) {
    const known = [...new Set(numberings.flatMap((numbering) => [...numbering.checks.keys()]))];
    throw new UsageError(`no version of the benchmark or of docker-bench-security has a control ${number}${didYouMean(number, known)}`);
  }
  const blocks = [...found].map(([id, sources]) => {
    const { title } = find(all, id);
    return [
      ...wrap(`${number}: ${id}`, Math.min(width, 100), '  ', ''),
      ...wrap(`${title}.`, Math.min(width, 100), '  '),
      ...wrap(`${describeNumberings(sources)}.`, Math.min(width, 100), '  '),
    ];
  });
  return `${[...blocks.flat(), '', 'hullguard checks CHECK explains one.'].join('\n')}\n`;
}

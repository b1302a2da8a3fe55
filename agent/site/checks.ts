/** Checks that a site brings: the same shape as ours, judged in a thread of their own. */
import type { Check, Evidence, Judgement } from '../../checks/check.ts';
import { reasonOf } from '../../facts/host.ts';
import { type CollectorName, collectors, type FactName } from '../../facts/index.ts';
import * as z from '../../facts/schema.ts';
import { trustedFiles } from '../host/trusted.ts';
import type { SiteConfig } from '../site-config.ts';
import { impact, outcome, severity, stride, surface } from '../terms.ts';
import { Overdue, type SiteThread, siteThread } from './thread.ts';

const names: FactName[] = ['policy', ...(Object.keys(collectors) as CollectorName[])];
const text = (most: number) => z.string().check(z.minLength(1), z.maxLength(most));

const about = z.strictObject({
  id: z.string().check(z.regex(/^site\/[a-z0-9]+(-[a-z0-9]+)*$/, 'expected site/ and a name in lower case')),
  title: text(72),
  severity,
  stride: z.array(stride),
  surface,
  rationale: text(1000),
  fix: text(1000),
  impact,
  needs: z.array(z.enum(names)),
});

const evidence = z.strictObject({
  resource: text(1000),
  expected: text(1000),
  actual: z.string().check(z.maxLength(4000)),
  outcome,
  source: text(1000),
  /** Which resource that is, where a waiver may be limited to it. */
  subject: z.optional(
    z.union([z.strictObject({ container: text(1000) }), z.strictObject({ image: text(1000) }), z.strictObject({ path: text(4000) })]),
  ),
});

const judgement = z.union([z.array(evidence).check(z.maxLength(10_000)), z.strictObject({ notApplicable: text(1000) })]);

const MODULE = /\.(ts|js|mts|mjs|cts|cjs)$/;

/**
 * The checks in the directory of the configuration. A module that cannot be loaded is a check named after its file, whose finding is an error.
 * Throws UsageError where somebody other than root could change one of them.
 */
export function loadSiteChecks({ siteChecks }: SiteConfig): Check[] {
  if (siteChecks === undefined) return [];
  const files = trustedFiles(siteChecks.directory, 'site check');
  const thread = siteThread(files, siteChecks.timeout * 1000);
  const taken = new Set<string>();
  return files.filter((path) => MODULE.test(path) && !path.endsWith('.d.ts')).flatMap((path) => loadModule(path, thread, taken));
}

function loadModule(path: string, thread: SiteThread, taken: Set<string>): Check[] {
  try {
    const found = load(path, thread);
    const twice = found.find(({ id }, index) => taken.has(id) || found.findIndex((other) => other.id === id) < index);
    if (twice !== undefined) throw new Error(`there is a check ${twice.id} already`);
    for (const { id } of found) taken.add(id);
    return found;
  } catch (error) {
    return [broken(path, reasonOf(error), taken)];
  }
}

function load(path: string, thread: SiteThread): Check[] {
  const exported = z.array(z.object({ judges: z.boolean(), about: z.unknown() })).parse(thread.ask({ kind: 'load', path }));
  const runs = { generation: thread.generation };
  return exported.map(({ judges, about: definition }, index): Check => {
    const result = about.safeParse(definition);
    if (!result.success) throw new Error(`its default export is no check (${issueOf(result.error)})`);
    if (!judges) throw new Error(`${result.data.id} has no function judge`);
    let ended: string | null = null;
    return {
      ...result.data,
      judge(facts) {
        if (ended !== null) throw new Error(ended);
        const needed = Object.fromEntries(result.data.needs.map((name) => [name, facts[name]]));
        try {
          if (thread.generation !== runs.generation) {
            thread.ask({ kind: 'load', path });
            runs.generation = thread.generation;
          }
          return parseJudgement(thread.ask({ kind: 'judge', path, index, facts: needed }));
        } catch (error) {
          // The agent would stand still each time.
          if (error instanceof Overdue) ended = `${error.message}; it is not run again until hullguard starts or reloads`;
          throw error;
        }
      },
    };
  });
}

function parseJudgement(value: unknown): Judgement {
  const result = judgement.safeParse(value);
  if (!result.success) throw new Error(`what it returns is no evidence (${issueOf(result.error)})`);
  if (!Array.isArray(result.data)) return result.data;
  return result.data.map(({ subject, ...entry }): Evidence => ({ ...entry, ...(subject !== undefined && { subject }) }));
}

function issueOf({ issues: [issue] }: z.core.$ZodError): string {
  return `${issue?.path.join('.') || 'the whole'}: ${issue?.message ?? 'unexpected'}`;
}

function broken(path: string, reason: string, taken: Set<string>): Check {
  const file = path.slice(path.lastIndexOf('/') + 1).replace(MODULE, '');
  const name =
    file
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '') || 'module';
  let id = `site/${name}`;
  for (let number = 2; taken.has(id); number++) id = `site/${name}-${number}`;
  taken.add(id);
  return {
    id,
    title: 'The site’s own check can be loaded',
    severity: 'medium',
    stride: [],
    surface: 'host',
    rationale: 'A check that cannot be loaded watches nothing.',
    fix: `Mend ${path}.`,
    impact: 'none',
    needs: [],
    judge() {
      throw new Error(`${path}: ${reason}`);
    },
  };
}

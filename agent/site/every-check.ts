/** Every check there is for a configuration: ours, by its table of advisories, and those of the site. */
import { components } from '../../checks/advisories.ts';
import type { Check } from '../../checks/check.ts';
import { builtInVulnerabilities, knownVulnerabilities } from '../../checks/host/known-vulnerabilities.ts';
import { checks } from '../../checks/index.ts';
import { isRange } from '../../checks/versions.ts';
import * as z from '../../facts/schema.ts';
import { trustedPath } from '../host/trusted.ts';
import { parseJson, readInput } from '../input.ts';
import type { SiteConfig } from '../site-config.ts';
import { severity } from '../terms.ts';
import { loadSiteChecks } from './checks.ts';

const tableSchema = z.strictObject({
  date: z.iso.date(),
  advisories: z.array(
    z.strictObject({
      id: z.string().check(z.regex(/^[A-Z0-9-]{4,40}$/, 'expected a name such as CVE-2024-21626')),
      component: z.enum(components),
      severity,
      summary: z.string().check(z.minLength(1), z.maxLength(200)),
      affected: z.string().check(z.refine(isRange, 'expected ranges such as <1.1.14 || >=1.2.0-rc.1 <1.2.0-rc.3')),
      debian: z.optional(z.record(z.string(), z.string())),
    }),
  ),
});

/** Throws UsageError where a file of the site is not valid, or not root's alone. */
export function everyCheck(config: SiteConfig): readonly Check[] {
  const { advisories } = config;
  if (advisories === undefined && config.siteChecks === undefined) return checks;
  const ours =
    advisories === undefined ? checks : checks.map((check) => (check.id === builtInVulnerabilities.id ? byTable(advisories) : check));
  return [...ours, ...loadSiteChecks(config)];
}

function byTable(path: string): Check {
  const real = trustedPath(path, 'table of advisories');
  const { date, advisories } = parseJson(path, readInput(real, 'table of advisories'), tableSchema);
  return knownVulnerabilities({
    date,
    advisories: advisories.map(({ debian, ...advisory }) => ({ ...advisory, ...(debian !== undefined && { debian }) })),
  });
}

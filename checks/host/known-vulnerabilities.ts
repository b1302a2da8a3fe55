import type { Engine } from '../../facts/engine.ts';
import type { Packages } from '../../facts/packages.ts';
import { type Advisory, type AdvisoryTable, advisories, type Component, components } from '../advisories.ts';
import { type Check, defineCheck, type Evidence, fail, pass, passIf, review, type Verdict } from '../check.ts';
import { compareDebian, debianParts, fixesOf, isWithinRange } from '../versions.ts';

/** Packages that hold each part: those its makers build, and those of a distribution, which adds fixes and keeps the number. */
const PACKAGES: Readonly<Record<Component, { readonly made: readonly string[]; readonly distributed: readonly string[] }>> = {
  Engine: { made: ['docker-ce'], distributed: ['docker.io', 'moby-engine'] },
  containerd: { made: ['containerd.io'], distributed: ['containerd', 'moby-containerd'] },
  runc: { made: ['containerd.io'], distributed: ['runc', 'moby-runc'] },
};

/** As an engine built by Docker calls itself. */
const DOCKERS_OWN = /^Docker Engine - Community/;
const MOST_DAYS = 400;
const DAY = 86_400_000;

interface Part {
  readonly component: Component;
  readonly version: string;
  /** It is as its makers built it: its number tells all. */
  readonly unchanged: boolean;
  /** The package of the distribution that it comes from. */
  readonly package: { readonly name: string; readonly version: string } | undefined;
}

/** The check, by this table of advisories. */
export function knownVulnerabilities(table: AdvisoryTable): Check<'engine' | 'packages' | 'system'> {
  return defineCheck({
    id: 'host/known-vulnerabilities',
    title: 'No published flaw of dockerd, containerd or runc is on this host',
    severity: 'high',
    stride: ['E', 'D'],
    surface: 'host',
    rationale: 'Published flaws come with instructions: a container or a local user that follows them becomes root or stops the engine.',
    fix: 'Upgrade the part that is named to a version with the fix; where a distribution keeps the number, see its security tracker.',
    impact: 'restart',
    needs: ['engine', 'packages', 'system'],
    judge({ engine, packages, system }) {
      const parts = partsOf(engine, packages);
      if (parts.length === 0) return { notApplicable: 'the engine has no part that the table of advisories is about' };
      const found = parts.flatMap((part) =>
        table.advisories
          .filter(({ component }) => component === part.component)
          .map((advisory) => judgeOne(advisory, part, packages, table)),
      );
      return [judgeAge(table, system.at), ...found];
    },
  });
}

export const builtInVulnerabilities = knownVulnerabilities(advisories);

/** Parts by the engine's own word. Another engine than Docker's has numbers of its own. */
function partsOf({ version }: Engine, packages: Packages): Part[] {
  const told = version.Components.length > 0 ? version.Components : [{ Name: 'Engine', Version: version.Version }];
  if (!told.some(({ Name }) => Name === 'Engine')) return [];
  return told.flatMap(({ Name, Version }) => {
    const component = components.find((name) => name === Name);
    if (component === undefined) return [];
    const holding = (names: readonly string[]) =>
      packages.packages?.find(({ name, version: full }) => names.includes(name) && isOf(full, Version));
    const { made, distributed } = PACKAGES[component];
    const own = packages.packages?.some(({ name }) => made.includes(name)) ?? false;
    const given = holding(distributed);
    // `1.0.0-rc6+dev` is more than its number says.
    const unchanged = given === undefined && !Version.includes('+') && (own || DOCKERS_OWN.test(version.Platform?.Name ?? ''));
    return [{ component, version: Version, unchanged, package: given }];
  });
}

/** A package is of the program that runs where its number is the program's. */
function isOf(full: string, version: string): boolean {
  return debianParts(full).upstream === version || full.replace(/^\d+:/, '') === version;
}

function judgeOne(advisory: Advisory, part: Part, packages: Packages, table: AdvisoryTable): Evidence {
  const { id, severity, summary, affected } = advisory;
  return {
    resource: `${part.component} ${id}`,
    expected: `without ${id} (${severity}): ${summary}`,
    source: `docker version and the advisories of ${table.date}`,
    ...verdict(advisory, part, packages, `${part.version}; fixed in ${fixesOf(affected)}`),
  };
}

/** Never a fail where a distribution may have the fix under the old number, never a pass where that is not known. */
function verdict({ affected, debian }: Advisory, part: Part, { distribution }: Packages, actual: string): Verdict {
  const within = isWithinRange(part.version, affected);
  if (within === null) return review(`${part.version} is no version that can be compared`);
  if (!within) return pass(part.version);
  if (part.unchanged) return fail(actual);
  if (part.package === undefined) return review(`${actual}; whether its supplier has the fix is not known here`);
  const { name, version } = part.package;
  const fixed = distribution.id === 'debian' ? debian?.[distribution.codename] : undefined;
  if (fixed !== undefined) return passIf(compareDebian(version, fixed) >= 0, `package ${name} ${version}; Debian fixed it in ${fixed}`);
  return review(
    `${actual}; whether package ${name} ${version} has the fix, the security tracker of ${distribution.id || 'its distribution'} tells`,
  );
}

/** A table that is never renewed finds nothing new. */
function judgeAge({ date }: AdvisoryTable, at: number): Evidence {
  const age = Math.floor((at - Date.parse(date)) / DAY);
  const base = { resource: 'advisories', expected: `a table not older than ${MOST_DAYS} days`, source: 'the table itself' };
  return { ...base, ...(age <= MOST_DAYS ? pass(`of ${date}`) : review(`of ${date}, ${age} days ago: name a newer one in advisories`)) };
}

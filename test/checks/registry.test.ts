import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { benchmarkVersions, crosswalk } from '../../checks/benchmark.ts';
import { checks } from '../../checks/index.ts';
import { collectors } from '../../facts/index.ts';
import catalogue from '../catalogue.json' with { type: 'json' };

interface Control {
  readonly slug: string;
  readonly status: string;
  /** Its number in each benchmark version that has it. */
  readonly ids: { readonly [version: string]: string };
  /** Its level, in the versions whose levels are known. */
  readonly levels: { readonly [version: string]: number };
}

const controls: readonly Control[] = catalogue;
const ids = checks.map(({ id }) => id);

describe('checks', () => {
  test('have ids of their own', () => {
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    expect(
      ids.filter((id) => !/^(host|daemon|files|image|container|ops|swarm|client|enterprise|community)\/[a-z0-9]+(-[a-z0-9]+)*$/.test(id)),
    ).toEqual([]);
  });

  test.each(checks.map((check) => [check.id, check] as const))('%s speaks in the style of the project', (_, check) => {
    expect(check.title.length).toBeLessThanOrEqual(72);
    expect(check.title).toMatch(/^([A-Z]|\/etc\/)/); // a path keeps its spelling
    expect(check.title).not.toMatch(
      /\.$|\bensure\b|^(Verify|Check|Set|Use|Do|Make|Enable|Disable|Run|Limit|Restrict|Avoid|Keep|Configure)\b/i,
    );
    for (const text of [check.rationale, check.fix]) {
      expect(text).toMatch(/^\S.{10,}\S$/s);
      expect(text).not.toMatch(/\bensure\b/i);
    }
    expect(check.stride.length).toBe(new Set(check.stride).size);
    expect(check.stride).not.toEqual([]);
    expect(check.needs.filter((name) => name !== 'policy' && !(name in collectors))).toEqual([]);
    expect(check.needs.length).toBe(new Set(check.needs).size);
  });

  test('lie in files that the registry reaches', () => {
    const root = path.resolve(import.meta.dirname, '../../checks');
    const files = fs.readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    const seen = reach(path.join(root, 'index.ts'), new Set());
    // Numbers and threats are for those who report; checks know neither their numbers nor what they are good against.
    const unseen = files.filter((name) => !seen.has(path.join(root, name)) && !/^threats(\/|\.ts$)/.test(name));
    expect(unseen).toEqual(['benchmark.ts', 'numbers.ts']);
  });
});

/** Every file that this one imports, and what those import. */
function reach(file: string, seen: Set<string>): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const source = fs.readFileSync(file, 'utf8');
  for (const [, name = ''] of source.matchAll(/from '(\.[^']+)'/g)) reach(path.resolve(path.dirname(file), name), seen);
  return seen;
}

describe.each(benchmarkVersions)('benchmark %s', (version) => {
  const numbered = controls.filter((control) => version in control.ids);

  test.each(numbered.map((control) => [control.ids[version], control.slug, control] as const))('%s is %s', (number, slug, control) => {
    expect(ids.filter((id) => id === slug)).toEqual([slug]);
    const place = crosswalk.get(slug)?.[version];
    expect(place?.number).toBe(number);
    expect(place?.level).toBe(control.levels[version] ?? place?.level);
  });

  test('has no other numbers, and each once', () => {
    const ours = [...crosswalk].flatMap(([slug, places]) => (version in places ? [slug] : []));
    expect(ours.toSorted()).toEqual(numbered.map(({ slug }) => slug).toSorted());
    expect(new Set(numbered.map((control) => control.ids[version])).size).toBe(numbered.length);
  });
});

test('the levels that no source tells are those of 1.6.0', () => {
  for (const places of crosswalk.values()) {
    const levels = benchmarkVersions.slice(1).flatMap((version) => places[version]?.level ?? []);
    expect(new Set(levels).size).toBeLessThanOrEqual(1);
  }
});

test('every active control of the catalogue has a check, examples have none', () => {
  expect(controls.filter(({ slug, status }) => status === 'active' && !ids.includes(slug))).toEqual([]);
  expect(controls.filter(({ slug, status }) => status === 'example' && ids.includes(slug))).toEqual([]);
});

test('what is in no benchmark is a community check or our own', () => {
  const ours = ids.filter((id) => !crosswalk.has(id)).toSorted();
  const community = controls.filter(({ slug, status }) => slug.startsWith('community/') && status === 'active').map(({ slug }) => slug);
  expect(community).toHaveLength(4);
  expect(ours).toEqual(expect.arrayContaining(community));
  expect(ours.filter((id) => controls.some(({ slug }) => slug === id)).toSorted()).toEqual(community.toSorted());
});

/** Rules of the repository that no tool enforces. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const root = path.dirname(import.meta.dirname);
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter((name) => name !== '' && fs.existsSync(path.join(root, name)));
const sources = tracked.filter((name) => name.endsWith('.ts'));
const product = sources.filter((name) => /^(facts|checks|remediations|agent)\//.test(name));

function read(name: string): string {
  return fs.readFileSync(path.join(root, name), 'utf8');
}

test('each package is imported in one file of the product', () => {
  const code = product.filter((name) => !name.endsWith('.d.ts'));
  const imports = code.flatMap((name) =>
    [...read(name).matchAll(/(?:from|import\()\s*'([^'.][^']*)'/g)].map((match) => ({ name, from: match[1] ?? '' })),
  );
  const packages = Map.groupBy(
    imports.filter(({ from }) => !from.startsWith('node:')),
    ({ from }) => from.split('/')[0] ?? '',
  );
  for (const [name, users] of packages) {
    expect(new Set(users.map((user) => user.name)).size, `${name}: ${users.map((user) => user.name).join(', ')}`).toBe(1);
  }
});

test('no source file has more than 300 lines', () => {
  const long = sources.map((name) => ({ name, lines: read(name).split('\n').length })).filter(({ lines }) => lines > 301);
  expect(long).toEqual([]);
});

test('tests mock nothing of ours and leave nothing out', () => {
  const forbidden = /\bvi\.mock\(|\.(skip|todo|only)\(/;
  expect(sources.filter((name) => !['test/repository.test.ts', 'test/lab/suite.ts'].includes(name) && forbidden.test(read(name)))).toEqual(
    [],
  );
});

test('no type is cast away', () => {
  expect(product.filter((name) => /\bas any\b|: any\b|@ts-(ignore|expect-error|nocheck)/.test(read(name)))).toEqual([]);
});

test('links between documents lead somewhere, to headings, too', () => {
  const links = tracked
    .filter((name) => name.endsWith('.md'))
    .flatMap((name) =>
      [...read(name).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)].map(([, file = '', heading]) => ({
        name,
        to: file === '' ? name : path.join(path.dirname(name), file),
        heading,
      })),
    );
  expect(links.length).toBeGreaterThan(100);
  const dead = links.filter(
    ({ to, heading }) => !fs.existsSync(path.join(root, to)) || (heading !== undefined && !headings(to).includes(heading)),
  );
  expect(dead).toEqual([]);
});

/** As sites that show Markdown name them: in lower case, without punctuation, dashes for blanks. */
function headings(name: string): string[] {
  return [...read(name).matchAll(/^#+ (.*)$/gm)].map(([, text = '']) =>
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

interface Locked {
  readonly version: string;
  readonly license?: string;
  readonly hasInstallScript?: true;
  readonly dev?: true;
}

describe('what ships', () => {
  const { dependencies, scripts } = JSON.parse(read('package.json')) as Record<'dependencies' | 'scripts', Record<string, string>>;
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> };
  const locked = (name: string): Locked | undefined => packages[`node_modules/${name}`];

  test('is what the page of dependencies says', () => {
    const rows = [...read('docs/dependencies.md').matchAll(/^\| ([\w-]+) \| (\d[\w.]+) \| ([\w.-]+) \|/gm)].map(([, ...row]) => row);
    expect(rows).toEqual(Object.keys(dependencies).map((name) => [name, locked(name)?.version, locked(name)?.license]));
    expect(rows.map(([name = '', version]) => [name, version])).toEqual(Object.entries(dependencies)); // exact, no range
  });

  test('runs no script when it is installed, and has nothing built in that would', () => {
    expect(Object.keys(dependencies).filter((name) => locked(name)?.hasInstallScript)).toEqual([]);
    const further = Object.entries(packages).filter(([, { dev, hasInstallScript }]) => hasInstallScript && !dev);
    const names = further.map(([place]) => place.replace(/^.*node_modules\//, ''));
    expect(
      names.filter((name) => !new RegExp(`--(alias:${name}=./agent/host/unused.cjs|external:${name}) `).test(scripts['build'] ?? '')),
    ).toEqual([]);
    expect(names.filter((name) => !read('docs/dependencies.md').includes(`\`${name}\``))).toEqual([]);
  });
});

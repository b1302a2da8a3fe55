/** Rules of the repository that no tool enforces. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

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
  const imports = product.flatMap((name) =>
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

test('links between documents lead somewhere', () => {
  const dead = tracked
    .filter((name) => name.endsWith('.md'))
    .flatMap((name) =>
      [...read(name).matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)]
        .map((match) => path.join(path.dirname(name), match[1] ?? ''))
        .filter((target) => !fs.existsSync(path.join(root, target)))
        .map((target) => `${name}: ${target}`),
    );
  expect(dead).toEqual([]);
});

/** What documentation shows of the configuration is valid, and the example shows all of it. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { printSchema } from '../../agent/commands/schema.ts';
import { type KeySchema, keysOf } from '../../agent/config-keys.ts';
import { mergeYaml } from '../../agent/yaml.ts';
import { load } from './configured.ts';

const root = path.join(import.meta.dirname, '../..');
const example = fs.readFileSync(path.join(root, 'docs/config.example.yaml'), 'utf8');

const pages = ['README.md', 'CONTRIBUTING.md', ...fs.globSync('docs/**/*.md', { cwd: root })];
/** YAML of other programs says so behind the word: ```yaml prometheus. */
const snippets = pages.flatMap((page) =>
  [...fs.readFileSync(path.join(root, page), 'utf8').matchAll(/^( *)```ya?ml\n(.*?)^\1```$/gms)].map(
    ([, indent = '', text = ''], index) => ({
      name: `${page}, ${index + 1}`,
      text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    }),
  ),
);

test('there are snippets', () => {
  expect(snippets.length).toBeGreaterThan(4);
});

test.each(snippets)('$name', ({ text }) => {
  expect(load(text)).toBeTypeOf('object');
});

test('the example is valid', () => {
  expect(load(example)).toBeTypeOf('object');
});

test('the example has every key', () => {
  const { places } = mergeYaml([{ path: 'example', text: example }]);
  const keys = keysOf(JSON.parse(printSchema('config')) as KeySchema).map(({ name }) => name);
  const missing = keys
    .filter((name) => !name.startsWith('profiles.NAME.policy.'))
    .filter((name) => places(name.replace('NAME', 'edge').replace('[]', '.0').split('.')).length === 0);
  expect(missing).toEqual([]);
});

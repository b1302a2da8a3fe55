/** Every key of the configuration: what it takes, what it does not, and what is said then. */
import { describe, expect, test } from 'vitest';
import { printSchema } from '../../agent/commands/schema.ts';
import { type KeySchema, keysOf } from '../../agent/config-keys.ts';
import { schemaTester } from '../json-schema.ts';
import { rows } from './config-rows.ts';
import { load } from './configured.ts';

const schema = JSON.parse(printSchema('config')) as KeySchema;
const keys = keysOf(schema);

/** What items of lists cannot be without; of the first two keys of `containers` one. */
const NEEDED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'containers[]': { image: 'x', label: 'x' },
  'add[]': { id: 'site/y', surface: 'host', stride: 'I', threat: 'A.', checks: '[]' },
};

/** `policy.containers[].image` as it stands in a file, and as messages name it. */
function place(name: string, value: string): { readonly yaml: string; readonly path: string } {
  const steps = name.replaceAll('NAME', 'mine').split('.');
  const lines: string[] = [];
  let indent = '';
  for (const [index, step] of steps.entries()) {
    const last = index === steps.length - 1;
    const key = step.replace('[]', '');
    lines.push(`${indent}${key}:${last ? ` ${value}` : ''}`);
    indent += '  ';
    // What a group cannot be without.
    if (step === 'siteChecks' && !last && steps[index + 1] !== 'directory') lines.push(`${indent}directory: /x`);
    if (step === 'webhook' && !last && steps[index + 1] !== 'url') lines.push(`${indent}url: https://example.com`);
    if (step.endsWith('[]')) {
      const others = Object.entries(NEEDED[step] ?? {}).filter(([other]) => other !== steps[index + 1]);
      lines.push(...others.map(([other, text], each) => `${indent}${each === 0 ? '-' : ' '} ${other}: ${text}`));
      indent += '  ';
    }
  }
  return { yaml: `${lines.join('\n')}\n`, path: steps.map((step) => step.replace('[]', '.0')).join('.') };
}

function literally(text: string): string {
  return text.replace(/[.[\]()|?*+^$]/g, '\\$&');
}

/** What is said when the value, or something in it, is wrong. */
function complaint(path: string, message: string): RegExp {
  return new RegExp(`^FILE: line \\d+, column \\d+: ${literally(path)}${literally(message.startsWith('.') ? message : `: ${message}`)}$`);
}

test('each has a row here, and a description', () => {
  expect(Object.keys(rows).toSorted()).toEqual(keys.map(({ name }) => name).toSorted());
  expect(keys.filter(({ schema: { description } }) => (description ?? '') === '').map(({ name }) => name)).toEqual([]);
});

test('each row has values that are taken, values that are not, and one of another type', () => {
  const poor = Object.entries(rows).filter(
    ([, { valid, invalid }]) => valid.length === 0 || !invalid.some(([, message]) => /received|one of/.test(message)),
  );
  expect(poor.map(([name]) => name)).toEqual([]);
});

const complaintOfSchema = schemaTester(printSchema('config'));

describe.each(Object.entries(rows))('%s', (name, { valid, invalid }) => {
  test('takes', () => {
    for (const value of valid) {
      const { yaml, path } = place(name, value);
      expect(load(yaml), value).toHaveProperty(path.split('.'));
    }
  });

  test('does not take', () => {
    for (const [value, message] of invalid) {
      const { yaml, path } = place(name, value);
      expect(load(yaml), value).toMatch(complaint(path, message));
    }
  });

  test('misspelt is unknown, and told', () => {
    const [, group = '', key = ''] = /^(.*\.)?([^.]+)$/.exec(name) ?? [];
    const { yaml, path } = place(`${group}${key}${key.at(-1)}`, valid[0] ?? '');
    expect(load(yaml)).toMatch(
      new RegExp(`^FILE: line \\d+, column \\d+: unknown key ${literally(path)}, did you mean ([\\w]+ or )*${key}[ ?]`),
    );
  });
});

test('the published schema agrees on types', async () => {
  const { parse } = await import('yaml');
  for (const [name, { valid, invalid }] of Object.entries(rows)) {
    for (const value of valid) expect(complaintOfSchema(parse(place(name, value).yaml)), `${name}: ${value}`).toBeNull();
    for (const [value, message] of invalid)
      if (/received (?!undefined|Infinity)|one of/.test(message))
        expect(complaintOfSchema(parse(place(name, value).yaml)), `${name}: ${value}`).not.toBeNull();
  }
});

/** Names, paths and commands come from the host: in what a person pastes they are text and nothing else. */
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Container } from '../../facts/containers.ts';
import type { Facts } from '../../facts/index.ts';
import { recreateSteps } from '../../remediations/container-option.ts';
import { bareWith, composed, containerOf, label, ofCompose, privileged, yamlOf } from './containers.ts';

// Every character but half of one.
const anything = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 });
const nasty = fc.oneof(
  anything,
  fc.constantFrom(
    "'; touch x #",
    '$(id)',
    '`id`',
    '\n',
    "'\n",
    '\\',
    '"',
    '-x',
    '--',
    ' ',
    '\r\n#',
    '$' + '{x}',
    '\u2028',
    '\ud83d\ude00',
    '#',
    'a: b',
    '!x',
    '&&',
  ),
);

/** What a real shell calls `docker` with; nothing else can run. What is no shell's may fail, and must do nothing. */
function callsOf(steps: readonly string[], expected: { readonly failing: boolean } = { failing: false }): string[][] {
  const script = `docker() { for word; do printf '%s\\0' "$word"; done; printf '\\n\\0'; }\nhash() { return 1; }\n${steps.join('\n')}\nexit 0\n`;
  const { stdout, stderr, status } = spawnSync('/bin/sh', [], { input: script, env: { PATH: '/nowhere' }, encoding: 'utf8' });
  expect(status).toBe(0);
  if (!expected.failing) expect(stderr).toBe('');
  const calls: string[][] = [[]];
  for (const word of stdout.split('\0').slice(0, -1)) {
    if (word === '\n') calls.push([]);
    else calls.at(-1)?.push(word);
  }
  return calls.slice(0, -1);
}

const base = containerOf(bareWith({}));

/** A container whose every text is the host's. */
async function nastyContainer(text: (key: string) => string): Promise<{ container: Container; facts: Partial<Facts> }> {
  const { container, facts } = await base;
  const { Config, HostConfig } = container;
  const Mounts = [
    { Type: 'bind', Name: '', Source: text('source'), Destination: text('target'), RW: true, Propagation: '', HostPath: null },
  ];
  const made = {
    ...container,
    Name: `/${text('name')}`,
    Mounts,
    Config: {
      ...Config,
      Hostname: text('host'),
      User: text('user'),
      Image: text('image'),
      Labels: { [text('label')]: text('value') },
      Entrypoint: [text('entry')],
      Cmd: [text('command'), text('word')],
      Env: [text('variable')],
    },
    HostConfig: {
      ...HostConfig,
      NetworkMode: text('network'),
      CapAdd: [text('capability')],
      SecurityOpt: [text('option')],
      ExtraHosts: [text('extra')],
    },
  };
  return { container: made, facts: { ...facts, containers: { containers: [made], unreadable: [] } } };
}

const texts = fc.dictionary(
  fc.constantFrom(
    'name',
    'source',
    'target',
    'host',
    'user',
    'image',
    'label',
    'value',
    'entry',
    'command',
    'word',
    'variable',
    'network',
    'capability',
    'option',
    'extra',
  ),
  nasty,
);

test('a real shell reads what the host calls its things as words and nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(texts, async (given) => {
      const text = (key: string): string => given[key]?.replaceAll(/\0|^\n$/g, '') || key;
      const { container, facts } = await nastyContainer(text);
      const calls = callsOf(recreateSteps(container, [privileged, { advice: text('value') }], facts));
      const name = text('name');
      const operand = (...words: string[]): string[] => (words.some((word) => word.startsWith('-')) ? ['--', ...words] : words);
      expect(calls[0]).toEqual(['stop', ...operand(name)]);
      expect(calls[1]).toEqual(['rename', ...operand(name, `${name}-before`)]);
      const made = calls.find(([verb]) => verb === 'run' || verb === 'create') ?? [];
      expect(made.slice(made.indexOf('--name'), made.indexOf('--name') + 2)).toEqual(['--name', name]);
      for (const [flag, value] of [
        ['--user', text('user')],
        ['--env', text('variable')],
        ['--label', `${text('label')}=${text('value')}`],
        ['--cap-add', text('capability')],
      ] as const)
        expect(
          made.some((word, index) => word === flag && made[index + 1] === value),
          flag,
        ).toBe(true);
      expect(made.slice(-3 - operand(text('image')).length + 1)).toEqual([...operand(text('image')), text('command'), text('word')]);
    }),
    { numRuns: 150 },
  );
});

test('a shell that takes # for a command runs nothing else either', async () => {
  await fc.assert(
    fc.asyncProperty(texts, async (given) => {
      const { container, facts } = await nastyContainer((key) => given[key]?.replaceAll(/\0|^\n$/g, '') || key);
      const steps = recreateSteps(container, [privileged, { advice: `put ${given['value']} for NAME` }], facts);
      expect(callsOf(steps.map((step) => step.replace(/^# /, 'hash ')))).toEqual(callsOf(steps));
    }),
    { numRuns: 50 },
  );
});

test('YAML that gets into a shell by mistake runs nothing', { timeout: 120_000 }, async () => {
  const { container } = await containerOf(ofCompose({}));
  fc.assert(
    fc.property(nasty, nasty, (service, text) => {
      fc.pre(service !== '\n' && !service.includes('\0'));
      const Labels = { ...composed, [label('service')]: service };
      const options = { HostConfig: { SecurityOpt: [text], Ulimits: [{ Name: text, Soft: 1, Hard: 1 }] }, Config: { User: text } };
      const steps = recreateSteps({ ...container, Config: { ...container.Config, Labels } }, [options]);
      expect(callsOf(steps, { failing: true })).toEqual(callsOf(steps.filter((step) => step.startsWith('docker'))));
    }),
    { numRuns: 100 },
  );
});

test('a comment is one line, whatever it tells of', async () => {
  await fc.assert(
    fc.asyncProperty(texts, async (given) => {
      const { container, facts } = await nastyContainer((key) => given[key] ?? key);
      for (const step of recreateSteps(container, [privileged, { advice: given['value'] ?? '' }], facts))
        if (step.startsWith('# ')) expect(step).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }),
  );
});

test('YAML has what the host calls its things as texts and nothing else', async () => {
  const { container } = await containerOf(ofCompose({}));
  fc.assert(
    fc.property(nasty, nasty, nasty, nasty, (service, option, user, path) => {
      const made = {
        ...container,
        Config: { ...container.Config, Labels: { ...composed, [label('service')]: service, [label('project.config_files')]: `/${path}` } },
      };
      const mount = { Type: 'bind', Name: '', Source: path, Destination: user, RW: true, Propagation: 'rshared', HostPath: null };
      const steps = recreateSteps({ ...made, Mounts: [mount] }, [
        { HostConfig: { SecurityOpt: [option] }, Config: { User: user }, Mounts: [{ ...mount, Propagation: 'rprivate' }] },
      ]);
      const doubled = (text: string): string => text.replaceAll('$', '$$$$');
      expect(yamlOf(steps)).toEqual({
        services: {
          [service]: {
            security_opt: [doubled(option)],
            user: doubled(user),
            volumes: [{ type: 'bind', source: doubled(path), target: doubled(user), read_only: false, bind: { propagation: 'rprivate' } }],
          },
        },
      });
      for (const step of steps.slice(0, -2)) expect(step).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }),
    { numRuns: 300 },
  );
});

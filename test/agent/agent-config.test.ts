import { expect, test } from 'vitest';
import { agentSchema } from '../../agent/agent-config.ts';
import * as z from '../../facts/schema.ts';
import { load } from './configured.ts';

const onOff = { valid: ['true', 'false'], invalid: [['yes', 'expected boolean, received string']] } as const;
const wholeNumber = {
  valid: ['1', '30'],
  invalid: [
    ['0', 'expected number to be >0'],
    ['1.5', 'expected int, received number'],
  ],
} as const;
const choice = (...all: readonly string[]) =>
  ({ valid: all, invalid: [['other', `expected one of ${all.map((one) => `"${one}"`).join('|')}`]] }) as const;
const path = { valid: ['/var/lib/x.prom'], invalid: [['x.prom', 'expected an absolute path']] } as const;

/** What is wrong with each value, by where it stands below `agent`. */
const agent: Readonly<Record<string, { readonly valid: readonly string[]; readonly invalid: readonly (readonly [string, string])[] }>> = {
  schedule: {
    valid: ['17 3 * * *', '"*/15 0-6,22 1,15 jan-MAR mon-fri"', '0 4 * * 7', '0-30/10 * * * *'],
    invalid: [
      ['daily', 'expected five fields (minute, hour, day, month, weekday), found 1'],
      ['""', 'expected five fields (minute, hour, day, month, weekday), found 0'],
      ['0 0 3 * * *', 'expected five fields (minute, hour, day, month, weekday), found 6'],
      ['60 3 * * *', 'expected a minute from 0 to 59, or *, a range, or a step, found "60"'],
      ['0 5-1 * * *', 'expected a hour from 0 to 23, or *, a range, or a step, found "5-1"'],
      ['0 3 0 * *', 'expected a day of the month from 1 to 31, or *, a range, or a step, found "0"'],
      ['0 3 * mon *', 'expected a month from 1 to 12, or *, a range, or a step, found "mon"'],
      ['0 3 * * 1,8', 'expected a day of the week from 0 to 7, or *, a range, or a step, found "8"'],
      ['"*/0 3 * * *"', 'expected a minute from 0 to 59, or *, a range, or a step, found "*/0"'],
    ],
  },
  watch: onOff,
  settleMs: {
    valid: ['0', '60000'],
    invalid: [
      ['-1', 'expected number to be >=0'],
      ['60001', 'expected number to be <=60000'],
    ],
  },
  'log.format': choice('text', 'json'),
  'log.level': choice('crit', 'error', 'warn', 'notice', 'info', 'debug'),
  'webhook.url': {
    valid: ['https://example.com/x?token=y', 'http://localhost:8080/', 'http://[::1]/', 'http://127.0.0.1'],
    invalid: [
      ['example.com', 'expected an https or http address'],
      ['file:///etc/passwd', 'expected an https or http address'],
      ['http://example.com/token', 'http is for this host alone unless webhook.allowHttp is true'],
      ['http://localhost.example.com/', 'http is for this host alone unless webhook.allowHttp is true'],
    ],
  },
  'webhook.secretFile': path,
  'webhook.minSeverity': choice('low', 'medium', 'high', 'critical'),
  'webhook.allowHttp': onOff,
  metricsFile: {
    ...path,
    invalid: [...path.invalid, ['/x.txt', 'expected a name that ends in .prom, or node_exporter does not read it']],
  },
  retentionDays: wholeNumber,
  'remediate.enabled': onOff,
  'remediate.maxImpact': choice('none', 'reload', 'restart'),
  'remediate.checks': {
    valid: ['[]', '["*", files/*, "2.2"]'],
    invalid: [['files/*', 'expected array, received string']],
  },
  'remediate.window': {
    valid: ['00:00-00:00', '22:00-05:59'],
    invalid: [
      ['22-05', 'expected HH:MM-HH:MM'],
      ['22:00-24:00', 'expected HH:MM-HH:MM'],
    ],
  },
  'remediate.maxPerDay': wholeNumber,
};

function escaped(text: string): string {
  return text.replace(/[.[\]()|?*]/g, '\\$&');
}

/** As an item of a flow mapping, in which brackets and colons mean something. */
function quoted(value: string): string {
  return /^[[{"]|^(true|false|[\d.]+)$/.test(value) ? value : JSON.stringify(value);
}

/** Keys of the agent's section, those of inner sections with theirs before them. */
function keysOf({ properties = {} }: z.core.JSONSchema.BaseSchema): string[] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const inner = typeof schema === 'object' ? keysOf(schema) : [];
    return inner.length === 0 ? [name] : inner.map((key) => `${name}.${key}`);
  });
}

test('every key of the agent is tried here', () => {
  expect(Object.keys(agent).toSorted()).toEqual(keysOf(z.toJSONSchema(agentSchema, { io: 'input' })).toSorted());
});

test.each(Object.entries(agent))('agent.%s', (key, { valid, invalid }) => {
  const [outer = '', inner] = key.split('.');
  const url = outer === 'webhook' && inner !== 'url' ? 'url: https://example.com, ' : '';
  const write = (value: string): string => `agent:\n  ${outer}: ${inner === undefined ? value : `{${url}${inner}: ${quoted(value)}}`}\n`;
  for (const value of valid) expect(load(write(value)), value).toHaveProperty(`agent.${key}`);
  for (const [value, message] of invalid)
    expect(load(write(value)), value).toMatch(new RegExp(`^FILE: line 2, column \\d+: agent\\.${key}: ${escaped(message)}$`));
});

test('checks to mend must exist', () => {
  expect(load('agent:\n  remediate: {checks: [files/nothing]}\n')).toMatch(
    /^FILE: line 2, column \d+: agent\.remediate\.checks\.0: no check/,
  );
});

test('a secret in an address is in no message', () => {
  expect(load('agent:\n  webhook: {url: "http://example.com/hunter2"}\n')).not.toContain('hunter2');
});

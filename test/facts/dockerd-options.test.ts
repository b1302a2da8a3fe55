import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { daemonOptions, ignoredKeys, listenUrl, parseFlags, refusal, textOf, valueInFile } from '../../facts/dockerd-options.ts';
import { isRecord, type Json } from '../../facts/json.ts';

/** The command line as a shell would split it. */
const parse = (line: string): Readonly<Record<string, Json>> => parseFlags(`/usr/bin/dockerd ${line}`.trim().split(' '));

describe('parseFlags', () => {
  test.each<[string, Readonly<Record<string, Json>>]>([
    ['', {}],
    ['-H fd:// --containerd=/run/containerd/containerd.sock', { hosts: ['fd://'], containerd: '/run/containerd/containerd.sock' }],
    ['--host=tcp://0.0.0.0:2376 -H unix:///run/docker.sock', { hosts: ['tcp://0.0.0.0:2376', 'unix:///run/docker.sock'] }],
    ['-Htcp://0.0.0.0:2375', { hosts: ['tcp://0.0.0.0:2375'] }],
    ['-H=tcp://0.0.0.0:2375', { hosts: ['tcp://0.0.0.0:2375'] }],
    ['--config-file /srv/daemon.json', { 'config-file': '/srv/daemon.json' }],
    ['--icc=false', { icc: false }],
    ['--icc', { icc: true }],
    ['--icc false', { icc: true }], // Go takes no blank before a boolean; dockerd then complains about the argument
    ['--icc=0 --tls=T --debug=1 --iptables=FALSE', { icc: false, tls: true, debug: true, iptables: false }],
    ['--icc=', { icc: false }],
    ['--icc=false --icc=true', { icc: true }],
    ['-D', { debug: true }],
    ['-D=false', { debug: false }],
    ['-Dl debug', { debug: true, 'log-level': 'debug' }],
    [
      '-l warn -s overlay2 -G wheel -g /graph -b none',
      { 'log-level': 'warn', 'storage-driver': 'overlay2', group: 'wheel', graph: '/graph', bridge: 'none' },
    ],
    ['--log-level=', { 'log-level': '' }],
    ['--userns-remap=', { 'userns-remap': '' }],
    [
      '--log-opt syslog-address=udp://192.0.2.1:514 --log-opt tag={{.Name}}',
      { 'log-opts': { 'syslog-address': 'udp://192.0.2.1:514', tag: '{{.Name}}' } },
    ],
    ['--log-opt env=A=B', { 'log-opts': { env: 'A=B' } }],
    ['--log-opt tag', { 'log-opts': { tag: '' } }],
    ['--default-ulimit nofile=1024:2048', { 'default-ulimits': { nofile: '1024:2048' } }],
    ['--insecure-registry a:5000 --insecure-registry=10.0.0.0/8', { 'insecure-registries': ['a:5000', '10.0.0.0/8'] }],
    ['--bridge-accept-fwmark 0x1 --icc=false', { 'bridge-accept-fwmark': '0x1', icc: false }],
    ['--shutdown-timeout -1 --icc=false', { 'shutdown-timeout': '', icc: false }],
    ['--some-new-switch --icc=false', { 'some-new-switch': '', icc: false }],
    ['--data-root', { 'data-root': '' }],
    ['-x --icc=false', { icc: false }],
    ['- --icc=false', { icc: false }],
    ['-- --icc=false', {}],
  ])('%s', (line, expected) => {
    expect(parse(line)).toEqual(expected);
  });

  test('the program itself is no option, whatever it is called', () => {
    expect(parseFlags(['--debug'])).toEqual({});
  });

  // Which anybody may give to a program of that name.
  test.each([
    ['letters', [`-${'D'.repeat(1_000_000)}`], { debug: true }],
    ['words', Array<string>(500_000).fill(''), {}],
    ['values of a list', Array<string>(100_000).fill('--insecure-registry=a'), { 'insecure-registries': Array<string>(100_000).fill('a') }],
    ['entries of a map', Array.from({ length: 100_000 }, (_, index) => `--log-opt=${index % 50_000}=b`), { 'log-opts': expect.anything() }],
  ])('a great many %s', (_, words, expected) => {
    expect(parseFlags(['dockerd', ...words])).toEqual(expected);
  });

  test('__proto__ is a name like any other', () => {
    const { 'log-opts': options } = parseFlags(['dockerd', '--log-opt', '__proto__=x', '--__proto__=y']);
    expect(Object.entries(options ?? {})).toEqual([['__proto__', 'x']]);
  });

  test('never throws on any words', () => {
    fc.assert(fc.property(fc.array(fc.string()), (line) => void expect(parseFlags(line)).toBeTypeOf('object')));
  });

  const text = fc.string({ unit: 'grapheme-ascii', minLength: 1 });
  const values = {
    boolean: fc.boolean(),
    text,
    list: fc.array(text, { minLength: 1 }),
    map: fc.dictionary(
      text.filter((name) => !name.includes('=')),
      text,
      { minKeys: 1 },
    ),
  };
  const settings = fc.record(Object.fromEntries(daemonOptions.map(({ key, kind }) => [key, values[kind] as fc.Arbitrary<Json>])), {
    requiredKeys: [],
  });
  test.each(['equals', 'blank'] as const)('reads back what is written (%s)', (form) => {
    fc.assert(fc.property(settings, (given) => void expect(parseFlags(['dockerd', ...write(given, form)])).toEqual(given)));
  });
});

/** Settings as flags, `--flag=value` or `--flag value`. */
function write(settings: { readonly [key: string]: Json | undefined }, form: 'equals' | 'blank'): string[] {
  return Object.entries(settings).flatMap(([key, value]) => {
    const flag = `--${daemonOptions.find((option) => option.key === key)?.flag}`;
    if (typeof value === 'boolean') return [`${flag}=${value}`];
    return words(value).flatMap((word) => (form === 'equals' ? [`${flag}=${word}`] : [flag, word]));
  });
}

function words(value: Json | undefined): string[] {
  if (Array.isArray(value)) return value.map(String);
  return isRecord(value) ? Object.entries(value).map(([name, entry]) => `${name}=${entry}`) : [String(value)];
}

test.each<[string, Json, string | null]>([
  ['icc', false, null],
  ['icc', 'false', 'icc: expected true or false'],
  ['icc', 0, 'icc: expected true or false'],
  ['icc', null, null],
  ['log-level', 'info', null],
  ['log-level', 1, 'log-level: expected a string'],
  ['hosts', ['fd://'], null],
  ['hosts', 'fd://', 'hosts: expected a list'],
  ['default-ulimits', {}, null],
  ['default-ulimits', [], 'default-ulimits: expected an object'],
  ['default-ulimit', {}, 'default-ulimit is a flag, the key is default-ulimits'],
  ['insecure-registry', 'anything', null],
  ['of-the-future', 1, null],
])('%s: %j in daemon.json', (key, value, problem) => {
  expect(refusal(key, value)).toBe(problem);
});

test.each<[string, Json | undefined, Json | undefined]>([
  ['icc', undefined, undefined],
  ['icc', null, false],
  ['icc', true, true],
  ['log-level', null, undefined],
  ['log-driver', '', undefined],
  ['hosts', [], []],
  ['of-the-future', '', ''],
])('%s: %j sets %j', (key, value, sets) => {
  expect(valueInFile(key, value)).toEqual(sets);
});

test.each([
  ['fd://', 'fd://'],
  ['unix:///run/docker.sock', 'unix:///run/docker.sock'],
  ['0.0.0.0:2375', 'tcp://0.0.0.0:2375'],
  [':2375', 'tcp://:2375'],
  ['', ''],
])('dockerd listens on %j as on %j', (host, url) => {
  expect(listenUrl(host)).toBe(url);
});

test('what dockerd accepts and ignores are the flags of lists', () => {
  expect(ignoredKeys.get('insecure-registry')).toBe('insecure-registries');
  expect(ignoredKeys.get('host')).toBe('hosts');
  expect(ignoredKeys.has('log-opt')).toBe(false);
  expect(ignoredKeys.has('icc')).toBe(false);
});

test.each<[Json | undefined, string | null]>([
  ['x', 'x'],
  ['', null],
  [1, null],
  [undefined, null],
])('the text of %j is %j', (value, text) => {
  expect(textOf(value)).toBe(text);
});

import { describe, expect, test } from 'vitest';
import { tlsMode } from '../../facts/daemon.ts';
import type { Json } from '../../facts/json.ts';
import type { HostLiteral } from '../fake-host.ts';
import { collectDaemon, edited, settingOf, silent, started } from './effective.ts';

interface Silent {
  /** Words that set it, and to what. */
  readonly flag: readonly [string, Json];
  /** Another value, as daemon.json has it. */
  readonly file: Json;
  /** Value when unset; left out where the engine picks one. */
  readonly otherwise?: Json;
  /** Words that set nothing, and what they leave. */
  readonly empty: readonly [string, Json];
}

/** Every setting of section 2. */
const settings: Readonly<Record<string, Silent>> = {
  icc: { flag: ['--icc=false', false], file: true, otherwise: true, empty: ['--icc=', false] },
  'log-level': { flag: ['-l debug', 'debug'], file: 'warn', otherwise: 'info', empty: ['--log-level=', ''] },
  debug: { flag: ['-D', true], file: false, otherwise: false, empty: ['--debug=', false] },
  iptables: { flag: ['--iptables=false', false], file: true, otherwise: true, empty: ['--iptables=', false] },
  ip6tables: { flag: ['--ip6tables', true], file: false, otherwise: false, empty: ['--ip6tables=', false] },
  'insecure-registries': {
    flag: ['--insecure-registry a:5000', ['a:5000']],
    file: ['b:5000'],
    otherwise: [],
    empty: ['--insecure-registry=', ['']],
  },
  'storage-driver': { flag: ['-s overlay2', 'overlay2'], file: 'vfs', empty: ['-s ', ''] },
  'storage-opts': { flag: ['--storage-opt a=1', ['a=1']], file: ['b=2'], otherwise: [], empty: ['--storage-opt=', ['']] },
  hosts: {
    flag: ['-H tcp://0.0.0.0:2375', ['tcp://0.0.0.0:2375']],
    file: ['unix:///var/run/docker.sock'],
    otherwise: [],
    empty: ['--host=', ['']],
  },
  tls: { flag: ['--tls', true], file: false, otherwise: false, empty: ['--tls=', false] },
  tlsverify: { flag: ['--tlsverify', true], file: false, otherwise: false, empty: ['--tlsverify=', false] },
  tlscacert: { flag: ['--tlscacert /a.pem', '/a.pem'], file: '/b.pem', empty: ['--tlscacert=', ''] },
  'default-ulimits': {
    flag: ['--default-ulimit nofile=1:2', { nofile: '1:2' }],
    file: { nofile: { Hard: 1 } },
    otherwise: {},
    empty: ['--default-ulimit=', { '': '' }],
  },
  'userns-remap': { flag: ['--userns-remap=default', 'default'], file: 'alice', otherwise: '', empty: ['--userns-remap=', ''] },
  'cgroup-parent': { flag: ['--cgroup-parent /x', '/x'], file: '/y', otherwise: '', empty: ['--cgroup-parent=', ''] },
  'authorization-plugins': {
    flag: ['--authorization-plugin a', ['a']],
    file: ['b'],
    otherwise: [],
    empty: ['--authorization-plugin=', ['']],
  },
  'log-driver': { flag: ['--log-driver syslog', 'syslog'], file: 'gelf', otherwise: 'json-file', empty: ['--log-driver=', ''] },
  'no-new-privileges': { flag: ['--no-new-privileges=true', true], file: false, otherwise: false, empty: ['--no-new-privileges=', false] },
  'live-restore': { flag: ['--live-restore', true], file: false, otherwise: false, empty: ['--live-restore=', false] },
  'userland-proxy': { flag: ['--userland-proxy=false', false], file: true, otherwise: true, empty: ['--userland-proxy=', false] },
  'seccomp-profile': {
    flag: ['--seccomp-profile /p.json', '/p.json'],
    file: 'unconfined',
    otherwise: '',
    empty: ['--seccomp-profile=', ''],
  },
  experimental: { flag: ['--experimental', true], file: false, otherwise: false, empty: ['--experimental=', false] },
};

describe.each(Object.entries(settings))(
  'D2 effective value of %s, the API being silent',
  (key, { flag: [words, value], file, otherwise, empty }) => {
    const inFile = { [key]: file };
    const read = (literal: HostLiteral) => settingOf(key, { ...silent, ...literal });
    const unset = { ...(otherwise !== undefined && { value: otherwise }), origin: 'default', source: 'default' };

    test('nowhere set: the default', async () => {
      expect(await read(started(''))).toEqual(unset);
      expect(await read(started('', {}))).toEqual(unset);
    });

    test('as a flag', async () => {
      expect(await read(started(words))).toEqual({ value, origin: 'flag', source: 'command line of dockerd (pid 100)' });
    });

    test('as an empty flag', async () => {
      expect(await read(started(empty[0]))).toMatchObject({ value: empty[1], origin: 'flag' });
    });

    test('in the file', async () => {
      expect(await read(started('', inFile))).toEqual({ value: file, origin: 'file', source: '/etc/docker/daemon.json' });
      expect(await read(started('', `\ufeff${JSON.stringify(inFile)}`))).toMatchObject({ value: file, origin: 'file' });
    });

    test('null in the file: false for a switch, else unset', async () => {
      expect(await read(started('', { [key]: null }))).toEqual(
        typeof file === 'boolean' ? { value: false, origin: 'file', source: '/etc/docker/daemon.json' } : unset,
      );
    });

    test('D4 as a flag and in the file: the flag, and a conflict', async () => {
      const daemon = await collectDaemon({ ...silent, ...started(words, inFile) });
      expect(daemon.settings[key]).toMatchObject({ value, origin: 'flag' });
      expect(daemon.conflicts).toEqual([{ key, flag: value, file }]);
    });

    test('twice in the file: the last one counts', async () => {
      const twice = `{"${key}": ${JSON.stringify(value)}, "${key}": ${JSON.stringify(file)}}`;
      expect(await read(started('', twice))).toMatchObject({ value: file, origin: 'file' });
    });

    test('D3 A0.8 written after dockerd started: not in force, as far as we know', async () => {
      expect(await read(edited(inFile))).toEqual({
        origin: null,
        source: '/etc/docker/daemon.json, changed after dockerd started',
        pending: file,
      });
    });

    test('not in a file that was changed after dockerd started: the default, unless it was taken out', async () => {
      const assumed = otherwise === undefined ? {} : { assumed: true };
      expect(await read(edited({}))).toEqual({ ...unset, ...assumed, source: '/etc/docker/daemon.json, changed after dockerd started' });
    });

    test('a flag stands, whatever happened to the file', async () => {
      expect(await read(edited({}, started(words)))).toMatchObject({ value, origin: 'flag' });
      expect(await read(started(words, '{'))).toMatchObject({ value, origin: 'flag' });
    });

    test('in a file that dockerd could not read: unknown', async () => {
      expect(await read(started('', `{"${key}": ${JSON.stringify(file)},}`))).toEqual({
        origin: null,
        source: expect.stringMatching(/daemon\.json: line 1, column \d+: /),
      });
    });

    test('of a daemon that we do not see: unknown', async () => {
      expect(await read({ dockerd: null, daemonJson: inFile })).toEqual({
        origin: null,
        source: 'no dockerd process is visible from here',
      });
    });
  },
);

test('a second is no difference: the kernel tells its own start in whole seconds', async () => {
  expect(await settingOf('iptables', { ...silent, ...edited({ iptables: false }, {}, 1_750_000_010_900) })).toMatchObject({
    value: false,
    origin: 'file',
  });
});

test.each<[string, HostLiteral, ReturnType<typeof tlsMode>]>([
  ['nothing', started(''), 'off'],
  ['--tls, which verifies as well', started('--tls'), 'verified'],
  ['"tls": true', started('', { tls: true }), 'verified'],
  ['--tlsverify', started('--tlsverify'), 'verified'],
  ['--tlsverify=false', started('--tlsverify=false'), 'unverified'],
  ['--tls --tlsverify=false', started('--tls --tlsverify=false'), 'unverified'],
  ['--tls=false --tlsverify', started('--tls=false --tlsverify'), 'verified'],
  ['"tlsverify": false', started('', { tlsverify: false }), 'unverified'],
  ['--tls with "tlsverify": false', started('--tls', { tlsverify: false }), 'unverified'],
  ['DOCKER_TLS_VERIFY, in vain', { dockerd: { flags: [], environment: 'DOCKER_TLS_VERIFY=1\0' } }, 'off'],
  ['written since', edited({ tlsverify: true }), 'verified'],
  ['"tls": true, written since', edited({ tls: true }), 'verified'],
  ['--tls, and a file written since', edited({}, started('--tls')), 'verified'],
  ['a file written since', edited({}), null],
  ['no daemon in sight', { dockerd: null }, null],
])('TLS by %s', async (_, literal, mode) => {
  expect(tlsMode(await collectDaemon(literal))).toBe(mode);
});

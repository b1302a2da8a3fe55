import { describe, expect, test } from 'vitest';
import type { Daemon } from '../../facts/daemon.ts';
import type { HostLiteral, Literal } from '../fake-host.ts';
import { collectDaemon, silent, started } from './effective.ts';

const CONFIG = '/etc/docker/daemon.json';
const version = (Version: string): HostLiteral => ({ version: { Version } });

async function configFile(daemonJson: Literal | string, rest: HostLiteral = {}): Promise<Daemon['configFile']> {
  return (await collectDaemon({ ...started('', daemonJson), ...rest })).configFile;
}

describe('daemon.json as dockerd reads it', () => {
  test.each<[string, Literal | string, HostLiteral]>([
    ['an object', { icc: false }, {}],
    ['an empty object', '{}', {}],
    ['null', 'null\n', {}],
    ['an empty file, from engine 23 on', '', version('23.0.6')],
    ['blanks, from engine 23 on', ' \n\t', version('28.5.2')],
    ['an empty file, the version being unknown', '', silent],
    ['a byte order mark, from engine 23 on', '\ufeff{"icc": false}', version('26.1.5')],
    ['nothing behind a byte order mark', '\ufeff', version('26.1.5')],
    ['keys that we do not know', { 'of-the-future': { a: 1 } }, {}],
    ['a key of null', { icc: null }, {}],
  ])('%s', async (_, content, rest) => {
    expect(await configFile(content, rest)).toMatchObject({
      path: CONFIG,
      status: 'read',
      problem: null,
      modifiedAt: 1_749_000_000_000,
      changedAt: 1_749_000_000_000,
      duplicates: [],
      ignored: {},
      target: CONFIG,
    });
  });

  test.each<[string, Literal | string, HostLiteral, string]>([
    ['cut short', '{\n  "icc": fal', {}, 'line 2, column 10: invalid symbol'],
    ['a trailing comma', '{\n  "icc": false,\n}\n', {}, 'line 3, column 1: property name expected'],
    ['a comment', '{ // no\n}', {}, 'line 1, column 3: invalid comment token'],
    ['a list', '[]', {}, 'line 1, column 1: expected an object'],
    ['a second document', '{} {}', {}, 'line 1, column 4: end of file expected'],
    ['an empty file, before engine 23', '', version('20.10.24'), 'line 1, column 1: value expected'],
    ['a byte order mark, before engine 23', '\ufeff{}', version('20.10.24'), 'line 1, column 1: invalid symbol'],
    ['a switch in quotes', { icc: 'false' }, {}, 'icc: expected true or false'],
    [
      'several of the wrong kind',
      { hosts: 'fd://', 'log-level': 7 },
      {},
      'line 2, column 12: hosts: expected a list; line 3, column 16: log-level: expected a string',
    ],
    ['the flag’s name of a map', { 'log-opt': { tag: 'x' } }, {}, 'log-opt is a flag, the key is log-opts'],
    ['nested too deeply', '['.repeat(50_000), {}, 'nested too deeply'],
  ])('%s is refused', async (_, content, rest, problem) => {
    expect(await configFile(content, rest)).toMatchObject({ status: 'invalid', problem: expect.stringContaining(problem) });
  });

  test('keys given twice, and singular names that dockerd accepts and ignores', async () => {
    expect(await configFile('{"icc": true, "icc": false, "insecure-registry": ["a:5000"], "host": []}')).toMatchObject({
      status: 'read',
      duplicates: ['icc'],
      ignored: { 'insecure-registry': 'insecure-registries', host: 'hosts' },
    });
  });
});

test('the values of the keys that a remediation sets, and of no others', async () => {
  const content = { icc: null, 'log-level': 'info', hosts: ['fd://'], 'log-opts': { tag: 'x' }, 'of-the-future': 1, toString: 2 };
  expect((await configFile(content)).keys).toEqual({ icc: null, 'log-level': 'info' });
  expect((await configFile({ 'insecure-registries': ['u:s3cret@a:5000', 'b:5000'] })).keys).toEqual({
    'insecure-registries': ['(not shown)', 'b:5000'],
  });
  expect((await configFile('{')).keys).toEqual({});
});

describe('daemon.json as a file', () => {
  const at = async (files: HostLiteral['files'], flags: readonly string[] = []) =>
    (await collectDaemon({ dockerd: { flags }, daemonJson: null, files: files ?? {} })).configFile;

  test('missing', async () => {
    expect(await at({})).toMatchObject({ path: CONFIG, status: 'missing', problem: null });
  });

  test('a link to another file', async () => {
    const files = { [CONFIG]: { kind: 'link', link: '/srv/d.json' }, '/srv/d.json': { content: '{"icc": false}', modifiedAt: 7 } } as const;
    expect(await at(files)).toMatchObject({ path: CONFIG, target: '/srv/d.json', status: 'read', modifiedAt: 7 });
    expect(await at({ [CONFIG]: { kind: 'link', link: '/nowhere' } })).toMatchObject({
      status: 'missing',
      target: '/nowhere',
    });
  });

  test.each([
    ['a directory', { kind: 'directory' as const }, 'invalid', 'it is a directory, dockerd expects a file'],
    ['5 MB', { content: ' '.repeat(5 << 20) }, 'invalid', 'larger than 1048576 bytes'],
    ['closed to us', { error: 'denied' as const }, 'unreadable', 'permission denied'],
    ['broken below', { error: 'io' as const }, 'unreadable', 'io'],
  ])('%s', async (_, file, status, problem) => {
    expect(await at({ [CONFIG]: file })).toMatchObject({ status, problem: expect.stringContaining(problem) });
  });

  test('A0.6 elsewhere, after a blank or an equals sign', async () => {
    for (const flags of [['--config-file', '/srv/d.json'], ['--config-file=/srv/d.json']]) {
      expect(await at({ '/srv/d.json': '{}' }, flags)).toMatchObject({ path: '/srv/d.json', status: 'read' });
    }
  });

  test('snap', async () => {
    const path = '/var/snap/docker/current/config/daemon.json';
    expect(await at({ [path]: '{}' }, ['--config-file', path])).toMatchObject({ path, status: 'read' });
  });
});

describe('rootless', () => {
  const rootless: HostLiteral = {
    info: { SecurityOptions: ['name=rootless'] },
    files: { '/run/docker.sock': null, '/run/user/1000/docker.sock': { kind: 'socket', uid: 1000 } },
  };

  test('its file lies in its user’s home', async () => {
    const path = '/home/alice/.config/docker/daemon.json';
    const daemon = await collectDaemon({
      ...rootless,
      dockerd: { flags: [], uid: 1000, environment: 'HOME=/home/alice\0' },
      files: { ...rootless.files, [path]: '{"log-level": "warn"}' },
    });
    expect(daemon).toMatchObject({
      rootless: true,
      configFile: { path, status: 'read' },
      settings: { 'log-level': { value: 'warn', origin: 'file' } },
    });
  });

  test.each<[string, HostLiteral]>([
    [
      'whose environment is closed to us',
      { dockerd: { flags: [], uid: 1000 }, files: { ...rootless.files, '/proc/100/environ': { error: 'denied' } } },
    ],
    ['that we do not see', { dockerd: null }],
  ])('the file of a daemon %s is unknown, not missing', async (_, literal) => {
    expect(await collectDaemon({ ...rootless, ...literal })).toMatchObject({
      rootless: true,
      configFile: { status: 'unreadable', problem: expect.stringContaining('home') },
    });
  });
});

describe('D4 keys given as a flag and in the file', () => {
  test.each<[string, Literal, readonly string[]]>([
    ['--icc=false', { icc: false }, ['icc']],
    ['-D -l debug', { debug: true, 'log-level': 'info' }, ['debug', 'log-level']],
    ['--label a=b --log-opt tag=x', { labels: ['c=d'], 'log-opts': { tag: 'y' } }, ['labels', 'log-opts']],
    ['-H fd://', { hosts: ['fd://'] }, ['hosts']],
    ['--dns 192.0.2.1 --dns-opt a', { dns: ['192.0.2.2'], 'dns-opts': ['b'] }, ['dns', 'dns-opts']],
    ['--add-runtime a=/a', { runtimes: { b: { path: '/b' } } }, []],
    ['--icc=false', { iptables: true, constructor: 1, toString: 2 }, []],
    ['', { icc: false }, []],
  ])('%s with %j', async (words, file, keys) => {
    expect((await collectDaemon(started(words, file))).conflicts.map(({ key }) => key)).toEqual(keys);
  });
});

test('no value that may be a secret is kept', async () => {
  const flags =
    '--log-opt splunk-token=s3cret --log-opt syslog-address=udp://192.0.2.1:514 --log-opt gelf-address=tcp://u:s3cret@h --some-proxy=http://u:s3cret@p';
  const file = {
    'http-proxy': 'http://u:s3cret@p',
    'some-proxy': 's3cret',
    'registry-mirrors': ['https://u:s3cret@mirror.example'],
    'log-opts': { 'splunk-token': 's3cret' },
  };
  const daemon = await collectDaemon(started(flags, file));
  expect(JSON.stringify(daemon)).not.toContain('s3cret');
  expect(daemon.settings['log-opts']?.value).toEqual({
    'splunk-token': '(not shown)',
    'syslog-address': 'udp://192.0.2.1:514',
    'gelf-address': '(not shown)',
  });
  expect(daemon.settings['registry-mirrors']).toMatchObject({ pending: ['https://mirror.example'] });
});

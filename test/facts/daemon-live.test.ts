import { describe, expect, test } from 'vitest';
import { isLoopbackRange, liveSettings } from '../../facts/daemon-live.ts';
import type { Json } from '../../facts/json.ts';
import type { HostLiteral, Literal } from '../fake-host.ts';
import { edited, settingOf, started } from './effective.ts';

const bridge = (options: Literal): HostLiteral => ({ networks: [{ Name: 'bridge', Driver: 'bridge', Options: options }] });
const ICC = 'com.docker.network.bridge.enable_icc';

interface Loud {
  /** What the API shows, and what that means. */
  readonly live: readonly [HostLiteral, Json];
  /** Flag and file that say the same, and a file that does not. */
  readonly flag: string;
  readonly same: Json;
  readonly other?: Json;
  /** The value is the default one. */
  readonly usual?: true;
}

/** Settings that the API reports: what it says counts. */
const reported: Readonly<Record<string, readonly Loud[]>> = {
  icc: [
    { live: [bridge({ [ICC]: 'false' }), false], flag: '--icc=false', same: false, other: true },
    { live: [bridge({ [ICC]: 'true' }), true], flag: '--icc', same: true, other: false, usual: true },
  ],
  debug: [{ live: [{ info: { Debug: true } }, true], flag: '-D', same: true, other: false }],
  'live-restore': [{ live: [{ info: { LiveRestoreEnabled: true } }, true], flag: '--live-restore', same: true, other: false }],
  experimental: [{ live: [{ info: { ExperimentalBuild: true } }, true], flag: '--experimental', same: true, other: false }],
  'log-driver': [{ live: [{ info: { LoggingDriver: 'syslog' } }, 'syslog'], flag: '--log-driver=syslog', same: 'syslog', other: 'local' }],
  'userns-remap': [{ live: [{ info: { SecurityOptions: ['name=userns'] } }, 'on'], flag: '--userns-remap=default', same: 'dockremap' }],
  'no-new-privileges': [
    { live: [{ info: { SecurityOptions: ['name=no-new-privileges'] } }, true], flag: '--no-new-privileges', same: true, other: false },
  ],
  'selinux-enabled': [
    { live: [{ info: { SecurityOptions: ['name=selinux'] } }, true], flag: '--selinux-enabled', same: true, other: false },
  ],
  'seccomp-profile': [
    {
      live: [{ info: { SecurityOptions: ['name=seccomp,profile=/p.json'] } }, '/p.json'],
      flag: '--seccomp-profile=/p.json',
      same: '/p.json',
      other: 'unconfined',
    },
    {
      live: [{ info: { SecurityOptions: ['name=seccomp,profile=builtin'] } }, 'builtin'],
      flag: '--seccomp-profile=builtin',
      same: 'default',
      other: '/p.json',
      usual: true,
    },
    { live: [{ info: { SecurityOptions: [] } }, 'unconfined'], flag: '--seccomp-profile=unconfined', same: 'unconfined', other: '/p.json' },
  ],
  'insecure-registries': [
    {
      live: [registries(['127.0.0.0/8', '10.0.0.0/8'], { 'r:5000': { Secure: false } }), ['127.0.0.0/8', '10.0.0.0/8', 'r:5000']],
      flag: '--insecure-registry=r:5000 --insecure-registry=10.0.0.0/8',
      same: ['10.0.0.0/8', 'r:5000'],
      other: ['r:5000'],
    },
    {
      live: [registries(['127.0.0.0/8', '::1/128'], { 'docker.io': { Secure: true } }), ['127.0.0.0/8', '::1/128']],
      flag: '--insecure-registry=127.0.0.0/8',
      same: [],
      other: ['r:5000'],
      usual: true,
    },
  ],
  'registry-mirrors': [
    {
      live: [{ info: { RegistryConfig: { Mirrors: ['https://m.example/'] } } }, ['https://m.example/']],
      flag: '--registry-mirror=https://m.example',
      same: ['https://m.example'],
      other: [],
    },
  ],
  'storage-driver': [{ live: [{ info: { Driver: 'vfs' } }, 'vfs'], flag: '-s=vfs', same: 'vfs', other: 'overlay2' }],
};

function registries(InsecureRegistryCIDRs: readonly string[], IndexConfigs: Literal): HostLiteral {
  return { info: { RegistryConfig: { InsecureRegistryCIDRs, IndexConfigs } } };
}

const rows = Object.entries(reported).flatMap(([key, cases]) => cases.map((row): [string, Json, Loud] => [key, row.live[1], row]));
describe.each(rows)('D2 effective value of %s, the API saying %j', (key, value, { live: [literal, _], flag, same, other, usual }) => {
  const read = (rest: HostLiteral) => settingOf(key, { ...literal, ...rest });
  const hasDefault = key !== 'storage-driver';

  test('explained by a flag, by the file, or by nothing', async () => {
    expect(await read(started(flag))).toMatchObject({ value, origin: 'flag', source: expect.stringContaining('docker ') });
    expect(await read(started('', { [key]: same }))).toMatchObject({ value, origin: 'file' });
    expect(await read(started('', {}))).toMatchObject({ value, origin: usual ? 'default' : 'api' });
  });

  if (other !== undefined)
    test('D3 another value in the file is pending, whenever it was written', async () => {
      expect(await read(started('', { [key]: other }))).toMatchObject({ value, pending: other });
      expect(await read(edited({ [key]: other }))).toMatchObject({ value, pending: other });
      expect(await read({ dockerd: null, daemonJson: { [key]: other } })).toMatchObject({ value, pending: other });
    });

  test('the same value in the file is not, nor is one that a flag overrules', async () => {
    expect(await read(edited({ [key]: same }))).not.toHaveProperty('pending');
    expect(await read(started(flag, { [key]: other ?? null }))).not.toHaveProperty('pending');
  });

  if (hasDefault && !usual)
    test('gone from the file, or with the file: the default is pending', async () => {
      expect(await read(edited({}))).toHaveProperty('pending');
      expect(await read(started(''))).toHaveProperty('pending');
      expect(await read(started('', {}))).not.toHaveProperty('pending');
      expect(await read(edited({}, started(flag)))).not.toHaveProperty('pending');
    });
});

test('what only newer engines report is read from flag and file before', async () => {
  const old: HostLiteral = { version: { Version: '20.10.24+dfsg1' }, info: { SecurityOptions: [] } };
  expect(await settingOf('no-new-privileges', { ...old, ...started('--no-new-privileges') })).toMatchObject({
    value: true,
    origin: 'flag',
  });
  expect(
    await settingOf('icc', { networks: [{ Name: 'bridge', Driver: 'bridge', Options: {} }], ...started('', { icc: false }) }),
  ).toMatchObject({ value: false, origin: 'file' });
});

test.each([
  ['26.1.5', false],
  ['27.0.3', true],
  ['29.0.0', true],
])('engine %s filters IPv6 by default: %s', async (Version, value) => {
  expect(await settingOf('ip6tables', { version: { Version }, ...started('') })).toMatchObject({ value, origin: 'default' });
});

test('a docker-proxy of the daemon is proof that the userland proxy is on', async () => {
  const files = { '/proc/400/stat': '400 (docker-proxy) S 100 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1000 0 0' };
  expect(await settingOf('userland-proxy', { ...started('', { 'userland-proxy': false }), files })).toEqual({
    value: true,
    origin: 'default',
    source: 'a docker-proxy process of dockerd',
    pending: false,
  });
});

test('an engine that says nothing about registries is not asked', () => {
  const engine = { info: { SecurityOptions: [], RegistryConfig: null }, version: { Version: '28.0.0' }, networks: [] };
  expect(liveSettings(engine as unknown as Parameters<typeof liveSettings>[0])).not.toHaveProperty('insecure-registries');
});

test('an engine that names no loopback range among insecure registries, as podman, does not say which there are', async () => {
  const literal = { ...registries([], {}), dockerd: null };
  expect(await settingOf('insecure-registries', literal)).not.toHaveProperty('value');
});

test.each([
  ['127.0.0.0/8', true],
  ['127.0.0.1/32', true],
  ['::1/128', true],
  ['127.0.0.0/7', false],
  ['127.0.0.1:5000', false],
  ['127.evil.example:5000', false],
  ['10.0.0.0/8', false],
])('%s is a range of loopback addresses: %s', (range, loopback) => {
  expect(isLoopbackRange(range)).toBe(loopback);
});

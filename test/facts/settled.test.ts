import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { readSettled, SETTLED_FILE, type Settled } from '../../facts/settled.ts';
import { type FakeFile, fakeHost, type HostLiteral } from '../fake-host.ts';
import { collectDaemon, edited, STARTED, silent, started } from './effective.ts';

const CONFIG = '/etc/docker/daemon.json';
const content = '{"userland-proxy": false}';
const record: Settled = {
  schemaVersion: 1,
  path: CONFIG,
  digest: createHash('sha256').update(content).digest('hex'),
  pid: 100,
  startedAt: STARTED,
};

const recorded = (settled: Partial<Settled> = {}, rest: FakeFile = {}): FakeFile => ({
  content: JSON.stringify({ ...record, ...settled }),
  mode: 0o600,
  ...rest,
});

async function afterEdit(settled: FakeFile | null, literal: HostLiteral = edited(content)) {
  const { configFile, settings } = await collectDaemon({ ...silent, ...literal, files: { ...literal.files, [SETTLED_FILE]: settled } });
  return { settled: configFile.settled, proxy: settings['userland-proxy'] };
}

const inForce = { settled: true, proxy: { value: false, origin: 'file', source: CONFIG } };
const pending = {
  settled: false,
  proxy: { origin: null, source: `${CONFIG}, changed after dockerd started`, pending: false },
};

describe('a file that was written after dockerd started', () => {
  test('is in force where hullguard has recorded that this daemon took it', async () => {
    expect(await afterEdit(recorded())).toEqual(inForce);
    expect(await afterEdit(recorded({ startedAt: STARTED - 1900 }))).toEqual(inForce);
  });

  test.each<[string, FakeFile | null]>([
    ['no record', null],
    ['another file', recorded({ path: '/srv/d.json' })],
    ['another content', recorded({ digest: '0'.repeat(64) })],
    ['another process', recorded({ pid: 101 })],
    ['a process that had the number before', recorded({ startedAt: STARTED - 2100 })],
    ['a record of another shape', { content: '{"schemaVersion": 2}' }],
    ['a record that is no JSON', { content: '{' }],
    ['a record of somebody else', recorded({}, { uid: 1000 })],
    ['a record that a group may write', recorded({}, { mode: 0o620 })],
    ['a record that all may write', recorded({}, { mode: 0o602 })],
    ['a record that cannot be read', { error: 'denied' }],
    ['a directory', { kind: 'directory' }],
  ])('is pending with %s', async (_, settled) => {
    expect(await afterEdit(settled)).toEqual(pending);
  });

  test('is pending where somebody else may put a record in place', async () => {
    const literal = edited(content);
    for (const directory of [{ uid: 1000 }, { mode: 0o777 }]) {
      const files = { ...literal.files, '/var/lib/hullguard': { kind: 'directory', ...directory } as const };
      expect(await afterEdit(recorded(), { ...literal, files })).toEqual(pending);
    }
  });
});

test('a file that was moved after dockerd started is in force, too, where a record says so', async () => {
  const moved = { ...started('', null), files: { [CONFIG]: { content, modifiedAt: 0, changedAt: STARTED + 60_000 } } };
  expect(await afterEdit(null, moved)).toMatchObject({ settled: false, proxy: { value: false, assumed: true } });
  expect(await afterEdit(recorded(), moved)).toEqual(inForce);
});

test('a link counts as the file it leads to', async () => {
  const linked = {
    ...started('', null),
    files: { [CONFIG]: { kind: 'link', link: '/srv/d.json' }, '/srv/d.json': { content, modifiedAt: STARTED + 60_000 } },
  } as const;
  expect(await afterEdit(recorded(), linked)).toMatchObject({ settled: false });
  expect(await afterEdit(recorded({ path: '/srv/d.json' }), linked)).toEqual(inForce);
});

test.each<[string, HostLiteral, boolean]>([
  ['older than dockerd', started('', { icc: false }), true],
  ['missing', started(''), true],
  ['missing, though the command line names it', started('--config-file=/srv/gone.json'), false],
  ['with a mistake', started('', '{'), false],
  ['of a daemon that we do not see', { dockerd: null }, false],
  ['written since', edited({}), false],
])('without a record, a file %s', async (_, literal, settled) => {
  expect((await collectDaemon(literal)).configFile.settled).toBe(settled);
});

test('what is no record is none', () => {
  expect(readSettled(fakeHost({}))).toBeNull();
  expect(readSettled(fakeHost({ files: { [SETTLED_FILE]: recorded() } }))).toEqual(record);
});

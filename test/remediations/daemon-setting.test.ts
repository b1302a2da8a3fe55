import { describe, expect, test } from 'vitest';
import type { Json } from '../../facts/json.ts';
import { edited, started } from '../facts/effective.ts';
import type { HostLiteral } from '../fake-host.ts';
import { CONFIG, insecure, plan, soft } from './soft-daemon.ts';

describe('what is changed, and at what cost', () => {
  test.each<[string, string, Json, HostLiteral, Json | undefined, string]>([
    ['a key that is not there', 'icc', false, soft(), undefined, 'restart'],
    ['a key of another value', 'icc', false, soft({ icc: true }), true, 'restart'],
    ['a key of null', 'iptables', true, soft({ iptables: null }), null, 'restart'],
    ['no file at all', 'userland-proxy', false, soft(null), undefined, 'restart'],
    ['a map', 'default-ulimits', { core: { Name: 'core', Hard: 0, Soft: 0 } }, soft({ 'default-ulimits': {} }), {}, 'restart'],
    ['live-restore', 'live-restore', true, soft(), undefined, 'reload'],
    ['debug', 'debug', false, soft({ debug: true }, { info: { Debug: true } }), true, 'reload'],
    [
      'insecure-registries',
      'insecure-registries',
      [],
      soft({ 'insecure-registries': ['a:5000'] }, insecure('a:5000')),
      ['a:5000'],
      'reload',
    ],
    ['what a reload would drop', 'live-restore', true, soft({}, started('--authorization-plugin=authz', {})), undefined, 'restart'],
    ['what a reload would set back', 'live-restore', true, soft({}, started('--max-concurrent-downloads 1', {})), undefined, 'restart'],
    ['data that a reload leaves where it is', 'live-restore', true, soft({}, edited({ 'userns-remap': 'default' })), undefined, 'reload'],
    [
      'in force, but not in the file',
      'live-restore',
      true,
      soft({ 'live-restore': false }, { info: { LiveRestoreEnabled: true } }),
      false,
      'none',
    ],
    ['in force, but the file would end it', 'icc', false, { ...started('', { icc: true }), containers: [{}] }, true, 'none'],
  ])('%s', async (_, key, value, host, before, impact) => {
    const change = { kind: 'setting', path: CONFIG, key, ...(before !== undefined && { before }), after: value };
    expect(await plan(key, value, host)).toMatchObject({ changes: [change], impact });
  });

  test.each<[string, string, Json, HostLiteral, string]>([
    ['a restart', 'userland-proxy', false, soft(null, edited({ 'userland-proxy': false })), 'restart'],
    ['a reload', 'live-restore', true, soft({ 'live-restore': true }), 'reload'],
    ['a restart, in another spelling', 'icc', false, soft({ icc: null }), 'restart'],
  ])('what is written already needs no more than %s', async (_, key, value, host, impact) => {
    expect(await plan(key, value, host)).toMatchObject({ changes: [], impact });
  });

  test('a link is followed', async () => {
    const files = { [CONFIG]: { kind: 'link', link: '/srv/docker.json' }, '/srv/docker.json': '{}' } as const;
    expect(await plan('icc', false, soft(null, { files }))).toMatchObject({ changes: [{ path: '/srv/docker.json' }] });
  });

  test('the file that the command line names', async () => {
    const host = soft(null, { ...started('--config-file /srv/d.json'), files: { '/srv/d.json': '{"icc": true}' } });
    expect(await plan('icc', false, host)).toMatchObject({ changes: [{ path: '/srv/d.json', before: true }] });
  });
});

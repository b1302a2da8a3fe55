import { describe, expect, test } from 'vitest';
import { ask, majorVersion, securityOption } from '../../facts/engine.ts';
import * as z from '../../facts/schema.ts';
import { fakeHost } from '../fake-host.ts';
import { collectFact, requestsFor } from './collecting.ts';

describe('asking an engine', () => {
  const host = fakeHost({ api: { '/a': { Name: 'a', More: 1 }, '/b': { Name: 7 }, '/c': 'no' } });
  const answer = z.object({ Name: z.string() });

  test('what is not asked for is left out', async () => {
    expect(await ask(host, 'unix:///run/docker.sock', '/a', answer)).toEqual({ Name: 'a' });
  });

  test.each([
    ['/b', /GET \/b: the engine's answer is not what Docker sends \(Name: /],
    ['/c', /GET \/c: .* \(the answer: /],
    ['/d', /not found/],
  ])('%s is refused', async (path, message) => {
    await expect(ask(host, 'unix:///run/docker.sock', path, answer)).rejects.toThrow(message);
  });
});

describe('the fact', () => {
  test('takes four requests', async () => {
    expect((await requestsFor('engine', {})).toSorted()).toEqual(['/info', '/networks', '/version', '/volumes']);
  });

  test('without an engine says what to do', async () => {
    await expect(collectFact('engine', { dockerd: null, files: { '/run/docker.sock': null } })).rejects.toThrow(
      /no Docker engine found.*--docker-host/,
    );
  });

  test('lives with nulls where old engines and podman have none', async () => {
    const info = { SecurityOptions: null, Plugins: null, RegistryConfig: null, Swarm: null, Containerd: null, Runtimes: null };
    expect(
      (await collectFact('engine', { info, version: { Components: null }, networks: [{ Name: 'podman' }] })).info.SecurityOptions,
    ).toEqual([]);
  });

  test('a node certificate may live longer than JavaScript counts nanoseconds exactly', async () => {
    const Swarm = { LocalNodeState: 'active', Cluster: { Spec: { CAConfig: { NodeCertExpiry: 2 ** 58 } } } };
    expect((await collectFact('engine', { info: { Swarm } })).info.Swarm?.Cluster?.Spec?.CAConfig?.NodeCertExpiry).toBeGreaterThan(2 ** 53);
  });

  test.each([
    ['bind', { type: 'none', o: 'bind', device: '/etc' }, { type: 'none', o: 'bind', device: '/etc' }],
    ['bind among others', { o: 'ro,rbind,x=secret', device: '/etc' }, { type: '', o: 'bind', device: '/etc' }],
    ['a word that holds it', { o: 'binder', device: '/etc' }, {}],
    ['a file server', { type: 'cifs', o: 'username=u,password=secret', device: '//server/share' }, {}],
    ['none', null, {}],
  ])('of a volume with the option %s only a host directory is kept', async (_, Options, expected) => {
    const { volumes } = await collectFact('engine', { volumes: [{ Name: 'v', Driver: 'local', Options }] });
    expect(volumes).toEqual([{ Name: 'v', Driver: 'local', Options: expected }]);
  });

  test('of a network plugin’s options no secret is kept', async () => {
    const { networks } = await collectFact('engine', {
      networks: [{ Name: 'n', Driver: 'x', Options: { 'x.password': 'secret', mtu: '1500' } }],
    });
    expect(networks[0]?.Options).toEqual({ 'x.password': '(not shown)', mtu: '1500' });
  });
});

describe('security options', () => {
  const options = ['name=apparmor', 'name=seccomp,profile=builtin', 'name=selinux-not'];

  test.each([
    ['apparmor', { name: 'apparmor' }],
    ['seccomp', { name: 'seccomp', profile: 'builtin' }],
    ['selinux', undefined],
    ['userns', undefined],
  ])('%s', (name, expected) => {
    expect(securityOption(options, name)).toEqual(expected);
  });
});

test.each([
  ['28.5.2', 28],
  ['20.10.24+dfsg1', 20],
  ['v29', 0],
  ['dev', 0],
  ['', 0],
])('the major version of %j is %d', (version, major) => {
  expect(majorVersion(version)).toBe(major);
});

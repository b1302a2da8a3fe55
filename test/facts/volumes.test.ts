import { expect, test } from 'vitest';
import { HostError } from '../../facts/host.ts';
import { collectFact } from './collecting.ts';

test.each([
  ['bind', { type: 'none', o: 'bind', device: '/etc' }, { type: 'none', o: 'bind', device: '/etc' }],
  ['bind among others', { o: 'ro,rbind,x=secret', device: '/etc' }, { type: '', o: 'bind', device: '/etc' }],
  ['a word that holds it', { o: 'binder', device: '/etc' }, {}],
  ['a file server', { type: 'cifs', o: 'username=u,password=secret', device: '//server/share' }, {}],
  ['none', null, {}],
])('of a volume with the option %s only a host directory is kept', async (_, Options, expected) => {
  const { volumes } = await collectFact('volumes', { volumes: [{ Name: 'v', Driver: 'local', Options }] });
  expect(volumes).toEqual([{ Name: 'v', Driver: 'local', Options: expected }]);
});

test('that they cannot be listed is told, and no more is lost', async () => {
  const api = { '/volumes': new HostError('timeout', 'GET /volumes: no answer') };
  expect(await collectFact('volumes', { api })).toEqual({ volumes: null, problem: 'GET /volumes: no answer' });
});

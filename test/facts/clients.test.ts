import { expect, test } from 'vitest';
import { addressWithoutSecrets, registryName } from '../../facts/client-variables.ts';
import { collectFact } from './collecting.ts';

test.each([
  ['tcp://far.example:2376', 'tcp://far.example:2376'],
  ['tcp://u:hunter2@far.example:2376/path?token=hunter2', 'tcp://far.example:2376'],
  ['tcp://u:hunt@er2@far.example', 'tcp://far.example'],
  ['ssh://bob@far.example', 'ssh://far.example'],
  ['tcp://[fe80::1]:2376', 'tcp://[fe80::1]:2376'],
  ['unix:///run/user/1000/docker.sock', 'unix:///run/user/1000/docker.sock'],
  ['unix://run/$(cat secret)', '(not shown)'],
  ['hunter2', '(not shown)'],
  ['$(cat hunter2)', '(not shown)'],
])('of the address %s is shown %s', (address, shown) => {
  expect(addressWithoutSecrets(address)).toBe(shown);
});

test.each([
  ['https://index.docker.io/v1/', 'index.docker.io'],
  ['registry.example:5000', 'registry.example:5000'],
  ['https://u:hunter2@registry.example/hunter2', 'registry.example'],
  ['a b hunter2', '(not shown)'],
])('the registry %s is called %s', (key, name) => {
  expect(registryName(key)).toBe(name);
});

test('of very many homes, a part is looked at and the rest counted', async () => {
  const users = Array.from({ length: 250 }, (_, index) => `u${index}:x:${1000 + index}:1000::/home/u${index}:/bin/sh`);
  const { users: found, unseen } = await collectFact('clients', {
    files: { '/etc/passwd': users.join('\n'), '/home/u0/.docker/config.json': '{}', '/home/u240/.docker/config.json': '{}' },
  });
  expect(found.map(({ name }) => name)).toEqual(['u0']);
  expect(unseen).toBe(50);
});

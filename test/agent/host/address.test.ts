import { expect, test } from 'vitest';
import { parseAddress } from '../../../agent/host/address.ts';

const expected = 'expected unix:///PATH, tcp://HOST:PORT or https://HOST:PORT';

test.each([
  ['unix:///run/docker.sock', { socketPath: '/run/docker.sock' }],
  ['unix:///run/user/1000/a b.sock', { socketPath: '/run/user/1000/a b.sock' }],
  ['tcp://192.0.2.1:2376', { host: '192.0.2.1', port: '2376', encrypted: false }],
  ['tcp://192.0.2.1:80', { host: '192.0.2.1', port: '80', encrypted: false }],
  ['tcp://docker.example', { host: 'docker.example', port: '', encrypted: false }],
  ['tcp://[2001:db8::1]:2376', { host: '2001:db8::1', port: '2376', encrypted: false }],
  ['http://localhost:8080', { host: 'localhost', port: '8080', encrypted: false }],
  ['https://docker.example:8443', { host: 'docker.example', port: '8443', encrypted: true }],
])('%s', (text, address) => {
  expect(parseAddress(text)).toEqual({ endpoint: text, ...address });
});

test.each(['192.0.2.1:2375', 'docker.example:2375', '[::1]:2375'])('%s means TCP, as it does for Docker', (text) => {
  expect(parseAddress(text)).toMatchObject({ endpoint: `tcp://${text}`, port: '2375' });
});

test.each([
  '',
  'docker',
  'unix://',
  'unix://run/docker.sock',
  'unix:/run/docker.sock',
  '/run/docker.sock',
  'tcp://',
  'tcp://:2375',
  'tcp://h:99999',
  'tcp://h:x',
  'fd://',
  'npipe:////./pipe/docker',
  'file:///run/docker.sock',
  'TCP//h:1',
])('%s is no address', (text) => {
  expect(parseAddress(text)).toEqual({ problem: expected });
});

test('ssh is refused with what to do instead', () => {
  expect(parseAddress('ssh://root@host')).toEqual({ problem: 'an engine behind ssh is audited on its own host: run hullguard there' });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseContentTrust } from '../../facts/client.ts';
import { collectFact } from './collecting.ts';

describe('content trust in a file', () => {
  test.each<[string, string[]]>([
    ['DOCKER_CONTENT_TRUST=1', ['1']],
    ['export DOCKER_CONTENT_TRUST=1', ['1']],
    ['\texport  DOCKER_CONTENT_TRUST="1" # always', ['1']],
    ["DOCKER_CONTENT_TRUST='0';", ['0']],
    ['DOCKER_CONTENT_TRUST=', ['']],
    ['DOCKER_CONTENT_TRUST=1\nDOCKER_CONTENT_TRUST=0\n', ['1', '0']],
    ['# DOCKER_CONTENT_TRUST=1', []],
    ['DOCKER_CONTENT_TRUST_SERVER=https://example.com', []],
    ['MY_DOCKER_CONTENT_TRUST=1', []],
    ['', []],
  ])('%j', (content, values) => {
    expect(parseContentTrust(content)).toEqual(values);
  });

  test('any text is parsed', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (content) => Array.isArray(parseContentTrust(content))));
  });
});

describe('the fact', () => {
  test('reads the files that shells read, in their order', async () => {
    const line = 'DOCKER_CONTENT_TRUST=1';
    const files = { '/etc/profile': line, '/etc/profile.d/b.sh': line, '/etc/profile.d/a.sh': line, '/etc/profile.d/c.csh': line };
    const { contentTrust } = await collectFact('client', { files });
    expect(contentTrust.map(({ path }) => path)).toEqual([
      '/etc/environment',
      '/etc/profile',
      '/etc/profile.d/a.sh',
      '/etc/profile.d/b.sh',
    ]);
  });

  test('is empty on a host without any of them', async () => {
    expect(await collectFact('client', { files: { '/etc/environment': null } })).toEqual({ contentTrust: [] });
  });

  test('is unknown where one is closed to us', async () => {
    await expect(collectFact('client', { files: { '/etc/profile': { error: 'denied' } } })).rejects.toThrow('denied');
  });
});

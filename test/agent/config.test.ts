import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../agent/config.ts';
import { defaultPolicy } from '../../facts/policy.ts';
import { load } from './configured.ts';
import { hullguard, inScratch, withFile } from './hullguard.ts';

const defaults = {
  benchmark: '1.8.0',
  profile: 'level-2',
  profiles: {},
  failOn: 'low',
  minSeverity: 'low',
  skip: [],
  timeout: 30,
  apply: { maxImpact: 'reload', patience: 60 },
  agent: {
    schedule: '17 3 * * *',
    watch: true,
    settleMs: 50,
    log: { format: 'text', level: 'info' },
    retentionDays: 400,
    remediate: { enabled: false, maxImpact: 'none', checks: ['*'], window: '00:00-00:00', maxPerDay: 5 },
  },
  threats: { weights: {}, add: [] },
  policy: defaultPolicy,
};

describe('a configuration that says nothing', () => {
  test.each([
    ['an empty file', ''],
    ['comments only', '# nothing\n'],
    ['an empty document', '---\n'],
    ['a byte order mark', '\ufeff'],
    ['keys whose values are commented out', 'skip:\n#  - daemon/icc-disabled\npolicy:\n  swarm:\n'],
  ])('%s has the defaults', (_what, content) => {
    expect(load(content)).toEqual(defaults);
  });
});

describe('a mistake is told with its place', () => {
  test.each([
    [
      'an unknown key, with the nearest',
      'profle: level-1\n',
      'FILE: line 1, column 1: unknown key profle, did you mean profile or profiles?',
    ],
    [
      'an unknown key that belongs elsewhere',
      'trustedUsers: [a]\n',
      'FILE: line 1, column 1: unknown key trustedUsers, did you mean policy.trustedUsers?',
    ],
    ['an unknown key like no other', 'xyzzy: 1\n', 'FILE: line 1, column 1: unknown key xyzzy'],
    [
      'an unknown key further down',
      'policy:\n  trustedUser: [a]\n',
      'FILE: line 2, column 3: unknown key policy.trustedUser, did you mean trustedUsers?',
    ],
    [
      'an unknown key in the depth',
      'policy:\n  swarm: {manager: 3}\n',
      'FILE: line 2, column 11: unknown key policy.swarm.manager, did you mean managers?',
    ],
    [
      'an item of a list',
      'policy:\n  trustedUsers:\n    - alice\n    - 7\n',
      'FILE: line 4, column 7: policy.trustedUsers.1: expected string, received number',
    ],
    ['a key given twice', 'failOn: low\nfailOn: high\n', 'FILE: line 2, column 1: Map keys must be unique'],
    ['a list for a document', '- failOn\n', 'FILE: line 1, column 1: the document: expected object, received array'],
    ['a word for a document', 'failOn\n', 'FILE: line 1, column 1: the document: expected object, received string'],
    ['a second document', 'failOn: low\n---\nfailOn: high\n', 'FILE: line 2, column 1: a second document begins: expected one'],
    [
      'a list that does not end',
      'skip: [\n',
      'FILE: line 2, column 1: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    ['a tab for indentation', 'policy:\n\ttrustedUsers: []\n', 'FILE: line 2, column 1: Tabs are not allowed as indentation'],
    ['a tag that would run code', 'skip: !!js/function "x"\n', 'FILE: line 1, column 7: Unresolved tag: tag:yaml.org,2002:js/function'],
    ['an alias without an anchor', 'skip: *nobody\n', 'FILE: line 1, column 7: nothing is anchored as nobody: write the values out'],
    ['bytes that are no UTF-8', Buffer.from('failOn: low\nskip: [\xe9]\n', 'latin1'), 'FILE: line 2, column 8: not UTF-8 text'],
    ['UTF-16', Buffer.from('\ufefffailOn: low\n', 'utf16le'), 'FILE: line 1, column 1: not UTF-8 text'],
  ])('%s', (_what, content, message) => {
    expect(load(content)).toBe(message);
  });

  test('every mistake of a file at once, in its order', () => {
    expect(load('timeout: -1\nbenchmrk: 1.8.0\nfailOn: never\n')).toBe(
      [
        'FILE: line 1, column 10: timeout: expected number to be >0',
        'FILE: line 2, column 1: unknown key benchmrk, did you mean benchmark?',
        'FILE: line 3, column 9: failOn: expected one of "low"|"medium"|"high"|"critical"|"none"',
      ].join('\n'),
    );
  });
});

test('a secret in an address is in no message', () => {
  expect(load('agent:\n  webhook: {url: "http://example.com/hunter2"}\n')).toMatch(
    /^FILE: line 2, column 18: agent\.webhook\.url: http is for this host/,
  );
  expect(load('agent:\n  webhook: {url: "http://example.com/hunter2"}\n')).not.toContain('hunter2');
});

describe('a file that cannot be read', () => {
  test('is missing, a directory, or a pipe', async () => {
    expect(() => loadConfig('/nonexistent/config.yaml', {})).toThrow(
      '/nonexistent/config.yaml: cannot read the configuration: ENOENT: no such file or directory',
    );
    expect(() => loadConfig('/dev/zero', {})).toThrow('/dev/zero: the configuration must be a file');
    await inScratch((directory) => {
      fs.symlinkSync('loop', path.join(directory, 'loop'));
      expect(() => loadConfig(path.join(directory, 'loop'), {})).toThrow('cannot read the configuration: ELOOP');
    });
  });
});

describe('hullguard config check', () => {
  test('says that it is valid', async () => {
    const { code, stdout, file } = await withFile('failOn: high\n', ['config', 'check', 'FILE']);
    expect([code, stdout]).toEqual([0, `${file}: valid\n`]);
  });

  test('says where it is not, each mistake under our name', async () => {
    const { code, stdout, stderr, file } = await withFile('a: 1\nb: 2\n', ['config', 'check', 'FILE']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toBe(`hullguard: ${file}: line 1, column 1: unknown key a\nhullguard: ${file}: line 2, column 1: unknown key b\n`);
  });

  test('keys cannot act on the terminal', async () => {
    const { stderr } = await withFile('"\\e[2J": 1\n', ['config', 'check', 'FILE']);
    expect(stderr).toMatch(/unknown key \\x1b\[2J\n$/);
  });

  test('the documented example is valid', async () => {
    const { code } = await hullguard(['config', 'check', path.join(import.meta.dirname, '../../docs/config.example.yaml')]);
    expect(code).toBe(0);
  });
});

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { configSchema, loadConfig } from '../../agent/config.ts';
import { defaultPolicy, policySchema } from '../../facts/policy.ts';
import { load } from './configured.ts';
import { hullguard, inScratch, withFile } from './hullguard.ts';

const defaults = {
  benchmark: '1.8.0',
  profile: 'level-2',
  failOn: 'low',
  minSeverity: 'low',
  skip: [],
  timeout: 30,
  apply: { maxImpact: 'reload', patience: 60 },
  agent: {
    schedule: '17 3 * * *',
    watch: true,
    settleMs: 100,
    log: { format: 'text', level: 'info' },
    retentionDays: 400,
    remediate: { enabled: false, maxImpact: 'none', checks: ['*'], window: '00:00-00:00', maxPerDay: 5 },
  },
  threats: { weights: {}, add: [] },
  policy: defaultPolicy,
};

/** What is wrong with each value, by where it stands. */
const keys: Readonly<Record<string, { readonly valid: readonly string[]; readonly invalid: readonly (readonly [string, string])[] }>> = {
  benchmark: {
    valid: ['1.1.0', '1.8.0'],
    invalid: [
      ['1.9.0', 'benchmark: expected one of "1.1.0"|"1.2.0"|"1.3.1"|"1.4.0"|"1.5.0"|"1.6.0"|"1.7.0"|"1.8.0"'],
      ['1.8', 'benchmark: expected one of "1.1.0"|"1.2.0"|"1.3.1"|"1.4.0"|"1.5.0"|"1.6.0"|"1.7.0"|"1.8.0"'],
    ],
  },
  profile: { valid: ['level-1', 'level-2'], invalid: [['1', 'profile: expected one of "level-1"|"level-2"']] },
  failOn: { valid: ['low', 'none'], invalid: [['info', 'failOn: expected one of "low"|"medium"|"high"|"critical"|"none"']] },
  minSeverity: { valid: ['critical'], invalid: [['none', 'minSeverity: expected one of "low"|"medium"|"high"|"critical"']] },
  skip: {
    valid: ['[]', '[daemon/*, "5.5"]'],
    invalid: [
      ['daemon/icc-disabled', 'skip: expected array, received string'],
      ['[2.2]', 'skip.0: expected string, received number'],
      ['[daemon/ic-disabled]', 'skip.0: no check is called daemon/ic-disabled, did you mean daemon/icc-disabled?'],
    ],
  },
  timeout: {
    valid: ['0.5', '86400'],
    invalid: [
      ['0', 'timeout: expected number to be >0'],
      ['86401', 'timeout: expected number to be <=86400'],
      ['30s', 'timeout: expected number, received string'],
      ['.inf', 'timeout: expected number, received Infinity'],
    ],
  },
  apply: {
    valid: ['{}', '{maxImpact: restart, patience: 120, restartCommand: [/usr/local/bin/restart-docker, now]}'],
    invalid: [
      ['{maxImpact: reboot}', 'apply.maxImpact: expected one of "none"|"reload"|"restart"'],
      ['{restartCommand: restart docker}', 'apply.restartCommand: expected array, received string'],
      ['{restartCommand: [systemctl, restart]}', 'apply.restartCommand: expected an absolute path first'],
      ['{patience: 0}', 'apply.patience: expected number to be >0'],
      ['{pateince: 5}', 'unknown key apply.pateince, did you mean patience?'],
    ],
  },
  agent: { valid: ['{}'], invalid: [['true', 'agent: expected object, received boolean']] },
  threats: { valid: ['{}'], invalid: [['[]', 'threats: expected object, received array']] },
  policy: { valid: ['{}'], invalid: [['[]', 'policy: expected object, received array']] },
};

const names = { valid: ['[]', '[a, b]'], invalid: ['a', '[1]', '{a: b}'] };
const ports = { valid: ['[]', '[80, 443]'], invalid: ['80', '[http]', '[80.5]'] };
const count = { valid: ['0', '7'], invalid: ['-1', '1.5', 'many', '[]'] };

const policy: Readonly<Record<string, { readonly valid: readonly string[]; readonly invalid: readonly string[] }>> = {
  trustedUsers: names,
  allowedRegistries: names,
  allowedHostPorts: ports,
  publishedPorts: ports,
  allowedCapabilities: names,
  allowedDevices: names,
  allowedUlimits: names,
  remoteLogDrivers: names,
  defaultUlimits: { valid: ['{nofile: 65536}', '{}'], invalid: ['[nofile]', '{nofile: many}'] },
  cgroupParents: names,
  seccompProfiles: names,
  authorizationPlugins: names,
  swarm: {
    valid: ['{}', '{needed: true, managers: 3, maxNodeCertificateDays: 90, maxRootCertificateDays: 365}'],
    invalid: ['true', '{needed: 1}', '{managers: -1}', '{maxNodeCertificateDays: x}', '{maxRootCertificateDays: 1.5}'],
  },
  containerLimits: {
    valid: ['{}', '{memoryMiB: 512, cpus: 0.5, pids: 100, restartAttempts: 5}'],
    invalid: ['512', '{memoryMiB: 5}', '{memoryMiB: 512m}', '{cpus: 0}', '{pids: 0.5}', '{restartAttempts: 6}'],
  },
  contentTrust: { valid: ['true', 'false'], invalid: ['1', 'yes please'] },
  maxUnusedImages: count,
  maxStoppedContainers: count,
};

describe('every key', () => {
  test('is tried here', () => {
    expect(Object.keys(keys).toSorted()).toEqual(Object.keys(configSchema.shape).toSorted());
    expect(Object.keys(policy).toSorted()).toEqual(Object.keys(policySchema.shape).toSorted());
  });

  test.each(Object.entries(keys))('%s', (key, { valid, invalid }) => {
    for (const value of valid) expect(load(`${key}: ${value}\n`), value).toHaveProperty(key);
    for (const [value, message] of invalid)
      expect(load(`# first line\n${key}: ${value}\n`)).toMatch(
        new RegExp(`^FILE: line 2, column \\d+: ${message.replace(/[.[\]()|?*]/g, '\\$&')}$`),
      );
  });

  test.each(Object.entries(policy))('policy.%s', (key, { valid, invalid }) => {
    for (const value of valid) expect(load(`policy:\n  ${key}: ${value}\n`), value).toHaveProperty(`policy.${key}`);
    for (const value of invalid)
      expect(load(`policy:\n  ${key}: ${value}\n`)).toMatch(new RegExp(`^FILE: line 2, column \\d+: policy\\.${key}\\S*: expected `));
  });
});

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
    ['an unknown key, with the nearest', 'profle: level-1\n', 'FILE: line 1, column 1: unknown key profle, did you mean profile?'],
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
    ['an alias without an anchor', 'skip: *nobody\n', 'FILE: Unresolved alias (the anchor must be set before the alias): nobody'],
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

  test('aliases that multiply without end', () => {
    const levels = Array.from(
      { length: 12 },
      (_, level) =>
        `l${level}: &l${level} [${Array(9)
          .fill(level === 0 ? 'x' : `*l${level - 1}`)
          .join(', ')}]`,
    );
    const begun = performance.now();
    expect(load(levels.join('\n'))).toBe('FILE: Excessive alias count indicates a resource exhaustion attack');
    expect(performance.now() - begun).toBeLessThan(2000);
  });
});

describe('a file that cannot be read', () => {
  test('is missing, a directory, or a pipe', async () => {
    expect(() => loadConfig('/nonexistent/config.yaml')).toThrow(
      '/nonexistent/config.yaml: cannot read the configuration: ENOENT: no such file or directory',
    );
    expect(() => loadConfig('/tmp')).toThrow('/tmp: the configuration must be a file');
    expect(() => loadConfig('/dev/zero')).toThrow('/dev/zero: the configuration must be a file');
    await inScratch((directory) => {
      fs.symlinkSync('loop', path.join(directory, 'loop'));
      expect(() => loadConfig(path.join(directory, 'loop'))).toThrow('cannot read the configuration: ELOOP');
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

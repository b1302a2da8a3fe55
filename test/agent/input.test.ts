import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { printSchema } from '../../agent/commands/schema.ts';
import { UsageError } from '../../agent/errors.ts';
import { formatFacts, readFacts } from '../../agent/facts-file.ts';
import { schemaTester } from '../json-schema.ts';
import { auditFacts, inScratch, record, withFile } from './hullguard.ts';
import { careless, reportOf } from './reports.ts';

const literal = { containers: [careless('web', 1), { Name: '/db' }], images: [{}], policy: { trustedUsers: ['alice'] } };
const recorded = formatFacts(await record(literal));

/** What is said of a facts file. */
function complaint(content: string | Buffer): Promise<string> {
  return inScratch((directory) => {
    const file = path.join(directory, 'facts.json');
    fs.writeFileSync(file, content);
    try {
      readFacts(file);
      return 'nothing';
    } catch (error) {
      if (error instanceof UsageError) return error.message.replaceAll(file, 'FILE');
      throw error;
    }
  });
}

/** The recorded facts with one part changed. */
function changed(change: (facts: { [key: string]: { [key: string]: unknown } }) => void): string {
  const document = JSON.parse(recorded) as { [key: string]: { [key: string]: unknown } };
  change(document);
  return JSON.stringify(document, null, 1);
}

describe('recorded facts', () => {
  test('are judged as the host they came from', async () => {
    await inScratch(async (directory) => {
      const file = path.join(directory, 'facts.json');
      fs.writeFileSync(file, recorded);
      const [before, after] = [reportOf(await record(literal)), reportOf(readFacts(file))];
      expect(after.findings).toEqual(before.findings);
      expect(after.host).toEqual(before.host);
    });
  });

  test('read and written again are the same', async () => {
    await inScratch((directory) => {
      const file = path.join(directory, 'facts.json');
      fs.writeFileSync(file, recorded);
      expect(JSON.parse(formatFacts(readFacts(file)))).toEqual(JSON.parse(recorded));
    });
  });

  test('fit their published schema', () => {
    expect(schemaTester(printSchema('facts'))(JSON.parse(recorded))).toBeNull();
  });

  test('with a byte order mark read as without', async () => {
    expect(await complaint(`\ufeff${recorded}`)).toBe('nothing');
  });

  test('keep the reason for what is missing', async () => {
    const { stdout } = await auditFacts({ commands: { 'auditctl -s': 'missing' } }, ['--check', 'host/audit-dockerd', '--report', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({ findings: [{ status: 'error', reason: expect.stringContaining('auditctl not found') }] });
  });

  test('carry their policy, which a configuration named on purpose replaces', async () => {
    const check = ['--check', 'host/trusted-docker-group', '--report', 'json'];
    const status = (stdout: string): unknown => (JSON.parse(stdout) as { findings: { status: string }[] }).findings[0]?.status;
    const group = { files: { '/etc/group': 'root:x:0:\ndocker:x:998:alice\n' } };
    expect(status((await auditFacts({ ...group, policy: { trustedUsers: ['alice'] } }, check)).stdout)).toBe('pass');
    await inScratch(async (directory) => {
      const config = path.join(directory, 'config.yaml');
      fs.writeFileSync(config, 'policy:\n  trustedUsers: [bob]\n');
      expect(status((await auditFacts({ ...group, policy: { trustedUsers: ['alice'] } }, [...check, '--config', config])).stdout)).toBe(
        'fail',
      );
    });
  });
});

describe('a facts file that is not JSON', () => {
  test.each([
    ['an empty file', '', 'FILE: line 1, column 1: value expected'],
    ['a comma too many', '{\n "schemaVersion": 1,\n}', 'FILE: line 3, column 1: property name expected'],
    ['a comment', '{\n // mine\n}', 'FILE: line 2, column 2: invalid comment token'],
    ['a list', '[]', 'FILE: line 1, column 1: the document: expected object, received array'],
    ['text after the end', '{}\n{}', 'FILE: line 2, column 1: end of file expected'],
    ['bytes that are no UTF-8', Buffer.from('{"a": "\xff"}', 'latin1'), 'FILE: line 1, column 8: not UTF-8 text'],
  ])('%s', async (_what, content, message) => {
    expect(await complaint(content)).toBe(message);
  });

  test('one that is cut off', async () => {
    for (const share of [0.1, 0.5, 0.9, 0.999]) {
      const cut = recorded.slice(0, Math.floor(recorded.length * share));
      expect(await complaint(cut)).toMatch(new RegExp(`^FILE: line ${cut.split('\n').length}, column \\d+: (.*expected|invalid symbol)`)); // of a word, too
    }
  });
});

describe('a facts file of another shape', () => {
  test.each<[string, string, RegExp]>([
    ['an object of another kind', '{"Containers": []}', /^FILE: line 1, column 1: schemaVersion: expected 1$/m],
    [
      'a later version',
      changed((document) => Object.assign(document, { schemaVersion: 2 })),
      /^FILE: line 2, column 19: schemaVersion: expected 1$/,
    ],
    [
      'facts of another tool',
      changed((document) => Object.assign(document, { tool: { name: 'other', version: '1' } })),
      /^FILE: line \d+, column \d+: tool\.name: expected "hullguard"$/,
    ],
    [
      'an unknown fact',
      changed((document) => Object.assign(document['facts'] ?? {}, { weather: {} })),
      /^FILE: line \d+, column \d+: unknown key facts\.weather$/,
    ],
    [
      'a fact of the wrong type',
      changed((document) => Object.assign(document['facts'] ?? {}, { system: [] })),
      /^FILE: line \d+, column \d+: facts\.system: expected object, received array$/,
    ],
    [
      'a value of the wrong type',
      changed((document) => Object.assign(document['facts']?.['audit'] ?? {}, { enabled: 'yes' })),
      /^FILE: line \d+, column 1\d: facts\.audit\.enabled: expected number, received string$/,
    ],
    [
      'a value left out',
      changed((document) => Object.assign(document['facts']?.['system'] ?? {}, { at: undefined })),
      /^FILE: line \d+, column \d+: facts\.system\.at: expected number, received undefined$/,
    ],
  ])('%s: told with its place', async (_what, content, message) => {
    expect(await complaint(content)).toMatch(message);
  });

  test('the line is the one where it stands', async () => {
    const content = changed((document) => Object.assign(document['facts']?.['audit'] ?? {}, { enabled: 'yes' }));
    const line = content.split('\n').findIndex((text) => text.includes('"enabled": "yes"')) + 1;
    expect(await complaint(content)).toContain(`FILE: line ${line}, `);
  });
});

test('the command says so and does nothing else', async () => {
  const { code, stdout, stderr, file } = await withFile('{', ['audit', '--facts', 'FILE']);
  expect([code, stdout, stderr]).toEqual([2, '', `hullguard: ${file}: line 1, column 2: close brace expected\n`]);
});

test('a file that is missing or a directory', async () => {
  await inScratch((directory) => {
    expect(() => readFacts(path.join(directory, 'none'))).toThrow('cannot read the facts file: ENOENT');
    expect(() => readFacts(directory)).toThrow('the facts file must be a file');
  });
});

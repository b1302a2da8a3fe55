import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AuditLogReader, auditLog } from '../../../agent/host/audit-log.ts';

let dir: string;
let path: string;
let reader: AuditLogReader | null = null;

function configure(text = `log_file = ${path}\nwrite_logs = yes\n`): string {
  const file = join(dir, 'auditd.conf');
  fs.writeFileSync(file, text);
  return file;
}

beforeEach(() => {
  dir = fs.mkdtempSync(join(tmpdir(), 'hullguard-audit-log-'));
  path = join(dir, 'audit.log');
  fs.writeFileSync(path, 'old\n');
});

afterEach(() => {
  reader?.close();
  reader = null;
  fs.rmSync(dir, { recursive: true });
});

describe('where the log is', () => {
  test.each<[string, (file: string) => string, RegExp]>([
    ['as the configuration says', (file) => `#comment\n  Log_File=${file}\n`, /^\/.*audit\.log$/],
    ['nowhere, for none is written', () => 'write_logs = no\n', /auditd writes no log/],
    ['nowhere, in the words of older releases', () => 'log_format = nolog\n', /auditd writes no log/],
    ['where nothing is', (file) => `log_file = ${file}x\n`, /audit\.logx: no such file/],
  ])('%s', (_, text, expected) => {
    const log = auditLog(configure(text(path)));
    let said: string;
    try {
      said = log.path();
    } catch (error) {
      said = String((error as Error).message);
    }
    expect(said).toMatch(expected);
  });

  test('without auditd there is no configuration', () => {
    expect(() => auditLog(join(dir, 'none')).path()).toThrow(/none: no such file/);
  });
});

describe('what was added', () => {
  beforeEach(() => {
    reader = auditLog(configure()).follow();
  });

  const added = (limit = 1000): string[] | null => (reader as AuditLogReader).added(limit);

  test('since the beginning, and since the last time', () => {
    expect(added()).toEqual([]);
    fs.appendFileSync(path, 'one\ntwo\nthr');
    expect(added()).toEqual(['one', 'two']);
    fs.appendFileSync(path, 'ee\n');
    expect(added()).toEqual(['three']);
    expect(added()).toEqual([]);
  });

  test('before and after a rotation', () => {
    fs.appendFileSync(path, 'last\n');
    fs.renameSync(path, `${path}.1`);
    fs.writeFileSync(path, 'first\n');
    expect(added()).toEqual(['last', 'first']);
    fs.appendFileSync(path, 'second\n');
    expect(added()).toEqual(['second']);
  });

  test('while the new file is not there yet', () => {
    fs.renameSync(path, `${path}.1`);
    expect(added()).toEqual([]);
    fs.writeFileSync(path, 'first\n');
    expect(added()).toEqual(['first']);
  });

  test('after it was emptied', () => {
    fs.writeFileSync(path, 'x\n');
    expect(added()).toEqual(['x']);
  });

  test('more than is worth reading', () => {
    fs.appendFileSync(path, 'x'.repeat(2000));
    expect(added()).toBeNull();
    fs.appendFileSync(path, 'y\nz\n');
    expect(added()?.at(-1)).toBe('z');
  });

  test('many lines in many chunks', () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index} ${'x'.repeat(index % 100)}`);
    fs.appendFileSync(path, `${lines.join('\n')}\n`);
    expect(added(1 << 24)).toEqual(lines);
  });
});

import { appendFileSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseRecords } from '../../../agent/attribution/records.ts';
import { type AuditLog, auditLog } from '../../../agent/host/audit-log.ts';
import { labSuite } from '../../lab/suite.ts';

const sample = readFileSync(join(import.meta.dirname, '../../agent/attribution/samples/trixie.records'), 'latin1');
const FIRST = 1_795_267_378;
const NOW = 1_795_270_000;

let dir: string;
let scratch: string;
let log: AuditLog;

/** The sample, as if it had begun then, in seconds since the epoch. */
function at(seconds: number): string {
  return sample.replaceAll(/audit\((\d+)/g, (_, time: string) => `audit(${Number(time) - FIRST + seconds}`);
}

function write(...parts: readonly string[]): void {
  writeFileSync(join(dir, 'audit.log'), '');
  for (const part of parts) appendFileSync(join(dir, 'audit.log'), part, 'latin1');
}

/** One after the other, ten seconds apart. */
function copies(count: number, first: number): string[] {
  return Array.from({ length: count }, (_, index) => at(first + index * 10));
}

const events = (records: string): number => new Set(records.match(/audit\(\d+\.\d+:\d+\)/g)).size;

labSuite('a search in the log of auditd', () => {
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'hullguard-search-'));
    scratch = join(dir, 'scratch');
    mkdirSync(scratch);
    writeFileSync(join(dir, 'auditd.conf'), `log_file = ${join(dir, 'audit.log')}\n`);
    log = auditLog(join(dir, 'auditd.conf'), scratch);
  });

  afterEach(async () => {
    expect(readdirSync(scratch)).toEqual([]);
    await rm(dir, { recursive: true });
  });

  test('finds whole events since a time, as they were written', async () => {
    write(at(NOW - 5000), at(NOW));
    const found = await log.search(NOW * 1000);
    expect(events(found)).toBe(events(sample));
    expect(isDeepStrictEqual(parseRecords(found), parseRecords(at(NOW)))).toBe(true);
  });

  test('finds nothing where nothing is', async () => {
    write(at(NOW - 5000));
    expect(await log.search(NOW * 1000)).toBe('');
    write('');
    expect(await log.search(NOW * 1000)).toBe('');
  });

  test('looks into the file before, where the log was begun anew', async () => {
    write(at(NOW - 100));
    renameSync(join(dir, 'audit.log'), join(dir, 'audit.log.1'));
    write(at(NOW - 50));
    expect(events(await log.search((NOW - 200) * 1000))).toBe(2 * events(sample));
  });

  test('reads no more of a huge log than its end', async () => {
    write(...copies(1500, NOW - 90_000), at(NOW));
    const begun = performance.now();
    expect(events(await log.search(NOW * 1000))).toBe(events(sample));
    expect(performance.now() - begun).toBeLessThan(1500);
  });

  test('gives up where too much is found', async () => {
    write(...copies(400, NOW));
    await expect(log.search(NOW * 1000).then((found) => found.length)).rejects.toThrow('more than 8 MiB of records in that time');
  });
}, ['auditd']);

/** Reading in homes: what their owners swap for something else leads nowhere. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openFiles } from '../../../agent/host/files.ts';
import { inScratch } from '../hullguard.ts';

/** A home with a file, and beside it what nobody is to read. */
function inHome(work: (home: string, files: ReturnType<ReturnType<typeof openFiles>['within']>) => void): Promise<void> {
  return inScratch((scratch) => {
    fs.writeFileSync(path.join(scratch, 'shadow'), 'root:secret');
    fs.mkdirSync(path.join(scratch, 'elsewhere'));
    fs.writeFileSync(path.join(scratch, 'elsewhere/config.json'), 'secret');
    const home = path.join(scratch, 'home');
    fs.mkdirSync(path.join(home, '.docker'), { recursive: true });
    fs.writeFileSync(path.join(home, '.docker/config.json'), '{}');
    work(home, openFiles('/').within(home));
  });
}

test('what is there is read, listed and described', () =>
  inHome((_, files) => {
    expect(files.read('.docker/config.json')).toBe('{}');
    expect(files.list('.docker')).toEqual(['config.json']);
    expect(files.lstat('.docker')?.kind).toBe('directory');
    expect(files.lstat('.docker/none')).toBeNull();
  }));

test.each<readonly [string, (home: string) => void, RegExp]>([
  ['a link to a file', (home) => fs.symlinkSync('../../shadow', path.join(home, '.docker/config.json')), /not a regular file/],
  ['a hard link', (home) => fs.linkSync(path.join(home, '../shadow'), path.join(home, '.docker/config.json')), /one name/],
  ['a pipe', (home) => void execFileSync('mkfifo', [path.join(home, '.docker/config.json')]), /not a regular file/],
  ['a directory', (home) => fs.mkdirSync(path.join(home, '.docker/config.json')), /not a regular file/],
  ['a file without end', (home) => fs.writeFileSync(path.join(home, '.docker/config.json'), 'x'.repeat(2000)), /larger than 1000/],
])('%s is not read', (_, spoil, says) =>
  inHome((home, files) => {
    fs.rmSync(path.join(home, '.docker/config.json'));
    spoil(home);
    expect(() => files.read('.docker/config.json', 1000)).toThrow(says);
  }),
);

test('a link in the place of a directory leads nowhere', () =>
  inHome((home, files) => {
    fs.rmSync(path.join(home, '.docker'), { recursive: true });
    fs.symlinkSync('../elsewhere', path.join(home, '.docker'));
    expect(() => files.read('.docker/config.json')).toThrow('no such file');
    expect(files.lstat('.docker/config.json')).toBeNull();
    expect(files.lstat('.docker')?.kind).toBe('link');
    expect(() => files.list('.docker')).toThrow('no such file');
    expect(() => files.read('../shadow')).toThrow('leads out');
  }));

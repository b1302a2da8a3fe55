import { execFile, execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { OutputError } from '../../agent/errors.ts';
import { writeFile } from '../../agent/output.ts';
import { auditFacts, inScratch } from './hullguard.ts';
import { asNobody } from './nobody.ts';

const run = promisify(execFile);
const BIG = 'x'.repeat(1 << 20);

describe('a file', () => {
  test('is written whole, and nothing lies beside it', async () => {
    await inScratch((directory) => {
      const file = path.join(directory, 'report.json');
      writeFile(file, BIG);
      expect(fs.readFileSync(file, 'utf8')).toBe(BIG);
      expect(fs.readdirSync(directory)).toEqual(['report.json']);
    });
  });

  test('is not for everybody to read: it tells where a host is weak', async () => {
    await inScratch((directory) => {
      const before = process.umask(0);
      try {
        writeFile(path.join(directory, 'report'), '');
      } finally {
        process.umask(before);
      }
      expect(fs.statSync(path.join(directory, 'report')).mode & 0o777).toBe(0o640);
    });
  });

  test('replaces what was there; who has the old one open keeps it whole', async () => {
    await inScratch((directory) => {
      const file = path.join(directory, 'report');
      fs.writeFileSync(file, 'old');
      const open = fs.openSync(file, 'r');
      writeFile(file, 'new');
      expect(fs.readFileSync(file, 'utf8')).toBe('new');
      expect(fs.readFileSync(open, 'utf8')).toBe('old');
      fs.closeSync(open);
    });
  });

  test('replaces a link that somebody put in a shared directory, and leaves its target alone', async () => {
    await inScratch((directory) => {
      const [victim, file] = [path.join(directory, 'passwd'), path.join(directory, 'report')];
      fs.writeFileSync(victim, 'root:x:0:0');
      fs.symlinkSync(victim, file);
      writeFile(file, 'new');
      expect(fs.readFileSync(victim, 'utf8')).toBe('root:x:0:0');
      expect(fs.lstatSync(file).isFile()).toBe(true);
      fs.rmSync(file);
      fs.symlinkSync('/dev/null', file);
      writeFile(file, 'new');
      expect(fs.readFileSync(file, 'utf8')).toBe('new');
    });
  });

  test('replaces a link that leads nowhere', async () => {
    await inScratch((directory) => {
      const file = path.join(directory, 'report');
      fs.symlinkSync(path.join(directory, 'none'), file);
      writeFile(file, 'new');
      expect(fs.readdirSync(directory)).toEqual(['report']);
    });
  });

  test('may be a name without a directory', async () => {
    await inScratch((directory) => {
      execFileSync(
        process.execPath,
        ['--input-type=module', '-e', `import { writeFile } from '${path.resolve('agent/output.ts')}'; writeFile('report', 'new')`],
        { cwd: directory },
      );
      expect(fs.readFileSync(path.join(directory, 'report'), 'utf8')).toBe('new');
    });
  });
});

describe('a stream', () => {
  test('that is a device is written to', () => {
    writeFile('/dev/null', 'gone');
    expect(fs.statSync('/dev/null').isCharacterDevice()).toBe(true);
    expect(() => writeFile('/dev/full', 'new')).toThrow(/^cannot write to \/dev\/full: ENOSPC: no space left on device/);
  });

  test('that is a pipe gets the text, and stays a pipe', async () => {
    await inScratch(async (directory) => {
      const pipe = path.join(directory, 'pipe');
      execFileSync('mkfifo', [pipe]);
      const reader = run('cat', [pipe]);
      writeFile(pipe, 'through');
      expect((await reader).stdout).toBe('through');
      expect(fs.statSync(pipe).isFIFO()).toBe(true);
    });
  });

  test('/dev/stderr, a link of the system, is written to and stays a link', async () => {
    const script = `import { writeFile } from '${path.resolve('agent/output.ts')}'; writeFile('/dev/stderr', 'said'); writeFile('/dev/fd/2', ' twice')`;
    const { stderr } = await run('sh', ['-c', '"$0" --input-type=module -e "$1" 2>&1 >/dev/null | cat >&2', process.execPath, script]);
    expect(stderr).toBe('said twice');
    expect(fs.lstatSync('/dev/stderr').isSymbolicLink()).toBe(true);
  });
});

describe('what cannot be written', () => {
  test('is told with its name, and leaves nothing', async () => {
    await inScratch((directory) => {
      fs.mkdirSync(path.join(directory, 'folder'));
      expect(() => writeFile(path.join(directory, 'none', 'report'), 'new')).toThrow(/^cannot write to \S+\/none\/report: ENOENT/);
      expect(() => writeFile(path.join(directory, 'folder'), 'new')).toThrow(/^cannot write to \S+\/folder: EISDIR/);
      expect(() => writeFile(path.join(directory, 'x'.repeat(300)), 'new')).toThrow(/ENAMETOOLONG/);
      expect(fs.readdirSync(directory)).toEqual(['folder']);
    });
  });

  test('in a directory of somebody else', async () => {
    await inScratch((directory) => {
      fs.chmodSync(directory, process.geteuid?.() === 0 ? 0o755 : 0o555);
      expect(() => asNobody(() => writeFile(path.join(directory, 'report'), 'new'))).toThrow(OutputError);
      fs.chmodSync(directory, 0o755);
      expect(fs.readdirSync(directory)).toEqual([]);
    });
  });

  test('costs one file: the others are written, and the exit status says that something is missing', async () => {
    await inScratch(async (directory) => {
      const [good, bad, facts] = ['report.json', 'none/report.json', 'none/facts.json'].map((name) => path.join(directory, name)) as [
        string,
        string,
        string,
      ];
      const { code, stdout, stderr } = await auditFacts({}, [
        '--report',
        `json=${bad}`,
        '--report',
        `json=${good}`,
        '--report',
        'text',
        '--save-facts',
        facts,
      ]);
      expect(code).toBe(3);
      expect(stderr).toMatch(new RegExp(`^hullguard: cannot write to ${facts}: ENOENT.*\nhullguard: cannot write to ${bad}: ENOENT.*\n$`));
      expect(stdout).toContain('Score');
      expect(JSON.parse(fs.readFileSync(good, 'utf8'))).toHaveProperty('summary');
    });
  });
});

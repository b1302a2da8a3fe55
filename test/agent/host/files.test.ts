import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { type HostFiles, openFiles } from '../../../agent/host/files.ts';
import { HostError } from '../../../facts/host.ts';
import { inScratch } from '../hullguard.ts';
import { asNobody } from '../nobody.ts';

/** A directory tree that stands for another host's file system; `->` begins a link. */
function plant(root: string, tree: Readonly<Record<string, string>>): HostFiles {
  for (const [name, content] of Object.entries(tree)) {
    const file = path.join(root, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    if (content.startsWith('->')) fs.symlinkSync(content.slice(2), file);
    else fs.writeFileSync(file, content);
  }
  return openFiles(root);
}

function problem(read: () => unknown): string {
  try {
    read();
    return 'none';
  } catch (error) {
    if (error instanceof HostError) return `${error.code}: ${error.message}`;
    throw error;
  }
}

describe('this host', () => {
  test('a file: text, owner, mode, identity', async () => {
    await inScratch((directory) => {
      const file = path.join(directory, 'daemon.json');
      fs.writeFileSync(file, '{"icc": false} ü');
      fs.chmodSync(file, 0o4640);
      const files = openFiles('/');
      const { ino, dev, mtimeMs, ctimeMs } = fs.statSync(file);
      expect(files.read(file)).toBe('{"icc": false} ü');
      expect(files.lstat(file)).toEqual({
        kind: 'file',
        mode: 0o4640,
        uid: process.getuid?.(),
        gid: process.getgid?.(),
        size: 17,
        modifiedAt: mtimeMs,
        changedAt: ctimeMs,
        identity: `${dev}:${ino}`,
      });
      expect(files.list(directory)).toEqual(['daemon.json']);
      expect(files.locate(file)).toBe(file);
    });
  });

  test('each kind of file', async () => {
    await inScratch((directory) => {
      const files = plant(directory, { file: '', 'folder/x': '', link: '->file' });
      execFileSync('mkfifo', [path.join(directory, 'pipe')]);
      const kinds = ['/file', '/folder', '/link', '/pipe', '/none'].map((name) => files.lstat(name)?.kind ?? null);
      expect(kinds).toEqual(['file', 'directory', 'link', 'other', null]);
      expect(files.readlink('/link')).toBe('file');
      expect(openFiles('/').lstat('/dev/null')?.kind).toBe('other');
      expect(files.lstat('/file/below')).toBeNull();
    });
  });

  test('files whose size the kernel does not tell', () => {
    expect(openFiles('/').read('/proc/self/status')).toContain('Uid:');
    expect(openFiles('/').read(`/proc/${process.pid}/status`)).toContain('Uid:');
    expect(problem(() => openFiles('/').read('/proc/self/maps', 100))).toMatch(/^too-large: \/proc\/self\/maps: larger than 100 bytes/);
    expect(problem(() => openFiles('/').read(`/proc/${process.pid}/status`, 100))).toMatch(/^too-large/);
    expect(problem(() => openFiles('/').read('/proc/999999999/status'))).toMatch(/^missing/);
  });

  test('one that would go on for gigabytes is given up, and one that waits is not waited for', () => {
    const before = process.memoryUsage().rss;
    expect(problem(() => openFiles('/').read('/proc/self/pagemap'))).toMatch(/^too-large/);
    expect(problem(() => openFiles('/').read(`/proc/${process.pid}/pagemap`))).toMatch(/^too-large/);
    expect(process.memoryUsage().rss - before).toBeLessThan(64 << 20);
    // As root alone: others may not open it at all.
    expect(problem(() => openFiles('/').read('/proc/kmsg', 10))).toMatch(/^(too-large|io|denied|missing)/);
  });
});

describe('what cannot be read', () => {
  test('is told with its path and reason', async () => {
    await inScratch((directory) => {
      const files = plant(directory, { 'etc/folder/x': '', big: 'x'.repeat((1 << 20) + 1), loop: '->loop', dangling: '->none' });
      execFileSync('mkfifo', [path.join(directory, 'pipe')]);
      expect(problem(() => files.read('/none'))).toBe('missing: /none: no such file or directory');
      expect(problem(() => files.read('/big/below'))).toBe('missing: /big/below: no such file or directory');
      expect(problem(() => files.read('/dangling'))).toBe('missing: /dangling: no such file or directory');
      expect(problem(() => files.read('/loop'))).toBe('missing: /loop: no such file or directory');
      expect(problem(() => openFiles('/').read(path.join(directory, 'loop')))).toBe(
        `invalid: ${directory}/loop: links that lead back to themselves`,
      );
      expect(problem(() => files.list('/none'))).toBe('missing: /none: no such file or directory');
      expect(problem(() => files.readlink('/none'))).toBe('missing: /none: no such file or directory');
      expect(problem(() => files.read('/etc/folder'))).toBe('invalid: /etc/folder: not a regular file');
      expect(problem(() => files.read('/pipe'))).toBe('invalid: /pipe: not a regular file');
      expect(problem(() => files.read('/big'))).toBe(
        'too-large: /big: larger than 1048576 bytes, which is more than hullguard reads of it',
      );
      expect(files.read('/big', 2 << 20)).toHaveLength((1 << 20) + 1);
      expect(problem(() => files.readlink('/big'))).toMatch(/^io: \/big: EINVAL/);
      expect(problem(() => openFiles('/').read('/dev/zero'))).toBe('invalid: /dev/zero: not a regular file');
    });
  });

  test('without permission says what would help', async () => {
    await inScratch((directory) => {
      const files = plant(directory, { 'private/key': '', secret: '' });
      fs.chmodSync(directory, 0o755);
      fs.chmodSync(path.join(directory, 'secret'), 0o000);
      fs.chmodSync(path.join(directory, 'private'), 0o000);
      expect(asNobody(() => problem(() => files.read('/secret')))).toBe('denied: /secret: permission denied (run as root)');
      expect(asNobody(() => problem(() => files.lstat('/private/key')))).toBe('denied: /private/key: permission denied (run as root)');
      expect(asNobody(() => problem(() => files.list('/private')))).toBe('denied: /private: permission denied (run as root)');
      fs.chmodSync(path.join(directory, 'private'), 0o700);
    });
  });

  test('a name that no file can have is a host error: an engine may have sent it', () => {
    expect(problem(() => openFiles('/').read('/etc\0/passwd'))).toMatch(/^io: /);
    expect(problem(() => openFiles('/').lstat('/etc\0/passwd'))).toMatch(/^io: /);
  });
});

describe('another root', () => {
  test('absolute links stay inside it, wherever they stand on the way', async () => {
    await inScratch((directory) => {
      fs.writeFileSync(path.join(directory, 'outside'), 'ours');
      fs.mkdirSync(path.join(directory, 'outer'));
      fs.writeFileSync(path.join(directory, 'outer', 'file'), 'ours');
      const files = plant(path.join(directory, 'root'), {
        'run/docker.sock': 'theirs',
        'var/run': '->/run',
        'etc/docker': '->/srv/docker',
        'srv/docker/daemon.json': 'theirs',
        'etc/direct': `->${directory}/outside`,
        'etc/up': '->../../../outside',
        'etc/outer': `->${directory}/outer`,
      });
      expect(files.read('/var/run/docker.sock')).toBe('theirs');
      expect(files.read('/etc/docker/daemon.json')).toBe('theirs');
      expect(files.list('/etc/docker')).toEqual(['daemon.json']);
      expect(files.lstat('/etc/docker/daemon.json')?.size).toBe(6);
      expect(files.lstat('/etc/docker')?.kind).toBe('link');
      expect(files.locate('/var/run/docker.sock')).toBe(path.join(directory, 'root/run/docker.sock'));
      for (const name of ['/etc/direct', '/etc/up', '/etc/outer/file']) expect(problem(() => files.read(name))).toMatch(/^missing/);
      expect(files.lstat('/etc/outer/file')).toBeNull();
      expect(problem(() => files.list('/etc/outer'))).toMatch(/^missing/);
    });
  });

  test('the root itself, with and without a slash at its end', async () => {
    await inScratch((directory) => {
      plant(directory, { 'etc/hostname': 'theirs' });
      for (const root of [directory, `${directory}/`]) {
        expect(openFiles(root).read('/etc/hostname')).toBe('theirs');
        expect(openFiles(root).list('/')).toEqual(['etc']);
        expect(openFiles(root).lstat('/')?.kind).toBe('directory');
      }
    });
  });

  test('a loop of links ends', async () => {
    await inScratch((directory) => {
      const files = plant(directory, { a: '->/b', b: '->/a', 'deep/x': '->/deep/x/y' });
      for (const name of ['/a', '/deep/x/z']) {
        expect(problem(() => files.read(name))).toMatch(/^missing/);
        expect(files.locate(name)).toBeNull();
      }
    });
  });
});

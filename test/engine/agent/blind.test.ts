import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { labSuite } from '../../lab/suite.ts';

const execute = promisify(execFile);

labSuite('too few inotify watches', () => {
  let dir: string;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'hullguard-blind-'));
  });

  afterAll(() => rm(dir, { recursive: true, force: true }));

  test.each([
    ['max_inotify_watches', 0, 'ENOSPC', 'max_user_watches'],
    ['max_inotify_watches', 1, 'ENOSPC', 'max_user_watches'],
    ['max_inotify_instances', 0, 'EMFILE', 'max_user_instances'],
  ])('%s=%i: files are compared until there are more', async (limit, count, code, setting) => {
    const script = `echo ${count} >/proc/sys/user/${limit}; exec "$@"`;
    const command = [process.execPath, join(import.meta.dirname, 'blind.ts'), dir, limit];
    const { stdout } = await execute('timeout', ['60', 'unshare', '--user', '--map-root-user', 'sh', '-c', script, 'sh', ...command]);
    expect(JSON.parse(stdout)).toEqual({
      problems: [
        `too few inotify watches (${code}): files are compared every 0.2 s instead (raise fs.inotify.${setting} with sysctl)`,
        null,
      ],
      told: [true, true],
    });
  });
});

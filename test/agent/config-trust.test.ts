/** Whose configuration is believed. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../agent/config.ts';
import { writeFiles } from './configured.ts';
import { hullguard, inScratch } from './hullguard.ts';
import { asNobody } from './nobody.ts';

/** Whoever may write the configuration may have root run a command. */
describe.runIf(process.geteuid?.() === 0)('as root, a configuration of others is refused', () => {
  /** What is said where `change` has happened to the files. */
  function said(change: (directory: string) => void, as = (work: () => unknown): unknown => work()): Promise<unknown> {
    return inScratch((directory) => {
      fs.chmodSync(directory, 0o755);
      writeFiles(directory, { 'etc/config.yaml': 'timeout: 5\n', 'etc/conf.d/a.yaml': 'timeout: 6\n', 'else/config.yaml': 'timeout: 7\n' });
      change(directory);
      try {
        return as(() => loadConfig(path.join(directory, 'etc/config.yaml'), {}).timeout);
      } catch (error) {
        return String(error).replaceAll(directory, 'DIR');
      }
    });
  }
  const foreign = (name: string): string =>
    `UsageError: ${name}: belongs to user 1234, who could change what hullguard does: give it to root (chown root ${name})`;
  const open = (name: string, who = 'everybody'): string =>
    `UsageError: ${name}: ${who} may write to it, and could change what hullguard does: chmod go-w ${name}`;
  const at = (directory: string, name: string): string => path.join(directory, name);

  test.each<[string, (directory: string) => void, unknown]>([
    ['nothing is wrong', () => {}, 6],
    ['the file of another user', (directory) => fs.chownSync(at(directory, 'etc/config.yaml'), 1234, 0), foreign('DIR/etc/config.yaml')],
    [
      'a drop-in of another user',
      (directory) => fs.chownSync(at(directory, 'etc/conf.d/a.yaml'), 1234, 0),
      foreign('DIR/etc/conf.d/a.yaml'),
    ],
    [
      'a file for all to write',
      (directory) => fs.chmodSync(at(directory, 'etc/config.yaml'), 0o666),
      open('DIR/etc/config.yaml', 'everybody'),
    ],
    [
      'a file for another group to write',
      (directory) => {
        fs.chownSync(at(directory, 'etc/config.yaml'), 0, 1234);
        fs.chmodSync(at(directory, 'etc/config.yaml'), 0o664);
      },
      open('DIR/etc/config.yaml', 'group 1234'),
    ],
    ['a file for the group of root to write', (directory) => fs.chmodSync(at(directory, 'etc/config.yaml'), 0o664), 6],
    ['a directory of another user', (directory) => fs.chownSync(at(directory, 'etc/conf.d'), 1234, 0), foreign('DIR/etc/conf.d')],
    ['a directory for all to write', (directory) => fs.chmodSync(at(directory, 'etc/conf.d'), 0o777), open('DIR/etc/conf.d')],
    ['a directory such as /tmp', (directory) => fs.chmodSync(at(directory, 'etc/conf.d'), 0o1777), 6],
    [
      'a link of root to a file of root',
      (directory) => {
        fs.rmSync(at(directory, 'etc/config.yaml'));
        fs.symlinkSync('../else/config.yaml', at(directory, 'etc/config.yaml'));
      },
      6,
    ],
    [
      'a link to a file of another user',
      (directory) => {
        fs.rmSync(at(directory, 'etc/config.yaml'));
        fs.symlinkSync('../else/config.yaml', at(directory, 'etc/config.yaml'));
        fs.chownSync(at(directory, 'else/config.yaml'), 1234, 0);
      },
      foreign('DIR/etc/config.yaml'),
    ],
    [
      'a link to a file in a directory of another user',
      (directory) => {
        fs.rmSync(at(directory, 'etc/config.yaml'));
        fs.symlinkSync('../else/config.yaml', at(directory, 'etc/config.yaml'));
        fs.chownSync(at(directory, 'else'), 1234, 0);
      },
      foreign('DIR/else'),
    ],
    [
      'a link through a link of another user',
      (directory) => {
        fs.rmSync(at(directory, 'etc/config.yaml'));
        fs.symlinkSync('../else/link', at(directory, 'etc/config.yaml'));
        fs.symlinkSync('config.yaml', at(directory, 'else/link'));
        fs.lchownSync(at(directory, 'else/link'), 1234, 0);
      },
      foreign('DIR/else/link'),
    ],
    [
      'a directory that a link of another user’s directory leads to',
      (directory) => {
        fs.mkdirSync(at(directory, 'theirs'));
        fs.chownSync(at(directory, 'theirs'), 1234, 0);
        fs.symlinkSync('../else', at(directory, 'theirs/link'));
        fs.rmSync(at(directory, 'etc'), { recursive: true });
        fs.symlinkSync('theirs/link', at(directory, 'etc'));
      },
      foreign('DIR/theirs'),
    ],
  ])('%s', async (_what, change, expected) => {
    expect(await said(change)).toBe(expected);
  });

  test('with what is wrong in it, and exit status 2', async () => {
    await inScratch(async (directory) => {
      const file = path.join(directory, 'config.yaml');
      fs.writeFileSync(file, 'failOn: never\n');
      fs.chownSync(file, 1234, 0);
      const { code, stdout, stderr } = await hullguard(['audit', '--config', file]);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr.split('\n')).toEqual([
        expect.stringContaining(`${file}: belongs to user 1234`),
        expect.stringContaining(`${file}: line 1, column 9: failOn: expected`),
        '',
      ]);
    });
  });

  test('to others, theirs and those of root are good enough, and no third one’s', async () => {
    const as = (work: () => unknown): unknown => asNobody(work);
    expect(await said(() => {}, as)).toBe(6);
    expect(await said((directory) => fs.chownSync(at(directory, 'etc/config.yaml'), 65_534, 0), as)).toBe(6);
    expect(await said((directory) => fs.chownSync(at(directory, 'etc/config.yaml'), 1234, 0), as)).toBe(foreign('DIR/etc/config.yaml'));
  });

  test('one that may not be read is no missing one', async () => {
    const message = await said(
      (directory) => fs.chmodSync(at(directory, 'etc'), 0o700),
      (work) => asNobody(work),
    );
    expect(message).toMatch(/DIR\/etc\/config\.yaml: cannot read the configuration: EACCES/);
  });
});

/** Taking back later, more than once, out of order, and with damaged journals; and commands that only look. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startProxy } from '../../lab/proxy.ts';
import { labSuite } from '../../lab/suite.ts';
import { outside } from '../host.ts';
import { difference } from './guest.ts';
import { type Run, startVictim, type Victim } from './victim.ts';

const JOURNALS = '/var/lib/hullguard/journals';

labSuite('taking back', () => {
  let victim: Victim;
  let before: readonly string[];

  beforeAll(async () => {
    victim = await startVictim('sid');
    before = await victim.state();
  });

  afterEach(async () => {
    victim.forget(true);
    expect(difference(before, await victim.state())).toEqual([]);
  });

  afterAll(async () => {
    await victim.engine.stop();
  });

  const ids = (): string[] => victim.journals().map((name) => name.replace(/\..*$/, ''));
  const done = async (...args: readonly string[]): Promise<void> => {
    expect(await victim.run(args)).toMatchObject({ code: 0 });
  };
  const refused = async (args: readonly string[], says: string | RegExp): Promise<void> => {
    const { code, stderr } = await victim.run(args);
    expect(stderr).toMatch(says);
    expect(stderr).not.toContain('an error of its own');
    expect(code).toBe(2);
  };
  const write = (path: string, text: string): (() => void) => {
    const content = fs.readFileSync(path);
    const { atime, mtime } = fs.statSync(path);
    fs.writeFileSync(path, text);
    return () => {
      fs.writeFileSync(path, content);
      fs.utimesSync(path, atime, mtime);
    };
  };

  test('twice', async () => {
    await refused(['rollback'], 'there is nothing to take back');
    await done(...victim.apply('reload'));
    await done('rollback');
    await refused(['rollback'], 'there is nothing to take back');
    const [id = ''] = ids();
    await refused(['rollback', id], `${id} is rolled-back already: nothing was done`);
    await refused(['rollback', '20200101T000000Z-0000'], 'no journal is called 20200101T000000Z-0000');
  });

  test.each([
    ['daemon.json', (): string => victim.engine.configFile],
    ['a file of hullguard’s own', (): string => outside(victim.engine, '/etc/profile.d/hullguard.sh')],
  ])('what somebody has written into %s since is not lost', async (_, file) => {
    await done(...victim.apply('reload'));
    const undo = write(file(), '{ "debug": true, "labels": ["theirs"] }');
    const state = await victim.state();
    await refused(['rollback'], /changed since .* was applied: .*\. Nothing was done: take the later change back first/);
    expect(difference(state, await victim.state())).toEqual([]);
    undo();
    await done('rollback');
  });

  test.each([
    ['is gone', 'true'],
    ['is a link by now', 'ln -s /etc/hostname'],
    ['is a directory by now', 'mkdir'],
  ])('a file that %s', async (_, command) => {
    await done(...victim.apply('reload'));
    const { profile, kept } = { profile: '/etc/profile.d/hullguard.sh', kept: '/run/kept.sh' };
    const sh = (script: string): Promise<Run> => victim.run(['--version'], { before: script });
    await sh(`mv ${profile} ${kept}; ${command} ${profile}`);
    await refused(['rollback'], /changed since .* was applied: \/etc\/profile\.d\/hullguard\.sh\./);
    await sh(`rm -rf ${profile}; mv ${kept} ${profile}`);
    await done('rollback');
  });

  test('an older journal, whether a later one is in the way or not', async () => {
    await done('apply', 'daemon/live-restore', '--yes');
    await done('apply', 'files/etc-default-docker-*', '--yes');
    await done('apply', 'daemon/no-insecure-registries', '--yes');
    const [first = '', second = ''] = ids();
    await refused(['rollback', first], /changed since .* was applied: .*daemon\.json\. Nothing was done/);
    await done('rollback', second);
    await done('rollback');
    await done('rollback', first);
    expect(victim.journals().every((name) => name.endsWith('.rolled-back'))).toBe(true);
  });

  describe('a damaged journal', () => {
    const damage = (text: string): (() => void) => {
      const name = victim.journals().at(-1) ?? '';
      return write(join(outside(victim.engine, JOURNALS), `${name}.json`), text);
    };

    test.each(['', '{"schemaVersion":1,"id":', '{}', '[]', '\0\0\0\0'])('that holds %j is told, and stops nothing else', async (text) => {
      await done('apply', 'files/etc-default-docker-*', '--yes');
      await done('apply', 'image/content-trust', '--yes');
      const [first = '', second = ''] = ids();
      const undo = damage(text);
      const { code, stdout } = await victim.run(['journal']);
      expect(stdout).toMatch(new RegExp(`^${first}  applied .*\\n${second}  applied      damaged: .+\\n$`));
      expect(code).toBe(0);
      await refused(['journal', second], second);
      await refused(['rollback'], second);
      await refused(['rollback', second], second);
      await done('rollback', first);
      expect((await victim.run(['audit', '--check', 'files/*'])).code).toBe(1);
      undo();
      await done('rollback', second);
    });

    test('of an apply that was killed is told once, and then out of the way', async () => {
      const args = ['apply', 'files/etc-default-docker-*', '--yes'];
      const { steps } = await victim.steps(args);
      await done('rollback');
      victim.forget();
      await victim.killedAt(steps.findIndex((step) => step.startsWith('before chown')) + 1, args);
      const undo = damage('{"schemaVersion":');
      const { code, stderr } = await victim.run(['audit', '--check', 'files/etc-default-docker-mode']);
      expect(stderr).toMatch(/could not be taken back wholly. What is left:\n.*the journal is damaged: .*open\.json/);
      expect(code).toBe(1);
      expect(victim.journals()).toEqual([expect.stringMatching(/\.stuck$/)]);
      expect((await victim.run(['audit', '--check', 'files/etc-default-docker-mode'])).stderr).toBe('');
      fs.rmSync(outside(victim.engine, JOURNALS), { recursive: true });
      void undo;
    });
  });

  test('half-written journals of kills are cleared away by the next apply', async () => {
    await victim.killedAt(3, victim.apply('reload'));
    expect(victim.journals()).toEqual([expect.stringMatching(/\.new$/)]);
    await done('apply', 'files/etc-default-docker-*', '--yes');
    expect(victim.journals()).toEqual([expect.stringMatching(/\.applied$/)]);
    await done('rollback');
  });

  test('plan and audit only look: no file, no directory, no time of either changes, and the engine is asked with GET alone', async () => {
    await done(...victim.apply('reload'));
    await done('rollback');
    const proxy = await startProxy(victim.engine.socket);
    try {
      const tree = (): string => treeOf(victim);
      const untouched = tree();
      const looks = ['audit', 'plan', 'plan --max-impact restart --report json'].map((line) => `${line} --timeout 5`);
      for (const line of [...looks, 'journal', 'checks']) {
        const args = line.split(' ');
        const { code } = await victim.run(args, { env: { DOCKER_HOST: proxy.endpoint } });
        expect(code, line).toBeLessThan(4);
      }
      expect(difference(untouched.split('\n'), tree().split('\n'))).toEqual([]);
      expect(proxy.requests.length).toBeGreaterThan(20);
      expect(proxy.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
    } finally {
      await proxy.stop();
    }
  });
});

/** Every file there is with its content, mode, owner and times. */
function treeOf({ engine }: Victim): string {
  const lines: string[] = [];
  const visit = (path: string): void => {
    const { mode, uid, gid, mtimeNs, ctimeNs, ino } = fs.lstatSync(path, { bigint: true });
    const kind = mode & 0o170000n;
    const content = kind === 0o100000n ? createHash('sha256').update(fs.readFileSync(path)).digest('hex') : '';
    lines.push(`${path} ${ino} ${mode.toString(8)} ${uid}:${gid} ${mtimeNs} ${ctimeNs} ${content}`);
    if (kind === 0o040000n) for (const name of fs.readdirSync(path).toSorted()) visit(join(path, name));
  };
  visit(engine.configFile);
  for (const path of ['/etc', '/var/lib/hullguard']) visit(outside(engine, path));
  return lines.join('\n');
}

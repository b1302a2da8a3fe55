/** What may go wrong with dockerd, its containers and other people's commands while a plan is applied: told, and the host as before. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Suite } from '../../lab/engine.ts';
import { labSuite } from '../../lab/suite.ts';
import { serveAuthorization } from '../hardened/authorization.ts';
import { outside } from '../host.ts';
import { difference } from './guest.ts';
import { configuration } from './stage.ts';
import { type Run, type Start, startVictim, type Victim } from './victim.ts';

const lab = join(import.meta.dirname, '../../lab/dockerd.sh');
const CONFIG = '/etc/hullguard/config.yaml';

/** The site's way to restart dockerd, which does something else the first time. */
const firstTime = (script: string): string => `
if mkdir /run/was-here 2>/dev/null; then
  ${script}
else
  exec ${lab} restart "$dir"
fi`;

labSuite('faults around dockerd', () => {
  describe.each(['bookworm', 'trixie'] as const)('%s', (suite: Suite) => {
    let victim: Victim;
    let config: string;
    let before: readonly string[];

    beforeAll(async () => {
      victim = await startVictim(suite);
      config = fs.readFileSync(outside(victim.engine, CONFIG), 'utf8');
      // With live restore, what runs goes on, and nothing would have to be started again.
      await victim.engine.docker('rm', '--force', 'always');
      before = await victim.state();
    });

    afterEach(async () => {
      fs.writeFileSync(outside(victim.engine, CONFIG), config);
      for (const name of ['/run/was-here', '/run/gone']) fs.rmSync(outside(victim.engine, name), { recursive: true, force: true });
      victim.forget(true);
      expect(difference(before, await victim.state())).toEqual([]);
    });

    afterAll(async () => {
      await victim.engine.stop();
    });

    const apply = (start?: Start): Promise<Run> =>
      victim.run(['apply', 'daemon/icc-disabled', 'files/*', 'image/*', '--max-impact', 'restart', '--yes'], start);
    const states = (): string[] => victim.journals().map((name) => name.replace(/^.*\./, ''));
    const dockerdIs = (): number => victim.engine.pid();

    /** Names a script as what restarts dockerd. */
    const restartBy = async (script: string, patience = 4): Promise<void> => {
      const path = join(victim.engine.dir, 'restart.sh');
      fs.writeFileSync(path, `#!/bin/bash\ndir=${victim.engine.dir}\n${script}`, { mode: 0o755 });
      const yaml = configuration(victim.engine).replace(/restartCommand: .*/, `restartCommand: [${path}]\n  patience: ${patience}`);
      fs.writeFileSync(outside(victim.engine, CONFIG), `${yaml}${config.slice(config.indexOf('policy:'))}`);
    };

    // What does not depend on the engine.
    if (suite === 'trixie') {
      test.each<[string, string, RegExp]>([
        ['the command fails at once', 'echo "no way" >&2; exit 3', /restart\.sh : no way/],
        ['the command is killed', 'kill -9 $$', /ended by SIGKILL/],
        ['the command hangs', 'sleep 1000', /did not end within 5 s/],
        ['the command hangs in a child that keeps its output open', '(sleep 1000) | cat', /did not end within 5 s/],
        ['dockerd is not restarted at all', 'exit 0', /dockerd does not answer 5 s after the restart/],
      ])('%s, and comes back with the old file', async (_, script, says) => {
        await restartBy(firstTime(script));
        const { code, stderr } = await apply();
        expect(stderr).toMatch(says);
        expect(stderr).toContain('apply failed, and everything was taken back');
        expect(code).toBe(4);
        expect(states()).toEqual(['rolled-back']);
      });

      test('no restart ever works: the daemon of before has never seen another file', async () => {
        const pid = dockerdIs();
        await restartBy('exit 3');
        const { code, stderr } = await apply();
        expect(stderr).toContain('exit status 3');
        expect(code).toBe(4);
        expect(dockerdIs()).toBe(pid);
      });

      test('a restart command that leaves a child with its output is not waited for', async () => {
        await restartBy(`sleep 1000 & echo $! >/run/gone; exec ${lab} restart "$dir"`, 30);
        expect(await apply()).toMatchObject({ code: 0 });
        expect(await victim.run(['rollback'])).toMatchObject({ code: 0 });
      });

      test('a second apply at the same time is refused at once, and does the first no harm', async () => {
        await restartBy(`touch /run/was-here; sleep 2; exec ${lab} restart "$dir"`, 60);
        const first = apply();
        await vi.waitUntil(() => fs.existsSync(outside(victim.engine, '/run/was-here')), 30_000);
        const started = performance.now();
        for (const args of [['apply', 'files/*', '--yes'], ['rollback']])
          expect(await victim.run(args)).toMatchObject({
            code: 2,
            stderr: expect.stringContaining('another apply or rollback is running'),
          });
        for (const args of [['journal'], ['plan', 'files/*'], ['audit', '--check', 'files/*']])
          expect((await victim.run(args)).code).toBeLessThan(2);
        expect(states()).toEqual(['activating']);
        expect(performance.now() - started).toBeLessThan(20_000);
        expect(await first).toMatchObject({ code: 0 });
        expect(await victim.run(['rollback'])).toMatchObject({ code: 0 });
      });

      test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s: taken back in order', async (name) => {
        await restartBy(`touch /run/was-here; sleep 1; exec ${lab} restart "$dir"`, 60);
        const { code, stderr } = await apply({ signal: { name, when: () => fs.existsSync(outside(victim.engine, '/run/was-here')) } });
        expect(stderr).toContain(`apply failed, and everything was taken back: ended by ${name}`);
        expect(code).toBe(4);
        expect(states()).toEqual(['rolled-back']);
      });

      test('Ctrl-C, twice, is for hullguard alone, not for what it runs', async () => {
        await restartBy(`touch /run/was-here; sleep 1; exec ${lab} restart "$dir"`, 60);
        const when = (): boolean => fs.existsSync(outside(victim.engine, '/run/was-here'));
        const { code, stderr } = await apply({ signal: { name: 'SIGINT', when, group: true, again: 1500 } });
        expect(stderr).toContain('everything was taken back: ended by SIGINT');
        expect(code).toBe(4);
      });
    }

    test.each<[string, string, RegExp]>([
      ['hangs in its start', 'sleep 1000', /did not end within 5 s/],
      ['does not start', 'exit 0', /dockerd does not answer 5 s after the restart/],
    ])('dockerd %s, and comes back with the old file', async (_, script, says) => {
      const stop = 'read -r pid _ <"$dir/leader"; kill -KILL "$pid"; tail --pid="$pid" -f /dev/null; rm -f "$dir/docker.pid"';
      await restartBy(firstTime(`${stop}; ${script}`), 4);
      const { code, stderr } = await apply();
      expect(stderr).toMatch(says);
      expect(stderr).toContain('apply failed, and everything was taken back');
      expect(code).toBe(4);
    });

    describe('a key that somebody has written, and that dockerd has not met yet', () => {
      const spoiled = async (extra: string, args: readonly string[]): Promise<Run> => {
        const { configFile } = victim.engine;
        const kept = join(victim.engine.dir, 'kept.json');
        execFileSync('cp', ['--archive', configFile, kept]);
        const written = fs.readFileSync(configFile, 'utf8').replace(/\}$/, `, ${extra}}`);
        fs.writeFileSync(configFile, written);
        const done = await victim.run(['apply', ...args, '--yes']);
        expect(fs.readFileSync(configFile, 'utf8')).toBe(written);
        fs.renameSync(kept, configFile);
        return done;
      };

      if (suite === 'trixie') {
        test('is refused by the engine’s own validator', async () => {
          const { code, stderr } = await spoiled('"nosuch": 1', ['daemon/live-restore']);
          expect(stderr).toMatch(/everything was taken back: dockerd refuses the new \/lab\/daemon\.json: .*configuration option: nosuch/);
          expect(code).toBe(4);
        });
      }

      test('is not brought into force by a restart, after which dockerd might not come back', async () => {
        const pid = dockerdIs();
        const { code, stdout } = await spoiled('"nosuch": 1', ['daemon/icc-disabled', '--max-impact', 'restart']);
        expect(stdout.replace(/\s+/g, ' ')).toMatch(/\/lab\/daemon\.json has .*nosuch, which dockerd is not known to run with/);
        expect(code).toBe(1);
        expect(dockerdIs()).toBe(pid);
      });

      test('makes dockerd reject the reload, and go on as before', async () => {
        const extra = suite === 'bookworm' ? '"nosuch": 1' : '"default-runtime": "nosuch"';
        const { code, stderr } = await spoiled(extra, ['daemon/live-restore']);
        expect(stderr).toContain('everything was taken back: dockerd did not take the new configuration');
        expect(code).toBe(4);
      });
    });

    test('a container does not come back', async () => {
      fs.mkdirSync(outside(victim.engine, '/run/needed'));
      const mount = 'type=bind,source=/run/needed,target=/needed';
      await victim.engine.docker('run', '-d', '--name', 'needy', '--stop-signal', 'KILL', '--mount', mount, 'busybox:lab', 'sleep', '1d');
      await restartBy(`mv /run/needed /run/away || mv /run/away /run/needed; exec ${lab} restart "$dir"`, 30);
      try {
        const { code, stderr } = await apply();
        expect(stderr).toMatch(/container needy does not start again: .*needed/);
        expect(code).toBe(4);
      } finally {
        await victim.engine.docker('rm', '--force', 'needy');
        fs.rmSync(outside(victim.engine, '/run/needed'), { recursive: true });
      }
    });

    test('a published port no longer answers', async () => {
      fs.mkdirSync(outside(victim.engine, '/run/needed'));
      fs.writeFileSync(outside(victim.engine, '/run/needed/serve'), '');
      const options = ['-d', '--name', 'deaf', '--stop-signal', 'KILL', '-p', '127.0.0.1:8081:80', '-v', '/run/needed:/needed'];
      await victim.engine.docker('run', ...options, 'busybox:lab', 'sh', '-c', '[ ! -e /needed/serve ] || httpd -h /; exec sleep 1d');
      const toggle = '{ cd /run/needed && mv serve not || mv not serve; } 2>/dev/null';
      await restartBy(`${toggle}; exec ${lab} restart "$dir"`, 8);
      try {
        const { code, stderr } = await apply();
        expect(stderr).toMatch(/published ports no longer accept connections: 127\.0\.0\.1:8081 of deaf/);
        expect(code).toBe(4);
      } finally {
        await victim.engine.docker('rm', '--force', 'deaf');
        fs.rmSync(outside(victim.engine, '/run/needed'), { recursive: true });
      }
    });

    test('dockerd has started with the new file before it could be taken back, as after a power cut', async () => {
      const args = victim.apply('reload');
      const { steps } = await victim.steps(args);
      await victim.run(['rollback']);
      const written = steps.findIndex((step) => /^after rename .*daemon\.json$/.test(step)) + 1;
      await victim.killedAt(written, args);
      await victim.engine.restart();
      await victim.engine.docker('start', 'plain');
      expect((await victim.state()).join('\n')).toContain('live-restore true');
      expect(await victim.run(['journal'])).toMatchObject({ code: 0, stderr: expect.stringContaining('everything is as it was before') });
    });

    test('authorization plugins on the command line are never switched off by a reload', async () => {
      const args = victim.apply('reload');
      expect(await victim.run(args)).toMatchObject({ code: 0 });
      const endPlugin = await serveAuthorization(victim.engine, 'allow');
      const flags = join(victim.engine.dir, 'flags');
      try {
        fs.writeFileSync(flags, '--authorization-plugin=allow\n');
        await victim.engine.restart();
        const log = fs.statSync(join(victim.engine.dir, 'log')).size;
        const { code, stderr } = await victim.run(['rollback']);
        expect(stderr).toMatch(/has --authorization-plugin on its command line, which a reload would switch off: restart it/);
        expect(code).toBe(5);
        expect(fs.readFileSync(join(victim.engine.dir, 'log'), 'utf8').slice(log)).not.toContain('Got signal to reload');
      } finally {
        fs.writeFileSync(flags, '');
        await victim.engine.restart();
        endPlugin();
      }
      expect(await victim.run(['rollback'])).toMatchObject({ code: 0 });
      await victim.engine.docker('start', 'plain').catch(() => '');
    });
  });
});

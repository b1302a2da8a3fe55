/** Waivers on real engines: granted, kept by a container made anew as it was, lost by one made otherwise. */
import { chmod, readFile, stat } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Report } from '../../agent/report.ts';
import { type Engine, importBusybox, type Suite, startEngine } from '../lab/engine.ts';
import { labSuite } from '../lab/suite.ts';
import { type Audit, audit, hullguard, type Outcome } from './command.ts';
import { outside, prepareHost } from './host.ts';

const FILE = '/etc/hullguard/waivers.yaml';
const CHECK = 'container/no-privileged';
const NEVER = '2999-12-31';

for (const suite of ['bookworm', 'sid'] satisfies Suite[]) {
  labSuite(`waivers on ${suite}`, () => {
    let engine: Engine;

    beforeAll(async () => {
      engine = await startEngine({ suite });
      await importBusybox(engine);
    });
    afterAll(() => engine?.stop());

    const run = (name: string, ...options: readonly string[]): Promise<string> =>
      engine.docker('run', '--detach', '--name', name, ...options, 'busybox:lab', 'sleep', '1000');
    const remove = (...names: readonly string[]): Promise<string> => engine.docker('rm', '--force', '--volumes', ...names);
    const judge = (...args: readonly string[]): Promise<Audit> => audit(engine, ['--check', CHECK, ...args]);
    const decide = (...args: readonly string[]): Promise<Outcome> =>
      hullguard(engine, [
        ...args,
        '--docker-host',
        engine.endpoint,
        '--quiet',
        ...(args.includes('--expires') ? [] : ['--expires', NEVER]),
      ]);
    const waive = (...args: readonly string[]): Promise<Outcome> =>
      decide('waive', CHECK, '--reason', 'drives the tape', '--owner', 'anna', ...args);
    const content = (): Promise<string> => readFile(outside(engine, FILE), 'utf8');
    const clear = (): Promise<void> => prepareHost(engine, { [FILE]: null });

    /** Options of a container, as rich as those that a fingerprint has to see through. */
    const options = ['--privileged', '--volume', '/data', '--volume', '/srv:/srv:ro', '--memory', '64m', '--publish', '127.0.0.1::80'];

    test('one for a container outlives it, and does not follow it to other options', async () => {
      await run('web', ...options);
      expect((await judge()).code).toBe(1);
      const granted = await waive('--container', 'web');
      expect(granted).toMatchObject({ code: 0, stderr: '' });
      expect(granted.stdout).toMatch(/^w-\d{8}-[0-9a-f]{4} waives container\/no-privileged until 2999-12-31: container web\n$/);
      expect((await stat(outside(engine, FILE))).mode & 0o777).toBe(0o644);

      const { code, report } = await judge();
      const [id = ''] = granted.stdout.split(' ');
      expect(code).toBe(0);
      expect(report.findings[0]).toMatchObject({ status: 'fail', waiver: { id, owner: 'anna', expires: NEVER } });
      expect(report.summary).toMatchObject({ fail: 1, waived: 1, score: 0 });
      expect(report.waivers).toMatchObject([{ id, check: CHECK, selector: 'container web', state: 'active', note: null }]);
      const text = await hullguard(engine, ['audit', '--docker-host', engine.endpoint, '--check', CHECK]);
      expect(text.stdout).toMatch(
        /Failed, and waived \(1\)\n.*\n +container web: Privileged=true\n +accepted by anna until 2999-12-31: drives the tape\n/,
      );

      await remove('web');
      expect(stateOf((await judge()).report)).toMatchObject(['unmatched', expect.stringContaining('there are no containers')]);
      await run('web', ...options);
      expect(await judge()).toMatchObject({ code: 0, report: { waivers: [{ state: 'active' }] } });
      await remove('web');
      await engine.docker('create', '--name', 'web', ...options, 'busybox:lab', 'sleep', '1000');
      expect(await judge()).toMatchObject({ code: 0, report: { waivers: [{ state: 'active' }] } });

      for (const [more, part] of [
        [['--pid', 'host'], 'namespaces'],
        [['--cap-add', 'NET_ADMIN'], 'privileges'],
        [['--volume', '/:/host'], 'mounts'],
        [['--user', '0:0'], 'user'],
        [['--publish', '8000:80'], 'ports'],
      ] as const) {
        await remove('web');
        await run('web', ...options, ...more);
        const changed = await judge();
        expect(changed.code, part).toBe(1);
        expect(stateOf(changed.report)).toEqual(['reopened', `since it was granted, container web is not what it was: ${part}`]);
      }
      await remove('web');
      await run('web', ...options);
      await engine.docker('update', '--memory', '128m', '--memory-swap', '256m', 'web');
      expect(stateOf((await judge()).report)).toEqual(['reopened', 'since it was granted, container web is not what it was: limits']);
    });

    test('one that expires covers until its day is over, and one that nothing needs is told', async () => {
      await prepareHost(engine, { [FILE]: (await content()).replace(NEVER, '2020-01-31') });
      await engine.docker('update', '--memory', '64m', '--memory-swap', '128m', 'web');
      const over = await judge();
      expect(over.code).toBe(1);
      expect(over.report).toMatchObject({ findings: [{ waiver: null }], summary: { waived: 0 } });
      expect(stateOf(over.report)).toEqual(['expired', 'what it covered fails']);

      await prepareHost(engine, { [FILE]: (await content()).replace('2020-01-31', NEVER) });
      expect((await judge()).code).toBe(0);
      await remove('web');
      await run('web', '--memory', '64m');
      const mended = await judge();
      expect([mended.code, ...stateOf(mended.report)]).toEqual([0, 'unneeded', null]);
      const text = await hullguard(engine, ['audit', '--docker-host', engine.endpoint, '--check', CHECK]);
      expect(text.stdout).toMatch(
        /Waivers to look at \(1\)\n {2}w-\S+ on container\/no-privileged for container web, of anna, covers\s+nothing that fails/,
      );
      expect(await waive('--container', 'web')).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('container/no-privileged is pass here'),
      });
      await remove('web');
    });

    test('one for an image goes by its digest', async () => {
      await clear();
      await run('one', '--privileged');
      const digest = await engine.docker('inspect', '--format', '{{.Image}}', 'one');
      expect(await waive('--image', `sha256:${'0'.repeat(64)}`)).toMatchObject({ code: 2 });
      expect(await waive('--image', digest)).toMatchObject({ code: 0, stdout: expect.stringContaining(': container one\n') });
      await run('two', '--privileged');
      expect(await judge()).toMatchObject({ code: 0, report: { waivers: [{ state: 'active', selector: `image ${digest}` }] } });
      await engine.docker('commit', 'one', 'other:lab');
      await engine.docker('run', '--detach', '--name', 'three', '--privileged', 'other:lab', 'sleep', '1000');
      const other = await judge();
      expect(other.code).toBe(1);
      expect(coverOf(other.report)).toEqual({ 'container one': true, 'container two': true, 'container three': false });
      await remove('one', 'two', 'three');
    });

    test('a container cannot grant itself one by a label', async () => {
      await clear();
      await run('tape', '--privileged', '--label', 'hullguard.waiver=tape');
      const alone = await judge();
      expect(alone.code).toBe(1);
      expect(alone.stderr).toContain('container tape: its label hullguard.waiver=tape is no waiver’s selector');
      expect(await waive('--label', 'hullguard.waiver=tape')).toMatchObject({ code: 0 });
      expect(await judge()).toMatchObject({ code: 0, stderr: '' });
      await run('guest', '--privileged', '--label', 'hullguard.waiver=tape', '--network', 'host');
      const guest = await judge();
      expect([guest.code, coverOf(guest.report)]).toEqual([1, { 'container tape': true, 'container guest': false }]);
      await remove('tape', 'guest');
    });

    test('what is waived is not planned, and a path is one file', async () => {
      await clear();
      const check = 'files/daemon-json-mode';
      await chmod(engine.configFile, 0o666);
      const plan = () => hullguard(engine, ['plan', '--docker-host', engine.endpoint, '--quiet', check]);
      const forPath = (name: string) => decide('waive', check, '--path', name, '--reason', 'a lab', '--owner', 'anna');
      expect((await plan()).code).toBe(1);
      expect((await forPath('/etc/docker/daemon.json')).code).toBe(2);
      expect((await forPath(engine.configFile)).code).toBe(0);
      const waived = await plan();
      expect(waived).toMatchObject({
        code: 0,
        stderr: expect.stringMatching(/not planned, since w-\S+ waives it: files\/daemon-json-mode \(\/lab\//),
      });
    });

    test('a file that others may write counts for nothing', async () => {
      await prepareHost(engine, { [FILE]: { content: await content(), mode: 0o666 } });
      const open = await audit(engine, ['--check', 'files/daemon-json-mode']);
      expect([open.code, open.report.waivers]).toEqual([3, []]);
      expect(open.stderr).toBe(
        `hullguard: ${FILE}: no waiver in it counts: ${FILE}: everybody may write to it, and could change what hullguard does: chmod go-w ${FILE}\n`,
      );
      expect((await hullguard(engine, ['plan', '--docker-host', engine.endpoint, 'files/daemon-json-mode'])).code).toBe(2);
      expect((await waive('--container', 'web')).code).toBe(2);
    });
  });
}

function stateOf({ waivers }: Report): readonly unknown[] {
  return waivers.flatMap(({ state, note }) => [state, note]);
}

/** Whether what fails is covered, by resource. */
function coverOf({ findings: [finding] }: Report): Record<string, boolean> {
  const failing = finding?.evidence.filter(({ outcome }) => outcome === 'fail') ?? [];
  return Object.fromEntries(failing.map(({ resource, waiver }) => [resource, waiver !== undefined]));
}

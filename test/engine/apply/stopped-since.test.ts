/** A rollback brings back what ran before it, not what ran before the apply; and leaves dockerd alone where its file is somebody else's by now. */
import { readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { labSuite } from '../../lab/suite.ts';
import { hullguard } from '../command.ts';
import { outside } from '../host.ts';
import { startChangeable } from './stage.ts';

labSuite('a rollback long after', () => {
  test('leaves alone what somebody has stopped since', { timeout: 120_000 }, async () => {
    const engine = await startChangeable({ suite: 'trixie' });
    try {
      for (const name of ['kept', 'stopped'])
        await engine.docker('run', '--detach', '--init', '--name', name, 'busybox:lab', 'sleep', '1000000');
      const restart = ['--max-impact', 'restart', '--yes', '--docker-host', engine.endpoint];
      expect(await hullguard(engine, ['apply', 'daemon/no-new-privileges', ...restart])).toMatchObject({ code: 0 });
      await engine.docker('stop', '--time', '0', 'stopped');
      expect(await hullguard(engine, ['rollback'])).toMatchObject({ code: 0 });
      expect(await engine.docker('ps', '--format', '{{.Names}}')).toBe('kept');
    } finally {
      await engine.stop();
    }
  });

  test('of a stuck journal does not restart dockerd with a file that somebody else has written', { timeout: 120_000 }, async () => {
    const engine = await startChangeable({ suite: 'trixie' });
    try {
      const restart = ['--max-impact', 'restart', '--yes', '--docker-host', engine.endpoint];
      expect(await hullguard(engine, ['apply', 'daemon/no-new-privileges', ...restart])).toMatchObject({ code: 0 });
      const journals = outside(engine, '/var/lib/hullguard/journals');
      for (const name of await readdir(journals)) await rename(join(journals, name), join(journals, name.replace('applied', 'stuck')));
      await writeFile(engine.configFile, '{ "no-new-privileges": tru');
      const stuck = await hullguard(engine, ['rollback']);
      expect(stuck).toMatchObject({ code: 5, stderr: expect.stringContaining('changed by somebody else since') });
      expect(stuck.stderr).not.toContain('dockerd:');
      expect(await engine.docker('version', '--format', '{{.Server.Os}}')).toBe('linux');
    } finally {
      await engine.stop();
    }
  });
});

/** A rollback brings back what ran before it, not what ran before the apply. */
import { expect, test } from 'vitest';
import { labSuite } from '../../lab/suite.ts';
import { hullguard } from '../command.ts';
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
});

/** A state directory that cannot be read or written. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Engine } from '../../lab/engine.ts';
import { labSuite } from '../../lab/suite.ts';
import { hullguard } from '../command.ts';
import { onHost } from '../host.ts';
import { startChangeable } from './stage.ts';

const STATE = '/var/lib/hullguard';
const launcher = join(import.meta.dirname, '../../../agent/hullguard.cjs');

labSuite('a closed state directory', () => {
  let engine: Engine;

  beforeAll(async () => {
    engine = await startChangeable({ suite: 'trixie' });
    const apply = ['apply', 'daemon/live-restore', '--yes', '--docker-host', engine.endpoint];
    expect(await hullguard(engine, apply)).toMatchObject({ code: 0 });
  });

  afterAll(async () => {
    await engine.stop();
  });

  test('is not taken for an empty one', async () => {
    const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
    const told = onHost(engine, ...nobody, process.execPath, launcher, 'journal');
    await expect(told).rejects.toThrow(`${STATE}/journals: EACCES: permission denied`);
  });

  test('refuses a rollback in words, before anything is changed', async () => {
    await onHost(engine, 'mount', '--bind', STATE, STATE);
    await onHost(engine, 'mount', '-o', 'remount,bind,ro', STATE);
    const refused = await hullguard(engine, ['rollback']);
    await onHost(engine, 'umount', STATE);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringMatching(/read-only file system.*: nothing was changed\n$/) });
    expect(await hullguard(engine, ['rollback'])).toMatchObject({ code: 0 });
  });
});

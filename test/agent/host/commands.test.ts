import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { commandRunner } from '../../../agent/host/commands.ts';
import { HostError } from '../../../facts/host.ts';

const here = { root: '/', signal: new AbortController().signal };

async function problem(work: Promise<unknown>): Promise<string> {
  try {
    return `none: ${JSON.stringify(await work)}`;
  } catch (error) {
    if (error instanceof HostError) return `${error.code}: ${error.message}`;
    throw error;
  }
}

test('status and both outputs of a program', async () => {
  const run = commandRunner(here);
  expect(await run('getent', ['passwd', 'root'])).toMatchObject({ status: 0, stdout: expect.stringMatching(/^root:x:0:0:/), stderr: '' });
  expect(await run('getent', ['passwd', 'no-such-user'])).toMatchObject({ status: 2, stdout: '' });
  expect(await run('getent', ['--no-such-option'])).toMatchObject({ stderr: expect.stringContaining('unrecognized option') });
});

test('arguments are no shell text', async () => {
  const { status } = await commandRunner(here)('getent', ['passwd', 'root; touch /tmp/owned', '$(id)']);
  expect(status).toBe(2);
});

test('nothing of our environment reaches it, so that messages are in English and no library is slipped in', async () => {
  const stdout = execFileSync(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `
    import { commandRunner } from '${import.meta.resolve('../../../agent/host/commands.ts')}';
    const run = commandRunner({ root: '/', signal: new AbortController().signal });
    console.log((await run('getent', ['--no-such-option'])).stderr);
  `,
    ],
    { env: { ...process.env, LANGUAGE: 'de', LC_ALL: 'de_DE.UTF-8', LD_PRELOAD: '', PATH: '/nonexistent' }, encoding: 'utf8' },
  );
  expect(stdout).toContain('unrecognized option');
});

describe('what is not run', () => {
  test.each(['sh', 'docker', '/bin/sh', 'rm'])('%s is a mistake of ours', async (program) => {
    await expect(commandRunner(here)(program, [])).rejects.toThrow(`${program} is not among the programs hullguard runs`);
  });

  test('for another root only what asks the kernel', async () => {
    const run = commandRunner({ ...here, root: '/mnt' });
    expect(await problem(run('getent', ['passwd']))).toBe('missing: getent is not run for another root (/mnt)');
    expect(await problem(run('systemctl', ['show']))).toBe('missing: systemctl is not run for another root (/mnt)');
    expect(await problem(run('getfacl', ['/']))).toBe('missing: getfacl is not run for another root (/mnt)');
    expect(await problem(run('auditctl', ['-s']))).not.toContain('another root');
  });
});

test('one that does not end in time is ended', async () => {
  const begun = performance.now();
  // Without a bus to ask, systemctl would wait; getent with a pipe for standard input does too where it reads keys.
  const work = commandRunner({ root: '/', signal: AbortSignal.timeout(1) })('systemctl', ['show', '--property=Id', 'docker.service']);
  expect(await problem(work)).toMatch(/^(timeout: systemctl did not end in time|missing: systemctl is not installed|none: )/);
  expect(performance.now() - begun).toBeLessThan(3000);
});

test('none is started when the time is over', async () => {
  expect(await problem(commandRunner({ root: '/', signal: AbortSignal.abort() })('getent', ['passwd']))).toBe(
    'timeout: getent did not end in time',
  );
});

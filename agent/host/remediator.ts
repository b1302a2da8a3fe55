/** Hands a plan to who may change the host: the one-shot unit where systemd has it, else a command of our own. */
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { reasonOf } from '../../facts/host.ts';
import { STATE_DIRECTORY, writeState } from '../state/directory.ts';
import { ownCommand } from './shipped.ts';
import { step } from './writer.ts';

const PLANS = path.join(STATE_DIRECTORY, 'remediate');
const UNITS = [
  '/etc/systemd/system',
  '/run/systemd/system',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
];
const UNIT = 'hullguard-remediate@.service';
/** As long as the unit may take. */
const TIMEOUT = 30 * 60_000;

export interface Outcome {
  /** The exit status of `hullguard apply`; null where it could not be run. */
  readonly code: number | null;
  readonly said: string;
}

/** Applies the plan, and waits for its end. Throws WriteError where the plan cannot be left for it. */
export async function remediate(plan: string): Promise<Outcome> {
  fs.mkdirSync(PLANS, { recursive: true, mode: 0o700 });
  const file = path.join(PLANS, 'agent.json');
  writeState(file, plan, step);
  if (!hasUnit()) {
    const { program, args } = ownCommand();
    return run(program, [...args, 'apply', '--yes', '--quiet', '--plan', file]);
  }
  const started = await run('systemctl', ['start', UNIT.replace('@', '@agent')]);
  const { said } = await run('systemctl', ['show', '--property=ExecMainStatus', '--value', UNIT.replace('@', '@agent')]);
  const code = Number.parseInt(said, 10);
  return Number.isNaN(code) ? started : { code, said: started.said };
}

function hasUnit(): boolean {
  return fs.existsSync('/run/systemd/system') && UNITS.some((directory) => fs.existsSync(path.join(directory, UNIT)));
}

function run(program: string, args: readonly string[]): Promise<Outcome> {
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };
  return new Promise((resolve) => {
    execFile(program, args, { env, timeout: TIMEOUT, maxBuffer: 16 << 20 }, (error, stdout, stderr) => {
      if (error === null) resolve({ code: 0, said: `${stdout}${stderr}`.trim() });
      else if (typeof error.code === 'number') resolve({ code: error.code, said: stderr.trim() });
      else resolve({ code: null, said: reasonOf(error) });
    });
  });
}

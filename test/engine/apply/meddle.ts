/**
 * Loaded before hullguard (node --import): somebody who does something at the very moment hullguard takes a step.
 * MEDDLE_AT: a pattern for `before rename /etc/docker/daemon.json` and the like. MEDDLE_WITH: what is done, in shell.
 */
import { spawnSync } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';

const { MEDDLE_AT = '(?!)', MEDDLE_WITH = 'true' } = process.env;
const moment = new RegExp(MEDDLE_AT);
let done = false;

subscribe('hullguard:write', (message) => {
  const { name, path, when } = message as { readonly name: string; readonly path: string; readonly when: string };
  if (done || !moment.test(`${when} ${name} ${path}`)) return;
  done = true;
  const { status, stderr } = spawnSync('sh', ['-c', MEDDLE_WITH], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`MEDDLE_WITH: ${stderr}`);
});

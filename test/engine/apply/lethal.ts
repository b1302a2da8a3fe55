/**
 * Loaded before hullguard (node --import): ends it with SIGKILL at the n-th step it takes to change something, and writes down the steps.
 * LETHAL_AT=n, LETHAL_LOG=file.
 */
import { subscribe } from 'node:diagnostics_channel';
import fs from 'node:fs';

const { LETHAL_AT = '0', LETHAL_LOG = '' } = process.env;
let taken = 0;

subscribe('hullguard:write', (message) => {
  const { name, path, when } = message as { readonly name: string; readonly path: string; readonly when: string };
  taken += 1;
  if (LETHAL_LOG !== '') fs.appendFileSync(LETHAL_LOG, `${when} ${name} ${path}\n`);
  if (taken === Number(LETHAL_AT)) process.kill(process.pid, 'SIGKILL');
});

/** The whole loop on an engine of its own: audit, plan, apply, audit, rollback. `npm run demo`. */

import { startChangeable } from '../engine/apply/stage.ts';
import { hullguard } from '../engine/command.ts';
import { missing } from './engine.ts';

const CHECKS = [
  'daemon/icc-disabled',
  'daemon/live-restore',
  'daemon/no-new-privileges',
  'daemon/userland-proxy-disabled',
  'files/daemon-json-mode',
];
const DAEMON_JSON = '{\n    "labels": ["site=demo"],\n    "icc": true\n}\n';

const problem = missing();
if (problem !== undefined) throw new Error(`the demo needs an engine of its own: ${problem}`);
console.log('Starting a Docker engine in namespaces of its own …');
const engine = await startChangeable({ suite: 'trixie', daemonJson: DAEMON_JSON });
try {
  await engine.docker('run', '--detach', '--restart', 'always', '--name', 'web', 'busybox:lab', 'sleep', '1000000');
  await engine.docker('run', '--detach', '--name', 'batch', 'busybox:lab', 'sleep', '1000000');
  const named = ['--docker-host', engine.endpoint];
  const checks = CHECKS.flatMap((check) => ['--check', check]);
  await show('audit', ...named, ...checks);
  await show('plan', ...named, ...checks, '--max-impact', 'restart');
  await show('apply', ...named, ...checks, '--max-impact', 'restart', '--yes', '--quiet');
  await show('audit', ...named, ...checks, '--all');
  console.log(`$ docker ps\n${await engine.docker('ps', '--format', '{{.Names}}: {{.Status}}')}\n`);
  await show('apply', ...named, ...checks, '--max-impact', 'restart', '--yes', '--quiet');
  await show('rollback');
  await show('journal');
} finally {
  await engine.stop();
}

async function show(...args: readonly string[]): Promise<void> {
  console.log(`$ sudo hullguard ${args.join(' ')}`);
  const { code, stdout, stderr } = await hullguard(engine, args);
  process.stdout.write(`${stdout}${stderr}`);
  console.log(`(exit status ${code})\n`);
}

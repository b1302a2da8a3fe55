/** A watcher of one file, in a user namespace with as many inotify watches as it is told: prints what is told, and what it says of itself. */
import fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openFiles } from '../../../agent/host/files.ts';
import { fileWatch } from '../../../agent/triggers/file-watch.ts';

const [dir = '', limit = ''] = process.argv.slice(2);
const file = join(dir, 'file');
fs.writeFileSync(file, 'x');
const told: string[] = [];
const watch = fileWatch({ host: openFiles('/'), paths: [{ path: file, facts: ['daemon'] }], sweepMs: 1000, blindSweepMs: 200 });
// A mark without a path tells that files are no longer seen.
await watch.start(({ path }) => void (path !== undefined && told.push(path)));
const problems = [watch.problem()];
fs.chmodSync(file, 0o600);
await sleep(500);
fs.writeFileSync(`/proc/sys/user/${limit}`, '1000');
await sleep(2000);
problems.push(watch.problem());
fs.chmodSync(file, 0o644);
await sleep(300);
await watch.stop();
process.stdout.write(JSON.stringify({ problems, told: told.map((path) => path === file) }));

/** hullguard as it is shipped: one file, which starts in half the time, and stays the same whatever happens to the sources meanwhile. */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

let built: Promise<string> | undefined;

/** Builds it once for a file of tests; returns its path. */
export function buildBundle(): Promise<string> {
  built ??= (async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hullguard-'));
    await chmod(folder, 0o755); // another user than root runs it, too
    const file = join(folder, 'hullguard.cjs');
    await promisify(execFile)('npm', ['run', '--silent', 'build', '--', `--outfile=${file}`], { cwd: join(import.meta.dirname, '../..') });
    return file;
  })();
  return built;
}

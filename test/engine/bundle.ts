/** hullguard as it is shipped: one file, which starts in half the time, and stays the same whatever happens to the sources meanwhile. */
import { exec } from 'node:child_process';
import { chmod, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '../..');
const built = new Map<string, Promise<string>>();

/** Builds it, or another program, once for a file of tests; returns its path. */
export function buildBundle(program = 'agent/main.ts'): Promise<string> {
  const known = built.get(program) ?? build(program);
  built.set(program, known);
  return known;
}

async function build(program: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hullguard-'));
  await chmod(folder, 0o755); // another user than root runs it, too
  const file = join(folder, 'hullguard.cjs');
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { readonly scripts: { readonly build: string } };
  const command = `node_modules/.bin/${scripts.build.replace('agent/main.ts', program)} --outfile=${file}`;
  await promisify(exec)(command, { cwd: root });
  return file;
}

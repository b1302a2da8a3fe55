/** hullguard as it is shipped, built once for all suites that try it, and again where anything that goes into it has changed. */
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { buildExecutable } from '../../../packaging/executable.ts';
import { buildParts } from '../../../packaging/parts.ts';

const root = join(import.meta.dirname, '../../..');
const { HULLGUARD_LAB: lab = '/var/tmp/hullguard-lab' } = process.env;
const builders = ['executable.ts', 'compiled.ts', 'parts.ts', 'project.ts', 'start.cjs', '../test/hardened-host.ts'].map((file) =>
  readFileSync(join(root, 'packaging', file)),
);

const DAY_MS = 86_400_000;

/** Returns the path of the executable for this architecture. */
export function builtExecutable(): string {
  const folder = join(lab, 'shipped');
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(join(folder, 'build-'));
  try {
    buildParts(work, 'x64');
    const digest = createHash('sha256');
    for (const builder of builders) digest.update(builder);
    for (const part of ['hullguard.cjs', 'build.json', 'sbom.cdx.json']) digest.update(readFileSync(join(work, part)));
    const built = join(folder, `hullguard-${digest.digest('hex').slice(0, 16)}`);
    for (const file of globSync('hullguard-*', { cwd: folder }).map((name) => join(folder, name)))
      if (file !== built && statSync(file).mtimeMs < Date.now() - DAY_MS) rmSync(file, { force: true });
    if (!existsSync(built)) renameSync(buildExecutable('x64', work), built);
    return built;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

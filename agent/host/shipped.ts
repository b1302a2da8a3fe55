/** What hullguard is shipped with beside its code: who built it, from what. In the single executable, else in files beside the bundle. */
import fs from 'node:fs';
import path from 'node:path';
import { getAsset, isSea } from 'node:sea';

/** How hullguard is started once more: program, and the arguments before its own. */
export function ownCommand(): { readonly program: string; readonly args: readonly string[] } {
  return { program: process.execPath, args: isSea() ? [] : [...process.execArgv, process.argv[1] ?? ''] };
}

export function isExecutable(): boolean {
  return isSea();
}

/** The text of a file that the build made; null in a checkout, which has none. */
export function shipped(name: string): string | null {
  if (isSea()) return getAsset(name, 'utf8');
  const file = path.join(import.meta.dirname, name);
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : null;
}

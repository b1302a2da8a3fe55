/** Whether an apply was interrupted. Apart, so that commands that find none load nothing else for it. */
import fs from 'node:fs';
import { JOURNALS } from './directory.ts';

/** False also where we may not look. */
export function isInterrupted(): boolean {
  try {
    return fs.readdirSync(JOURNALS).some((name) => /\.(open|activating)\.json$/.test(name));
  } catch {
    return false; // nothing was ever applied, or only root may know
  }
}

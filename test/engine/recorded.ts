/** Golden hosts: facts recorded on the lab's engines, kept in test/hosts. `UPDATE_GOLDEN=1` records them anew. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { scrub } from './scrub.ts';

const folder = join(import.meta.dirname, '../hosts');

/** Keeps the facts of a host where asked to, with these of its containers. */
export async function keep(name: string, facts: string, containers: readonly string[]): Promise<void> {
  if (process.env['UPDATE_GOLDEN'] === '1') await writeFile(join(folder, `${name}.facts.json`), scrub(facts, containers));
}

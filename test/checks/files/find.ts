import type { Check } from '../../../checks/check.ts';
import { access } from '../../../checks/files/access.ts';

/** The check of a file's owner or mode, by its id. */
export function find(id: string): Check {
  const check = access.find((candidate) => candidate.id === id);
  if (check === undefined) throw new Error(`no check ${id}`);
  return check;
}

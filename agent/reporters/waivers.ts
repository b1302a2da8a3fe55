/** Waivers that no longer do what they were made for. */
import type { Report } from '../report.ts';

const WORDS = {
  expired: 'has expired',
  reopened: 'no longer holds',
  unmatched: 'fits nothing on this host',
  unneeded: 'covers nothing that fails',
} as const;

/** `waiver w-1 of community/no-cap-sys-admin (team web) has expired 2026-01-31: note`, one for each. */
export function troubles({ waivers }: Pick<Report, 'waivers'>): string[] {
  return waivers.flatMap(({ id, check, selector, owner, expires, state, note }) => {
    if (state === 'active') return [];
    const limited = selector === null ? '' : ` for ${selector}`;
    const when = state === 'expired' ? ` ${expires}` : '';
    return [`${id} on ${check}${limited}, of ${owner}, ${WORDS[state]}${when}${note === null ? '' : `: ${note}`}`];
  });
}

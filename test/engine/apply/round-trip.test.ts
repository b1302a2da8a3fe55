import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checks } from '../../../checks/index.ts';
import type { Plan } from '../../../remediations/plan.ts';
import type { Suite } from '../../lab/engine.ts';
import { missingHost } from '../../lab/host.ts';
import { difference, type Guest, startGuest } from './guest.ts';
import { type Row, rows } from './rows.ts';

const { CI } = process.env;
const reason = missingHost();
if (reason !== undefined) process.stderr.write(`\nSKIPPED: hosts to mend: ${reason}\n`);
test.runIf(reason !== undefined && CI === 'true')('hosts can run here', () => expect.fail(reason));

const SUITES = ['bookworm', 'trixie', 'sid'] as const;

/** One row breaks everything on two engines; what is peculiar to a row (a file in another hand, a drop-in, rules of the site) is tried alone. */
const { HULLGUARD_ROUND_TRIPS: trips = '' } = process.env;
const TRIED: Readonly<Record<Suite, readonly string[]>> = {
  bookworm: ['everything at once', 'packet filter, minified', 'a socket that its unit opens to all'],
  trixie: ['everything at once', 'packet filter, minified', 'icc, without any daemon.json', 'rules of the site itself'],
  sid: ['packet filter of IPv6', 'a setting in each cost at once'],
};
const isTried = (suite: Suite, name: string): boolean =>
  trips === 'all' ? (rows[name]?.suites?.includes(suite) ?? true) : TRIED[suite].includes(name);
if (trips !== 'all') {
  const some = Object.entries(TRIED).map(([suite, names]) => `on ${suite}: ${names.join('; ')}`);
  process.stderr.write(`\nPARTLY: ${some.join('. ')}. HULLGUARD_ROUND_TRIPS=all tries every row on every engine\n`);
}

test('every check that hullguard can mend has a row that is tried', () => {
  const mendable = checks.filter(({ goal }) => goal !== undefined && goal !== 'container-option').map(({ id }) => id);
  const tried = Object.entries(rows).filter(([name]) => SUITES.some((suite) => isTried(suite, name)));
  const covered = new Set(tried.flatMap(([, row]) => row.checks));
  expect(mendable.filter((id) => !covered.has(id))).toEqual([]);
  expect([...covered].filter((id) => !mendable.includes(id))).toEqual([]);
});

describe.skipIf(reason !== undefined).each(SUITES)('on a host of %s', (suite) => {
  let guest: Guest;

  beforeAll(async () => {
    guest = await startGuest(suite);
  });

  afterAll(async () => {
    await guest.host.stop();
  });

  test.each(Object.entries(rows).filter(([name]) => isTried(suite, name)))(
    'broken, mended, and broken again: %s',
    async (_, row) => roundTrip(guest, row),
    300_000,
  );
});

async function roundTrip(
  { host, configure, hullguard, judge, state }: Guest,
  { checks: ids, atOnce, spoil, config = '{}\n', stays = [] }: Row,
): Promise<void> {
  const all = (status: string, except: readonly string[] = []): Record<string, string> =>
    Object.fromEntries(ids.map((id) => [id, except.includes(id) ? 'pass' : status]));
  await configure(config);
  await host.sh(spoil);
  const before = await state();
  expect(await judge(ids)).toEqual(all('fail'));

  const applies =
    atOnce === undefined ? ids.map((id) => [id]) : [atOnce, ids.filter((id) => !atOnce.includes(id))].filter((some) => some.length > 0);
  for (const some of applies) {
    const done = await hullguard('apply', ...some, '--yes', '--max-impact', 'restart');
    expect(done, some.join()).toMatchObject({ status: 0, stderr: expect.stringContaining('applied and verified') });
  }
  expect(await judge(ids)).toEqual(all('pass'));
  const applied = await state();
  const isAboutAccess = ids.includes('files/daemon-json-mode');
  expect(lasting(before, isAboutAccess).filter((line) => !lasting(applied, isAboutAccess).includes(line))).toEqual([]);

  const again = await hullguard('apply', ...ids, '--yes', '--max-impact', 'restart', '--report', 'json');
  expect(again).toMatchObject({ status: 0 });
  const { changes, fixes, held, refused } = JSON.parse(again.stdout) as Plan;
  expect({ changes, fixes, held, refused }).toEqual({ changes: [], fixes: [], held: [], refused: [] });

  for (const some of applies.toReversed()) {
    const undone = await hullguard('rollback');
    expect(undone, some.join()).toMatchObject({ status: 0, stderr: expect.stringContaining('everything is as it was before') });
  }
  expect(difference(before, await state())).toEqual([]);
  expect(await judge(ids)).toEqual(all('fail', stays));
}

/** What an apply leaves as it is: what runs, what somebody has noted on a file, and of daemon.json all but the content. */
function lasting(state: readonly string[], isAboutAccess: boolean): string[] {
  const noted = state.filter((line) => /^(container|active|ok)| user\.origin=/.test(line));
  if (isAboutAccess) return noted;
  const access = state.filter((line) => /daemon\.json system\./.test(line));
  const settings = state.filter((line) => line.startsWith('etc/docker/daemon.json f '));
  return [...noted, ...access, ...settings.map((line) => line.split(' ').slice(0, 4).join(' '))];
}

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checks } from '../../../checks/index.ts';
import type { Plan } from '../../../remediations/plan.ts';
import { missingHost } from '../../lab/host.ts';
import { difference, type Guest, startGuest } from './guest.ts';
import { type Row, rows } from './rows.ts';

const { CI } = process.env;
const reason = missingHost();
if (reason !== undefined) process.stderr.write(`\nSKIPPED: hosts to mend: ${reason}\n`);
test.runIf(reason !== undefined && CI === 'true')('hosts can run here', () => expect.fail(reason));

test('every check that hullguard can mend has a row', () => {
  const mendable = checks.filter(({ goal }) => goal !== undefined && goal !== 'container-option').map(({ id }) => id);
  const covered = new Set(Object.values(rows).flatMap((row) => row.checks));
  expect(mendable.filter((id) => !covered.has(id))).toEqual([]);
  expect([...covered].filter((id) => !mendable.includes(id))).toEqual([]);
});

/** Each row is tried on the oldest engine; on the others all of them take longer than a change can wait, so there one row has something of each. */
const { HULLGUARD_ROUND_TRIPS: trips = '' } = process.env;
const ELSEWHERE = ['a setting in each cost at once', 'packet filter of IPv6', 'audit rules'];
if (trips !== 'all')
  process.stderr.write(`\nPARTLY: on trixie and sid: ${ELSEWHERE.join('; ')} (HULLGUARD_ROUND_TRIPS=all tries every row)\n`);

function isTried(suite: string, name: string): boolean {
  return suite === 'bookworm' || trips === 'all' || ELSEWHERE.includes(name);
}

describe.skipIf(reason !== undefined).each(['bookworm', 'trixie', 'sid'] as const)('on a host of %s', (suite) => {
  let guest: Guest;

  beforeAll(async () => {
    guest = await startGuest(suite);
  });

  afterAll(async () => {
    await guest.host.stop();
  });

  test.each(Object.entries(rows).filter(([name, row]) => (row.suites?.includes(suite) ?? true) && isTried(suite, name)))(
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

  const applies = atOnce ? [ids] : ids.map((id) => [id]);
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

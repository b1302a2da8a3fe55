/**
 * hullguard killed with SIGKILL at the steps it takes, and at random instants; then the next command runs. The host must be as it was before,
 * or as the whole plan promised. HULLGUARD_KILLS: so many random instants, and every step; a sample of both when left out.
 * HULLGUARD_SEED: those of an earlier run.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Auditd, withAuditd } from '../../lab/engine.ts';
import { labSuite } from '../../lab/suite.ts';
import { type Cost, type Run, startVictim, type Victim } from './victim.ts';

const { HULLGUARD_KILLS: wanted, HULLGUARD_SEED: seed = String(Date.now() % 1e6) } = process.env;
const KILLS = Number(wanted ?? 27);
const DEAR_KILLS = Math.max(3, Math.ceil(KILLS / 16));
/** Of so many steps one is tried. What costs a restart takes its time: of the way back from it each run tries others. */
const ONE_OF =
  wanted === undefined
    ? { apply: { reload: 5, restart: 8 }, back: { reload: 5, restart: 8 } }
    : { apply: { reload: 1, restart: 1 }, back: { reload: 1, restart: 3 } };
if (wanted === undefined)
  process.stderr.write(
    `\nPARTLY: killed at a sample of its steps, one of ${ONE_OF.apply.reload} (around restarts of ${ONE_OF.apply.restart}), and at ${KILLS + DEAR_KILLS} instants (HULLGUARD_KILLS=200: at every step of an apply, and at 213)\n`,
  );

/** What a plan may make of a host. */
interface Sides {
  readonly cost: Cost;
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly steps: readonly string[];
  readonly milliseconds: number;
}

/** An engine with what is expected of it; its own random numbers, so that a seed means the same however fast the others are. */
interface Lane {
  readonly victim: Victim;
  readonly sides: Readonly<Record<Cost, Sides>>;
  readonly random: () => number;
}

labSuite('killed while it changes the host', () => {
  const lanes: Lane[] = [];
  const hit = new Set<string>();
  let auditd: Auditd;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hullguard-audit-'));
    auditd = await withAuditd(folder);
    const victims = await Promise.all((['bookworm', 'trixie', 'sid'] as const).map((suite) => startVictim(suite)));
    lanes.push(...(await Promise.all(victims.map(measure))));
    console.log(`seed ${seed} (HULLGUARD_SEED), ${KILLS} random kills (HULLGUARD_KILLS), ${DEAR_KILLS} of them around restarts too`);
  });

  afterAll(async () => {
    await Promise.all(lanes.map(({ victim }) => victim.engine.stop()));
    await auditd?.stop();
    await rm(folder, { recursive: true });
  });

  test.each(['reload', 'restart'] as const)(
    'at the steps of a plan that takes a %s of dockerd',
    async (cost) => {
      const before = hit.size;
      const problems = await inLanes(lanes, async (lane, index) => {
        const { steps } = lane.sides[cost];
        const activating = steps.findIndex((step) => step.includes('.activating.')) + 1;
        // What comes before dockerd is concerned is the same on all engines, which share it.
        const isAll = (step: number): boolean => cost === 'reload' && step >= activating;
        const mine = steps.map((_, at) => at + 1).filter((step) => isAll(step) || step % lanes.length === index);
        const chosen = sampleOf(mine, ONE_OF.apply[cost], index);
        for (const step of chosen) hit.add(`apply ${cost} ${step}`);
        return survive(lane, cost, named(chosen, steps), ({ at: step }) => lane.victim.killedAt(step, lane.victim.apply(cost)));
      });
      expect(problems).toEqual([]);
      if (ONE_OF.apply[cost] === 1)
        expect(hit.size - before).toBeGreaterThanOrEqual(Math.max(...lanes.map(({ sides }) => sides[cost].steps.length)));
    },
    600_000,
  );

  test.each([
    ['reload', KILLS],
    ['restart', DEAR_KILLS],
  ] as const)(
    'at random instants of a plan that takes a %s of dockerd: %i times',
    async (cost, kills) => {
      const problems = await inLanes(lanes, (lane, index) => {
        const { random, sides, victim } = lane;
        const instants = Array.from({ length: Math.ceil((kills - index) / lanes.length) }, () =>
          instant(random() * sides[cost].milliseconds),
        );
        return survive(lane, cost, instants, ({ at: killAfter }) => victim.run(victim.apply(cost), { killAfter }));
      });
      expect(problems).toEqual([]);
    },
    900_000,
  );

  test.each(['reload', 'restart'] as const)(
    'at the steps of taking back a plan that took a %s of dockerd',
    async (cost) => {
      const problems = await inLanes(lanes, async ({ victim, sides }, index) => {
        await succeed(victim, victim.apply(cost));
        const { steps } = await victim.steps(['rollback']);
        const chosen = shareOf(steps.length, cost, index, lanes.length);
        for (const step of chosen) hit.add(`rollback ${cost} ${step}`);
        return survive({ victim, sides }, cost, named(chosen, steps), async ({ at: step }) => {
          await succeed(victim, victim.apply(cost));
          return victim.killedAt(step, ['rollback']);
        });
      });
      expect(problems).toEqual([]);
    },
    600_000,
  );

  test.each(['reload', 'restart'] as const)(
    'at the steps of the recovery after a kill: %s',
    async (cost) => {
      const problems = await inLanes(lanes, async ({ victim, sides }, index) => {
        const last = sides[cost].steps.findLastIndex((step) => /^after (signal|run)/.test(step)) + 1;
        const interrupt = (): Promise<Run> => victim.killedAt(last, victim.apply(cost));
        await interrupt();
        const { steps } = await victim.steps(['journal']);
        const chosen = shareOf(steps.length, cost, index, lanes.length);
        for (const step of chosen) hit.add(`recovery ${cost} ${step}`);
        return survive({ victim, sides }, cost, named(chosen, steps), async ({ at: step }) => {
          await interrupt();
          return victim.killedAt(step, ['journal']);
        });
      });
      expect(problems).toEqual([]);
    },
    600_000,
  );

  test('that were many distinct steps', () => {
    console.log(`killed at ${hit.size} distinct steps`);
    expect(hit.size).toBeGreaterThanOrEqual(40);
  });

  test('after all that dockerd starts again, and so do its containers', async () => {
    const problems = await inLanes(lanes, async ({ victim, sides }) => {
      await victim.engine.restart();
      await victim.engine.docker('start', 'plain');
      return difference(sides.restart.before, await victim.state());
    });
    expect(problems).toEqual([]);
  });
}, ['engines', 'auditd']);

/** What an undisturbed apply makes of it, step by step; taken back again. */
async function measure(victim: Victim): Promise<Lane> {
  // Restart first: only then dockerd is known to run with what its file says.
  const restart = await sidesOf(victim, 'restart');
  return { victim, sides: { reload: await sidesOf(victim, 'reload'), restart }, random: randomFrom(`${seed} ${victim.engine.suite}`) };
}

async function sidesOf(victim: Victim, cost: Cost): Promise<Sides> {
  const before = await victim.state();
  const started = performance.now();
  const { done, steps } = await victim.steps(victim.apply(cost));
  const milliseconds = performance.now() - started;
  expect(done).toMatchObject({ code: 0, stderr: expect.stringContaining('applied and verified') });
  const after = await victim.state();
  await succeed(victim, ['rollback']);
  expect(difference(before, await victim.state())).toEqual([]);
  victim.forget();
  return { cost, before, after, steps, milliseconds };
}

async function succeed(victim: Victim, args: readonly string[]): Promise<void> {
  const { code, stderr } = await victim.run(args);
  if (code !== 0) throw new Error(`${args[0]}: exit status ${code}: ${stderr}`);
}

/** All engines at once, since most of the time one waits; none is left running when another has failed. */
async function inLanes(lanes: readonly Lane[], work: (lane: Lane, index: number) => Promise<readonly string[]>): Promise<string[]> {
  const found = await Promise.all(
    lanes.map(async (lane, index) => {
      const problems = await work(lane, index).catch((error: unknown) => [String(error)]);
      return problems.map((problem) => `${lane.victim.engine.suite}: ${problem}`);
    }),
  );
  return found.flat();
}

/** Kills hullguard once for each of these, each time lets another command follow, and tells what was wrong afterwards. */
async function survive(
  { victim, sides }: Pick<Lane, 'victim' | 'sides'>,
  cost: Cost,
  kills: readonly Kill[],
  kill: (what: Kill) => Promise<Run>,
): Promise<string[]> {
  const problems: string[] = [];
  for (const [index, what] of kills.entries()) {
    const { code } = await kill(what);
    const next = NEXT[index % NEXT.length] ?? 'journal';
    const found = await outcome(victim, sides[cost], next);
    if (code !== null && Number.isInteger(what.at)) found.push(`was not killed, but ended with ${code}`);
    problems.push(...found.map((problem) => `killed at ${what.name}, then ${next}: ${problem}`));
    // What is broken stays broken: the first problem tells most.
    if (found.length > 0) break;
  }
  return problems;
}

/** A step by its number, or an instant in milliseconds. */
interface Kill {
  readonly at: number;
  readonly name: string;
}

function named(chosen: readonly number[], steps: readonly string[]): Kill[] {
  return chosen.map((at) => ({ at, name: `step ${at} (${steps[at - 1]})` }));
}

/** The steps that one of the engines takes upon itself. */
function shareOf(steps: number, cost: Cost, index: number, lanes: number): number[] {
  const mine = Array.from({ length: steps }, (_, at) => at + 1).filter((step) => step % lanes === index);
  return sampleOf(mine, ONE_OF.back[cost], index);
}

/** One of so many; others for another engine, and with another seed. */
function sampleOf(steps: readonly number[], every: number, index: number): number[] {
  return steps.filter((_, place) => (place + index) % every === Number(seed) % every);
}

function instant(at: number): Kill {
  return { at, name: `${at.toFixed(1)} ms` };
}

const NEXT = ['journal', 'audit', 'apply', 'rollback'] as const;

/** Runs the next command and tells what is neither as before nor as planned; then the host is as before again. */
async function outcome(victim: Victim, { cost, before, after }: Sides, next: (typeof NEXT)[number]): Promise<string[]> {
  const pid = victim.engine.pid();
  const known = {
    journal: ['journal'],
    audit: ['audit', '--check', 'daemon/live-restore'],
    apply: victim.apply(cost),
    rollback: ['rollback'],
  } as const;
  const { code, stderr } = await victim.run(known[next]);
  const problems = fits(next, code, stderr) ? [] : [`exit status ${code}: ${stderr}`];
  const unfinished = victim.journals().filter((name) => /\.(open|activating|stuck)$/.test(name));
  problems.push(...unfinished.map((name) => `${name} was left: ${stderr}`));
  const isApplied = victim.journals().at(-1)?.endsWith('.applied') ?? false;
  if (next === 'apply' && !isApplied) problems.push(`nothing was applied: ${stderr}`);
  const now = await victim.state();
  problems.push(...(isApplied ? difference(after.map(timeless), now.map(timeless)) : difference(before, now)));
  if (isApplied) {
    const back = await victim.run(['rollback']);
    if (back.code !== 0) problems.push(`rollback: exit status ${back.code}: ${back.stderr}`);
    problems.push(...difference(before, await victim.state()).map((line) => `after the rollback: ${line}`));
  }
  if (cost === 'reload' && victim.engine.pid() !== pid) problems.push('dockerd was restarted');
  victim.forget();
  return problems;
}

function fits(next: (typeof NEXT)[number], code: number | null, stderr: string): boolean {
  if (next === 'audit') return code === 0 || code === 1;
  if (next === 'rollback' && stderr.includes('there is nothing to take back')) return code === 2;
  return code === 0;
}

/** What is written anew has a new time. */
function timeless(line: string): string {
  return line.replace(/ modified \d+$/, '');
}

function difference(before: readonly string[], now: readonly string[]): string[] {
  return [
    ...before.filter((line) => !now.includes(line)).map((line) => `missing: ${line}`),
    ...now.filter((line) => !before.includes(line)).map((line) => `found: ${line}`),
  ];
}

/** Numbers in [0, 1) that follow from a text (mulberry32). */
function randomFrom(text: string): () => number {
  let state = [...text].reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 16_777_619), 2_166_136_261);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

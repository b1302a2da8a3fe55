import { describe, expect, test } from 'vitest';
import { type Evaluation, type Loop, startLoop } from '../../agent/loop.ts';
import { Observations } from '../../agent/observations.ts';
import type { Stale } from '../../agent/triggers/trigger.ts';
import { currentBenchmark } from '../../checks/benchmark.ts';
import { checks } from '../../checks/index.ts';
import type { Host } from '../../facts/host.ts';
import { HostError } from '../../facts/host.ts';
import { defaultPolicy } from '../../facts/policy.ts';
import { firstProcess } from '../checks/rows.ts';
import { fakeHost, type HostLiteral } from '../fake-host.ts';

interface Stage {
  readonly loop: Loop;
  readonly evaluations: Evaluation[];
  /** Requests and programs since the last call. */
  spent(): { readonly requests: string[]; readonly programs: string[] };
  change(host: HostLiteral): void;
  mark(stale: Partial<Stale>): Promise<Evaluation | undefined>;
}

/** The loop over an in-memory host that can be swapped for another under its feet. */
async function stage(first: HostLiteral): Promise<Stage> {
  let host = fakeHost(first);
  let requests: string[] = [];
  let programs: string[] = [];
  const evaluations: Evaluation[] = [];
  const openHost = (): Host => ({
    ...host,
    docker(endpoint, path) {
      requests.push(path);
      return host.docker(endpoint, path);
    },
    run(program, args) {
      programs.push(program);
      return host.run(program, args);
    },
  });
  const loop = startLoop({
    openHost,
    checks,
    benchmark: currentBenchmark,
    policy: defaultPolicy,
    about: ['system', 'engine', 'engines', 'daemon'],
    settleMs: 5,
    patienceMs: 50,
    timeoutMs: 5000,
    known: Observations.of(),
    onEvaluated: async (evaluation) => void evaluations.push(evaluation),
  });
  const mark = async (stale: Partial<Stale>): Promise<Evaluation | undefined> => {
    loop.mark({ facts: [], cause: 'a test', at: Date.now(), ...stale });
    await loop.idle();
    return evaluations.at(-1);
  };
  await mark({ full: true });
  return {
    loop,
    evaluations,
    mark,
    change(literal) {
      host = fakeHost(literal);
    },
    spent() {
      const spent = { requests, programs };
      requests = [];
      programs = [];
      return spent;
    },
  };
}

const web = { Id: 'a', Name: '/web' };
const db = { Id: 'b', Name: '/db' };
const id = (letter: string): string => letter.padEnd(64, '0');

function told(evaluation: Evaluation | undefined): string[] {
  return (evaluation?.differences ?? [])
    .map(
      ({ before, after }) =>
        `${(after ?? before)?.check} ${(after ?? before)?.resource}: ${before?.outcome ?? '-'} → ${after?.outcome ?? '-'}`,
    )
    .toSorted();
}

describe('a container', () => {
  test('that is started with --privileged is told of, for one request', async () => {
    const { change, mark, spent } = await stage({ containers: [web, db] });
    spent();
    change({ containers: [web, { ...db, HostConfig: { Privileged: true } }] });
    const evaluation = await mark({ containers: [id('b')], cause: 'event container start db' });
    expect(told(evaluation)).toContain('container/no-privileged container db: pass → fail');
    expect(spent()).toEqual({ requests: [`/containers/${id('b')}/json`], programs: [] });
    expect(evaluation?.full).toBe(false);
  });

  test('that appears hardened is no drift, one that appears weak is', async () => {
    const { change, mark } = await stage({ containers: [web] });
    change({ containers: [web, db] });
    expect(told(await mark({ containers: [id('b')] }))).toEqual([]);
    change({ containers: [web, db, { Id: 'c', Name: '/weak', HostConfig: { Privileged: true } }] });
    expect(told(await mark({ containers: [id('c')] }))).toContain('container/no-privileged container weak: - → fail');
  });

  test('that is started is as bad as it was, which is no drift', async () => {
    const weak = { Privileged: true, SecurityOpt: ['no-new-privileges:false'] };
    const created = { ...db, State: { Status: 'created', Running: false, Pid: 0 }, Config: { User: '' }, HostConfig: weak };
    const { change, mark } = await stage({ containers: [web, created] });
    const files = {
      ...firstProcess({ noNewPrivileges: false, seccomp: 0, uid: 0 }),
      '/proc/4242/cgroup': `0::/system.slice/docker-${id('b')}.scope\n`,
      '/proc/4242/uid_map': '0 0 4294967295\n',
    };
    change({ containers: [web, { ...created, State: { Status: 'running', Running: true, Pid: 4242 } }], files });
    expect(told(await mark({ containers: [id('b')] }))).toEqual(['ops/container-sprawl containers: review → pass']);
  });

  test('more is one more of what nobody uses, which is no drift', async () => {
    const stopped = { State: { Status: 'exited', Running: false, Pid: 0 } };
    const { change, mark } = await stage({ containers: [web, { ...db, ...stopped }] });
    change({ containers: [web, { ...db, ...stopped }, { Id: 'c', Name: '/third', ...stopped }] });
    expect(told(await mark({ containers: [id('c')] })).filter((line) => line.includes('sprawl'))).toEqual([]);
  });

  test('that is removed takes its failures with it', async () => {
    const { change, mark } = await stage({ containers: [web, { ...db, HostConfig: { Privileged: true } }] });
    change({ containers: [web] });
    expect(told(await mark({ containers: [id('b')] }))).toContain('container/no-privileged container db: fail → -');
  });

  test('of 500 costs the same as of two', async () => {
    const many = Array.from({ length: 500 }, (_, index) => ({ Id: `f${index}`, Name: `/c${index}`, State: { Running: false, Pid: 0 } }));
    const { change, mark, spent } = await stage({ containers: many });
    spent();
    change({ containers: [{ ...many[0], HostConfig: { Privileged: true } }, ...many.slice(1)] });
    const evaluation = await mark({ containers: [id('f0')] });
    expect(told(evaluation)).toContain('container/no-privileged container c0: pass → fail');
    expect(spent().requests).toHaveLength(1);
  });
});

describe('an exec session', () => {
  const running = { ...web, ExecIDs: ['e1'] };
  const answer = (privileged: boolean, more: object = {}) => ({
    '/exec/e1/json': { ID: 'e1', Running: true, ProcessConfig: { entrypoint: 'sh', arguments: ['-i'], privileged }, ...more },
  });
  const begins = { sessions: [{ container: id('a'), id: 'e1', over: false }], cause: 'event container exec_create web' };
  const ends = { sessions: [{ container: id('a'), id: 'e1', over: true }], cause: 'event container exec_die web' };
  const session = 'container/exec-not-privileged container web, exec session e1';

  test('with privileges is told of for one request, and its end', async () => {
    const { change, mark, spent } = await stage({ containers: [web] });
    spent();
    change({ containers: [running], api: answer(true) });
    const evaluation = await mark(begins);
    expect(told(evaluation)).toEqual([`${session}: - → fail`]);
    expect(evaluation?.differences[0]?.after?.actual).toBe('a privileged session: sh -i');
    expect(spent()).toEqual({ requests: ['/exec/e1/json'], programs: [] });
    change({ containers: [web], api: answer(true, { Running: false, ExitCode: 0 }) });
    expect(told(await mark(ends))).toEqual([`${session}: fail → -`]);
  });

  test('that was over before it was looked at is told of once', async () => {
    const { change, mark, evaluations } = await stage({ containers: [web] });
    change({ containers: [web], api: answer(true, { Running: false, ExitCode: 0 }) });
    await mark({ ...begins, sessions: [...begins.sessions, ...ends.sessions] });
    expect(evaluations.slice(1).map(told)).toEqual([[`${session}: - → fail`], [`${session}: fail → -`]]);
  });

  test('stays known in full audits, and after its container was looked at again', async () => {
    const { change, mark, evaluations } = await stage({ containers: [web] });
    const others = Array.from({ length: 9 }, (_, index) => `a${index}`);
    change({ containers: [{ ...web, ExecIDs: [...others, 'e1'] }], api: answer(true) });
    await mark(begins);
    await mark({ full: true });
    await mark({ containers: [id('a')] });
    expect(evaluations.slice(2).map(told)).toEqual([[], []]);
  });

  test('as a probe of health has them is no news, and nothing is judged for it', async () => {
    const { change, mark } = await stage({ containers: [web] });
    change({ containers: [running], api: answer(false) });
    expect(await mark(begins)).toMatchObject({ quiet: true, differences: [] });
    expect(await mark(ends)).toMatchObject({ quiet: true, differences: [] });
  });

  test('that the engine has forgotten, or of a container that is gone, is none', async () => {
    const { change, mark } = await stage({ containers: [web] });
    change({ containers: [web], api: { '/exec/e1/json': new HostError('not-found', 'no such exec') } });
    expect(told(await mark(begins))).toEqual([]);
    expect(told(await mark({ sessions: [{ container: 'unknown', id: 'e2', over: false }] }))).toEqual([]);
  });

  test('that the engine knows by another number than a label says, is looked for in its container', async () => {
    const { change, mark } = await stage({ containers: [web] });
    change({ containers: [running], api: answer(true) });
    const label = { container: id('a'), id: 'e9', over: false };
    expect(told(await mark({ sessions: [label] }))).toEqual([`${session}: - → fail`]);
  });

  test('of a number that the engine answers with another, is the one that was asked for', async () => {
    const { change, mark } = await stage({ containers: [web] });
    change({ containers: [running], api: answer(true, { ID: '\u001b[2J' }) });
    expect(told(await mark(begins))).toEqual([`${session}: - → fail`]);
  });

  test('with a command of megabytes is told of in a few words', async () => {
    const { change, mark } = await stage({ containers: [web] });
    const words = Array.from({ length: 1000 }, () => 'word '.repeat(1000));
    change({ containers: [running], api: answer(true, { ProcessConfig: { entrypoint: 'sh', arguments: words, privileged: true } }) });
    const evaluation = await mark(begins);
    expect(evaluation?.differences[0]?.after?.actual).toMatch(/^a privileged session: sh word word .{480,490}…$/);
    expect(JSON.stringify(evaluation?.recording).length).toBeLessThan(200_000);
  });
});

describe('what is collected again', () => {
  test('what is marked, and what builds on it where it changed', async () => {
    const { change, mark, spent } = await stage({});
    spent();
    change({ files: { '/etc/docker': { kind: 'directory', mode: 0o777 } } });
    const evaluation = await mark({ facts: ['files'], cause: 'file /etc/docker' });
    expect(told(evaluation)).toContain('files/etc-docker-mode /etc/docker: pass → fail');
    expect(spent().requests).toEqual([]);
  });

  test('an edit of daemon.json is seen as waiting for a restart, without a request', async () => {
    const { change, mark, spent } = await stage({});
    spent();
    const files = { '/etc/docker/daemon.json': { content: '{"icc": true}', modifiedAt: 1_760_000_000_000 } };
    change({ files });
    const evaluation = await mark({ facts: ['daemon'] });
    expect(told(evaluation)).toContain('daemon/icc-disabled dockerd: pass → fail');
    expect(spent().requests).toEqual([]);
  });

  test('many marks at once are one evaluation', async () => {
    const { loop, evaluations } = await stage({ containers: [web] });
    for (let index = 0; index < 1000; index++) loop.mark({ facts: [], containers: [id('a')], cause: 'burst', at: Date.now() });
    await loop.idle();
    expect(evaluations).toHaveLength(2);
  });
});

describe('a daemon that is away', () => {
  const gone = { api: Object.fromEntries(['/version', '/info', '/networks'].map((path) => [path, new HostError('unreachable', 'gone')])) };

  test('is no drift; what changed meanwhile shows when it is back', async () => {
    const { change, mark } = await stage({ containers: [web] });
    change({ containers: [web], ...gone });
    const away = await mark({ full: true });
    expect(told(away)).toEqual([]);
    expect(away?.recording.missing['engine']).toBe('gone');
    change({ containers: [{ ...web, HostConfig: { Privileged: true } }] });
    expect(told(await mark({ full: true }))).toContain('container/no-privileged container web: pass → fail');
  });

  test('takes no container event with it, nor other containers', async () => {
    const { change, mark } = await stage({ containers: [web, db] });
    const hangs = { [`/containers/${id('a')}/json`]: new HostError('timeout', 'no answer') };
    change({ containers: [web, db], api: hangs });
    const away = await mark({ containers: [id('a')] });
    expect(told(away)).toEqual([]);
    expect(away?.recording.facts.containers?.unreadable).toEqual([{ Id: id('a'), Name: '/web', reason: 'no answer' }]);
    change({ containers: [web, { ...db, HostConfig: { Privileged: true } }], api: hangs });
    expect(told(await mark({ containers: [id('b')] }))).toContain('container/no-privileged container db: pass → fail');
    change({ containers: [{ ...web, HostConfig: { Privileged: true } }, db] });
    expect(told(await mark({ containers: [id('a')] }))).toContain('container/no-privileged container web: pass → fail');
  });
});

test('two audits of one host differ in nothing', async () => {
  const { mark } = await stage({ containers: [web, db], images: [{}] });
  expect(told(await mark({ full: true }))).toEqual([]);
});

test('what was known before the start is what the first evaluation is compared with', async () => {
  const { evaluations } = await stage({ containers: [web] });
  const known = evaluations[0]?.observations ?? Observations.of();
  const found: Evaluation[] = [];
  const loop = startLoop({
    openHost: () => fakeHost({ containers: [{ ...web, HostConfig: { Privileged: true } }] }),
    checks,
    benchmark: currentBenchmark,
    policy: defaultPolicy,
    about: [],
    settleMs: 1,
    patienceMs: 1,
    timeoutMs: 5000,
    known,
    onEvaluated: async (evaluation) => void found.push(evaluation),
  });
  loop.mark({ facts: [], full: true, cause: 'start', at: 0 });
  await loop.idle();
  expect(told(found[0])).toContain('container/no-privileged container web: pass → fail');
  await loop.stop();
});

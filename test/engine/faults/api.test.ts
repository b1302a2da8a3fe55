import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../../../agent/report.ts';
import type { FactName } from '../../../facts/index.ts';
import { labSuite } from '../../lab/suite.ts';
import { audit, type Ended } from './command.ts';
import { checksOf, expectSound, find } from './soundness.ts';
import { type Stage, setUp } from './stage.ts';

const WEB = 'a'.repeat(64);
const IMAGE = `sha256:${'1'.repeat(64)}`;
const literal = {
  containers: [
    { Id: WEB, Name: '/web', State: { Pid: 4242 } },
    { Id: 'b'.repeat(64), Name: '/db', State: { Pid: 4343 }, Mounts: [{ Type: 'volume', Name: 'data', Destination: '/data' }] },
  ],
  images: [{}, { Id: `sha256:${'2'.repeat(64)}`, RepoTags: ['registry.example/db:1'] }],
};

/** Answers that are none, and what is said of them. */
const answers = {
  garbage: [{ body: 'garbage' }, /answers with something that is not JSON/],
  'an empty body': [{ body: '' }, /answers with something that is not JSON/],
  HTML: [{ body: '<!doctype html><title>Welcome to nginx!</title>' }, /answers with something that is not JSON/],
  null: [{ body: 'null' }, /the engine's answer is not what Docker sends/],
  'JSON of another shape': [{ body: '{"Id": "x", "Name": "y", "Version": 1}' }, /the engine's answer is not what Docker sends/],
  'an error 500': [{ status: 500, body: '{"message":"context deadline exceeded"}' }, /answers 500 \(.*context deadline exceeded\)/],
} as const;

/** As above, on the level of the connection. */
const connections = {
  'bytes that are not HTTP': [{ raw: '\u0015\u0003\u0001\r\n' }, /Parse Error/],
  'a connection closed in the middle': [{ cut: true, body: '{"Id": "' }, /unix:\/\/\S+: (aborted|socket hang up)/],
  'no answer': [{ hang: 'before-headers' }, /did not answer in time \(allow more with --timeout\)/],
  'headers and half a body': [{ hang: 'after-headers', body: '{"Id": "' }, /did not answer in time \(allow more with --timeout\)/],
} as const;

type Answer = (typeof answers)[keyof typeof answers] | (typeof connections)[keyof typeof connections];

const endpoints: readonly (readonly [string, FactName])[] = [
  ['/version', 'engine'],
  ['/info', 'engine'],
  ['/networks', 'engine'],
  ['/containers/json?all=1', 'containers'],
  ['/images/json', 'images'],
];

labSuite('an engine that answers one request wrongly', () => {
  let stage: Stage;
  let healthy: Report;
  let startUp: number;

  beforeAll(async () => {
    stage = await setUp(literal);
    const ended = await run(60);
    healthy = ended.report;
    startUp = ended.seconds;
  });

  afterAll(() => stage.strike());

  /** What hangs is waited for; all else must have been asked by then, also on a busy machine. */
  const timeoutFor = (answer: object): number => ('hang' in answer ? Math.max(3, Math.ceil(4 * startUp)) : 60);

  async function run(timeout: number): Promise<Ended & { readonly report: Report }> {
    const ended = await audit(['--root', stage.root, '--timeout', String(timeout)]);
    expect(ended.stderr).toBe('');
    return ended;
  }

  /** An audit of the engine that gives this answer to one path. */
  async function withAnswer(path: string, [answer]: Answer): Promise<Report> {
    const timeout = timeoutFor(answer);
    stage.answers((request) => (request.path === path ? answer : undefined));
    const { code, report, seconds } = await run(timeout);
    expect(code).toBe(3);
    // Twice the start-up: other tests may have come to the machine since it was measured.
    expect(seconds).toBeLessThan(timeout + 1 + 2 * startUp);
    return report;
  }

  test('the host is a good one when all is well', () => {
    expect(healthy.host.engine).toMatchObject({ version: '28.5.2', endpoint: 'unix:///var/run/docker.sock' });
    const bad = healthy.findings.filter(({ status, section }) => section !== 'host' && (status === 'fail' || status === 'error'));
    expect(bad.map(({ check }) => check)).toEqual(['daemon/rootless']);
  });

  describe.each(endpoints)('%s', (path, fact) => {
    const kinds: Readonly<Record<string, Answer>> =
      path === '/info' || path === '/containers/json?all=1' ? { ...answers, ...connections } : answers;

    test.each(Object.entries(kinds))('%s: what needs it is an error with that reason, the rest is as it was', async (_kind, answer) => {
      const faulty = await withAnswer(path, answer);
      expectSound({ healthy, faulty, missing: [fact] });
      const reasons = faulty.findings.filter(({ check }) => checksOf(new Set([fact])).has(check)).map(({ reason }) => reason ?? '');
      for (const reason of reasons) {
        expect(reason).toContain(`GET ${path}: `);
        expect(reason).toMatch(answer[1]);
      }
    });
  });

  describe.each([
    ['container web', `/containers/${WEB}/json`, 'containers'],
    ['image registry.example/web:1', `/images/${IMAGE}/json`, 'images'],
  ] as const)('%s alone', (resource, path, fact) => {
    test.each(Object.entries({ ...answers, ...connections }))('%s: it is an error, the others are judged', async (_kind, answer) => {
      const faulty = await withAnswer(path, answer);
      expectSound({ healthy, faulty, changed: [fact] });
      for (const { check, evidence } of healthy.findings.filter((finding) =>
        finding.evidence.some((entry) => entry.resource === resource),
      )) {
        const { status, evidence: now } = find(faulty, check);
        const own = now.filter((entry) => entry.resource === resource);
        expect(status).toBe('error');
        expect(own.map(({ outcome }) => outcome)).toEqual(['error']);
        expect(own[0]?.actual).toMatch(answer[1]);
        expect(now.filter((entry) => entry.resource !== resource)).toEqual(evidence.filter((entry) => entry.resource !== resource));
      }
    });
  });

  describe('/volumes', () => {
    test.each(Object.entries({ ...answers, ...connections }))('%s: only what a volume is made of stays unknown', async (_kind, answer) => {
      const faulty = await withAnswer('/volumes', answer);
      expectSound({ healthy, faulty, changed: ['containers'] });
      const changed = faulty.findings.filter(({ check, status }) => status !== find(healthy, check).status);
      expect(changed.map(({ check, status }) => [check, status])).toEqual([
        ['container/no-sensitive-host-mounts', 'error'],
        ['container/no-docker-socket', 'error'],
      ]);
      for (const { evidence } of changed) {
        expect(evidence.map(({ resource, outcome }) => [resource, outcome])).toContainEqual(['container db', 'error']);
        expect(evidence.find(({ outcome }) => outcome === 'error')?.actual).toMatch(
          /^what the volume data is made of is unknown: GET \/volumes: /,
        );
      }
    });
  });

  test('a container that is removed while we look is an error that says so', async () => {
    const faulty = await withAnswer(`/containers/${WEB}/json`, [{ status: 404, body: '{"message":"No such container"}' } as never, /./]);
    expectSound({ healthy, faulty, changed: ['containers'] });
    expect(find(faulty, 'container/no-privileged')).toMatchObject({
      status: 'error',
      reason: 'removed between list and inspect (audit again)',
    });
    expect(find(faulty, 'container/no-privileged').evidence.map(({ resource, outcome }) => [resource, outcome])).toEqual([
      ['container db', 'pass'],
      ['container web', 'error'],
    ]);
  });

  test.each(Object.entries(connections))('every answer is %s: whatever needs no engine is as it was', async (_kind, [answer]) => {
    const timeout = timeoutFor(answer);
    stage.answers(() => answer);
    const { code, report, seconds } = await run(timeout);
    expect(code).toBe(3);
    expect(seconds).toBeLessThan(timeout + 1 + 2 * startUp);
    expectSound({ healthy, faulty: report, missing: ['engine'] });
    expect(report.host).toMatchObject({ engine: null, engines: [{ endpoint: 'unix:///var/run/docker.sock' }], hostname: 'testhost' });
    expect(find(report, 'daemon/no-new-privileges')).toMatchObject({
      status: 'pass',
      evidence: [{ actual: 'no-new-privileges=true (file)' }],
    });
    // One cause has one name.
    expect(
      new Set(report.findings.filter(({ section, status }) => section === 'containers' && status === 'error').map(({ reason }) => reason))
        .size,
    ).toBe(1);
  });

  test('many containers that hang: all others are judged all the same', async () => {
    const ids = Array.from({ length: 40 }, (_, number) => number.toString(16).padStart(64, 'f'));
    const crowded = await setUp({
      containers: ids.map((Id, number) => ({ Id, Name: `/c${number}`, State: { Running: false, Status: 'exited' } })),
    });
    try {
      crowded.answers(({ path }) =>
        ids.slice(0, 20).some((id) => path === `/containers/${id}/json`) ? { hang: 'before-headers' } : undefined,
      );
      const { code, report, seconds } = await audit(['--root', crowded.root, '--timeout', '8']);
      expect(code).toBe(3);
      expect(seconds).toBeLessThan(9 + 2 * startUp);
      const { evidence } = find(report, 'container/no-privileged');
      expect(evidence).toHaveLength(40);
      expect(evidence.filter(({ outcome }) => outcome === 'pass').length).toBeGreaterThan(0);
      expect(evidence.filter(({ outcome }) => outcome === 'error').every(({ actual }) => actual.includes('did not answer in time'))).toBe(
        true,
      );
    } finally {
      await crowded.strike();
    }
  });
});

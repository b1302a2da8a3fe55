import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Report } from '../../../agent/report.ts';
import type { FactName } from '../../../facts/index.ts';
import { labSuite } from '../../lab/suite.ts';
import { audit, type Ended } from './command.ts';
import { expectSound, find } from './soundness.ts';
import { type Stage, setUp } from './stage.ts';

const TIMEOUT = 1;
const WEB = 'a'.repeat(64);
const IMAGE = `sha256:${'1'.repeat(64)}`;
const literal = {
  containers: [
    { Id: WEB, Name: '/web', State: { Pid: 4242 } },
    { Id: 'b'.repeat(64), Name: '/db', State: { Pid: 4343 } },
  ],
  images: [{}, { Id: `sha256:${'2'.repeat(64)}`, RepoTags: ['registry.example/db:1'] }],
};

/** Answers that are none, with what is said of them. */
const answers = {
  garbage: [{ body: 'garbage' }, /answers with something that is not JSON/],
  'an empty body': [{ body: '' }, /answers with something that is not JSON/],
  HTML: [{ body: '<!doctype html><title>Welcome to nginx!</title>' }, /answers with something that is not JSON/],
  null: [{ body: 'null' }, /the engine's answer is not what Docker sends/],
  'JSON of another shape': [{ body: '{"Containers": "many", "Id": 7, "Version": []}' }, /the engine's answer is not what Docker sends|^$/],
  'a list of numbers': [{ body: '[1, 2, 3]' }, /the engine's answer is not what Docker sends/],
  'an error 500': [{ status: 500, body: '{"message":"context deadline exceeded"}' }, /answers 500 \(.*context deadline exceeded\)/],
  'bytes that are not HTTP': [{ raw: '\u0015\u0003\u0001\r\n' }, /Parse Error/],
  'a connection closed in the middle': [{ cut: true, body: '{"Id": "' }, /unix:\/\/\S+: (aborted|socket hang up)/],
  'no answer': [{ hang: 'before-headers' }, /did not answer in time \(allow more with --timeout\)/],
  'headers and no body': [{ hang: 'after-headers' }, /did not answer in time/],
} as const;

const endpoints: readonly { readonly path: string; readonly missing: readonly FactName[]; readonly lenient?: readonly string[] }[] = [
  { path: '/version', missing: ['engine'] },
  { path: '/info', missing: ['engine'] },
  { path: '/networks', missing: ['engine'] },
  { path: '/volumes', missing: ['engine'] },
  { path: '/containers/json?all=1', missing: ['containers'] },
  { path: '/images/json', missing: ['images'] },
];

labSuite('an engine that answers one request wrongly', () => {
  let stage: Stage;
  let healthy: Report;
  let startUp: number;

  beforeAll(async () => {
    stage = await setUp(literal);
    const ended = await run();
    healthy = ended.report;
    startUp = ended.seconds;
  });

  afterAll(() => stage.strike());

  async function run(): Promise<Ended & { readonly report: Report }> {
    const ended = await audit(['--root', stage.root, '--timeout', String(TIMEOUT)]);
    expect(ended.stderr).toBe('');
    return ended;
  }

  test('the host is a good one when all is well', () => {
    expect(healthy.host.engine).toMatchObject({
      version: '28.5.2',
      endpoint: 'unix:///var/run/docker.sock',
      configFile: '/etc/docker/daemon.json',
    });
    expect(
      healthy.findings
        .filter(({ status, section }) => section !== 'host' && (status === 'fail' || status === 'error'))
        .map(({ check }) => check),
    ).toEqual(['daemon/rootless']);
  });

  test.each(
    endpoints.flatMap(({ path, missing }) => Object.keys(answers).map((kind) => ({ path, kind: kind as keyof typeof answers, missing }))),
  )('$path: $kind', async ({ path, kind, missing }) => {
    const [answer, complaint] = answers[kind];
    stage.answers((request) => (request.path === path ? answer : undefined));
    const { code, report, seconds } = await run();
    expect(code).toBe(3);
    expect(seconds).toBeLessThan(TIMEOUT + 1 + startUp);
    expectSound({ healthy, faulty: report, missing });
    const reasons = new Set(
      report.findings.filter(({ status, section }) => status === 'error' && section !== 'host').map(({ reason }) => reason ?? ''),
    );
    expect([...reasons].filter((reason) => reason.startsWith(`GET ${path}`) && complaint.test(reason))).toHaveLength(1);
  });
});

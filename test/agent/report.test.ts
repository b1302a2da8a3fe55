import { describe, expect, test } from 'vitest';
import { printSchema } from '../../agent/commands/schema.ts';
import { makeReport, reportSchema } from '../../agent/report.ts';
import type { Finding, Status } from '../../agent/scan.ts';
import { benchmarkVersions } from '../../checks/benchmark.ts';
import { checks } from '../../checks/index.ts';
import { HostError } from '../../facts/host.ts';
import { schemaTester } from '../json-schema.ts';
import { careless, report, reportOf, selectionOf } from './reports.ts';

const selection = { ...selectionOf(), excluded: [] };
const complaintAbout = schemaTester(printSchema('report'));

function findings(...statuses: readonly Status[]): Finding[] {
  return statuses.flatMap((status) => {
    const [check] = checks;
    return check === undefined ? [] : [{ check, control: '1.1.1', level: 1, section: 'host', status, evidence: [], reason: null } as const];
  });
}

describe('summary', () => {
  const summarise = (...statuses: readonly Status[]): unknown =>
    makeReport(findings(...statuses), { facts: {}, missing: {} }, selection, 0).summary;

  test('counts each status', () => {
    expect(summarise('pass', 'pass', 'fail', 'manual', 'not-applicable', 'error')).toEqual({
      pass: 2,
      fail: 1,
      manual: 1,
      'not-applicable': 1,
      error: 1,
      waived: 0,
      score: 0.667,
    });
  });

  test('only what passed or failed counts for the score', () => {
    expect(summarise('pass', 'fail', 'fail')).toMatchObject({ score: 0.333 });
    expect(summarise('pass', 'manual', 'error', 'not-applicable')).toMatchObject({ score: 1 });
    expect(summarise('fail')).toMatchObject({ score: 0 });
  });

  test('nothing judged is no full score', () => {
    expect(summarise('error', 'manual')).toMatchObject({ score: 0 });
    expect(summarise()).toMatchObject({ score: 0 });
  });
});

describe('shape', () => {
  test.each([
    ['a hardened host', {}],
    ['a careless host', { containers: [careless('web', 1)], images: [{}], daemonJson: { 'log-level': 'debug' } }],
    ['a host whose engine does not answer', { api: { '/info': new HostError('timeout', 'GET /info: no answer') } }],
    ['a host without Docker', { dockerd: null, daemonJson: null, files: { '/run/docker.sock': null } }],
  ])('of %s is that of the published schema', async (_what, literal) => {
    for (const benchmark of benchmarkVersions) {
      const made = await report(literal, { benchmark });
      expect(complaintAbout(made)).toBeNull();
      expect(reportSchema.parse(made)).toEqual(made);
    }
  });

  test('is the same for one check as for all', async () => {
    const [all, one] = [await report(), await report({}, { check: ['daemon/icc-disabled'] })];
    expect(Object.keys(one)).toEqual(Object.keys(all));
    expect(one.findings).toEqual(all.findings.filter(({ check }) => check === 'daemon/icc-disabled'));
    expect({ ...one.host }).toEqual({ ...all.host });
  });

  test('has one observation for each container, good ones included', async () => {
    const made = await report({ containers: [{ Name: '/good' }, careless('bad', 1)] }, { check: ['container/no-privileged'] });
    expect(made.findings[0]?.evidence.map(({ resource, outcome }) => [resource, outcome])).toEqual([
      ['container bad', 'fail'],
      ['container good', 'pass'],
    ]);
  });
});

describe('host', () => {
  test('is described by its engine and its files', async () => {
    expect((await report()).host).toEqual({
      hostname: 'testhost',
      os: 'Debian GNU/Linux 13 (trixie)',
      kernel: '6.12.0',
      engine: {
        version: '28.5.2',
        api: '1.51',
        rootless: false,
        endpoint: 'unix:///var/run/docker.sock',
        configFile: '/etc/docker/daemon.json',
      },
      engines: [{ endpoint: 'unix:///var/run/docker.sock', how: 'default socket', configFile: '/etc/docker/daemon.json' }],
    });
  });

  test('has no engine where none answers, and still a name', async () => {
    const { host } = await report({ api: { '/version': new HostError('timeout', 'no') } });
    expect(host).toMatchObject({ hostname: 'testhost', kernel: '6.12.0', engine: null });
    expect(host.engines).toHaveLength(1);
  });

  test('is unknown where nothing of it was recorded', () => {
    const { host } = reportOf({ facts: {}, missing: {} });
    expect(host).toEqual({ hostname: 'unknown', os: 'unknown', kernel: 'unknown', engine: null, engines: [] });
  });
});

test('it tells tool, time, benchmark and profile', async () => {
  const made = await report({}, { benchmark: '1.6.0', profile: 'level-1' });
  expect(made).toMatchObject({
    schemaVersion: 1,
    tool: { name: 'hullguard', version: expect.stringMatching(/^\d+\.\d+\.\d+/) },
    durationMs: 13,
  });
  expect(made).toMatchObject({ benchmark: { name: 'CIS Docker', version: '1.6.0' }, profile: 'level-1' });
  expect(Math.abs(Date.parse(made.at) - Date.now())).toBeLessThan(60_000);
});

test('no value of a variable, label or option that may be a secret is in it', async () => {
  const secret = 'hunter2-correct-horse';
  const containers = [{ Config: { Env: [`DB_PASSWORD=${secret}`, `PLAIN=${secret}`], Labels: { 'api.token': secret } } }];
  const images = [{ Config: { Env: [`API_KEY=${secret}`], Labels: { secret } } }];
  const daemonJson = { 'log-driver': 'splunk', 'log-opts': { 'splunk-token': secret }, 'http-proxy': `http://user:${secret}@proxy` };
  const volumes = [{ Name: 'v', Driver: 'local', Options: { type: 'cifs', o: `username=u,password=${secret}`, device: '//server/share' } }];
  const made = await report({ containers, images, daemonJson, volumes, history: [`/bin/sh -c #(nop) ENV API_KEY=${secret}`] });
  expect(made.findings.some(({ status }) => status === 'fail')).toBe(true);
  expect(JSON.stringify(made)).not.toContain(secret);
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openTrail, type Trail } from '../../../agent/attribution/trail.ts';
import { collectFacts } from '../../../agent/collect.ts';
import type { AuditLog } from '../../../agent/host/audit-log.ts';
import type { Evaluation } from '../../../agent/loop.ts';
import type { Observation } from '../../../agent/observations.ts';
import { Observations } from '../../../agent/observations.ts';
import type { Finding } from '../../../agent/scan.ts';
import type { Stale } from '../../../agent/triggers/trigger.ts';
import { checks } from '../../../checks/index.ts';
import { HostError } from '../../../facts/host.ts';
import type { Recording } from '../../../facts/index.ts';
import { fakeHost, fakePolicy, type HostLiteral } from '../../fake-host.ts';

const records = readFileSync(join(import.meta.dirname, 'samples/trixie.records'), 'latin1');
/** When alice removed daemon.json, and when bob ran docker. */
const REMOVED = 1_795_267_379_410;
const CONNECTED = 1_795_267_381_371;
const RULES = '-w /etc/docker -p wa -k hullguard\n-a always,exit -F arch=b64 -S connect -F path=/run/docker.sock -F key=hullguard\n';

/** An audit log whose answers come one after the other, the last again and again. */
function logOf(...answers: (string | HostError)[]): AuditLog & { asked: number[] } {
  const asked: number[] = [];
  return {
    asked,
    path: () => '/var/log/audit/audit.log',
    follow: () => {
      throw new Error('nobody follows it here');
    },
    async search(since) {
      asked.push(since);
      const answer = answers[Math.min(asked.length, answers.length) - 1];
      if (answer instanceof HostError) throw answer;
      return answer ?? '';
    },
  };
}

let recording: Recording;
let trail: Trail;

async function open(log: AuditLog, literal: HostLiteral = {}): Promise<void> {
  const host = fakeHost({ commands: { 'auditctl -l': { stdout: RULES } }, containers: [{ Name: '/web' }], ...literal });
  const wanted = ['audit', 'files', 'accounts', 'containers'] as const;
  recording = await collectFacts(host, { policy: fakePolicy(), wanted, signal: AbortSignal.timeout(5000) });
  trail = openTrail({ host, log, self: [] });
  trail.learn(recording);
}

async function who(asked: readonly [check: string, resource: string][], marks: readonly Partial<Stale>[], at = REMOVED + 500) {
  const observation = (check: string, resource: string): Observation => ({ check, resource, severity: 'low', outcome: 'fail', actual: '' });
  const evaluation: Evaluation = {
    at,
    durationMs: 0,
    full: false,
    quiet: false,
    marks: marks.map((mark) => ({ facts: [], cause: '', at, ...mark })),
    recording,
    findings: checks.map((check) => ({ check }) as unknown as Finding),
    differences: [],
    observations: Observations.of(),
  };
  return trail.attribute(
    asked.map(([check, resource]) => ({ before: null, after: observation(check, resource) })),
    evaluation,
  );
}

const ICC: [string, string] = ['daemon/icc-disabled', 'dockerd'];
const FILE: Partial<Stale> = { facts: ['files', 'daemon'], path: '/etc/docker/gone.json', cause: 'file /etc/docker/gone.json' };
const DAEMON_JSON: Partial<Stale> = { ...FILE, path: '/etc/docker/daemon.json' };
const started = (name: string): Partial<Stale> => ({
  containers: ['x'],
  event: { type: 'container', action: 'start', id: 'x', name, exec: null },
});

describe('what is asked', () => {
  afterEach(() => vi.useRealTimers());

  test('one search for all differences, from before the first of them', async () => {
    const log = logOf(records);
    await open(log);
    const answers = await who(
      [ICC, ['container/privileged', 'container priv'], ['container/privileged', 'container web']],
      [DAEMON_JSON, started('priv')],
      CONNECTED + 2500,
    );
    expect(answers).toMatchObject([
      { status: 'known', login: 'alice' },
      { status: 'inferred', login: 'bob', command: expect.stringContaining('docker run') },
      { status: 'unattributed', reason: 'nothing has told when it changed: it was seen by a full audit' },
    ]);
    expect(log.asked).toHaveLength(1);
    expect(log.asked[0]).toBeLessThan(CONNECTED - 60_000);
  });

  test('nothing, where nothing was told of', async () => {
    const log = logOf(records);
    await open(log);
    expect(await who([ICC], [{ full: true }])).toMatchObject([{ status: 'unattributed' }]);
    expect(log.asked).toEqual([]);
  });

  test('again, where the records come late, and may still come', async () => {
    const log = logOf('', records);
    await open(log);
    vi.useFakeTimers({ toFake: ['Date'], now: REMOVED + 510 });
    expect(await who([ICC], [DAEMON_JSON])).toMatchObject([{ status: 'known', login: 'alice' }]);
    expect(log.asked).toHaveLength(2);
  });

  test('not again, where they would have come by now', async () => {
    const log = logOf('', records);
    await open(log);
    expect(await who([ICC], [DAEMON_JSON])).toMatchObject([{ status: 'unattributed' }]);
    expect(log.asked).toHaveLength(1);
  });

  test('not again, where no rule could have recorded it', async () => {
    const log = logOf('');
    await open(log, { commands: { 'auditctl -l': { stdout: 'No rules\n' } } });
    expect(await who([ICC], [DAEMON_JSON])).toEqual([
      { status: 'unattributed', reason: 'no audit rule records changes of /etc/docker/daemon.json (no rule)' },
    ]);
    expect(log.asked).toHaveLength(1);
  });

  test('only the last moments, where so much is recorded that it takes too long', async () => {
    const log = logOf(new HostError('too-large', 'more than 16 MiB'), records);
    await open(log);
    expect(await who([ICC], [DAEMON_JSON])).toMatchObject([{ status: 'known', login: 'alice' }]);
    expect(Math.abs((log.asked[1] ?? 0) - Date.now())).toBeLessThan(10_000);
  });

  test('a search that fails is the reason', async () => {
    await open(logOf(new HostError('missing', 'ausearch is not installed')));
    expect(await who([ICC], [DAEMON_JSON])).toEqual([{ status: 'unattributed', reason: 'ausearch is not installed' }]);
  });
});

describe('which change explains a difference', () => {
  beforeEach(() => open(logOf(records)));

  test('the file itself before another that the check sees, too', async () => {
    const other: Partial<Stale> = { facts: ['files'], path: '/etc/docker/other', cause: 'file /etc/docker/other' };
    const [answer] = await who([['files/daemon-json-mode', '/etc/docker/daemon.json']], [DAEMON_JSON, other], CONNECTED + 5000);
    expect(answer).toMatchObject({ command: expect.stringMatching(/^(node|mv)/) });
  });

  test('not a change that the check cannot see', async () => {
    expect(await who([['container/privileged', 'container web']], [{ ...DAEMON_JSON, facts: ['client'] }])).toMatchObject([
      { status: 'unattributed' },
    ]);
  });

  test('not an event of another container', async () => {
    expect(await who([['container/privileged', 'container web']], [started('priv')], CONNECTED + 100)).toMatchObject([
      { reason: 'nothing has told when it changed: it was seen by a full audit' },
    ]);
  });

  test('no record is a reason, too', async () => {
    const [file] = await who([ICC], [{ ...FILE, path: '/etc/docker/never' }], REMOVED);
    expect(file).toEqual({ status: 'unattributed', reason: 'the audit trail has no change of /etc/docker/never in that time' });
    const [event] = await who([['container/privileged', 'container web']], [started('web')], REMOVED);
    expect(event).toMatchObject({ reason: expect.stringContaining('no client that asked for "container start"') });
  }, 10_000);

  test('rules', async () => {
    const [answer] = await who([['host/audit-etc-docker', '/etc/docker']], [{ facts: ['audit'] }], CONNECTED + 5000);
    expect(answer).toMatchObject({ status: 'known', login: 'alice', command: 'auditctl -e 0' });
  });
});

describe('whether changes can be attributed', () => {
  test.each<[string, HostLiteral['commands'], string | RegExp]>([
    ['auditing off', { 'auditctl -s': { stdout: 'enabled 0\npid 321\n' } }, 'auditing is switched off (auditctl -s: enabled 0)'],
    ['no auditd', { 'auditctl -s': { stdout: 'enabled 1\npid 0\n' } }, 'auditd does not run (systemctl start auditd)'],
    ['no auditctl', { 'auditctl -s': 'missing', 'auditctl -l': 'missing' }, /^auditctl not found/],
    ['a container', { 'auditctl -s': { status: 1, stderr: 'Operation not permitted' } }, /CAP_AUDIT_CONTROL in the initial namespaces/],
    ['no audit in the kernel', { 'auditctl -s': { status: 1, stderr: 'not in kernel' } }, 'this kernel was built without auditing'],
    ['processes exempt', { 'auditctl -l': { stdout: '-a never,task\n' } }, /never,task/],
    ['rules missing', {}, /^no audit rule records changes of \/etc\/\S+, changes of \S+, changes of \S+ and \d+ more$/],
    ['rules missing and locked', { 'auditctl -s': { stdout: 'enabled 2\npid 321\n' } }, /and the rules are locked until the next boot$/],
  ])('%s', async (_, commands, problem) => {
    await open(logOf(records), { commands: { 'auditctl -l': { stdout: RULES }, ...commands } });
    expect(trail.problem).toEqual(typeof problem === 'string' ? problem : expect.stringMatching(problem));
  });

  test('a log that cannot be read', async () => {
    const denied = new HostError('denied', '/var/log/audit/audit.log: permission denied');
    const log: AuditLog = {
      ...logOf(records),
      path: () => {
        throw denied;
      },
    };
    await open(log);
    expect(trail.problem).toBe(denied.message);
    expect(await who([ICC], [DAEMON_JSON])).toEqual([{ status: 'unattributed', reason: denied.message }]);
  });

  test('an engine of another host', async () => {
    await open(logOf(records), { endpoint: 'tcp://192.0.2.7:2375' });
    expect(trail.problem).toBe('the engine is on another host, and so is its audit trail');
  });

  test('nothing is known before anything was learnt', () => {
    expect(openTrail({ host: fakeHost(), log: logOf(''), self: [] }).problem).toBe('the audit trail has not been looked at yet');
  });
});

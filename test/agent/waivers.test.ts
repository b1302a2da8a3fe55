/** What waivers and attestations make of findings, on in-memory hosts. */
import { describe, expect, test } from 'vitest';
import { type Attestation, type Decisions, noDecisions, type Waiver } from '../../agent/decisions.ts';
import { makeReport, type Report, reportSchema } from '../../agent/report.ts';
import { judge } from '../../agent/scan.ts';
import { danglingLabels, grant } from '../../agent/waivers.ts';
import { checks } from '../../checks/index.ts';
import type { Recording } from '../../facts/index.ts';
import type { HostLiteral, Literal } from '../fake-host.ts';
import { record } from './hullguard.ts';
import { selectionOf } from './reports.ts';

const CHECK = 'container/no-privileged';
const LATER = '2999-12-31';
const id = (letter: string): string => letter.repeat(12);

function privileged(name: string, letter: string, more: Literal = {}): Literal {
  return { Id: id(letter), Name: `/${name}`, HostConfig: { Privileged: true }, ...more };
}

function waiver(more: Partial<Waiver> = {}): Waiver {
  return { id: 'w-1', check: CHECK, reason: 'because', owner: 'anna', expires: LATER, ...more };
}

function reportOf(recording: Recording, decisions: Partial<Decisions>, ids: readonly string[] = [CHECK]): Report {
  const findings = checks.filter((check) => ids.includes(check.id)).map((check) => judge(check, recording, '1.8.0'));
  const made = makeReport(findings, recording, { ...selectionOf(), excluded: [] }, 0, { ...noDecisions, ...decisions });
  expect(reportSchema.parse(made)).toEqual(made);
  return made;
}

async function report(literal: HostLiteral, decisions: Partial<Decisions>, ids: readonly string[] = [CHECK]): Promise<Report> {
  return reportOf(await record(literal), decisions, ids);
}

/** The containers whose failure is covered. */
async function covered(containers: readonly Literal[], ...waivers: readonly Waiver[]): Promise<string[]> {
  const { findings } = await report({ containers, images: IMAGES }, { waivers });
  return findings.flatMap(({ evidence }) =>
    evidence.filter((entry) => entry.waiver !== undefined).map(({ resource }) => resource.slice(10)),
  );
}

const REPOSITORY = `sha256:${'d'.repeat(64)}`;
const IMAGES = [{ Id: `sha256:${'1'.repeat(64)}`, RepoDigests: [`registry.example/web@${REPOSITORY}`] }];

describe('a selector', () => {
  const containers = [
    privileged('web', 'a', { Config: { Labels: { team: 'ops', note: 'x'.repeat(300), token: 'secret' } } }),
    privileged('web-1', 'b', { Config: { Labels: { team: 'ops-2' } } }),
    privileged('my.web', 'c', { Image: `sha256:${'2'.repeat(64)}` }),
  ];

  test.each<[string, Partial<Waiver>, readonly string[]]>([
    ['none', {}, ['my.web', 'web', 'web-1']],
    ['a name is no part of another', { container: 'web' }, ['web']],
    ['a dot is a dot', { container: 'my?web' }, ['my.web']],
    ['nor any character', { container: 'w.b' }, []],
    ['a glob', { container: 'web*' }, ['web', 'web-1']],
    ['a glob for one character', { container: 'web-?' }, ['web-1']],
    ['a glob is anchored', { container: '*we' }, []],
    ['an id is no name', { container: id('a') }, []],
    ['a label', { label: 'team=ops' }, ['web']],
    ['a label by glob', { label: 'team=ops*' }, ['web', 'web-1']],
    ['a label that is there with another value', { label: 'team=' }, []],
    ['no label but what all objects have', { label: 'constructor=*' }, []],
    ['a label that was cut is not known', { label: 'note=x*' }, []],
    ['a label that is hidden is not known', { label: 'token=*' }, []],
    ['an image by its id', { image: `sha256:${'2'.repeat(64)}` }, ['my.web']],
    ['an image by its digest in a registry', { image: REPOSITORY }, ['web', 'web-1']],
    ['a path is no container', { path: '/web' }, []],
  ])('%s', async (_what, selector, names) => {
    expect((await covered(containers, waiver(selector))).toSorted()).toEqual(names);
  });

  test.each<[string, boolean]>([
    ['/etc/docker/daemon.json', true],
    ['/etc/*/daemon.json', true],
    ['/etc/*', false],
    ['/*', false],
    ['/etc/docker', false],
    ['/etc/docker/daemon.jso?', true],
  ])('a path, %s', async (path, fit) => {
    const ids = ['files/daemon-json-mode'];
    const host = { files: { '/etc/docker/daemon.json': { content: '{}', mode: 0o666 } } };
    const { findings } = await report(host, { waivers: [waiver({ check: 'files/daemon-json-mode', path })] }, ids);
    expect(findings).toMatchObject([{ status: 'fail', waiver: fit ? { id: 'w-1' } : null }]);
  });
});

describe('a finding', () => {
  const both = [privileged('a', 'a'), privileged('b', 'b'), { Id: id('c'), Name: '/good' }];

  test('is waived where all that fails is covered, keeps its status, and never counts as passed', async () => {
    const { findings, summary, waivers } = await report({ containers: both }, { waivers: [waiver({ reason: 'tape' })] });
    expect(findings).toMatchObject([{ status: 'fail', waiver: { id: 'w-1', reason: 'tape', owner: 'anna', expires: LATER } }]);
    expect(findings[0]?.evidence.map((entry) => entry.waiver)).toEqual(['w-1', 'w-1', undefined]);
    expect(summary).toMatchObject({ fail: 1, waived: 1, pass: 0, score: 0 });
    expect(waivers).toEqual([
      { id: 'w-1', check: CHECK, selector: null, reason: 'tape', owner: 'anna', expires: LATER, state: 'active', note: null },
    ]);
  });

  test('is not where one is not covered, and shows which ones are', async () => {
    const { findings, summary } = await report({ containers: both }, { waivers: [waiver({ container: 'a' })] });
    expect(findings).toMatchObject([{ status: 'fail', waiver: null }]);
    expect(findings[0]?.evidence.map((entry) => entry.waiver)).toEqual(['w-1', undefined, undefined]);
    expect(summary.waived).toBe(0);
  });

  test('of several waivers names the one that ends first of those that last longest', async () => {
    const waivers = [
      waiver({ id: 'long', container: 'a' }),
      waiver({ id: 'short', container: 'a', expires: '2998-01-01' }),
      waiver({ id: 'other', container: 'b', expires: '2998-06-01' }),
    ];
    const { findings } = await report({ containers: both }, { waivers });
    expect(findings).toMatchObject([{ waiver: { id: 'other' }, evidence: [{ waiver: 'long' }, { waiver: 'other' }, {}] }]);
  });

  test('of which something could not be read is not waived', async () => {
    const recording = await record({ containers: both });
    const { containers } = recording.facts;
    if (containers === undefined) throw new Error('unreachable');
    const blind = { ...containers, unreadable: [{ Id: id('d'), Name: '/d', reason: 'hangs' }] };
    const { findings } = reportOf({ ...recording, facts: { ...recording.facts, containers: blind } }, { waivers: [waiver()] });
    expect(findings).toMatchObject([{ status: 'fail', waiver: null, reason: '1 of 4 could not be read' }]);
  });
});

describe('a waiver is told as', () => {
  const failing = [privileged('web', 'a')];
  const today = new Date().toISOString().slice(0, 10);
  const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);

  test.each<[string, readonly Literal[], Partial<Waiver>, string | null]>([
    ['active', failing, { expires: today }, null],
    ['expired', failing, { expires: yesterday }, 'what it covered fails'],
    ['expired', [], { expires: yesterday }, 'nothing that it covered fails: remove it'],
    ['unmatched', failing, { container: 'db' }, null],
    ['unmatched', [], {}, 'there are no containers'],
    ['unneeded', [{ Name: '/web' }], {}, null],
  ])('%s', async (state, containers, more, note) => {
    expect((await report({ containers }, { waivers: [waiver(more)] })).waivers).toMatchObject([{ state, note }]);
  });

  test('nothing where its check is not in the report', async () => {
    expect((await report({ containers: failing }, { waivers: [waiver({ check: 'daemon/icc-disabled' })] })).waivers).toEqual([]);
  });

  test('unmatched where its check could not be judged', async () => {
    const { waivers } = await report({ endpoint: null, dockerd: null, files: { '/run/docker.sock': null } }, { waivers: [waiver()] });
    expect(waivers).toMatchObject([{ state: 'unmatched', note: expect.stringMatching(/./) }]);
  });
});

describe('a waiver that was granted for a container', () => {
  const options = { Privileged: true, CapAdd: ['NET_RAW', 'CAP_SYS_TIME'], SecurityOpt: ['seccomp=unconfined', 'apparmor=unconfined'] };
  const volume = { Type: 'volume', Name: 'f'.repeat(64), Source: '/var/lib/docker/volumes/f/_data', Destination: '/data', RW: true };
  const before: Literal = { Id: id('a'), Name: '/web', HostConfig: options, Mounts: [volume] };

  /** What becomes of it when the container is made anew like this. */
  async function remade(container: Literal, others: readonly Literal[] = [], was: Literal = before): Promise<unknown> {
    const then = await record({ containers: [was, ...others] });
    const [check] = checks.filter((each) => each.id === CHECK);
    if (check === undefined) throw new Error('unreachable');
    const granted = grant(waiver({ container: 'web' }), judge(check, then, '1.8.0'), then.facts);
    expect(granted.covers.map(({ resource }) => resource)).toEqual(['container web']);
    const now = await report({ containers: [{ ...was, Id: id('b'), ...container }, ...others] }, { waivers: [granted.waiver] });
    return now.waivers.map(({ state, note }) => [state, note?.replace(/^.*what it was: /, '') ?? null])[0];
  }

  test.each<[string, Literal]>([
    ['the same options', {}],
    ['another time and state', { Created: '2027-01-01T00:00:00Z', State: { Running: false, Status: 'exited', Pid: 0 } }],
    [
      'another order of options',
      { HostConfig: { ...options, CapAdd: ['SYS_TIME', 'net_raw'], SecurityOpt: options.SecurityOpt.toReversed() } },
    ],
    ['another name of a volume without one', { Mounts: [{ ...volume, Name: 'e'.repeat(64), Source: '/var/lib/docker/volumes/e/_data' }] }],
    ['another label', { Config: { Labels: { build: '7' } } }],
  ])('stays with %s', async (_what, changes) => {
    expect(await remade(changes)).toEqual(['active', null]);
  });

  test.each<[string, Literal]>([
    ['image', { Image: `sha256:${'9'.repeat(64)}` }],
    ['user', { Config: { User: '0' } }],
    ['privileges', { HostConfig: { ...options, CapAdd: ['ALL'] } }],
    ['privileges', { HostConfig: { ...options, CapAdd: options.CapAdd.slice(1), CapDrop: ['NET_RAW'] } }],
    ['privileges', { HostConfig: { ...options, ReadonlyRootfs: false } }],
    ['privileges', { HostConfig: { ...options, MaskedPaths: [] } }],
    ['namespaces', { HostConfig: { ...options, CgroupnsMode: 'host' } }],
    [
      'privileges',
      { HostConfig: { ...options, Devices: [{ PathOnHost: '/dev/sda', PathInContainer: '/dev/sda', CgroupPermissions: 'r' }] } },
    ],
    ['namespaces', { HostConfig: { ...options, PidMode: 'host' } }],
    ['mounts', { Mounts: [{ ...volume, RW: false }] }],
    ['mounts', { Mounts: [{ ...volume, Name: 'named' }] }],
    ['limits', { HostConfig: { ...options, Memory: 1 } }],
    ['limits', { HostConfig: { ...options, PidsLimit: 1 } }],
    ['ports', { HostConfig: { ...options, PortBindings: { '80/tcp': [{ HostIp: '', HostPort: '80' }] } } }],
    ['user, mounts', { Config: { User: '0' }, Mounts: [] }],
  ])('is re-opened by another %s', async (part, changes) => {
    expect(await remade(changes)).toEqual(['reopened', part]);
  });

  test('knows the container whose network it shares by its name', async () => {
    const shares = (letter: string): Literal => ({ HostConfig: { ...options, NetworkMode: `container:${id(letter)}` } });
    const was = { ...before, ...shares('c') };
    const net = { Id: id('c'), Name: '/net' };
    expect(await remade(shares('c'), [net], was)).toEqual(['active', null]);
    expect(await remade(shares('d'), [net, { Id: id('d'), Name: '/other' }], was)).toEqual(['reopened', 'namespaces']);
  });

  test('covers, of several, those that are as any of them was', async () => {
    const two = [privileged('web-1', 'a'), privileged('web-2', 'b', { HostConfig: { Privileged: true, PidMode: 'host' } })];
    const then = await record({ containers: two });
    const [check] = checks.filter((each) => each.id === CHECK);
    if (check === undefined) throw new Error('unreachable');
    const granted = grant(waiver({ container: 'web-*' }), judge(check, then, '1.8.0'), then.facts).waiver;
    expect(granted.configurations).toHaveLength(2);
    const third = privileged('web-3', 'c', { HostConfig: { Privileged: true, IpcMode: 'host' } });
    expect((await covered([...two, third], granted)).toSorted()).toEqual(['web-1', 'web-2']);
  });
});

describe('an attestation', () => {
  const ids = ['image/signed-artifacts-validated', CHECK];
  const said: Attestation = {
    check: 'image/signed-artifacts-validated',
    statement: 'we verify',
    by: 'anna',
    at: '2026-01-01',
    expires: LATER,
  };

  test('answers what a person has to decide, which stays manual and raises no score', async () => {
    const { findings, summary } = await report({}, { attestations: [said, { ...said, check: CHECK }] }, ids);
    expect(findings).toMatchObject([
      { status: 'manual', attestation: { statement: 'we verify', by: 'anna', at: '2026-01-01', expires: LATER } },
      { status: 'not-applicable', attestation: null },
    ]);
    expect(summary).toMatchObject({ pass: 0, manual: 1, score: 0 });
  });

  test.each([
    ['its day is over', { expires: '2020-02-29' }, 'the attestation of anna no longer counts: 2020-02-29 was its last day'],
    [
      'its evidence is another',
      { problem: 'its evidence /e has changed' },
      'the attestation of anna no longer counts: its evidence /e has changed',
    ],
  ])('answers nothing once %s, which is said', async (_what, more, reason) => {
    const { findings } = await report({}, { attestations: [{ ...said, ...more }] }, ids);
    expect(findings[0]).toMatchObject({ status: 'manual', attestation: null, reason });
    const again = await report({}, { attestations: [{ ...said, ...more }, said] }, ids);
    expect(again.findings[0]).toMatchObject({ attestation: { by: 'anna' }, reason: null });
  });

  test('answers nothing that fails', async () => {
    const { findings } = await report({ containers: [privileged('a', 'a')] }, { attestations: [{ ...said, check: CHECK }] });
    expect(findings).toMatchObject([{ status: 'fail', attestation: null, waiver: null }]);
  });
});

test('labels that name no waiver are told', async () => {
  const labelled = { Config: { Labels: { 'hullguard.waiver': 'tape' } } };
  const { facts } = await record({ containers: [privileged('a', 'a', labelled)] });
  const decisions = (label: string): Decisions => ({ waivers: [waiver({ label })], attestations: [] });
  expect(danglingLabels(facts, noDecisions)).toEqual([
    'container a: its label hullguard.waiver=tape is no waiver’s selector, so it excuses nothing',
  ]);
  expect(danglingLabels(facts, decisions('hullguard.waiver=other'))).toHaveLength(1);
  expect(danglingLabels(facts, decisions('hullguard.waiver=tape'))).toEqual([]);
});

import { describe, expect, test } from 'vitest';
import type { ReportedFinding } from '../../agent/report.ts';
import { threatView } from '../../agent/threats.ts';
import { type Threat, threats } from '../../checks/threats.ts';
import { empty, finding, reportOf, web } from './findings.ts';

describe('the score', () => {
  test.each([
    ['critical, by program, free', 'files/docker-sock-mode', 8, 1.5],
    ['high, by program, reload', 'daemon/no-insecure-registries', 4, 1.5],
    ['medium, by program, restart', 'daemon/no-new-privileges', 2, 1.25],
    ['low, by hand, restart', 'daemon/default-cgroup-parent', 1, 1],
    ['critical, made anew', 'community/no-cap-sys-admin', 8, 0.8],
  ])('%s', (_what, check, severity, ease) => {
    const [only] = threatView(reportOf(finding(check, ['x', 'y'])), threats).priorities;
    expect(only).toMatchObject({ severity, ease, weight: 1 });
    expect(only?.score).toBeCloseTo(severity * (only?.exposure ?? 0) * ease);
  });

  test('the largest weight of its threats counts', () => {
    const weighed = (weights: Readonly<Record<string, number>>): Threat[] =>
      threats.map((each) => ({ ...each, weight: weights[each.id] ?? 1 }));
    const of = (weights: Readonly<Record<string, number>>) =>
      threatView(reportOf(finding('container/memory-limit', web), finding('container/no-sshd', web)), weighed(weights)).priorities;
    expect(of({}).map(({ check }) => check)).toEqual(['container/memory-limit', 'container/no-sshd']);
    expect(of({ 'container/denial-resources': 0 })[1]).toMatchObject({ check: 'container/memory-limit', score: 0, weight: 0 });
    // It mitigates a second threat, which weighs as before.
    expect(of({ 'container/elevation-entry': 0.5 })[1]).toMatchObject({ check: 'container/no-sshd', weight: 1 });
    expect(of({ 'container/elevation-entry': 3 })[0]).toMatchObject({
      check: 'container/no-sshd',
      weight: 3,
      why: expect.arrayContaining(['the configuration of this site weighs it 3']),
    });
  });

  test('a check that no threat names counts once', () => {
    expect(threatView(reportOf(finding('container/no-sshd', web)), []).priorities).toMatchObject([{ weight: 1, score: 1.6 }]);
  });
});

describe('the order', () => {
  test('by score, then severity, then as the report has it', () => {
    const report = reportOf(
      finding('host/audit-dockerd', ['a', 'b']), // 2 × 1 × 1.5
      finding('daemon/userns-remap', ['a', 'b']), // 2 × 1.5 × 1: a container runs as root
      finding('host/audit-etc-docker', ['a', 'b']), // 2 × 1 × 1.5
      finding('container/no-host-uts', ['container a', 'b (container is exited)']),
      finding('files/docker-sock-owner', ['a', 'b']), // 8 × 1 × 1.5
      finding('container/no-sensitive-host-mounts', ['container a', 'b (container is exited)']), // 4 × 0.5 × 0.8
      finding('image/non-root-user', ['container a', 'b']), // 2 × 1 × 0.8
    );
    const order = threatView(report, threats).priorities.map(({ check }) => check);
    expect(order).toEqual([
      'files/docker-sock-owner',
      'host/audit-dockerd',
      'daemon/userns-remap',
      'host/audit-etc-docker',
      'container/no-sensitive-host-mounts',
      'image/non-root-user',
      'container/no-host-uts',
    ]);
  });

  test('what is waived is not in it', () => {
    const waiver = { id: 'w', reason: 'r', owner: 'o', expires: '2027-01-31' };
    const view = threatView(reportOf({ ...finding('container/no-sshd', web), waiver }), threats);
    expect(view.priorities).toEqual([]);
    expect(view.threats.find(({ id }) => id === 'container/elevation-entry')).toMatchObject({
      state: 'open',
      failing: ['container/no-sshd'],
    });
  });
});

describe('the state of a threat', () => {
  const threat: Threat = {
    id: 'site/x',
    surface: 'daemon',
    stride: 'E',
    threat: 'x',
    checks: ['daemon/live-restore', 'daemon/icc-disabled', 'daemon/userns-remap'],
    uncovered: null,
    weight: 1,
  };
  const status = (check: string, value: ReportedFinding['status']): ReportedFinding => ({
    ...finding(check, ['x', 'y', 'pass']),
    status: value,
  });
  const [a = '', b = '', c = ''] = threat.checks;

  test.each<[string, readonly ReportedFinding[], object]>([
    ['open', [status(a, 'pass'), status(b, 'fail'), status(c, 'manual')], { failing: [b], passing: [a], undecided: [c] }],
    ['guarded', [status(a, 'pass'), status(b, 'not-applicable')], { failing: [], passing: [a], undecided: [b, c] }],
    [
      'guarded',
      [status(a, 'not-applicable'), status(b, 'not-applicable'), status(c, 'not-applicable')],
      { passing: [], undecided: [a, b, c] },
    ],
    ['unknown', [status(a, 'not-applicable'), status(b, 'error')], { failing: [], passing: [], undecided: [a, b, c] }],
    ['unknown', [status(a, 'manual')], { undecided: [a, b, c] }],
    ['unknown', [], { undecided: [a, b, c] }],
  ])('%s', (state, findings, lists) => {
    expect(threatView(reportOf(...findings), [threat]).threats).toEqual([expect.objectContaining({ ...threat, state, ...lists })]);
  });

  test('uncovered', () => {
    expect(threatView(empty, [{ ...threat, checks: [] }]).threats[0]).toMatchObject({ state: 'uncovered', failing: [], undecided: [] });
  });
});

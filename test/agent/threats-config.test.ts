import { expect, test } from 'vitest';
import { load } from './configured.ts';

test.each([
  '{}',
  '{weights: {daemon/spoofing-tcp: 2.5, container/*: 0}}',
  '{weights: {site/*: 3}, add: [{id: site/backup, surface: host, stride: I, threat: A., checks: []}]}',
  '{add: [{id: site/backup, surface: host, stride: I, threat: A backup is stolen., checks: [daemon/userns-remap], uncovered: All.}]}',
])('%s', (value) => {
  expect(load(`threats: ${value}\n`)).toHaveProperty('threats');
});

test.each([
  [
    '{weights: {daemon/spoofing-tpc: 2}}',
    'threats.weights.daemon/spoofing-tpc: no threat is called daemon/spoofing-tpc, did you mean daemon/spoofing-tcp?',
  ],
  ['{weights: {site/*: 2}}', 'threats.weights.site/*: no threat is called site/*'],
  ['{weights: {container/*: -1}}', 'threats.weights.container/*: expected number to be >=0'],
  ['{weights: {container/*: high}}', 'threats.weights.container/*: expected number, received string'],
  ['{weight: {}}', 'unknown key threats.weight, did you mean weights?'],
  [
    '{add: [{id: site/x, surface: hots, stride: I, threat: A., checks: []}]}',
    'threats.add.0.surface: expected one of "client"|"host"|"daemon"|"registry"|"image"|"container"|"orchestrator"',
  ],
  [
    '{add: [{id: site/x, surface: host, stride: X, threat: A., checks: []}]}',
    'threats.add.0.stride: expected one of "S"|"T"|"R"|"I"|"D"|"E"',
  ],
  ['{add: [{id: Site, surface: host, stride: I, threat: A., checks: []}]}', 'threats.add.0.id: expected a name such as site/stolen-backup'],
  [
    '{add: [{id: site/x, surface: host, stride: I, threat: " ", checks: []}]}',
    'threats.add.0.threat: expected string to have >=1 characters',
  ],
  [
    '{add: [{id: site/x, surface: host, stride: I, threat: A., checks: [], uncoverd: B.}]}',
    'unknown key threats.add.0.uncoverd, did you mean uncovered?',
  ],
  [
    '{add: [{id: site/x, surface: host, stride: I, threat: A., checks: [daemon/ic-disabled]}]}',
    'threats.add.0.checks.0: no check is called daemon/ic-disabled, did you mean daemon/icc-disabled?',
  ],
  [
    '{add: [{id: daemon/spoofing-tcp, surface: host, stride: I, threat: A., checks: []}]}',
    'threats.add.0.id: there is a threat daemon/spoofing-tcp already: choose another name',
  ],
])('%s', (value, message) => {
  expect(load(`# first line\nthreats: ${value}\n`)).toMatch(/^FILE: line 2, column \d+: /);
  expect(String(load(`threats: ${value}\n`)).replace(/^FILE: line 1, column \d+: /, '')).toBe(message);
});

test('a mistake stands where it is made', () => {
  expect(load('threats:\n  add:\n    - {id: site/x, surface: host, stride: I, threat: A.,\n       checks: [daemon/nothing]}\n')).toBe(
    'FILE: line 4, column 17: threats.add.0.checks.0: no check is called daemon/nothing',
  );
});

import { expect, test } from 'vitest';
import { strides, surfaces } from '../../checks/check.ts';
import { checks } from '../../checks/index.ts';
import { threats } from '../../checks/threats.ts';

test('each check mitigates a threat of its own surface, and one of its letters', () => {
  const lost = checks.filter(
    ({ id, surface, stride }) =>
      !threats.some((threat) => threat.surface === surface && stride.includes(threat.stride) && threat.checks.includes(id)),
  );
  expect(lost.map(({ id }) => id)).toEqual([]);
});

test('each check that a threat names exists, once', () => {
  const known = new Set(checks.map(({ id }) => id));
  for (const { id, checks: named } of threats) {
    expect(
      named.filter((name) => !known.has(name)),
      id,
    ).toEqual([]);
    expect(new Set(named).size, id).toBe(named.length);
  }
});

test('each surface has a threat of each letter', () => {
  const cells = surfaces.flatMap((surface) => strides.map((stride) => `${surface} ${stride}`));
  expect(cells.filter((cell) => !threats.some(({ surface, stride }) => cell === `${surface} ${stride}`))).toEqual([]);
});

test('a threat that no check mitigates says so', () => {
  expect(threats.filter((threat) => threat.checks.length === 0 && threat.uncovered === null)).toEqual([]);
});

const letters = {
  S: 'spoofing',
  T: 'tampering',
  R: 'repudiation',
  I: 'disclosure',
  D: 'denial',
  E: 'elevation',
};

test('ids are unique and tell surface and letter; sentences are whole', () => {
  expect(new Set(threats.map(({ id }) => id)).size).toBe(threats.length);
  for (const { id, surface, stride, threat, uncovered } of threats) {
    expect(id).toMatch(new RegExp(`^${surface}/${letters[stride]}-[a-z-]+$`));
    for (const sentence of [threat, uncovered ?? 'None.']) expect(sentence, id).toMatch(/^[\p{Lu}d][^\n]*\.$/u);
  }
});

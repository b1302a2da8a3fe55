import { describe, expect, test } from 'vitest';
import { judge } from '../../agent/scan.ts';
import { retiredChecks } from '../../checks/retired.ts';

describe('retired controls', () => {
  test.each(retiredChecks.map((check) => [check.id, check] as const))('%s says why it does not apply, on any host', (_, check) => {
    expect(judge(check, { facts: {}, missing: {} }, '1.2.0')).toMatchObject({
      status: 'not-applicable',
      reason: expect.stringMatching(/^retired: /),
    });
  });
});

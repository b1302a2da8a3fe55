import { describe, expect, test } from 'vitest';
import { type LabPart, missing } from './engine.ts';

/**
 * A `describe` whose tests need the lab. Where the machine cannot have it they are skipped, loudly;
 * in CI they fail instead, so that a broken runner cannot pass for a green one.
 */
export function labSuite(name: string, body: () => void, needs: readonly LabPart[] = ['engines']): void {
  const { CI } = process.env;
  const reason = needs.map((part) => missing(part)).find((problem) => problem !== undefined);
  if (reason === undefined) {
    describe(name, body);
  } else if (CI === 'true') {
    describe(name, () => {
      test('the lab can run here', () => expect.fail(reason));
    });
  } else {
    process.stderr.write(`\nSKIPPED: ${name}: ${reason}\n`);
    describe.skip(`${name} (SKIPPED: ${reason})`, body);
  }
}

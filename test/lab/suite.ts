import { describe, expect, test } from 'vitest';
import { type LabPart, missing } from './engine.ts';

/**
 * A `describe` whose tests need the lab. Where the machine cannot have it they are skipped, loudly;
 * in CI they fail instead, so that a broken runner cannot pass for a green one.
 */
export function labSuite(name: string, body: () => void, needs: readonly LabPart[] = ['engines']): void {
  suiteUnless(
    needs.map((part) => missing(part)).find((problem) => problem !== undefined),
    name,
    body,
  );
}

/** A `describe`, but for a reason why its tests cannot run here. */
export function suiteUnless(reason: string | undefined, name: string, body: () => void): void {
  const { CI } = process.env;
  if (reason === undefined) {
    describe(name, body);
  } else if (CI === 'true') {
    describe(name, () => {
      test('the tests can run here', () => expect.fail(reason));
    });
  } else {
    process.stderr.write(`\nSKIPPED: ${name}: ${reason}\n`);
    describe.skip(`${name} (SKIPPED: ${reason})`, body);
  }
}

import { createInterface } from 'node:readline/promises';
import type { Output } from './output.ts';

/** Asks a question on the terminal; anything but yes is no. */
export async function askYes(question: string, output: Pick<Output, 'say'>): Promise<boolean> {
  const lines = createInterface({ input: process.stdin });
  try {
    output.say(`${question} [y/N] `);
    const { promise, resolve } = Promise.withResolvers<string>();
    lines.once('line', resolve);
    lines.once('close', () => resolve(''));
    return /^\s*y(es)?\s*$/i.test(await promise);
  } finally {
    lines.close();
  }
}

/** Whatever a host, an engine or a user hands us: read, or refused as documented, in time that grows with its length. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { collectFacts } from '../agent/collect.ts';
import { printSchema } from '../agent/commands/schema.ts';
import { formatFacts } from '../agent/facts-file.ts';
import { judge } from '../agent/scan.ts';
import { checks } from '../checks/index.ts';
import type { Host } from '../facts/host.ts';
import { type CollectorName, collectors } from '../facts/index.ts';
import { fakeHost, fakePolicy } from './fake-host.ts';
import { schemaTester } from './json-schema.ts';
import { type Parser, parsers } from './parsers.ts';

describe('any text is read, or refused as documented', () => {
  test.each(Object.entries(parsers))('%s', (_, parser) => {
    const { words } = parser;
    const attempt = (text: string): void => attemptTo(parser, text);
    const word = fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...words, ' ', '\n', '\0') },
      fc.string({ unit: 'binary', maxLength: 8 }),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 60 }), (parts) => attempt(parts.join(''))),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 60 }), (parts) => attempt(parts.join(' '))),
      { numRuns: 300 },
    );
  });
});

describe('in time that grows with its length', () => {
  const exposed = Object.entries(parsers).filter(([, { byRoot }]) => byRoot === undefined);
  test.each(exposed)('%s', (_, parser) => {
    const { words } = parser;
    const start = words[0] ?? '';
    const all = [...words, 'a', '0', ' ', '\n', '\r', '\u2028'];
    for (const word of new Set([...all, ...all.map((each) => `${each}\n`)])) {
      const grow = (length: number): string => `${start} ${word.repeat(Math.ceil(length / word.length))}!`;
      // A collection of garbage may fall into any one of them; what really grows too fast does so each time.
      const ratios = [];
      do ratios.push(growth((text) => attemptTo(parser, text), grow));
      while (Math.min(...ratios) >= LINEAR && ratios.length < 5);
      expect(Math.min(...ratios), JSON.stringify(word)).toBeLessThan(LINEAR);
    }
  });
});

function attemptTo({ read, refusal }: Parser, text: string): void {
  try {
    read(text);
  } catch (error) {
    if (refusal === undefined || !(error instanceof refusal)) throw error;
  }
}

const SHORT = 1 << 12;
const FACTOR = 8;
/** What takes the square of its length takes 64 times as long for one eight times as long. */
const LINEAR = 32;
/** Less than this says nothing, nor does it matter. */
const NOISE_MS = 50;

/** How many times as long the work on a text takes that is eight times as long. The best of three, and of the processor's time: others use it, too. */
function growth(read: (text: string) => void, grow: (length: number) => string): number {
  const [short, long] = [grow(SHORT), grow(SHORT * FACTOR)];
  const time = (text: string): number => {
    const { user } = process.cpuUsage();
    read(text);
    return (process.cpuUsage().user - user) / 1000;
  };
  const first = time(long);
  if (first < NOISE_MS) return 1;
  return Math.min(first, time(long), time(long)) / Math.max(Math.min(time(short), time(short), time(short)), 1);
}

describe('whatever the engine answers', () => {
  const fits = schemaTester(printSchema('facts'));
  const wanted = Object.keys(collectors) as CollectorName[];
  const literal = { containers: [{ Name: '/web' }, { Name: '/db' }], images: [{}], dockerd: { flags: [] } };

  /** Each answer with one of its parts, told by a number, replaced. */
  function distorted(part: number, replacement: unknown): Host {
    const host = fakeHost(literal);
    return { ...host, docker: async (endpoint, path) => replace(await host.docker(endpoint, path), part, replacement) };
  }

  test('facts fit their schema, and every check has a verdict', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: 200 }),
        fc.oneof(fc.jsonValue(), fc.constantFrom(null, '', -1, {}, [], [null])),
        async (part, value) => {
          const recording = await collectFacts(distorted(part, value), {
            policy: fakePolicy(),
            wanted,
            signal: AbortSignal.timeout(10_000),
          });
          expect(fits(JSON.parse(formatFacts(recording)))).toBeNull();
          for (const check of checks) judge(check, recording, '1.8.0');
        },
      ),
      { numRuns: 150 },
    );
  });
});

/** A copy in which the part of that number, counted from the outside, is another value. Numbers begin anew after the last part. */
function replace(value: unknown, part: number, replacement: unknown): unknown {
  const parts = count(value);
  let left = part % parts;
  return (function walk(node: unknown): unknown {
    if (left-- === 0) return replacement;
    if (Array.isArray(node)) return node.map(walk);
    if (typeof node === 'object' && node !== null)
      return Object.fromEntries(Object.entries(node).map(([key, inner]) => [key, walk(inner)]));
    return node;
  })(value);
}

function count(value: unknown): number {
  return typeof value === 'object' && value !== null ? 1 + Object.values(value).reduce((sum: number, inner) => sum + count(inner), 0) : 1;
}

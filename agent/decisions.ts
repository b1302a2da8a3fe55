/** What a site has decided: to live with what fails, and what a person answers. The shape of /etc/hullguard/waivers.yaml. */
import { checks } from '../checks/index.ts';
import * as z from '../facts/schema.ts';
import { parts } from './fingerprint.ts';
import { didYouMean } from './nearest.ts';

const words = z.string().check(z.refine((text) => text.trim() !== '', 'expected some words'));
const day = z.string().check(z.refine(isDay, 'expected a date such as 2027-01-31'));
const hash = z.string().check(z.regex(/^[0-9a-f]{32,64}$/, 'expected hexadecimal digits'));
const id = z.string().check(z.regex(/^[A-Za-z0-9][\w.-]{0,63}$/, 'expected letters, digits, and . _ - among them, at most 64'));

export const waiverSchema = z.strictObject({
  id: id.check(z.describe('Names the waiver in reports')),
  check: z.string().check(z.describe('Id of the check that may fail')),
  container: z.optional(words.check(z.describe('Only containers of this name. * stands for any text, ? for a character'))),
  label: z.optional(
    z
      .string()
      .check(z.regex(/^[^=\s]+=.{0,255}$/, 'expected KEY=VALUE, at most 255 characters of value'))
      .check(z.describe('Only containers with this label, KEY=VALUE; * and ? as above in the value')),
  ),
  image: z.optional(
    z
      .string()
      .check(z.regex(/^sha256:[0-9a-f]{64}$/, 'expected sha256: and 64 hexadecimal digits'))
      .check(z.describe('Only this image and its containers: its id, or its digest in a registry')),
  ),
  path: z.optional(
    z
      .string()
      .check(z.refine((text) => text.startsWith('/'), 'expected an absolute path'))
      .check(z.describe('Only this file; * and ? as above within a name')),
  ),
  reason: words.check(z.describe('Why this host lives with it')),
  owner: words.check(z.describe('Who answers for it')),
  expires: day.check(z.describe('The last day on which it counts, in UTC')),
  configurations: z.optional(
    z
      .array(z.strictObject(Object.fromEntries(parts.map((part) => [part, hash])) as Record<(typeof parts)[number], typeof hash>))
      .check(z.minLength(1))
      .check(z.describe('Digests of what the containers were when it was granted: it covers no others. Written by hullguard waive')),
  ),
});

export const attestationSchema = z.strictObject({
  check: z.string().check(z.describe('Id of the check that it answers')),
  statement: words.check(z.describe('What was looked at, and what was found')),
  by: words.check(z.describe('Who says so')),
  at: words.check(z.describe('When it was said')),
  expires: day.check(z.describe('The last day on which it counts, in UTC')),
  evidence: z.optional(
    z
      .strictObject({
        file: z.string().check(z.refine((text) => text.startsWith('/'), 'expected an absolute path')),
        sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits')),
      })
      .check(z.describe('What it rests on: it counts while that file is as it was')),
  ),
});

const shape = z.strictObject({
  waivers: z._default(z.array(waiverSchema), []),
  attestations: z._default(z.array(attestationSchema), []),
});

/** What the shape alone cannot say. */
export const decisionsSchema = shape.check(({ value, issues }) => {
  const complain = (path: (string | number)[], message: string): void => {
    issues.push({ code: 'custom', path, message, input: '' });
  };
  for (const list of ['waivers', 'attestations'] as const)
    for (const [index, { check }] of value[list].entries()) {
      const problem = unknownId(check);
      if (problem !== null) complain([list, index, 'check'], problem);
    }
  for (const [index, waiver] of value.waivers.entries()) {
    if (value.waivers.findIndex((other) => other.id === waiver.id) < index)
      complain(['waivers', index, 'id'], `another waiver has the id ${waiver.id}`);
    const [first, second] = selectorKeys.filter((key) => waiver[key] !== undefined);
    if (second !== undefined) complain(['waivers', index, second], `expected one of ${selectorKeys.join(', ')}; there is ${first} already`);
  }
});

/** What a waiver may be limited to, by one of them. */
export const selectorKeys = ['container', 'label', 'image', 'path'] as const;

export type Waiver = z.infer<typeof waiverSchema>;
/** `problem`: why it does not count though it has not expired, as when its evidence is another. */
export type Attestation = z.infer<typeof attestationSchema> & { readonly problem?: string };

export interface Decisions {
  readonly waivers: readonly Waiver[];
  readonly attestations: readonly Attestation[];
}

export const noDecisions: Decisions = { waivers: [], attestations: [] };

/** What it is limited to in words: `container web-*`; null where it covers all that its check finds. */
export function selectorOf(waiver: Waiver): string | null {
  const key = selectorKeys.find((name) => waiver[name] !== undefined);
  return key === undefined ? null : `${key} ${waiver[key]}`;
}

/** Why this is no id of a check; null where it is, or where it may be one of the site's own. */
export function unknownId(name: string): string | null {
  const ids = checks.map((check) => check.id);
  if (ids.includes(name) || name.startsWith('site/')) return null;
  return `no check has the id ${name}${/^[\d.]+$/.test(name) ? ` (hullguard checks ${name} tells the id)` : didYouMean(name, ids)}`;
}

/** Whether the last day on which it counts is over, at a moment in milliseconds since the epoch. */
export function isExpired({ expires }: { readonly expires: string }, at: number): boolean {
  return new Date(at).toISOString().slice(0, 10) > expires;
}

function isDay(text: string): boolean {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

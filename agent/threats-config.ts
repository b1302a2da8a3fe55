/** What a site says of threats: how much they matter to it, and further ones. */
import { checks } from '../checks/index.ts';
import { type Threat, threats } from '../checks/threats.ts';
import * as z from '../facts/schema.ts';
import { fits } from './globs.ts';
import { didYouMean } from './nearest.ts';
import { stride, surface } from './terms.ts';

const sentence = z.string().check(z.trim(), z.minLength(1));

const added = z.strictObject({
  id: z
    .string()
    .check(z.regex(/^[a-z0-9-]+\/[a-z0-9-]+$/, 'expected a name such as site/stolen-backup'))
    .check(z.describe('Its name, such as site/stolen-backup')),
  surface: surface.check(z.describe('What is attacked')),
  stride: stride.check(z.describe('The kind of threat')),
  threat: sentence.check(z.describe('What can happen')),
  checks: z.array(z.string()).check(z.describe('Ids of the checks that mitigate it')),
  uncovered: z.optional(sentence.check(z.describe('What no check sees'))),
});

const shape = z.strictObject({
  weights: z
    ._default(z.record(z.string(), z.number().check(z.minimum(0), z.maximum(100))), {})
    .check(z.describe('How much threats matter, by id or glob: 1 unless told, 0 not at all; of several that fit the last counts')),
  add: z._default(z.array(added), []).check(z.describe('Further threats')),
});

/** What the shape alone cannot say: which names there are, and which are taken. */
export const threatsConfigSchema = shape.check(({ value, issues }) => {
  const complain = (path: (string | number)[], message: string, input: string): void => {
    issues.push({ code: 'custom', path, message, input });
  };
  const known = [...threats, ...value.add].map(({ id }) => id);
  for (const pattern of Object.keys(value.weights)) {
    if (!known.some((id) => fits(pattern, id)))
      complain(['weights', pattern], `no threat is called ${pattern}${didYouMean(pattern, known)}`, pattern);
  }
  for (const [index, { id, checks: named }] of value.add.entries()) {
    if (known.indexOf(id) < threats.length + index)
      complain(['add', index, 'id'], `there is a threat ${id} already: choose another name`, id);
    for (const [place, name] of named.entries()) {
      const ids = checks.map((check) => check.id);
      if (!name.startsWith('site/') && !ids.includes(name))
        complain(['add', index, 'checks', place], `no check is called ${name}${didYouMean(name, ids)}`, name);
    }
  }
});

/** Ours and those of the site, weighed. */
export function siteThreats({ weights, add }: z.infer<typeof threatsConfigSchema>): Threat[] {
  const rules = Object.entries(weights);
  const theirs = add.map(({ uncovered, ...rest }) => ({ ...rest, uncovered: uncovered ?? null, weight: 1 }));
  return [...threats, ...theirs].map((threat) => ({
    ...threat,
    weight: rules.findLast(([pattern]) => fits(pattern, threat.id))?.[1] ?? 1,
  }));
}

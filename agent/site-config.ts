/** What a site adds of its own: checks, and a newer table of advisories. Both are code or truth to hullguard, so nobody but root may write them. */
import * as z from '../facts/schema.ts';

const absolute = z.refine<string>((path) => path.startsWith('/'), 'expected an absolute path');

export const siteSchema = {
  siteChecks: z.optional(
    z
      .strictObject({
        directory: z.string().check(absolute, z.describe('Directory with checks of this site, as modules in TypeScript or JavaScript')),
        timeout: z
          ._default(z.number().check(z.positive(), z.maximum(15)), 5)
          .check(z.describe('Seconds that one of them may take before it is ended and its finding an error')),
      })
      .check(z.describe('Checks of this site')),
  ),
  advisories: z.optional(
    z.string().check(absolute, z.describe('File with a newer table of advisories, in the place of the one that is built in')),
  ),
};

export type SiteConfig = { readonly [K in keyof typeof siteSchema]?: z.infer<(typeof siteSchema)[K]> | undefined };

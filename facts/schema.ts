/** The one door to zod: schemas validate what the engine answers and what a facts file holds, and the types follow from them. */
import * as z from 'zod/mini';
import english from 'zod/v4/locales/en.js';
import { hasPassword, isSecretName } from './secrets.ts';

export * from 'zod/mini';

// Without a language every issue reads "Invalid input".
z.config(english());

/** An array where the engine may also say null or leave the key out. */
export function list<T extends z.ZodMiniType>(item: T) {
  return z.pipe(
    z.nullish(z.array(item)),
    z.transform((value) => value ?? []),
  );
}

/** A map where the engine may also say null or leave the key out. */
export function dictionary<T extends z.ZodMiniType>(value: T) {
  return z.pipe(
    z.nullish(z.record(z.string(), value)),
    z.transform((entries) => entries ?? {}),
  );
}

/** Text where the engine may also say null or leave the key out. */
export const text = z.pipe(
  z.nullish(z.string()),
  z.transform((value) => value ?? ''),
);

/** A number where null or a missing key means 0, Docker's "not set". It may be larger than JavaScript counts exactly: nanoseconds of a year are. */
export const integer = z.pipe(
  z.nullish(z.number()),
  z.transform((value) => value ?? 0),
);

/** A flag where null or a missing key means false. */
export const flag = z.pipe(
  z.nullish(z.boolean()),
  z.transform((value) => value ?? false),
);

/** `NAME=value` → `NAME`, for variables that are set to something: values may be secrets. Recorded facts read back the same. */
export const variableNames = z.pipe(
  list(z.string()),
  z.transform((pairs) => pairs.flatMap((pair) => /^([^=]+)(?:$|=.)/s.exec(pair)?.[1] ?? [])),
);

/** Stands for a value that is or may hold a secret. */
export const HIDDEN = '(not shown)';

/** What is kept of a label's value. */
export const LONGEST_LABEL = 256;

/** Labels, without the values of those that are or may hold secrets, and cut to a length that identifies. */
export const labels = z.pipe(
  dictionary(z.string()),
  z.transform((entries) => Object.fromEntries(Object.entries(entries).map(([name, value]) => [name, presentable(name, value)]))),
);

function presentable(name: string, value: string): string {
  return (isSecretName(name) && value !== '') || hasPassword(value) ? HIDDEN : value.slice(0, LONGEST_LABEL);
}

/** How a health check is run (`CMD`, `CMD-SHELL`, `NONE`), without its command, which may hold a password. */
export const healthcheck = z.nullish(
  z.object({
    Test: z.pipe(
      list(z.string()),
      z.transform((test) => test.slice(0, 1)),
    ),
  }),
);

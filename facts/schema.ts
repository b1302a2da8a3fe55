/** The one door to zod: schemas validate what the engine answers and what a facts file holds, and the types follow from them. */
import * as z from 'zod/mini';
import { isSecretName } from './secrets.ts';

export * from 'zod/mini';

// Without a language every issue reads "Invalid input".
z.config(z.locales.en());

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

/** A number where null or a missing key means 0, Docker's "not set". */
export const integer = z.pipe(
  z.nullish(z.int()),
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
  z.transform((pairs) => pairs.filter((pair) => !pair.endsWith('=')).map((pair) => pair.split('=', 1)[0] ?? '')),
);

/** Labels, without the values of those named like secrets, and cut to a length that identifies. */
export const labels = z.pipe(
  dictionary(z.string()),
  z.transform((entries) =>
    Object.fromEntries(Object.entries(entries).map(([name, value]) => [name, isSecretName(name) ? '(not shown)' : value.slice(0, 256)])),
  ),
);

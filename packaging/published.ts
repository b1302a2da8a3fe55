/**
 * Types of the npm package that the compiler has to write out, since ours follow from zod's: `Plain` has no name outside its function, so what stands in
 * declarations is what it comes to. types.ts makes types of these constants, and adds what checks/check.ts says in plain words. Nothing runs this file.
 */
import type { Report as MadeReport } from '../agent/report.ts';
import type * as check from '../checks/check.ts';
import type { Facts as Collected } from '../facts/index.ts';
import type { Json as Parsed } from '../facts/json.ts';

// It contains itself, so it has to keep a name.
/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

function plain<T>() {
  type Plain<V> = [Parsed] extends [V] ? Json | Exclude<V, Parsed> : { [K in keyof V]: Plain<V[K]> };
  return undefined as unknown as Plain<T>;
}

/** All that a check may ask for. */
export const Facts = plain<Collected>();
/** What `hullguard audit --report json` writes. */
export const Report = plain<MadeReport>();
export const Severity = plain<check.Severity>();
export const Stride = plain<check.Stride>();
export const Surface = plain<check.Surface>();
export const Impact = plain<check.Impact>();
export const Outcome = plain<check.Outcome>();

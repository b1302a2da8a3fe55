/** The plan: the value that `hullguard plan` prints and `hullguard apply` executes. */
import { allowedImpacts } from '../checks/check.ts';
import { json } from '../facts/json.ts';
import * as z from '../facts/schema.ts';

export type Applied = (typeof allowedImpacts)[number];
export const impact = z.enum(allowedImpacts);

const access = z.strictObject({ mode: z.int(), uid: z.int(), gid: z.int() });
export type Access = z.infer<typeof access>;

/** Limits of a container as the engine's API takes them; null where the container has none. */
const limits = z.strictObject({
  Memory: z.optional(z.int()),
  MemorySwap: z.optional(z.int()),
  NanoCpus: z.optional(z.int()),
  PidsLimit: z.optional(z.nullable(z.int())),
  RestartPolicy: z.optional(z.strictObject({ Name: z.string(), MaximumRetryCount: z.int() })),
});
export type ContainerLimits = z.infer<typeof limits>;

/** One reversible edit. Each has both sides, so precondition, verification and rollback follow from it. */
const change = z.discriminatedUnion('kind', [
  /** A key of daemon.json; without `before` it is not there. */
  z.strictObject({ kind: z.literal('setting'), path: z.string(), key: z.string(), before: z.optional(json), after: json }),
  /** Lines at the end of a file of our own, which is made where it is missing. Lines that it has already are left out. */
  z.strictObject({ kind: z.literal('lines'), path: z.string(), lines: z.array(z.string()) }),
  z.strictObject({ kind: z.literal('access'), path: z.string(), before: access, after: access }),
  /** A rule that the kernel does not have yet, as auditctl takes it. */
  z.strictObject({ kind: z.literal('audit-rule'), rule: z.string() }),
  z.strictObject({ kind: z.literal('limits'), id: z.string(), name: z.string(), before: limits, after: limits }),
]);
export type Change = z.infer<typeof change>;
export type ChangeOf<K extends Change['kind']> = Extract<Change, { readonly kind: K }>;

const fix = z.strictObject({ check: z.string(), resource: z.string(), impact });
const refusal = z.strictObject({ check: z.string(), resource: z.string(), reason: z.string() });
const steps = z.strictObject({ check: z.string(), resource: z.string(), steps: z.array(z.string()) });
const effect = z.strictObject({ check: z.nullable(z.string()), effect: z.string(), resources: z.array(z.string()) });

export const planSchema = z.strictObject({
  schemaVersion: z.literal(1),
  tool: z.strictObject({ name: z.literal('hullguard'), version: z.string() }),
  at: z.iso.datetime(),
  host: z.strictObject({ hostname: z.string(), engine: z.nullable(z.strictObject({ version: z.string(), endpoint: z.string() })) }),
  /** The cost that was allowed, and the cost of the whole. */
  maxImpact: impact,
  impact,
  /** What will be mended. */
  fixes: z.array(fix),
  /** In the order in which they are made. */
  changes: z.array(change),
  /** Each file whose content changes: SHA-256 of what it holds now (null: there is none) and will hold, and the difference, secrets left out. */
  files: z.array(z.strictObject({ path: z.string(), before: z.nullable(z.string()), after: z.string(), diff: z.string() })),
  /** The daemon, and how it is made to take its settings; null where it is not concerned. */
  daemon: z.nullable(
    z.strictObject({
      action: z.enum(['reload', 'restart']),
      pid: z.int(),
      startedAt: z.number(),
      /** Its systemd unit; null where systemd does not run it. */
      unit: z.nullable(z.string()),
    }),
  ),
  /** Whether systemd has to read its unit files again. */
  systemd: z.boolean(),
  /** What will be run, as a person would write it. */
  commands: z.array(z.string()),
  /** What will break or change for somebody. */
  effects: z.array(effect),
  /** Fixes that cost more than is allowed. */
  held: z.array(fix),
  /** Fixes that something stands in the way of. */
  refused: z.array(refusal),
  /** What is not done by a program. */
  byHand: z.array(steps),
  /** What will still be waited for afterwards, such as a reboot. */
  waits: z.array(refusal),
});
export type Plan = z.infer<typeof planSchema>;

/** Whether one cost is at most another. */
export function within(cost: Applied, most: Applied): boolean {
  return allowedImpacts.indexOf(cost) <= allowedImpacts.indexOf(most);
}

export function costliest(costs: readonly Applied[]): Applied {
  return allowedImpacts.findLast((candidate) => costs.includes(candidate)) ?? 'none';
}

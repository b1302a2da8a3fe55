/** Every collector by name. Adding one is a file and a word here; the type of the facts follows. */
import { accounts } from './accounts.ts';
import { audit } from './audit.ts';
import { client } from './client.ts';
import { clients } from './clients.ts';
import type { Collector } from './collector.ts';
import { containers } from './containers.ts';
import { daemon } from './daemon.ts';
import { engine } from './engine.ts';
import { engines } from './engines.ts';
import { files } from './files.ts';
import { images } from './images.ts';
import { mounts } from './mounts.ts';
import { packages } from './packages.ts';
import type { Policy } from './policy.ts';
import { processes } from './processes.ts';
import type * as z from './schema.ts';
import { swarm } from './swarm.ts';
import { system } from './system.ts';
import { units } from './units.ts';
import { usage } from './usage.ts';

export const collectors = {
  accounts,
  audit,
  client,
  clients,
  containers,
  daemon,
  engine,
  engines,
  files,
  images,
  mounts,
  packages,
  processes,
  swarm,
  system,
  units,
  usage,
};

export type CollectorName = keyof typeof collectors;

/** The facts that a collector builds on, whether it needs them or only comes after them. */
export function basesOf(name: CollectorName): readonly CollectorName[] {
  const { needs = [], after = [] } = collectors[name] as {
    readonly needs?: readonly CollectorName[];
    readonly after?: readonly CollectorName[];
  };
  return [...needs, ...after];
}

type Collected = {
  readonly [N in CollectorName]: (typeof collectors)[N] extends Collector<infer Schema, infer _Needs, infer _After>
    ? z.infer<Schema>
    : never;
};

/** All that a check may ask for. */
export type Facts = Collected & { readonly policy: Policy };
export type FactName = keyof Facts;

/** Facts of one host at one time: those that could be known, and why the others could not. */
export interface Recording {
  readonly facts: Partial<Facts>;
  readonly missing: { readonly [N in FactName]?: string };
}

/** What the policy lets one container have: what all may, and what the rules about this one add. */
import type { Container } from '../../facts/containers.ts';
import type { Allowance, ContainerRule, Policy } from '../../facts/policy.ts';
import { fullName, isBelow } from '../images/names.ts';

type Entry<A extends Allowance> = NonNullable<Policy[A]>[number];

/** Things a container has, by whether the policy allows them. */
interface Ruling<T> {
  readonly allowed: readonly T[];
  readonly refused: readonly T[];
  /** For evidence: which parts of the policy allow some of them, as ` (by policy.allowedDevices)`; empty where none had to. */
  readonly by: string;
}

/** Rules on things of a container: `permits` says whether an entry of the list covers one. */
export function rule<T, A extends Allowance>(
  things: readonly T[],
  container: Container,
  policy: Policy,
  key: A,
  permits: (entry: Entry<A>, thing: T) => boolean,
): Ruling<T> {
  const sources = sourcesOf(container, policy, key);
  const sourceOf = (thing: T) => sources.find(({ entries }) => entries.some((entry) => permits(entry, thing)));
  const used = [...new Set(things.flatMap((thing) => sourceOf(thing)?.name ?? []))];
  return {
    allowed: things.filter((thing) => sourceOf(thing) !== undefined),
    refused: things.filter((thing) => sourceOf(thing) === undefined),
    by: by(used),
  };
}

/** Whether the policy has such a list for the container, empty or not. */
export function isRuled(container: Container, policy: Policy, key: Allowance): boolean {
  return sourcesOf(container, policy, key).length > 0;
}

function sourcesOf<A extends Allowance>(container: Container, policy: Policy, key: A): { name: string; entries: readonly Entry<A>[] }[] {
  const all: { name: string; entries: readonly Entry<A>[] | undefined }[] = [
    { name: `policy.${key}`, entries: policy[key] },
    ...rulesFor(container, policy).map((each) => ({ name: nameOf(each), entries: each[key] })),
  ];
  return all.flatMap(({ name, entries }) => (entries === undefined ? [] : [{ name, entries }]));
}

/** The rules about a container, in their order. */
export function rulesFor({ Config: { Image, Labels } }: Container, { containers }: Policy): ContainerRule[] {
  return containers.filter(({ image, label }) => {
    const [name = '', ...value] = label?.split('=') ?? [];
    const labelled = label === undefined || (Object.hasOwn(Labels, name) && (value.length === 0 || Labels[name] === value.join('=')));
    return labelled && (image === undefined || isBelow(fullName(Image), image));
  });
}

/** ` (by policy.containers (label tier=edge))`, for evidence. */
export function byRule(found: ContainerRule): string {
  return by([nameOf(found)]);
}

function by(names: readonly string[]): string {
  return names.length === 0 ? '' : ` (by ${names.join(', ')})`;
}

function nameOf({ image, label }: ContainerRule): string {
  const about = [...(image === undefined ? [] : [`image ${image}`]), ...(label === undefined ? [] : [`label ${label}`])];
  return `policy.containers: ${about.join(', ')}`;
}

/** Options laid over a container's own: each check that fails wants some of them changed, and together they must not undo one another. */
import type { ContainerOptions } from '../checks/check.ts';
import type { Container } from '../facts/containers.ts';
import { isRecord } from '../facts/json.ts';

/** The container as it would be with all of these options: what any of them changes is changed, what any of them leaves out is gone. */
export function layOver(container: Container, options: readonly ContainerOptions[]): Container {
  const wanted = options.flatMap(({ HostConfig }) => HostConfig ?? []);
  const names = Object.keys(Object.assign({}, ...wanted)) as (keyof Container['HostConfig'])[];
  const changed = names.map((name) => [
    name,
    merge(
      container.HostConfig[name],
      wanted.filter((one) => name in one).map((one) => one[name]),
    ),
  ]);
  const mounts = options.flatMap(({ Mounts }) => (Mounts === undefined ? [] : [Mounts]));
  return {
    ...container,
    Config: Object.assign({}, container.Config, ...options.map(({ Config }) => Config)) as Container['Config'],
    HostConfig: { ...container.HostConfig, ...Object.fromEntries(changed) },
    Mounts: merge(container.Mounts, mounts) as Container['Mounts'],
  };
}

export function same(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

/** One value out of several changes of it. */
function merge(base: unknown, versions: readonly unknown[]): unknown {
  const changed = versions.filter((version) => !same(version, base));
  if (changed.length === 0) return base;
  if (Array.isArray(base) && changed.every(Array.isArray)) return mergeLists(base, changed);
  if (isRecord(base) && changed.every(isRecord)) return mergeRecords(base, changed);
  return changed.at(-1);
}

function mergeRecords(base: Readonly<Record<string, unknown>>, versions: readonly Readonly<Record<string, unknown>>[]): unknown {
  const kept = Object.entries(base)
    .filter(([key]) => versions.every((version) => key in version))
    .map(([key, value]) => [
      key,
      merge(
        value,
        versions.map((version) => version[key]),
      ),
    ]);
  const added = versions.flatMap((version) => Object.entries(version).filter(([key]) => !(key in base)));
  return Object.fromEntries([...kept, ...added]);
}

/** A list of objects that is as long as before has its members changed; any other has some left out or added. */
function mergeLists(base: readonly unknown[], versions: readonly (readonly unknown[])[]): unknown[] {
  const aligned = (version: readonly unknown[]): boolean => version.length === base.length && base.every(isRecord);
  const kept = base.flatMap((item, index) => {
    const found = versions.map((version) => (aligned(version) ? version[index] : version.find((candidate) => same(candidate, item))));
    return found.includes(undefined) ? [] : [merge(item, found)];
  });
  const added = versions.filter((version) => !aligned(version)).flat();
  const fresh = added.filter(
    (item, index) => !base.some((old) => same(old, item)) && index === added.findIndex((other) => same(other, item)),
  );
  return [...kept, ...fresh];
}

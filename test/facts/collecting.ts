/** Collects one fact of an in-memory host, with those it builds on. */
import { collectFacts } from '../../agent/collect.ts';
import type { Host } from '../../facts/host.ts';
import type { CollectorName, Facts, Recording } from '../../facts/index.ts';
import { fakeHost, fakePolicy, type HostLiteral } from '../fake-host.ts';

export async function record(name: CollectorName, host: Host): Promise<Recording> {
  return collectFacts(host, { policy: fakePolicy(), wanted: [name], signal: AbortSignal.timeout(5000) });
}

/** The fact; where it is missing, the reason is thrown. */
export async function collectFact<N extends CollectorName>(name: N, literal: HostLiteral): Promise<Facts[N]> {
  const { facts, missing } = await record(name, fakeHost(literal));
  const fact = facts[name];
  if (fact === undefined) throw new Error(missing[name]);
  return fact;
}

/** The paths that an engine was asked for while the fact was collected. */
export async function requestsFor(name: CollectorName, literal: HostLiteral): Promise<string[]> {
  const host = fakeHost(literal);
  const paths: string[] = [];
  await record(name, {
    ...host,
    docker(endpoint, path) {
      paths.push(path);
      return host.docker(endpoint, path);
    },
  });
  return paths;
}

/** A host on which asking for this file, or the engine for this path, meets a fault of our own and no state of the host. */
export function faulty(literal: HostLiteral, end: string): Host {
  const host = fakeHost(literal);
  const guard = (path: string): void => {
    if (path.endsWith(end)) throw new TypeError('a bug');
  };
  return {
    ...host,
    read(path, limit) {
      guard(path);
      return host.read(path, limit);
    },
    async docker(endpoint, path) {
      guard(path);
      return host.docker(endpoint, path);
    },
  };
}

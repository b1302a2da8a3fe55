/** What is known of the host, kept up to date: what is stale is collected again, and what follows from it where it has changed. */
import { isDeepStrictEqual } from 'node:util';
import type { Check } from '../checks/check.ts';
import { refreshContainers } from '../facts/containers.ts';
import { addSessions, keepSessions, refreshSessions } from '../facts/exec-sessions.ts';
import type { Host } from '../facts/host.ts';
import { basesOf, type CollectorName, collectors, type FactName, type Recording } from '../facts/index.ts';
import type { Policy } from '../facts/policy.ts';
import { collectFacts } from './collect.ts';
import type { Stale } from './triggers/trigger.ts';

interface Options {
  /** A host whose reads all end within the time-out. */
  readonly openHost: (signal: AbortSignal) => Host;
  readonly checks: readonly Check[];
  readonly policy: Policy;
  /** Facts wanted beside those of the checks. */
  readonly about: readonly FactName[];
  readonly timeoutMs: number;
}

/** Facts that cost a request for each thing they tell of: only their own events make them stale, never a fact they build on. */
const COSTLY: readonly CollectorName[] = ['containers', 'images', 'engine', 'engines'];

export class Recorder {
  recording: Recording = { facts: {}, missing: {} };
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Collects what is stale, and what follows from what has changed; returns the names of the facts that have. */
  async look(full: boolean, marks: readonly Stale[]): Promise<ReadonlySet<FactName>> {
    const signal = AbortSignal.timeout(this.#options.timeoutMs);
    const host = this.#options.openHost(signal);
    const wanted = [...new Set<FactName>([...this.#options.about, ...this.#options.checks.flatMap(({ needs }) => needs)])];
    const before = this.recording.facts.containers?.containers ?? [];
    if (full) {
      const known = this.recording;
      this.recording = await collectFacts(host, { policy: this.#options.policy, wanted, signal });
      const { containers, engine } = this.recording.facts;
      keepSessions(containers?.containers ?? [], before);
      // An audit looks at a few of them. What the agent once told of must not vanish while it is there.
      if (containers !== undefined && engine !== undefined) await addSessions(host, engine.endpoint, containers.containers);
      await this.#enter(host, marks);
      this.recording = asBefore(known, this.recording);
      return new Set(wanted);
    }
    const changed = new Set<FactName>();
    const ids = [...new Set(marks.flatMap(({ containers = [] }) => containers))];
    let stale = new Set<CollectorName>(marks.flatMap(({ facts }) => facts));
    if (ids.length > 0) stale.add('processes');
    while (stale.size > 0) {
      const before = this.recording;
      this.recording = await collectFacts(host, {
        policy: this.#options.policy,
        wanted: [...stale],
        known: without(before, stale),
        signal,
      });
      this.recording = asBefore(before, this.recording);
      const different = [...stale].filter((name) => before.facts[name] !== this.recording.facts[name]);
      for (const name of different) changed.add(name);
      stale = new Set(dependents(different).filter((name) => !changed.has(name) && wanted.includes(name)));
    }
    if (ids.length > 0 && !changed.has('containers') && (await this.#refresh(host, ids))) changed.add('containers');
    if (await this.#enter(host, marks)) changed.add('containers');
    return changed;
  }

  /** Looks at the exec sessions that were told of; whether what is known of them differs now. */
  async #enter(host: Host, marks: readonly Stale[]): Promise<boolean> {
    const { containers, engine } = this.recording.facts;
    if (containers === undefined || engine === undefined) return false;
    const told = marks.flatMap(({ sessions = [] }) => sessions);
    const { containers: fresh, unknown } = await refreshSessions(host, engine.endpoint, containers.containers, told);
    const isSame = fresh === containers.containers;
    if (!isSame)
      this.recording = { ...this.recording, facts: { ...this.recording.facts, containers: { ...containers, containers: [...fresh] } } };
    const known = unknown.filter((id) => fresh.some(({ Id }) => Id === id));
    return (known.length > 0 && (await this.#refresh(host, known))) || !isSame;
  }

  /** Looks at these containers again; whether that could be. */
  async #refresh(host: Host, ids: readonly string[]): Promise<boolean> {
    const { containers, engine, processes } = this.recording.facts;
    if (containers === undefined || engine === undefined) return false;
    const fresh = await refreshContainers(host, containers, ids, { engine, processes });
    this.recording = { ...this.recording, facts: { ...this.recording.facts, containers: fresh } };
    return true;
  }
}

/** Facts that are as they were stay the very same values, each container too: what was concluded from them still holds, and is not kept twice. */
function asBefore({ facts: before }: Recording, { facts: now, missing }: Recording): Recording {
  const kept = (Object.keys(now) as FactName[]).filter((name) => now[name] !== before[name] && isDeepStrictEqual(now[name], before[name]));
  const facts = { ...now, ...Object.fromEntries(kept.map((name) => [name, before[name]])) };
  const { containers } = facts;
  if (containers === undefined || containers === before.containers) return { facts, missing };
  const known = new Map(before.containers?.containers.map((container) => [container.Id, container]));
  const same = containers.containers.map((container) => {
    const old = known.get(container.Id);
    return old !== undefined && isDeepStrictEqual(old, container) ? old : container;
  });
  return { facts: { ...facts, containers: { ...containers, containers: same } }, missing };
}

function without({ facts, missing }: Recording, stale: ReadonlySet<CollectorName>): Recording {
  const kept = <T extends object>(of: T): T =>
    Object.fromEntries(Object.entries(of).filter(([name, value]) => !stale.has(name as CollectorName) && value !== undefined)) as T;
  return { facts: kept(facts), missing: kept(missing) };
}

/** Facts that build on these, and are cheap to collect again. */
function dependents(names: readonly CollectorName[]): CollectorName[] {
  return (Object.keys(collectors) as CollectorName[]).filter(
    (name) => !COSTLY.includes(name) && basesOf(name).some((base) => names.includes(base)),
  );
}

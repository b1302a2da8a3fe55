/** What the audit trail is asked about a difference: the changes that were told of, the likeliest first. Pure but for a look at the files. */
import { sessionName } from '../../checks/containers/exec.ts';
import type { Collector } from '../../facts/collector.ts';
import { type Host, HostError } from '../../facts/host.ts';
import { type CollectorName, collectors, type FactName } from '../../facts/index.ts';
import { resolvePath } from '../../facts/paths.ts';
import type { Evaluation } from '../loop.ts';
import type { Difference } from '../observations.ts';
import type { EngineEvent, Stale } from '../triggers/trigger.ts';

export type Question = {
  /** When it happened at the earliest, as far as that is known, in milliseconds since the epoch. */
  readonly since: number;
} & (
  | { readonly about: 'file'; readonly path: string; readonly inode: string | null }
  | { readonly about: 'rules' }
  | { readonly about: 'event'; readonly event: EngineEvent; readonly at: number }
);

type Reader = Pick<Host, 'lstat' | 'readlink'>;

/** A file may have been open for a while before it was written to. */
const OPEN_MS = 60_000;
/** Images are pulled before a container is made of them. */
const WORKING_MS = 120_000;
/** How old a change may be that nobody has told of. */
const FORGOTTEN_MS = 600_000;

/** The questions about one difference; none where nothing tells what it came from. */
export function questionsOf(host: Reader, { before, after }: Difference, evaluation: Evaluation): Question[] {
  const observation = after ?? before;
  if (observation === null) return [];
  const { check, resource } = observation;
  const needs = closure(evaluation.findings.find((finding) => finding.check.id === check)?.check.needs ?? []);
  const told = evaluation.marks
    .map((mark) => ({ mark, rank: rankOf(mark, resource, needs, evaluation) }))
    .filter(({ rank }) => rank > 0)
    .toSorted((left, right) => right.rank - left.rank || right.mark.at - left.mark.at)
    .flatMap(({ mark }) => questionOf(host, mark));
  if (told.length > 0) return told;
  // Nobody has told of it, as after a start. A file knows when it was changed.
  const isFile = resource.startsWith('/') && !needs.has('audit');
  return isFile ? fileQuestion(host, resource, evaluation.at).filter(({ since }) => since > evaluation.at - FORGOTTEN_MS) : [];
}

/** 3 for what names the resource itself, 2 and 1 for what made a fact stale that the check sees, 0 for the rest. */
function rankOf(mark: Stale, resource: string, needs: ReadonlySet<FactName>, { recording }: Evaluation): number {
  const { path, event, containers = [], sessions = [], facts } = mark;
  if (path !== undefined && (path === resource || mark.cause === `file ${resource}`)) return 3;
  // A session changes nothing but itself.
  if (sessions.length > 0) return sessions.some(({ id }) => resource.endsWith(sessionName(id))) ? 3 : 0;
  const known = (id: string) => recording.facts.containers?.containers.find(({ Id }) => Id === id)?.Name.replace(/^\//, '');
  const names = [event?.type === 'container' ? event.name : null, ...containers.map(known)];
  if (names.some((name) => name != null && resource === `container ${name}`)) return 3;
  // Of another container.
  if (containers.length > 0 && resource.startsWith('container ')) return 0;
  const concerns = facts.some((name) => needs.has(name)) || (containers.length > 0 && needs.has('containers'));
  if (!concerns) return 0;
  return event === undefined ? 2 : 1;
}

/** The facts that a check sees, and those that they are made of. */
function closure(needs: readonly FactName[]): ReadonlySet<FactName> {
  const all = new Set<FactName>();
  const add = (name: FactName): void => {
    if (all.has(name)) return;
    all.add(name);
    const { needs: first = [], after = [] } = (collectors[name as CollectorName] ?? {}) as Partial<Collector>;
    for (const base of [...first, ...after]) add(base as FactName);
  };
  for (const name of needs) add(name);
  return all;
}

function questionOf(host: Reader, { path, event, facts, at, full }: Stale): Question[] {
  if (full) return [];
  if (path !== undefined) return fileQuestion(host, path, at);
  if (event !== undefined) return [{ about: 'event', event, at, since: at - WORKING_MS }];
  return facts.includes('audit') ? [{ about: 'rules', since: at - OPEN_MS }] : [];
}

function fileQuestion(host: Reader, path: string, at: number): Question[] {
  try {
    const { path: target, status } = resolvePath(host, path);
    const changedAt = status === null || status.changedAt === 0 ? at : Math.min(status.changedAt, at);
    const inode = status?.identity.split(':')[1] ?? null;
    return [{ about: 'file', path: target, inode, since: changedAt - OPEN_MS }];
  } catch (error) {
    if (error instanceof HostError) return [{ about: 'file', path, inode: null, since: at - OPEN_MS }];
    throw error;
  }
}

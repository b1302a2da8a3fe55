/** Exec sessions: what somebody has started in a running container beside its own process. */
import { shownWords } from './command-words.ts';
import { ask } from './engine.ts';
import { forEach } from './for-each.ts';
import { type Host, HostError } from './host.ts';
import { readInContainer, startTime } from './processes.ts';
import * as z from './schema.ts';

/** Enough to know a command by. It may have megabytes, and is told, kept and handed on. */
const MOST_WORDS = 64;
const MOST_LETTERS = 1024;

/** Its command is what somebody typed, passwords and all. */
const processConfig = z.pipe(
  z.object({ entrypoint: z.text, arguments: z.list(z.string()), user: z.text, privileged: z.flag }),
  z.transform((config) => ({
    ...config,
    entrypoint: shownWords([config.entrypoint.slice(0, MOST_LETTERS)])[0] ?? '',
    arguments: shownWords(
      config.arguments.slice(0, MOST_WORDS).map((word) => word.slice(0, MOST_LETTERS)),
      config.entrypoint,
    ),
  })),
);

/** What the engine says of a session, in its own names. */
const answer = z.object({
  ID: z.string(),
  Running: z.flag,
  /** Null until it has ended. Engines remember a session for some minutes after. */
  ExitCode: z.nullish(z.int()),
  Pid: z.integer,
  ProcessConfig: processConfig,
});

export const execSession = z.extend(answer, {
  /** When the kernel started its process, in milliseconds since the epoch; null when it has none or that is out of sight. */
  StartedAt: z.nullish(z.number()),
});

export type ExecSession = z.infer<typeof execSession>;

/** A container as far as its sessions go. */
interface Entered {
  readonly Id: string;
  readonly ExecIDs: readonly string[];
  readonly Config: { readonly User: string };
  Execs: ExecSession[];
}

/** Sessions that an audit looks at: its fixed allowance of requests (spec: 12, of which 7 are spoken for) is not for them alone. */
export const EXEC_REQUESTS = 2;
const CONCURRENCY = 8;

/** Looks at open sessions that the containers name and that were not looked at yet, one request each. Throws what is no HostError. */
export async function addSessions(
  host: Host,
  endpoint: string,
  containers: readonly Entered[],
  most = Number.POSITIVE_INFINITY,
): Promise<void> {
  const unseen = containers.flatMap((container) =>
    container.ExecIDs.filter((id) => !container.Execs.some(({ ID }) => ID === id)).map((id) => ({ container, id })),
  );
  for (const { container, id } of unseen.slice(0, most)) {
    const session = await readSession(host, endpoint, container.Id, id);
    if (session !== null) container.Execs.push(session);
  }
}

/** Sessions that were looked at before, and that the containers still name, need no second look: what they are does not change. */
export function keepSessions(fresh: readonly Entered[], before: readonly Entered[]): void {
  const known = new Map(before.map(({ Id, Execs }) => [Id, Execs]));
  for (const container of fresh) {
    const seen = known.get(container.Id) ?? [];
    const kept = seen.filter(({ ID }) => container.ExecIDs.includes(ID) && !container.Execs.some((session) => session.ID === ID));
    container.Execs.push(...kept);
  }
}

/** A session that the engine has told of: that it began, or that it is over. */
export interface ToldSession {
  readonly container: string;
  readonly id: string;
  readonly over: boolean;
}

/**
 * The containers with these sessions looked at, one request each, and without those that had ended before: one that was over when it was looked at is
 * told of once. Sessions that are what their container is, as health probes are, are left out. The same value where nothing differs. `unknown`: containers
 * that were said to have begun one of which the engine knows nothing, which a label of theirs may have said. Throws HostError.
 */
export async function refreshSessions<T extends Entered>(
  host: Host,
  endpoint: string,
  before: readonly T[],
  told: readonly ToldSession[],
): Promise<{ readonly containers: readonly T[]; readonly unknown: readonly string[] }> {
  const known = new Set(before.flatMap(({ Execs }) => Execs.map(({ ID }) => ID)));
  const begun = new Set(told.filter(({ over }) => !over).map(({ id }) => id));
  const asked = new Map(told.filter(({ id }) => begun.has(id) || known.has(id)).map((session) => [session.id, session]));
  const looked = new Map<string, ExecSession | null>();
  await forEach([...asked.values()], CONCURRENCY, async ({ container, id }) => {
    looked.set(id, await readSession(host, endpoint, container, id));
  });
  const after = before.map((container): T => {
    const kept = container.Execs.filter((session) => !isOver(session) && !looked.has(session.ID));
    const fresh = [...asked.values()].flatMap(({ container: owner, id }) => {
      const session = owner === container.Id ? looked.get(id) : null;
      return session && !isOrdinary(session, container) && (begun.has(id) || !isOver(session)) ? [session] : [];
    });
    return fresh.length === 0 && kept.length === container.Execs.length ? container : { ...container, Execs: [...kept, ...fresh] };
  });
  const unknown = new Set([...asked.values()].flatMap(({ id, container }) => (looked.get(id) === null ? [container] : [])));
  return { containers: after.some((container, index) => container !== before[index]) ? after : before, unknown: [...unknown] };
}

/** Whether it has ended: one that was made and not started yet has not. */
export function isOver({ Running, ExitCode }: ExecSession): boolean {
  return !Running && typeof ExitCode === 'number';
}

function isOrdinary({ ProcessConfig: { user, privileged } }: ExecSession, { Config }: Entered): boolean {
  return !privileged && (user === '' || user === Config.User);
}

/** Null for a session that the engine no longer knows. */
async function readSession(host: Host, endpoint: string, container: string, id: string): Promise<ExecSession | null> {
  try {
    const session = await ask(host, endpoint, `/exec/${encodeURIComponent(id)}/json`, answer);
    return {
      ...session,
      ID: id,
      StartedAt: session.Running ? readInContainer(host, container, session.Pid, () => startTime(host, session.Pid)) : null,
    };
  } catch (error) {
    if (error instanceof HostError) return null;
    throw error;
  }
}

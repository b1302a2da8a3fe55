/** Exec sessions. The engine remembers only open ones; the past is in the audit trail. */
import type { Container } from '../../facts/containers.ts';
import type { Facts } from '../../facts/index.ts';
import { type Check, defineCheck, type Evidence, fail, type Judgement, pass, review, type Verdict } from '../check.ts';
import { containerName, unreadableContainers } from '../families/each-container.ts';
import { isRootUser } from '../images/content.ts';

type Session = Container['Execs'][number];

/** Of a command; a flood of long ones must not fill the history. */
const MOST_LETTERS = 500;

function eachSession(
  about: Pick<Check, 'id' | 'title' | 'rationale' | 'fix'>,
  expected: string,
  judge: (session: Session, container: Container) => Verdict,
): Check<'containers'> {
  const source = 'docker inspect: ExecIDs';
  return defineCheck({
    ...about,
    severity: 'medium',
    stride: ['E', 'R'],
    surface: 'client',
    impact: 'none',
    needs: ['containers'],
    judge({ containers: { containers, unreadable } }: Pick<Facts, 'containers'>): Judgement {
      if (containers.length + unreadable.length === 0) return { notApplicable: 'there are no containers' };
      const seen = containers.flatMap((container) =>
        container.Execs.map(
          (session): Evidence => ({
            resource: `container ${containerName(container)}${sessionName(session.ID)}`,
            subject: { container: container.Id },
            expected,
            source,
            ...told(session, judge(session, container)),
          }),
        ),
      );
      const open = containers.flatMap(({ ExecIDs, Execs }) => ExecIDs.map((id) => Execs.some(({ ID }) => ID === id)));
      const unseen = open.filter((isSeen) => !isSeen).length;
      const rest = unseen > 0 ? ` (${unseen} of ${open.length} open ones not looked at)` : '';
      const past = review(`past sessions are in the audit trail only: ausearch -k docker${rest}`);
      return [...seen, { resource: 'exec sessions', expected, source, ...past }, ...unreadableContainers(unreadable, expected)];
    },
  });
}

/** How evidence of a session ends the name of its resource, after its container's. */
export function sessionName(id: string): string {
  return `, exec session ${id.slice(0, 12)}`;
}

/** What the session is, what it runs, and since when; a command is told where somebody should look at it. */
function told({ ProcessConfig: { entrypoint, arguments: words }, StartedAt }: Session, verdict: Verdict): Verdict {
  if (verdict.outcome === 'pass') return verdict;
  const since = typeof StartedAt === 'number' ? ` (since ${new Date(StartedAt).toISOString().slice(0, 19).replace('T', ' ')} UTC)` : '';
  const command = [entrypoint, ...words].join(' ');
  const shown = command.length > MOST_LETTERS ? `${command.slice(0, MOST_LETTERS)}…` : command;
  return { ...verdict, actual: `${verdict.actual}: ${shown}${since}` };
}

export const execNotPrivileged = eachSession(
  {
    id: 'container/exec-not-privileged',
    title: 'Nobody uses privileged exec sessions',
    rationale: 'A privileged session goes around every limit of the container, and leaves little trace.',
    fix: 'End the session, and find out who opened it (ausearch -k docker).',
  },
  'not privileged',
  ({ ProcessConfig }) => (ProcessConfig.privileged ? fail('a privileged session') : pass('an unprivileged session')),
);

export const execNotRoot = eachSession(
  {
    id: 'container/exec-not-root-user',
    title: 'Nobody uses exec sessions as root',
    rationale: 'A session as root undoes that the image has a user of its own.',
    fix: 'End the session, and find out who opened it (ausearch -k docker).',
  },
  'not --user root',
  ({ ProcessConfig: { user } }, { Config }) => {
    // Where nobody asked for a user, engines record none or the container's own; health checks run as sessions of this kind, too.
    if (user === '' || user === Config.User) return pass('a session as the container’s user');
    return isRootUser(user) ? fail(`a session as ${user}`) : pass(`a session as ${user}`);
  },
);

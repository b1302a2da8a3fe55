import { execNotPrivileged, execNotRoot } from '../../../checks/containers/exec.ts';
import { EXEC_REQUESTS } from '../../../facts/exec-sessions.ts';
import { HostError } from '../../../facts/host.ts';
import { testCheck } from '../../check-tester.ts';
import type { HostLiteral, Literal } from '../../fake-host.ts';
import { CONTAINER, containerErrors } from '../rows.ts';

/** A container with these exec sessions open; an error is one that cannot be read. */
function sessions(...answers: readonly (Literal | HostError)[]): HostLiteral {
  const ids = answers.map((_, index) => `e${index}`);
  const api = answers.map((answer, index) => [
    `/exec/${ids[index]}/json`,
    answer instanceof HostError ? answer : { ID: ids[index], Running: true, ProcessConfig: { entrypoint: 'sh', ...answer } },
  ]);
  return { containers: [{ ExecIDs: ids }], api: Object.fromEntries(api) };
}

const past = 'past sessions are in the audit trail only: ausearch -k docker [';
/** Who used what in the past is written nowhere that an audit could read, so nothing passes. */
const never = { never: ['pass'] } as const;

testCheck(
  execNotPrivileged,
  {
    ...containerErrors(),
    'no session': { host: { containers: [{}] }, status: 'manual', says: past },
    'an unprivileged one': {
      host: sessions({ user: '', privileged: false }),
      status: 'manual',
      says: 'pass container web, exec session e0: an unprivileged session',
    },
    'one of two containers cannot be read': {
      host: { containers: [{}, { Id: 'b', Name: '/b' }], api: { [`/containers/${CONTAINER}/json`]: 'gone' } },
      status: 'error',
    },
    'a privileged one': {
      host: sessions({ user: '', privileged: true, arguments: ['-c', 'mysql -psecret9X'] }),
      status: 'fail',
      says: 'container web, exec session e0: a privileged session: sh -c (not shown)',
    },
    'one that ended meanwhile': {
      host: sessions(new HostError('not-found', 'no such exec')),
      status: 'manual',
      says: '1 of 1 open ones not looked at',
    },
    'more than are looked at': {
      host: sessions(...Array.from({ length: EXEC_REQUESTS + 3 }, () => ({ privileged: false }))),
      status: 'manual',
      says: `3 of ${EXEC_REQUESTS + 3} open ones not looked at`,
    },
  },
  never,
);

testCheck(
  execNotRoot,
  {
    ...containerErrors(),
    'no session': { host: { containers: [{}] }, status: 'manual', says: past },
    'no user named': { host: sessions({ user: '' }), status: 'manual', says: 'as the container’s user' },
    'another user': { host: sessions({ user: '1001' }), status: 'manual', says: 'a session as 1001' },
    'the container’s own user, which engines name where none was asked for': {
      host: { ...sessions({ user: '0' }), containers: [{ ExecIDs: ['e0'], Config: { User: '0' } }] },
      status: 'manual',
      says: 'as the container’s user',
    },
    root: { host: sessions({ user: 'root' }), status: 'fail', says: 'a session as root' },
    '0:0': { host: sessions({ user: '0:0' }), status: 'fail' },
    'a user that is named like it': { host: sessions({ user: 'rooter' }), status: 'manual' },
  },
  never,
);

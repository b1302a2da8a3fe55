/** Telling systemd about this process. */
import { execFile } from 'node:child_process';

/** Sends assignments of the sd_notify protocol, those of one call together, calls in their order. */
export type Send = (assignments: readonly string[]) => Promise<void>;

const PATH = '/usr/bin:/bin';
const TIMEOUT = 10_000;

/**
 * By systemd-notify, for Node has no datagram sockets in the file system. It is sent by a child then, so the unit must say NotifyAccess=all; the child waits
 * until systemd has taken the message, so it is known which unit it was of. Null where nobody wants to be told.
 */
export function systemdNotify(environment: NodeJS.ProcessEnv): Send | null {
  const socket = environment['NOTIFY_SOCKET'];
  if (!socket) return null;
  let last: Promise<void> = Promise.resolve();
  return (assignments) => {
    const sent = last.then(() => execute(assignments, socket));
    last = sent.catch(() => undefined);
    return sent;
  };
}

function execute(assignments: readonly string[], socket: string): Promise<void> {
  const env = { PATH, LC_ALL: 'C', NOTIFY_SOCKET: socket };
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  execFile('systemd-notify', [...assignments], { env, timeout: TIMEOUT, killSignal: 'SIGKILL' }, (error) => {
    if (error === null) resolve();
    else reject(error);
  });
  return promise;
}

/** The way to systemd: datagrams to the socket that it names in NOTIFY_SOCKET. */
import { execFile } from 'node:child_process';
import fs from 'node:fs';

/** Sends assignments of the sd_notify protocol, those of one call together. */
export type Send = (assignments: readonly string[]) => Promise<void>;

/**
 * Null where nobody wants to be told. systemd listens to the main process of the service alone (NotifyAccess=main), and Node has no sockets for
 * datagrams in the file system, so libc makes one: node:ffi is experimental, but there is no other way that needs no compiled addon. A Node
 * without it has systemd-notify speak, which is another process: the unit must say NotifyAccess=all then.
 */
export function systemdSocket(environment: NodeJS.ProcessEnv): Send | null {
  const path = environment['NOTIFY_SOCKET'];
  if (path === undefined || !/^[/@]./.test(path)) return null;
  const connect = connector();
  if (connect === null) return (assignments) => execute(assignments, path);
  return async (assignments) => {
    const descriptor = connect(path);
    try {
      fs.writeSync(descriptor, assignments.join('\n'));
    } finally {
      fs.closeSync(descriptor);
    }
  };
}

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0x80000;

function connector(): ((path: string) => number) | null {
  const ffi = process.getBuiltinModule('node:ffi');
  if (ffi === undefined) return null;
  const { functions } = ffi.dlopen(null, {
    socket: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
    connect: { arguments: ['i32', 'pointer', 'u32'], return: 'i32' },
  });
  return (path) => {
    const descriptor = functions.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) throw new Error('no socket can be made');
    const address = addressOf(path);
    if (functions.connect(descriptor, ffi.getRawPointer(address), address.length) === 0) return descriptor;
    fs.closeSync(descriptor);
    throw new Error(`${path}: nobody listens`);
  };
}

/** struct sockaddr_un. A name that begins with @ is one of the abstract namespace, which begins with a zero byte and needs none at its end. */
function addressOf(path: string): Buffer {
  const family = Buffer.from(new Uint16Array([AF_UNIX]).buffer);
  return Buffer.concat([family, Buffer.from(path.startsWith('@') ? `\0${path.slice(1)}` : `${path}\0`)]);
}

const PATH = '/usr/bin:/bin';
const TIMEOUT = 10_000;

function execute(assignments: readonly string[], socket: string): Promise<void> {
  const env = { PATH, LC_ALL: 'C', NOTIFY_SOCKET: socket };
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  execFile('systemd-notify', [...assignments], { env, timeout: TIMEOUT, killSignal: 'SIGKILL' }, (error) => {
    if (error === null) resolve();
    else reject(error);
  });
  return promise;
}

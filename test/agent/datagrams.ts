/** A socket that datagrams come to, as systemd has one for its services. Node has none of that kind, so libc makes it. */
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const MSG_DONTWAIT = 0x40;

export interface Datagrams {
  /** The next one. Rejects where none comes within two seconds. */
  next(): Promise<string>;
  /** Whether one has come that was not asked for. */
  pending(): boolean;
  /** Drops what has come. */
  forget(): void;
  close(): void;
}

/** A name that begins with @ is abstract, and lies in no directory. */
export function listenForDatagrams(name: string): Datagrams {
  const ffi = process.getBuiltinModule('node:ffi');
  const { functions } = ffi.dlopen(null, {
    socket: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
    bind: { arguments: ['i32', 'pointer', 'u32'], return: 'i32' },
    recv: { arguments: ['i32', 'pointer', 'u64', 'i32'], return: 'i64' },
  });
  const descriptor = functions.socket(AF_UNIX, SOCK_DGRAM, 0);
  const path = Buffer.from(name.startsWith('@') ? `\0${name.slice(1)}` : `${name}\0`);
  const address = Buffer.concat([Buffer.from(new Uint16Array([AF_UNIX]).buffer), path]);
  if (functions.bind(descriptor, ffi.getRawPointer(address), address.length) !== 0) throw new Error(`${name}: cannot be bound`);
  const received: string[] = [];
  const receive = (): void => {
    const buffer = Buffer.alloc(4096);
    for (;;) {
      const length = Number(functions.recv(descriptor, ffi.getRawPointer(buffer), BigInt(buffer.length), MSG_DONTWAIT));
      if (length < 0) return;
      received.push(buffer.toString('utf8', 0, length));
    }
  };
  return {
    async next() {
      for (const end = performance.now() + 2000; performance.now() < end; await sleep(5)) {
        receive();
        const first = received.shift();
        if (first !== undefined) return first;
      }
      throw new Error('no datagram came');
    },
    pending() {
      receive();
      return received.length > 0;
    },
    forget() {
      receive();
      received.length = 0;
    },
    close: () => fs.closeSync(descriptor),
  };
}

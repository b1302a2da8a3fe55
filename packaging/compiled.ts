/**
 * `node packaging/compiled.ts PROGRAM OUTPUT`: what V8 compiles of the program while it audits a host that is made up, so that the same functions are
 * in it wherever it is built.
 */
import { EventEmitter, once } from 'node:events';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable, Writable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import type { FakeFile, HostLiteral } from '../test/fake-host.ts';
import { apiAnswers, hardenedCommands, hardenedFiles } from '../test/hardened-host.ts';

/** Some containers are not as they should be, for there is more to say of them. */
const HOST: HostLiteral = {
  containers: [
    {},
    {
      Id: 'bad',
      Name: '/bad',
      State: { Pid: 4243 },
      HostConfig: { Privileged: true, CapAdd: ['SYS_ADMIN'], PortBindings: { '22/tcp': [{ HostIp: '', HostPort: '22' }] } },
    },
    {
      Id: 'dad',
      Name: '/mounts',
      State: { Pid: 4244 },
      Mounts: [{ Type: 'bind', Name: '', Source: '/etc', Destination: '/etc', RW: true, Propagation: 'shared' }],
    },
  ],
  images: [{}],
};
const FILES: Record<string, FakeFile> = { ...hardenedFiles(HOST), '/proc/meminfo': { content: 'MemTotal: 8388608 kB\n' } };
const answers = apiAnswers(HOST);
const COMMANDS = [['--version'], ['audit', '--report', 'json'], ['audit']];

const [file = '', output = ''] = process.argv.slice(2).map((name) => path.resolve(name));
const root = fs.mkdtempSync(path.join(tmpdir(), 'hullguard-compiled-'));
try {
  for (const name of Object.keys(process.env)) delete process.env[name];
  process.env['HOME'] = '/root';
  process.umask(0o022);
  let now = 0.5;
  Object.assign(performance, { now: () => ++now });
  Object.assign(process, { getuid: () => 0, geteuid: () => 0 });
  for (const name of ['stdout', 'stderr']) Object.defineProperty(process, name, { value: new Writable() });
  await furnish();
  // V8 drops what has not run for a while. The flag is taken back since compiled code counts for the flags it was made under.
  setFlagsFromString('--no-flush-bytecode');
  const program = new Script(fs.readFileSync(file, 'latin1'), { filename: 'hullguard.cjs' });
  for (const command of COMMANDS) await start(program, command);
  setFlagsFromString('--flush-bytecode');
  fs.writeFileSync(output, program.createCachedData());
} finally {
  fs.rmSync(root, { recursive: true });
}

/** The files of the host. */
async function furnish(): Promise<void> {
  for (const [name, entry] of Object.entries(FILES)) if (entry.kind !== 'socket') place(path.join(root, name), entry);
  fs.mkdirSync(path.join(root, 'run'));
  process.chdir(root); // the path of a socket must be short
  const socket = net.createServer().listen('run/docker.sock').unref();
  await once(socket, 'listening');
}

function place(to: string, { kind = 'file', content = '', link = '' }: FakeFile): void {
  fs.mkdirSync(kind === 'directory' ? to : path.dirname(to), { recursive: true });
  if (kind === 'link') fs.symlinkSync(link, to);
  if (kind === 'file') fs.writeFileSync(to, content);
}

/**
 * What the program requires: Node's own modules, but for what would tell of the machine that builds, or come sooner or later by chance. V8 numbers functions
 * in the order of their compilation, and notes in their code what kinds of values they have met.
 */
function provided(name: string): unknown {
  const real = createRequire(import.meta.url)(name) as object;
  if (name.endsWith('fs'))
    return new Proxy(real, { get: (target, key) => (key === 'readFile' ? readFile : elsewhere(Reflect.get(target, key))) });
  if (name.endsWith('http')) return { request };
  if (name.endsWith('os')) return Object.create(real, { hostname: { value: () => 'testhost' }, networkInterfaces: { value: () => ({}) } });
  if (name.endsWith('tty')) return Object.create(real, { isatty: { value: () => false } });
  return name === 'node:child_process' ? { execFile } : real;
}

/**
 * A function of the file system for which hullguard's own files, configuration and all, lie in the host that is made up, which has none, and all is
 * root's.
 */
function elsewhere(value: unknown): unknown {
  if (typeof value !== 'function') return value;
  return (first: unknown, ...rest: unknown[]): unknown => {
    const isOwn = typeof first === 'string' && /^\/(?:etc|run|var\/lib)\/hullguard/.test(first);
    const result: unknown = value(isOwn ? path.join(root, first) : first, ...rest);
    return result instanceof fs.Stats ? Object.assign(result, { uid: 0, gid: 0 }) : result;
  };
}

function readFile(name: string, callback: (error: null, content: Buffer) => void): void {
  setImmediate(callback, null, fs.readFileSync(path.join(root, name)));
}

/** auditctl, the one program that is run for another root, too, since it answers for the running kernel. */
function execFile(
  program: string,
  args: readonly string[],
  _options: object,
  callback: (error: null, stdout: string, stderr: string) => void,
): void {
  const known = hardenedCommands?.[[program, ...args].join(' ')];
  setImmediate(callback, null, typeof known === 'object' ? (known.stdout ?? '') : '', '');
}

/** A request to the engine. */
function request({ path: asked }: { readonly path: string }, respond: (response: object) => void): EventEmitter {
  const answer = answers[asked];
  const body = Readable.from([Buffer.from(JSON.stringify(answer ?? { message: 'no such thing' }))], { objectMode: false });
  const response = Object.assign(body, { statusCode: answer === undefined ? 404 : 200, headers: {} });
  const made = Object.assign(new EventEmitter(), { end: () => setImmediate(() => made.emit('response', response)) });
  return made.on('response', respond);
}

/** Runs the program as if it were started by itself, and waits until it has nothing left to do. Throws where it did not do all of it. */
async function start(program: Script, command: readonly string[]): Promise<void> {
  process.argv = [process.execPath, 'hullguard', ...command, ...(command[0] === 'audit' ? ['--root', root] : [])];
  program.runInThisContext()({}, provided, {}, file, path.dirname(file));
  await once(process, 'beforeExit');
  if (Number(process.exitCode) > 1) throw new Error(`hullguard ${command.join(' ')} ended with ${process.exitCode}`);
  process.exitCode = 0;
}

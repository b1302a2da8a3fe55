/**
 * `node packaging/compiled.ts PROGRAM OUTPUT`: what V8 compiles of the program while it audits a host that is made up, so that the same functions are
 * in it wherever it is built.
 */
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
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
const COMMANDS = [['--version'], ['audit', '--report', 'json'], ['audit']];

const [file = '', output = ''] = process.argv.slice(2);
const root = fs.mkdtempSync(path.join(tmpdir(), 'hullguard-compiled-'));
try {
  for (const name of Object.keys(process.env)) delete process.env[name];
  process.env['HOME'] = '/root';
  process.umask(0o022);
  await serve();
  // V8 drops what has not run for a while. The flag is taken back since compiled code counts for the flags it was made under.
  setFlagsFromString('--no-flush-bytecode');
  const program = new Script(fs.readFileSync(file, 'latin1'), { filename: 'hullguard.cjs' });
  for (const command of COMMANDS) await start(program, command);
  setFlagsFromString('--flush-bytecode');
  fs.writeFileSync(output, program.createCachedData());
} finally {
  fs.rmSync(root, { recursive: true });
}

/** The files of the host, and its engine. */
async function serve(): Promise<void> {
  for (const [name, entry] of Object.entries(hardenedFiles(HOST))) if (entry.kind !== 'socket') place(path.join(root, name), entry);
  const answers = apiAnswers(HOST);
  const server = http.createServer(({ url = '' }, response) => {
    const answer = answers[url];
    response.writeHead(answer === undefined ? 404 : 200).end(JSON.stringify(answer ?? { message: 'no such thing' }));
  });
  server.on('connection', (connection) => connection.unref());
  fs.mkdirSync(path.join(root, 'run'));
  server.listen(path.join(root, 'run/docker.sock')).unref();
  await once(server, 'listening');
}

function place(to: string, { kind = 'file', content = '', link = '' }: FakeFile): void {
  fs.mkdirSync(kind === 'directory' ? to : path.dirname(to), { recursive: true });
  if (kind === 'link') fs.symlinkSync(link, to);
  if (kind === 'file') fs.writeFileSync(to, content);
}

/** What the program requires: Node's own modules, with what would tell of the machine that builds. */
function provided(name: string): unknown {
  const real = createRequire(import.meta.url)(name) as object;
  if (name === 'node:fs') return new Proxy(real, { get: (target, key) => elsewhere(Reflect.get(target, key)) });
  return name === 'node:child_process' ? { execFile: answer } : real;
}

/** A function of the file system for which hullguard's own files, configuration and all, lie in the host that is made up, which has none. */
function elsewhere(value: unknown): unknown {
  if (typeof value !== 'function') return value;
  return (first: unknown, ...rest: unknown[]): unknown =>
    value(typeof first === 'string' && /^\/(?:etc|run|var\/lib)\/hullguard/.test(first) ? path.join(root, first) : first, ...rest);
}

/** The one program that is run for another root, too, since it answers for the running kernel. */
function answer(
  program: string,
  args: readonly string[],
  _options: object,
  callback: (error: null, stdout: string, stderr: string) => void,
): void {
  const known = hardenedCommands?.[[program, ...args].join(' ')];
  setImmediate(callback, null, typeof known === 'object' ? (known.stdout ?? '') : '', '');
}

/** Runs the program as if it were started by itself, and waits until it has nothing left to do. Throws where it did not do all of it. */
async function start(program: Script, command: readonly string[]): Promise<void> {
  process.argv = [process.execPath, 'hullguard', ...command, ...(command[0] === 'audit' ? ['--root', root] : [])];
  program.runInThisContext()({}, provided, {}, file, path.dirname(file));
  await once(process, 'beforeExit');
  if (Number(process.exitCode) > 1) throw new Error(`hullguard ${command.join(' ')} ended with ${process.exitCode}`);
  process.exitCode = 0;
}

/** A whole host on disk, made from a literal, and an engine that misbehaves as told: the command audits both from outside. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Host } from '../../../facts/host.ts';
import { fakeHost, type HostLiteral } from '../../fake-host.ts';
import { type ControlledDaemon, type Rule, startFakeDaemon } from '../../lab/proxy.ts';

export interface Stage {
  /** For `--root`. */
  readonly root: string;
  readonly daemon: ControlledDaemon;
  /** A directory for results. */
  readonly scratch: string;
  /** What the engine answers where no rule decides otherwise. */
  answers(rule: Rule | undefined): void;
  /** Where a path of the host lies. */
  at(name: string): string;
  strike(): Promise<void>;
}

const SOCKET = '/run/docker.sock';

/** Sets a host up whose engine answers as the literal says. */
export async function setUp(literal: HostLiteral): Promise<Stage> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hullguard-stage-'));
  const [root, scratch] = [path.join(folder, 'root'), path.join(folder, 'scratch')];
  fs.chmodSync(folder, 0o755);
  fs.mkdirSync(root);
  fs.mkdirSync(scratch);
  fs.chmodSync(scratch, 0o777);
  const host = fakeHost(literal);
  const bodies = await answersOf(host);
  const honest: Rule = ({ path }) => bodies.get(path);
  const daemon = await startFakeDaemon(honest);
  write(host, '/', root);
  const socket = host.lstat(SOCKET);
  if (socket !== null) {
    fs.linkSync(daemon.socket, path.join(root, SOCKET));
    own(path.join(root, SOCKET), socket);
  }
  return {
    root,
    daemon,
    scratch,
    at: (name) => path.join(root, name),
    answers: (rule) => daemon.replace((request) => rule?.(request) ?? honest(request)),
    async strike() {
      await daemon.stop();
      fs.rmSync(folder, { recursive: true });
    },
  };
}

/** Everything the engine of that host can be asked. */
async function answersOf(host: Host): Promise<Map<string, { readonly body: string }>> {
  const ask = (path: string): Promise<unknown> => host.docker('', path);
  const ids = async (path: string): Promise<string[]> => ((await ask(path)) as { readonly Id: string }[]).map(({ Id }) => Id);
  const [containers, images] = [await ids('/containers/json?all=1'), await ids('/images/json')];
  const paths = [
    ...['/version', '/info', '/networks', '/volumes', '/containers/json?all=1', '/images/json', '/services'],
    ...containers.map((id) => `/containers/${id}/json`),
    ...images.flatMap((id) => [`/images/${id}/json`, `/images/${id}/history`]),
  ];
  return new Map(await Promise.all(paths.map(async (path) => [path, { body: JSON.stringify(await ask(path)) }] as const)));
}

/** Copies a fake host's files to disk. A process' view of the root is the root itself. */
function write(host: Host, directory: string, root: string): void {
  for (const name of host.list(directory)) {
    const file = path.posix.join(directory, name);
    const target = path.join(root, file);
    const status = host.lstat(file);
    if (/^\/proc\/\d+\/root$/.test(file)) fs.symlinkSync('/', target);
    else if (status?.kind === 'link') fs.symlinkSync(host.readlink(file), target);
    else if (status?.kind === 'directory') {
      fs.mkdirSync(target);
      write(host, file, root);
      own(target, status);
    } else if (status?.kind === 'file') {
      fs.writeFileSync(target, host.read(file));
      own(target, status);
    }
  }
}

function own(target: string, { mode, uid, gid, modifiedAt }: NonNullable<ReturnType<Host['lstat']>>): void {
  fs.chownSync(target, uid, gid);
  fs.chmodSync(target, mode);
  fs.utimesSync(target, modifiedAt / 1000, modifiedAt / 1000);
}

/** Everything on an engine's host that a plan may concern: a line for each thing. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Engine } from '../../lab/engine.ts';

const execute = promisify(execFile);

/** The process that keeps the engine's namespaces, while dockerd comes and goes. */
export function holderOf({ dir }: Engine): number {
  return Number.parseInt(fs.readFileSync(join(dir, 'holder'), 'utf8'), 10);
}

/** Where this machine sees a path of the engine's host, also while dockerd is down. */
export function inside(engine: Engine, path: string): string {
  return `/proc/${holderOf(engine)}/root${path}`;
}

/** Files that a plan edits, makes or gives another mode. */
const FILES = ['/etc/docker/daemon.json', '/etc/default/docker', '/etc/profile.d/hullguard.sh', '/etc/audit/rules.d/50-hullguard.rules'];
const DIRECTORIES = ['/etc', '/etc/docker', '/etc/default', '/etc/profile.d', '/etc/audit', '/etc/audit/rules.d', '/etc/tmpfiles.d'];

export async function stateOf(engine: Engine): Promise<string[]> {
  const files = [engine.configFile, ...FILES.map((path) => inside(engine, path))];
  const lines = [...(await filesOf(files)), ...directoriesOf(engine), ...(await rulesOf(engine)), ...(await engineState(engine))];
  return lines.map((line) => line.replace(`/proc/${holderOf(engine)}/root`, '').replace(engine.dir, '/lab'));
}

const ATTRIBUTES = `
for (@ARGV) {
  my $names = "\\0" x 4096;
  my $size = syscall(194, $_, $names, 4096);
  next if $size <= 0;
  for my $name (sort split /\\0/, substr($names, 0, $size)) {
    my $value = "\\0" x 4096;
    my $length = syscall(191, $_, $name, $value, 4096);
    print "$_ has $name=", unpack("H*", substr($value, 0, $length)), "\\n";
  }
}`;

async function filesOf(paths: readonly string[]): Promise<string[]> {
  const { stdout } = await execute('perl', ['-e', ATTRIBUTES, ...paths]);
  const lines = paths.map((path) => {
    const stats = fs.lstatSync(path, { bigint: true, throwIfNoEntry: false });
    if (stats === undefined) return `${path} is not there`;
    const hash = createHash('sha256').update(fs.readFileSync(path)).digest('hex').slice(0, 12);
    return `${path} ${(stats.mode & 0o7777n).toString(8)} ${stats.uid}:${stats.gid} links ${stats.nlink} ${hash} modified ${stats.mtimeNs}`;
  });
  return [...lines, ...stdout.split('\n').filter((line) => line !== '')];
}

/** What lies in the directories; of the engine's own folder, what has to do with its daemon.json. */
function directoriesOf(engine: Engine): string[] {
  const own = fs.readdirSync(engine.dir).filter((name) => /daemon\.json|hullguard/.test(name));
  const others = DIRECTORIES.map((path) => {
    const there = inside(engine, path);
    return fs.existsSync(there) ? `${path}: ${fs.readdirSync(there).toSorted().join(' ')}` : `${path}: none`;
  });
  return [`/lab: ${own.toSorted().join(' ')}`, ...others];
}

/** The kernel is everybody's; rules on this engine's files have its folder in them. */
async function rulesOf(engine: Engine): Promise<string[]> {
  const { stdout } = await execute('nsenter', ['--target', String(holderOf(engine)), '--mount', '--root', 'auditctl', '-l']);
  return stdout.split('\n').filter((line) => line.includes(engine.dir));
}

interface Listed {
  readonly Id: string;
  readonly Names: readonly string[];
  readonly State: string;
}
interface Inspected {
  readonly HostConfig: Readonly<Record<string, unknown>>;
}
interface Info {
  readonly LiveRestoreEnabled: boolean;
  readonly Debug: boolean;
  readonly SecurityOptions: readonly string[];
  readonly Labels: readonly string[];
  readonly RegistryConfig: { readonly IndexConfigs: Readonly<Record<string, { readonly Secure: boolean }>> };
}

async function engineState(engine: Engine): Promise<string[]> {
  const info = (await get(engine, '/info')) as Info;
  const bridge = (await get(engine, '/networks/bridge')) as { readonly Options: Readonly<Record<string, string>> };
  const listed = (await get(engine, '/containers/json?all=1')) as readonly Listed[];
  const containers = await Promise.all(
    listed.map(async ({ Id, Names, State }) => {
      const { HostConfig } = (await get(engine, `/containers/${Id}/json`)) as Inspected;
      const { Memory, MemorySwap, NanoCpus, PidsLimit, RestartPolicy } = HostConfig;
      // None, none at all, and unlimited.
      const pids = typeof PidsLimit === 'number' && PidsLimit > 0 ? PidsLimit : 0;
      const cgroup = await pidsMax(engine, Id);
      return `container ${Names[0]} ${State} ${JSON.stringify({ Memory, MemorySwap, NanoCpus, pids, cgroup, RestartPolicy })}`;
    }),
  );
  const insecure = Object.entries(info.RegistryConfig.IndexConfigs).filter(([, { Secure }]) => !Secure);
  return [
    ...containers.toSorted(),
    `dockerd live-restore ${info.LiveRestoreEnabled}, debug ${info.Debug}, labels ${info.Labels}`,
    `dockerd insecure registries ${insecure.map(([name]) => name)}`,
    `dockerd security ${info.SecurityOptions}`,
    `dockerd icc ${bridge.Options['com.docker.network.bridge.enable_icc']}`,
  ];
}

/** The kernel's word. */
async function pidsMax(engine: Engine, id: string): Promise<string> {
  const { State } = (await get(engine, `/containers/${id}/json`)) as { readonly State: { readonly Pid: number } };
  if (State.Pid === 0) return 'none';
  const lines = fs.readFileSync(`/proc/${State.Pid}/cgroup`, 'utf8').split('\n');
  const path = (lines.find((line) => /:pids:/.test(line)) ?? lines.find((line) => line.startsWith('0::')))?.split(':')[2] ?? '';
  const file = ['/sys/fs/cgroup', '/sys/fs/cgroup/pids'].map((base) => join(base, path, 'pids.max')).find((name) => fs.existsSync(name));
  return file === undefined ? 'unseen' : fs.readFileSync(file, 'utf8').trim();
}

function get(engine: Engine, path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: engine.socket, path, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString())));
    });
    asked.on('error', reject);
    asked.end();
  });
}

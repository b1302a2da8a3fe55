/** Changes of a host that the agent must tell of, one after the other, each with what it makes of what. */
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Drift } from '../agent/drift.ts';
import { onHost } from '../test/engine/host.ts';
import type { Engine } from '../test/lab/engine.ts';
import { createContainer, request } from './containers.ts';
import { CONTAINERS, RULE } from './stage.ts';

type Side = Drift['before'];

export interface Change {
  readonly kind: string;
  readonly check: string;
  readonly resource: string;
  readonly before: Side;
  readonly after: Side;
  /** Makes it; returns when it was made, in milliseconds since the epoch. */
  readonly make: () => Promise<number>;
}

/** Whether the client of the command line makes it, as people do, or the API, which is faster. */
export type Way = 'cli' | 'api';

/** Ends as it begins. */
export const DAEMON_JSON = '{"icc": false, "live-restore": true}\n';
const OTHER_JSON = '{"icc": true, "live-restore": true}\n';

const fail = (actual: string): Side => ({ outcome: 'fail', actual });
const pass = (actual: string): Side => ({ outcome: 'pass', actual });
const ICC_OFF = pass('icc=false (file)');
const ICC_PENDING = fail('icc=false (api); icc=true after a restart (pending)');
const PRIVILEGED = fail('Privileged=true');

/** Changes of one engine, by kind; each call is the next of its kind. */
export type Changes = Readonly<Record<'run' | 'remove' | 'pids' | 'memory' | 'daemonJson' | 'mode' | 'rule', () => Change | null>>;

export async function changesOf(engine: Engine, way: Way): Promise<Changes> {
  const { MemTotal } = JSON.parse(await request(engine.socket, 'GET', '/info')) as { MemTotal: number };
  return { ...containerChanges(engine, way), ...limitChanges(engine, way, MemTotal), ...fileChanges(engine), rule: ruleChanges(engine) };
}

function containerChanges(engine: Engine, way: Way): Pick<Changes, 'run' | 'remove'> {
  const made: string[] = [];
  let count = 0;
  const about = (name: string) => ({ check: 'container/no-privileged', resource: `container ${name}` });
  return {
    run() {
      const name = `privileged-${count++}`;
      const run = async (): Promise<void> => {
        if (way === 'api') await createContainer(engine.socket, name, { Privileged: true });
        else await engine.docker('run', '--detach', '--privileged', '--network', 'none', '--name', name, 'busybox:lab', 'sleep', '100000');
        made.push(name);
      };
      return {
        kind: 'docker run --privileged',
        ...about(name),
        before: null,
        after: PRIVILEGED,
        make: () => timed(engine, name, 'create', run),
      };
    },
    remove() {
      const name = made.shift();
      if (name === undefined) return null;
      const remove = async (): Promise<void> => {
        if (way === 'api') await request(engine.socket, 'DELETE', `/containers/${name}?force=1`);
        else await engine.docker('rm', '--force', name);
      };
      return { kind: 'docker rm', ...about(name), before: PRIVILEGED, after: null, make: () => timed(engine, name, 'destroy', remove) };
    },
  };
}

function limitChanges(engine: Engine, way: Way, memTotal: number): Pick<Changes, 'pids' | 'memory'> {
  const host = Math.round(memTotal / 2 ** 20);
  const huge = { bytes: 900 * 2 ** 30, side: fail(`${900 * 1024} MiB: no less than the host has (${host} MiB)`) };
  const small = { bytes: 100 * 2 ** 20, side: pass('100 MiB') };
  const memory = new Map<string, typeof huge>();
  const pids = new Map<string, boolean>();
  const names = Array.from({ length: CONTAINERS }, (_, index) => `bench-${index}`);
  const turn = { pids: 0, memory: CONTAINERS >> 1 };
  const next = (kind: 'pids' | 'memory'): string => names[turn[kind]++ % CONTAINERS] ?? '';
  const update =
    (name: string, body: object, ...args: string[]) =>
    () =>
      timed(engine, name, 'update', async () => {
        if (way === 'api') await request(engine.socket, 'POST', `/containers/${name}/update`, body);
        else await engine.docker('update', ...args, name);
      });
  return {
    pids() {
      const name = next('pids');
      const limited = pids.get(name) ?? false;
      pids.set(name, !limited);
      const [none, some] = [fail('no limit'), pass('PidsLimit=100')];
      const about = { kind: 'docker update', check: 'container/pids-limit', resource: `container ${name}` };
      const limit = limited ? -1 : 100;
      const make = update(name, { PidsLimit: limit }, '--pids-limit', String(limit));
      return { ...about, before: limited ? some : none, after: limited ? none : some, make };
    },
    memory() {
      const name = next('memory');
      const before = memory.get(name);
      const after = before === small ? huge : small;
      memory.set(name, after);
      const about = { kind: 'docker update', check: 'container/memory-limit', resource: `container ${name}` };
      const make = update(name, { Memory: after.bytes, MemorySwap: -1 }, '--memory', String(after.bytes), '--memory-swap', '-1');
      return { ...about, before: before?.side ?? fail('no limit'), after: after.side, make };
    },
  };
}

/** When the engine says that it happened. */
async function timed(engine: Engine, name: string, action: string, work: () => Promise<void>): Promise<number> {
  const since = Date.now() / 1000 - 0.01;
  await work();
  const filters = encodeURIComponent(JSON.stringify({ container: [name], event: [action] }));
  for (let turn = 0; turn < 50; turn++) {
    const query = `since=${since.toFixed(3)}&until=${(Date.now() / 1000).toFixed(3)}&filters=${filters}`;
    const [line = ''] = (await request(engine.socket, 'GET', `/events?${query}`)).split('\n');
    if (line !== '') return (JSON.parse(line) as { timeNano: number }).timeNano / 1e6;
    await sleep(10);
  }
  throw new Error(`the engine tells of no ${action} of ${name}`);
}

function fileChanges({ configFile }: Engine): Pick<Changes, 'daemonJson' | 'mode'> {
  const cycle = [
    {
      how: 'written in place',
      content: OTHER_JSON,
      before: ICC_OFF,
      after: ICC_PENDING,
      work: () => fs.writeFileSync(configFile, OTHER_JSON),
    },
    { how: 'renamed over', before: ICC_PENDING, after: ICC_OFF, work: () => replace(configFile, DAEMON_JSON) },
    { how: 'written in place', before: ICC_OFF, after: ICC_PENDING, work: () => fs.truncateSync(configFile) },
    { how: 'appended to', before: ICC_PENDING, after: ICC_OFF, work: () => fs.appendFileSync(configFile, DAEMON_JSON) },
  ] as const;
  let turn = 0;
  let open = false;
  return {
    daemonJson() {
      const { how, before, after, work } = cycle[turn++ % cycle.length] ?? cycle[0];
      const kind = `daemon.json ${how}`;
      return { kind, check: 'daemon/icc-disabled', resource: 'dockerd', before, after, make: async () => atOnce(work) };
    },
    mode() {
      open = !open;
      const [closed, wide] = [pass('0644'), fail('0666')];
      const [before, after, mode] = open ? [closed, wide, 0o666] : [wide, closed, 0o644];
      const make = async (): Promise<number> => atOnce(() => fs.chmodSync(configFile, mode));
      return { kind: 'daemon.json chmod', check: 'files/daemon-json-mode', resource: configFile, before, after, make };
    },
  };
}

/** Returns when it is done. */
function atOnce(work: () => void): number {
  work();
  return Date.now();
}

/** As editors do, with the mode that it had. */
function replace(file: string, content: string): void {
  const draft = `${file}.new`;
  fs.writeFileSync(draft, content);
  fs.chmodSync(draft, fs.statSync(file).mode & 0o777);
  fs.renameSync(draft, file);
}

function ruleChanges(engine: Engine): () => Change {
  let loaded = true;
  const [there, gone] = [pass(`-w ${RULE.join(' ')}`), fail('on disk but not loaded: no rule')];
  return () => {
    loaded = !loaded;
    const [kind, option, before, after] = loaded
      ? (['audit rule added', '-w', gone, there] as const)
      : (['audit rule removed', '-W', there, gone] as const);
    const make = async (): Promise<number> => {
      await onHost(engine, 'auditctl', option, ...RULE);
      return Date.now();
    };
    return { kind, check: 'host/audit-etc-docker', resource: '/etc/docker', before, after, make };
  };
}

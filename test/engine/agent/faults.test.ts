/** The agent as a whole, while all around it fails: it stays, it says what it cannot do and when it can again, and loses no drift. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type DriftEvent, type HistoryReader, readHistory } from '../../../agent/state/history.ts';
import { type Engine, importBusybox, startEngine } from '../../lab/engine.ts';
import { labSuite } from '../../lab/suite.ts';
import { callApi } from '../api.ts';
import { buildBundle } from '../bundle.ts';
import { onHost, outside, prepareHost } from '../host.ts';

const STATE = '/var/lib/hullguard';
const CONFIG = '/etc/hullguard/config.yaml';
const MODE = 'files/etc-docker-mode';
/** Nothing of this machine's own systemd: as in the other tests of hosts. */
/** A clock that jumps when it is told to: the kernel's own is that of the whole machine. */
const CLOCK = `const now = Date.now, jumps = [-864e5, 2 * 365 * 864e5];
let shift = 0;
Date.now = () => now() + shift;
process.on('SIGUSR2', () => { shift += jumps.shift() ?? 0; });
`;
const ENTER = 'for d in /run/systemd /run/dbus; do [ ! -d $d ] || mount -n -t tmpfs none $d; done; exec "$@"';

labSuite('an agent whose world fails', () => {
  let engine: Engine;
  let bundle: string;
  /** A small disk of its own, which the host has as its state directory. */
  let state: string;
  let agent: ChildProcess;

  const logFile = (): string => join(engine.dir, 'agent.log');
  const log = (): string => fs.readFileSync(logFile(), 'utf8');
  const isAlive = (): boolean => agent.exitCode === null && agent.signalCode === null;
  const stateFile = (name = 'history.db'): string => join(state, name);

  function enter(output: number | 'pipe', ...args: string[]): ChildProcess {
    const namespace = ['--target', String(engine.pid()), '--mount', '--root', 'unshare', '--mount', '--propagation', 'private'];
    const command = [process.execPath, bundle, 'agent', '--docker-host', engine.endpoint, ...args];
    const env = {
      PATH: `${process.env['PATH']}:/usr/sbin:/sbin`,
      HOME: '/root',
      LC_ALL: 'C',
      NODE_OPTIONS: `--require ${join(engine.dir, 'clock.cjs')}`,
    };
    return spawn('nsenter', [...namespace, 'sh', '-c', ENTER, 'sh', ...command], { env, stdio: ['ignore', output, output] });
  }

  async function start(ready = /^<5>ready /m): Promise<void> {
    fs.rmSync(logFile(), { force: true });
    const output = fs.openSync(logFile(), 'a');
    agent = enter(output);
    fs.closeSync(output);
    await said(ready, 60);
  }

  async function end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
    const ended = once(agent, 'exit');
    agent.kill(signal);
    const [code, by] = (await ended) as [number | null, NodeJS.Signals | null];
    return code ?? by;
  }

  async function until(what: () => boolean, seconds = 30): Promise<void> {
    for (const last = performance.now() + seconds * 1000; !what(); await sleep(50))
      if (performance.now() > last || !isAlive())
        expect.fail(`${isAlive() ? 'not in time' : 'the agent has ended'}: ${what}\n${log().slice(-3000)}`);
  }

  const said = (words: RegExp, seconds?: number): Promise<void> => until(() => words.test(log()), seconds);

  function history<T>(ask: (reader: HistoryReader) => T): T {
    const reader = readHistory(stateFile());
    if (reader === null) throw new Error('no history');
    try {
      return ask(reader);
    } finally {
      reader.close();
    }
  }

  const drifts = (check: string, resource?: string): DriftEvent[] =>
    history((reader) =>
      reader.events().filter((event) => event.check === check && (resource === undefined || event.resource === resource)),
    );
  const modes = (): string[] => drifts(MODE, '/etc/docker').map(({ after }) => after?.actual ?? 'gone');
  /** But those of the kernel's audit system, which is that of the whole machine. */
  const problems = (): readonly string[] =>
    history((reader) => reader.agent()?.problems ?? []).filter((problem) => !problem.includes('attributed'));
  const chmod = (mode: number): void => fs.chmodSync(outside(engine, '/etc/docker'), mode);

  beforeAll(async () => {
    state = fs.mkdtempSync('/var/tmp/hullguard-state-');
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m,mode=700', 'none', state]);
    [bundle, engine] = await Promise.all([buildBundle(), startEngine({ suite: 'trixie' })]);
    fs.writeFileSync(join(engine.dir, 'clock.cjs'), CLOCK);
    await importBusybox(engine);
    await engine.docker('run', '--detach', '--name', 'web', '--user', '1000', '--network', 'none', 'busybox:lab', 'sleep', '100000');
    await prepareHost(engine, { '/etc/docker': { directory: true }, [STATE]: { directory: true, mode: 0o700 }, [CONFIG]: 'agent: {}\n' });
    await onHost(engine, 'mount', '--bind', state, STATE);
    await start();
  });

  afterAll(async () => {
    if (isAlive()) await end('SIGKILL');
    await engine.stop();
    execFileSync('umount', [state]);
    fs.rmdirSync(state);
  });

  test('an engine that hangs, while files change, the history is locked, and the configuration broken', { timeout: 180_000 }, async () => {
    process.kill(engine.pid(), 'SIGSTOP');
    onTestFinished(() => void process.kill(engine.pid(), 'SIGCONT'));
    fs.rmSync(outside(engine, '/etc/docker'), { recursive: true });
    await sleep(500);
    fs.mkdirSync(outside(engine, '/etc/docker'));
    chmod(0o777);
    await until(() => modes().at(-1) === '0777');

    fs.writeFileSync(outside(engine, CONFIG), 'agent:\n  scedule: daily\n');
    agent.kill('SIGHUP');
    await said(/^<3>configuration not taken .*unknown key agent\.scedule/m);

    const before = modes();
    const other = new DatabaseSync(stateFile());
    other.exec('BEGIN EXCLUSIVE');
    chmod(0o707);
    await said(/^<3>history cannot be written .*another process has it locked/m);
    await said(/^<\d>drift check=files\/etc-docker-mode .*after="fail: 0707"/m);
    other.exec('ROLLBACK');
    other.close();
    await until(() => modes().length > before.length);
    expect(modes()).toEqual([...before, '0707']);
    expect(log().match(/after="fail: 0707"/g)).toHaveLength(1);

    await until(() => problems().some((problem) => problem.includes('did not answer in time')), 60);
    expect(history((reader) => reader.agent()?.state)).toBe('degraded');
    process.kill(engine.pid(), 'SIGCONT');
    const refusal = 'the new configuration is not valid: the old one stays';
    await until(() => problems().join() === refusal, 60);
    fs.writeFileSync(outside(engine, CONFIG), 'agent: {}\n');
    agent.kill('SIGHUP');
    await until(() => problems().length === 0, 60);
    await until(() => history((reader) => reader.entries()).some((entry) => entry.kind === 'note' && entry.about === 'reloaded'), 60);
  });

  test('a thousand events at once, and a container that its labels would hide', { timeout: 180_000 }, async () => {
    const sessions: string[] = [];
    for (let turn = 0; turn < 300; turn++) {
      const made = await callApi(engine, 'POST', '/containers/web/exec', { Privileged: true, Cmd: ['echo', `\u001b[2J\n<0>${turn}`] });
      sessions.push((JSON.parse(made) as { Id: string }).Id.slice(0, 12));
    }
    for (let turn = 0; turn < 350; turn++) {
      await callApi(engine, 'POST', '/containers/web/rename?name=other');
      await callApi(engine, 'POST', '/containers/other/rename?name=web');
    }
    const label = ['--label', `execID=${'0'.repeat(64)}`, '--network', 'none'];
    await engine.docker('run', '--detach', '--privileged', '--name', 'masked', ...label, 'busybox:lab', 'sleep', '100000');
    await until(() => drifts('container/no-privileged', 'container masked').length === 1, 60);
    const begun = (): DriftEvent[] => drifts('container/exec-not-privileged').filter(({ after }) => after?.outcome === 'fail');
    await until(() => begun().length >= 300, 60);
    // While the container had another name, so had its sessions.
    expect(new Set(begun().map(({ resource }) => resource.slice(-12)))).toEqual(new Set(sessions));
    await engine.docker('exec', '--privileged', '--detach', 'masked', 'sleep', '1000');
    await until(() => drifts('container/exec-not-privileged').some(({ resource }) => resource.startsWith('container masked, ')), 60);
    await engine.docker('rm', '--force', 'web', 'masked');
    const open = (): number =>
      history((reader) => [...reader.state().values()].filter(({ resource }) => resource.includes('exec session ')).length);
    await until(() => open() === 0, 60);
    expect(log()).not.toContain('\u001b');
    expect(log()).not.toMatch(/^<0>/m);
  });

  test('a killed engine is told of at once, and heard again when it is back', { timeout: 180_000 }, async () => {
    process.kill(engine.pid(), 'SIGKILL');
    await until(() => problems().length > 0, 10);
    await engine.restart();
    await until(() => problems().length === 0, 60);
    await engine.docker('run', '--detach', '--privileged', '--name', 'late', '--network', 'none', 'busybox:lab', 'sleep', '100000');
    await until(() => drifts('container/no-privileged', 'container late').length === 1, 60);
  });

  test('a second agent is refused, a killed one tells once of what it missed', { timeout: 180_000 }, async () => {
    const second = enter('pipe');
    let words = '';
    second.stderr?.on('data', (chunk: Buffer) => {
      words += chunk.toString();
    });
    expect((await once(second, 'close'))[0]).toBe(2);
    expect(words).toBe('hullguard: another agent runs on this host (hullguard status tells about it)\n');

    const before = modes();
    expect(await end('SIGKILL')).toBe('SIGKILL');
    chmod(0o700);
    await start();
    expect(modes()).toEqual([...before, '0700']);
    expect(history((reader) => reader.verify())).toMatchObject({ ok: true });
    expect(await end('SIGTERM')).toBe(0);
    expect(log()).toMatch(/^<5>stopped head=[0-9a-f]{64}$/m);
  });

  test('a damaged history is moved aside, and what it knew is compared with', { timeout: 180_000 }, async () => {
    const file = stateFile();
    const [row] = withDatabase(
      file,
      "SELECT rootpage, (SELECT page_size FROM pragma_page_size) AS size FROM sqlite_schema WHERE name = 'log'",
    );
    const descriptor = fs.openSync(file, 'r+');
    fs.writeSync(
      descriptor,
      Buffer.alloc(Number(row?.['size']), 0xa5),
      0,
      Number(row?.['size']),
      (Number(row?.['rootpage']) - 1) * Number(row?.['size']),
    );
    fs.closeSync(descriptor);
    chmod(0o770);
    await start();
    expect(log()).toMatch(/^<3>history replaced .*a new one is begun, with the state/m);
    expect(fs.readdirSync(stateFile('.'))).toContainEqual(expect.stringMatching(/^history\.db\.corrupt-/));
    expect(history((reader) => [reader.entries()[0], reader.verify()])).toMatchObject([{ kind: 'note', about: 'begun' }, { ok: true }]);
    expect(modes()).toEqual(['0770']);
  });

  test('a clock that is set back by a day, and forth by two years, holds nothing up and costs nothing of the past', {
    timeout: 180_000,
  }, async () => {
    const before = history((reader) => reader.entries());
    for (const mode of [0o707, 0o777]) {
      agent.kill('SIGUSR2');
      chmod(mode);
      await until(() => modes().at(-1) === mode.toString(8).padStart(4, '0'), 10);
      agent.kill('SIGHUP');
      const reloads = (): number => log().match(/^<6>audited /gm)?.length ?? 0;
      const audits = reloads();
      await until(() => reloads() > audits);
    }
    expect(history((reader) => reader.entries()).slice(0, before.length)).toEqual(before);
    expect(history((reader) => reader.verify())).toMatchObject({ ok: true });
    chmod(0o770);
    await until(() => modes().at(-1) === '0770');
  });

  test('a full disk: told in the log, written when there is space, waited for at the start', { timeout: 180_000 }, async () => {
    const filler = stateFile('filler');
    const before = modes();
    fill(filler);
    chmod(0o777);
    await said(/^<3>history cannot be written .*the disk is full/m);
    await said(/^<\d>drift check=files\/etc-docker-mode .*after="fail: 0777"/m);
    fs.rmSync(filler);
    await until(() => modes().length > before.length);
    expect(modes()).toEqual([...before, '0777']);
    await until(() => problems().length === 0);

    expect(await end('SIGTERM')).toBe(0);
    fill(filler);
    await start(/^<3>history cannot be opened: tried again soon /m);
    fs.rmSync(filler);
    await said(/^<5>ready /m, 60);
    expect(history((reader) => reader.verify())).toMatchObject({ ok: true });
    expect(log()).not.toMatch(/error of its own|undefined|\[object/);
    expect(await end('SIGTERM')).toBe(0);
  });
});

function withDatabase(file: string, sql: string): Record<string, unknown>[] {
  const database = new DatabaseSync(file);
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
}

/** To the last byte. */
function fill(file: string): void {
  const descriptor = fs.openSync(file, 'w');
  try {
    for (const size of [65_536, 4096, 1]) {
      try {
        for (;;) fs.writeSync(descriptor, Buffer.alloc(size));
      } catch {
        // full, for pieces of that size
      }
    }
  } finally {
    fs.closeSync(descriptor);
  }
}

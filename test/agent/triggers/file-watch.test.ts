import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openFiles } from '../../../agent/host/files.ts';
import { type FileWatch, type FileWatchOptions, fileWatch } from '../../../agent/triggers/file-watch.ts';
import type { Watched } from '../../../agent/triggers/tracked.ts';
import type { Stale } from '../../../agent/triggers/trigger.ts';
import type { FileStatus } from '../../../facts/host.ts';

const host = openFiles('/');
/** Without a sweep within the test: what is seen was heard. */
const HOUR = 3_600_000;

let dir: string;
let watch: FileWatch;
let marks: Stale[];

const daemonJson = (): string => join(dir, 'docker/daemon.json');
const paths = (...names: string[]): Watched[] => names.map((name) => ({ path: join(dir, name), facts: ['daemon'] }));

beforeEach(() => {
  dir = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'hullguard-watch-')));
  fs.mkdirSync(join(dir, 'docker'));
  fs.writeFileSync(daemonJson(), '{}');
  marks = [];
});

afterEach(async () => {
  await watch.stop();
  fs.rmSync(dir, { recursive: true, force: true });
});

async function start(watched: readonly Watched[], options: Partial<FileWatchOptions> = {}): Promise<void> {
  watch = fileWatch({ host, paths: watched, sweepMs: HOUR, ...options });
  await watch.start((stale) => marks.push(stale));
  expect(marks).toEqual([]);
}

/** The change must be told of, and not before it was made. How soon is for the bench to say: a busy machine takes its time. */
async function seen(path: string, change: () => void): Promise<Stale> {
  await sleep(50); // what came before has settled, or nearly
  marks = [];
  const begun = Date.now();
  change();
  while (!marks.some((mark) => mark.path === path)) {
    if (Date.now() - begun > 10_000)
      throw new Error(`${path}: nothing was told, but of ${marks.map((mark) => mark.path).join(', ') || 'nothing'}`);
    await sleep(2);
  }
  const mark = marks.find((candidate) => candidate.path === path);
  if (mark === undefined) throw new Error('unreachable');
  // The clock of files ticks every few milliseconds only, and late on a busy machine.
  expect(mark.at).toBeGreaterThanOrEqual(begun - 100);
  return mark;
}

describe('a file', () => {
  const changes: Readonly<Record<string, () => void>> = {
    'written in place': () => fs.writeFileSync(daemonJson(), '{"icc":false}'),
    'written in place, as long as it was': () => fs.writeFileSync(daemonJson(), '[]'),
    'appended to': () => fs.appendFileSync(daemonJson(), '\n'),
    'replaced by a rename': () => {
      fs.writeFileSync(join(dir, 'docker/new'), '{}');
      fs.renameSync(join(dir, 'docker/new'), daemonJson());
    },
    'replaced by a rename from another directory': () => {
      fs.writeFileSync(join(dir, 'new'), '{}');
      fs.renameSync(join(dir, 'new'), daemonJson());
    },
    'changed in mode': () => fs.chmodSync(daemonJson(), 0o600),
    'changed in owner': () => fs.chownSync(daemonJson(), 12, 34),
    'given times of the past': () => fs.utimesSync(daemonJson(), 1, 1),
    removed: () => fs.rmSync(daemonJson()),
    'turned into a link': () => {
      fs.rmSync(daemonJson());
      fs.symlinkSync('/dev/null', daemonJson());
    },
  };

  test.each(Object.entries(changes))('%s', async (name, change) => {
    await start(paths('docker/daemon.json'));
    const target = name === 'turned into a link' ? '/dev/null' : daemonJson();
    const mark = await seen(target, change);
    expect(mark).toMatchObject({ facts: ['daemon'], cause: `file ${daemonJson()}`, path: target });
  });

  test('changed again and again, is told of each time', async () => {
    await start(paths('docker/daemon.json'));
    for (const mode of [0o600, 0o640, 0o644]) await seen(daemonJson(), () => fs.chmodSync(daemonJson(), mode));
  });

  test('replaced again and again, is told of each time', async () => {
    await start(paths('docker/daemon.json'));
    for (let turn = 0; turn < 3; turn++) await seen(daemonJson(), changes['replaced by a rename'] as () => void);
  });

  test('only read, and with busy neighbours, is not told of', async () => {
    await start(paths('docker/daemon.json'));
    for (let turn = 0; turn < 30; turn++) {
      fs.readFileSync(daemonJson());
      fs.writeFileSync(join(dir, 'docker', `neighbour-${turn}`), 'x');
      fs.rmSync(join(dir, 'docker', `neighbour-${turn}`));
      await sleep(5);
    }
    await sleep(200);
    expect(marks).toEqual([]);
  });
});

describe('directories', () => {
  test('on the way are told of when their access changes', async () => {
    await start(paths('docker/daemon.json'));
    await seen(join(dir, 'docker'), () => fs.chmodSync(join(dir, 'docker'), 0o777));
    await seen(dir, () => fs.chmodSync(dir, 0o711));
  });

  test('that are not there yet are waited for, with all that comes into them', async () => {
    await start(paths('a/b/c/file'));
    const file = join(dir, 'a/b/c/file');
    await seen(join(dir, 'a'), () => fs.mkdirSync(join(dir, 'a')));
    await seen(join(dir, 'a/b/c'), () => fs.mkdirSync(join(dir, 'a/b/c'), { recursive: true }));
    await seen(file, () => fs.writeFileSync(file, 'x'));
    await seen(file, () => fs.chmodSync(file, 0o600));
  });

  test('made at once with their file', async () => {
    await start(paths('a/b/c/file'));
    const file = join(dir, 'a/b/c/file');
    await seen(file, () => {
      fs.mkdirSync(join(dir, 'a/b/c'), { recursive: true });
      fs.writeFileSync(file, 'x');
    });
    await seen(file, () => fs.appendFileSync(file, 'y'));
  });

  test('removed and made again', async () => {
    await start(paths('docker/daemon.json'));
    for (let turn = 0; turn < 2; turn++) {
      await seen(daemonJson(), () => fs.rmSync(join(dir, 'docker'), { recursive: true }));
      await seen(join(dir, 'docker'), () => fs.mkdirSync(join(dir, 'docker')));
      await seen(daemonJson(), () => fs.writeFileSync(daemonJson(), '{}'));
      await seen(daemonJson(), () => fs.chmodSync(daemonJson(), 0o600));
    }
  });

  test('above, moved away and replaced', async () => {
    fs.mkdirSync(join(dir, 'etc/docker/certs'), { recursive: true });
    fs.writeFileSync(join(dir, 'etc/docker/certs/file'), 'x');
    await start(paths('etc/docker/certs/file'));
    const file = join(dir, 'etc/docker/certs/file');
    for (let turn = 0; turn < 2; turn++) {
      await seen(file, () => {
        fs.renameSync(join(dir, 'etc'), join(dir, `old-${turn}`));
        fs.cpSync(join(dir, `old-${turn}`), join(dir, 'etc'), { recursive: true });
      });
      await seen(file, () => fs.appendFileSync(file, 'y'));
      await seen(file, () => fs.chmodSync(file, turn % 2 === 0 ? 0o600 : 0o644));
    }
  });
});

describe('patterns', () => {
  test('a star stands for what is there and for what comes', async () => {
    await start(paths('users/*/docker.sock'));
    const socket = join(dir, 'users/1000/docker.sock');
    await seen(socket, () => {
      fs.mkdirSync(join(dir, 'users/1000'), { recursive: true });
      fs.writeFileSync(socket, '');
    });
    await seen(socket, () => fs.rmSync(socket));
  });

  test('two stars stand for all below', async () => {
    await start(paths('docker/**'));
    const certificate = join(dir, 'docker/certs.d/registry:5000/ca.crt');
    await seen(certificate, () => {
      fs.mkdirSync(join(dir, 'docker/certs.d/registry:5000'), { recursive: true });
      fs.writeFileSync(certificate, 'x');
    });
    await seen(certificate, () => fs.chmodSync(certificate, 0o666));
    await seen(certificate, () => fs.rmSync(certificate));
  });

  test('an ending keeps others out', async () => {
    await start(paths('docker/*.rules'));
    fs.writeFileSync(join(dir, 'docker/other'), 'x');
    await seen(join(dir, 'docker/50.rules'), () => fs.writeFileSync(join(dir, 'docker/50.rules'), 'x'));
    expect(marks.map((mark) => mark.path)).not.toContain(join(dir, 'docker/other'));
  });
});

describe('links', () => {
  beforeEach(() => {
    fs.mkdirSync(join(dir, 'real'));
    fs.writeFileSync(join(dir, 'real/one'), '1');
    fs.writeFileSync(join(dir, 'real/two'), '2');
    fs.symlinkSync('../real/one', join(dir, 'docker/link'));
  });

  test('what they lead to is watched, and where they lead', async () => {
    await start(paths('docker/link'));
    const mark = await seen(join(dir, 'real/one'), () => fs.chmodSync(join(dir, 'real/one'), 0o600));
    expect(mark.cause).toBe(`file ${join(dir, 'docker/link')}`);
    await seen(join(dir, 'real/two'), () => {
      fs.symlinkSync('../real/two', join(dir, 'docker/new'));
      fs.renameSync(join(dir, 'docker/new'), join(dir, 'docker/link'));
    });
    await seen(join(dir, 'real/two'), () => fs.appendFileSync(join(dir, 'real/two'), 'x'));
  });
});

describe('other paths at run time', () => {
  test('a new one is stale once, for it may have changed since it was read', async () => {
    fs.writeFileSync(join(dir, 'other'), 'x');
    await start(paths('docker/daemon.json'));
    await seen(join(dir, 'other'), () => watch.update(paths('docker/daemon.json', 'other')));
    await seen(join(dir, 'other'), () => fs.chmodSync(join(dir, 'other'), 0o600));
    marks = [];
    watch.update(paths('docker/daemon.json', 'other'));
    expect(marks).toEqual([]);
  });

  test('one that is left out is not told of any more', async () => {
    await start(paths('docker/daemon.json', 'other'));
    watch.update(paths('other'));
    await sleep(100);
    marks = [];
    fs.appendFileSync(daemonJson(), 'x');
    await sleep(200);
    expect(marks).toEqual([]);
  });
});

test('variables of chokidar do not overrule ours', async () => {
  process.env['CHOKIDAR_USEPOLLING'] = '1';
  process.env['CHOKIDAR_INTERVAL'] = '60000';
  await start(paths('docker/daemon.json'));
  await seen(daemonJson(), () => fs.chmodSync(daemonJson(), 0o600));
  expect(process.env['CHOKIDAR_USEPOLLING']).toBeUndefined();
});

test('a sweep finds what no event told of', async () => {
  let mode = 0o600; // as where another host changes files of a network file system
  const far: typeof host = { ...host, lstat: (path) => (path === daemonJson() ? withMode(host.lstat(path)) : host.lstat(path)) };
  const withMode = (status: FileStatus | null): FileStatus | null => status && { ...status, mode };
  watch = fileWatch({ host: far, paths: paths('docker/daemon.json'), sweepMs: 50 });
  await watch.start((stale) => marks.push(stale));
  mode = 0o666;
  await sleep(150);
  expect(marks).toMatchObject([{ path: daemonJson() }]);
});

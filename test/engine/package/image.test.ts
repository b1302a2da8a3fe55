/** The container image, built and run by a real engine, beside the executable outside. */
import { existsSync, globSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Report } from '../../../agent/report.ts';
import { buildArguments, layOutImage } from '../../../packaging/image.ts';
import { type Engine, importBusybox, startEngine } from '../../lab/engine.ts';
import { labSuite } from '../../lab/suite.ts';
import { audit, inLab } from '../command.ts';
import { builtExecutable } from './built.ts';

const root = join(import.meta.dirname, '../../..');

/** `docker run` of docs/install.md, less the line that names the image. */
function runOptions(): string[] {
  const page = readFileSync(join(root, 'docs/install.md'), 'utf8');
  const [, options = ''] = /docker run --rm ((?:.|\\\n)*?)\s+hullguard:/.exec(page) ?? [];
  return options.replaceAll('\\', ' ').trim().split(/\s+/);
}

/** Keys of a service in compose.yaml, and what `docker run` calls them. */
const OPTIONS = new Map([
  ['volumes', 'volume'],
  ['pid', 'pid'],
  ['network_mode', 'network'],
  ['cgroup', 'cgroupns'],
  ['cap_drop', 'cap-drop'],
  ['cap_add', 'cap-add'],
  ['security_opt', 'security-opt'],
  ['read_only', 'read-only'],
  ['mem_limit', 'memory'],
  ['cpu_shares', 'cpu-shares'],
  ['pids_limit', 'pids-limit'],
]);

/** What it must have to see the host, which we ourselves would rather no container had: told one by one in docs/install.md. */
const NEEDED = [
  'community/no-cap-dac-read-search',
  'community/no-cap-sys-ptrace',
  'container/capabilities-restricted',
  'container/health-checked',
  'container/no-docker-socket',
  'container/no-host-network',
  'container/no-host-pid',
  'container/no-sensitive-host-mounts',
  'image/non-root-user',
];

/** Its container and image, and how many there are of each. */
const OWN = /hullguard|^(containers|images)$/;

/** Verdicts by check and resource, of all but hullguard's own container and image. */
function verdicts({ findings }: Report): Map<string, string> {
  return new Map(
    findings.flatMap(({ check: id, status, evidence }) => [
      ...(evidence.length === 0 ? [[id, status] as const] : []),
      ...evidence.filter(({ resource }) => !OWN.test(resource)).map(({ resource, outcome }) => [`${id} ${resource}`, outcome] as const),
    ]),
  );
}

test('compose.yaml says what docs/install.md says', () => {
  const text = readFileSync(join(root, 'packaging/image/compose.yaml'), 'utf8');
  const { image, pull_policy, restart, command, ...service } = parse(text).services.hullguard as Record<string, unknown>;
  const options = Object.entries(service).flatMap(([key, value]) =>
    [value].flat().map((each) => `--${OPTIONS.get(key) ?? key}${each === true ? '' : ` ${each}`}`),
  );
  const documented = runOptions()
    .join(' ')
    .split(/ (?=--)/);
  expect(options.toSorted()).toEqual(documented.toSorted());
  // Nobody but the build has the image; what it runs is the image's own command; nothing runs it again.
  expect({ image, pull_policy, restart }).toEqual({ image: 'hullguard:latest', pull_policy: 'never', restart: 'no' });
  expect(readFileSync(join(root, 'packaging/image/Dockerfile'), 'utf8')).toContain(`CMD ${JSON.stringify(command).replaceAll(',', ', ')}`);
});

labSuite('the container image', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hullguard-image-'));
  let engine: Engine;
  let inside: Report;

  beforeAll(async () => {
    engine = await startEngine({ suite: 'trixie' });
    await importBusybox(engine);
    await engine.docker('run', '-d', '--name', 'web', '--privileged', 'busybox:lab', 'sleep', '100000');
    await engine.docker(...buildArguments(layOutImage(builtExecutable(), folder)));
    const container = [
      'create',
      '--name',
      'hullguard',
      ...runOptions(),
      'hullguard:0.1.0',
      'audit',
      '--root',
      '/host',
      '--docker-host',
      engine.endpoint,
      '--report',
      'json',
    ];
    await engine.docker(...container);
  });

  afterAll(async () => {
    await engine?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('has the names that the documents and compose.yaml have for it', async () => {
    expect(JSON.parse(await engine.docker('image', 'inspect', '--format', '{{json .RepoTags}}', 'hullguard:latest'))).toEqual([
      'hullguard:0.1.0',
      'hullguard:latest',
    ]);
  });

  test('has the same modes whoever builds it, and each licence', () => {
    const modes = globSync('**', { cwd: folder })
      .map((name) => lstatSync(join(folder, name)))
      .filter((file) => !file.isSymbolicLink())
      .map((file) => `${file.isDirectory() ? 'folder' : 'file'} ${(file.mode & 0o7777).toString(8)}`);
    expect([...new Set(modes)].toSorted()).toEqual(['file 644', 'file 755', 'folder 755']);
    const usr = join(folder, 'rootfs/usr/share/doc');
    const named = readdirSync(join(folder, 'rootfs/var/lib/dpkg/status.d')).flatMap((name) =>
      Array.from(
        readFileSync(join(usr, name, 'copyright'), 'utf8').matchAll(/\/(usr\/share\/common-licenses\/[\w-]+(?:\.\d+)?)/g),
        ([, text = '']) => text,
      ),
    );
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((text) => !existsSync(join(folder, 'rootfs', text)))).toEqual([]);
    expect(readFileSync(join(folder, 'rootfs/etc/debian_version'), 'utf8')).toMatch(/^\d+\.\d/);
  });

  test('is laid out for the loader of its executable alone', () => {
    const file = join(engine.dir, 'other');
    const other = readFileSync(builtExecutable());
    other.write('other', other.indexOf('/ld-linux') + 4);
    writeFileSync(file, other);
    expect(() => layOutImage(file, join(engine.dir, 'image'))).toThrow('asks for /lib64/ld-other-x86-64.so.2');
  });

  test('can write to no file system of the host', async () => {
    const mounts = await engine.docker('run', '--rm', ...runOptions(), 'busybox:lab', 'cat', '/proc/self/mountinfo');
    const ofHost = mounts
      .split('\n')
      .map((line) => line.split(' '))
      .filter(([, , , , place = '']) => `${place}/`.startsWith('/host/'));
    expect(ofHost.length).toBeGreaterThan(3);
    expect(ofHost.filter(([, , , , , options = '']) => !options.split(',').includes('ro')).map(([, , , , place]) => place)).toEqual([]);
  });

  test('sees of the host what the executable outside sees', async () => {
    const outside = (await audit(engine)).report;
    await engine.docker('start', '--attach', 'hullguard').catch(() => undefined); // it ends with 1, since something failed
    inside = JSON.parse(inLab(engine, await engine.docker('logs', 'hullguard'))) as Report;
    expect(inside.host.engine).toEqual(outside.host.engine);
    expect(inside.host.hostname).toBe(outside.host.hostname);
    const [there, here] = [verdicts(outside), verdicts(inside)];
    const differing = [...new Set([...there.keys(), ...here.keys()])].filter((key) => there.get(key) !== here.get(key));
    expect(differing.map((key) => `${key}: ${there.get(key)} outside, ${here.get(key)} inside`)).toEqual([]);
  });

  test('is told apart, and fails our own audit in what it must have alone', () => {
    const own = inside.findings.flatMap(({ check: id, evidence }) =>
      evidence.filter(({ resource }) => resource === 'container hullguard').map((each) => ({ id, ...each })),
    );
    expect(own.length).toBeGreaterThan(20);
    for (const { actual } of own) expect(actual).toContain('labelled as hullguard’s own');
    expect(
      own
        .filter(({ outcome }) => outcome === 'fail')
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(NEEDED);
  });
});

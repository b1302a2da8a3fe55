/** Checks of a site: as good as ours where they behave, an error of their own where they do not, and nobody else's in any case. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Finding, judge } from '../../../agent/scan.ts';
import { loadSiteChecks } from '../../../agent/site/checks.ts';
import type { Check } from '../../../checks/check.ts';
import { auditFacts, hullguard, inScratch, record } from '../../agent/hullguard.ts';

const example = path.resolve(import.meta.dirname, '../../../docs/examples/site-check.ts');

/** The text of a module whose check is good but for `overrides`. */
function module(id: string, judgeText: string, overrides = ''): string {
  return `export default { id: 'site/${id}', title: 'T', severity: 'low', stride: ['R'], surface: 'host', rationale: 'Because.', fix: 'So.',
    impact: 'none', needs: ['containers'], ${overrides} judge: ({ containers }) => { ${judgeText} } };`;
}
const PASS = `return [{ resource: 'r', expected: 'e', actual: 'a', outcome: 'pass', source: 's' }];`;

function inSite<T>(files: Readonly<Record<string, string>>, work: (directory: string) => T | Promise<T>): Promise<T> {
  return inScratch(async (scratch) => {
    const directory = path.join(scratch, 'site/checks');
    fs.mkdirSync(directory, { recursive: true, mode: 0o755 });
    for (const [name, content] of Object.entries(files)) fs.writeFileSync(path.join(directory, name), content, { mode: 0o644 });
    return work(directory);
  });
}

async function findings(files: Readonly<Record<string, string>>, timeout = 5): Promise<Finding[]> {
  const recording = await record({
    containers: [{ Config: { Labels: { 'com.example.owner': 'web' } } }, { Id: 'b', Name: '/b', State: { Pid: 7 } }],
  });
  return inSite(files, (directory) =>
    loadSiteChecks({ siteChecks: { directory, timeout } }).map((check: Check) => judge(check, recording, '1.8.0')),
  );
}

describe('a check that behaves', () => {
  test.each([
    ['TypeScript', 'a.ts', `type A = number; const a: A = 1; void a; ${module('a', PASS)}`],
    ['JavaScript', 'a.js', module('a', PASS)],
    ['CommonJS', 'a.cjs', module('a', PASS).replace('export default', 'exports.default =')],
    ['a list of them', 'a.ts', module('a', PASS).replace('export default', 'export default [').replace(/;$/, '];')],
  ])('in %s is judged', async (_, name, content) => {
    expect(await findings({ [name]: content })).toMatchObject([
      { status: 'pass', section: 'site', control: null, evidence: [{ actual: 'a' }] },
    ]);
  });

  test('the worked example of the documentation', async () => {
    expect(await findings({ 'owner.ts': fs.readFileSync(example, 'utf8') })).toMatchObject([
      {
        status: 'fail',
        evidence: [
          { outcome: 'fail', resource: 'container b' },
          { outcome: 'pass', actual: 'com.example.owner=web' },
        ],
      },
    ]);
  });

  test('may use modules of its own directory, and sees only facts it asks for', async () => {
    const files = {
      'lib.ts': 'export const seen = (facts: object) => Object.keys(facts).join();\nexport default [];',
      'a.ts': `import { seen } from './lib.ts';\n${module('a', PASS).replace('({ containers })', '(facts)').replace("actual: 'a'", 'actual: seen(facts)')}`,
    };
    expect(await findings(files)).toMatchObject([{ status: 'pass', evidence: [{ actual: 'containers' }] }]);
  });

  test('without a fact it needs it is an error, as all are', () =>
    inSite({ 'a.ts': module('a', PASS) }, (directory) => {
      const [check] = loadSiteChecks({ siteChecks: { directory, timeout: 5 } });
      expect(check && judge(check, { facts: {}, missing: { containers: 'no engine' } }, '1.8.0')).toMatchObject({
        status: 'error',
        reason: 'no engine',
      });
    }));
});

describe('a check that does not is an error that names it, and the others go on', () => {
  test.each([
    ['throws', `throw new TypeError('no idea');`, 'TypeError: no idea'],
    ['loops', 'for (;;);', 'no answer within 0.5 s'],
    ['ends its thread', 'process.exit(0);', 'no answer within 0.5 s'],
    ['changes facts', 'containers.containers.push(1);', /not extensible|read only/],
    ['changes facts further down', `containers.containers[0].Name = 'x'; ${PASS}`, 'read only'],
    ['returns a promise', `return Promise.resolve([]);`, 'a promise'],
    ['returns a promise that fails', `return Promise.reject(new Error('late'));`, 'a promise'],
    ['leaves a promise that fails', `Promise.reject(new Error('late'));`, 'no evidence'],
    ['leaves a timer that throws', `setImmediate(() => { throw new Error('late'); });`, 'no evidence'],
    ['throws what cannot be told', 'throw Object.create(null);', 'cannot be told'],
    ['throws a message without end', `throw new Error('x'.repeat(1e6));`, /^.{1,1100}$/s],
    ['returns nothing', '', 'no evidence'],
    ['returns what is no evidence', `return [{ resource: 'r', outcome: 'great' }];`, 'no evidence'],
    [
      'returns evidence with a goal',
      PASS.replace("source: 's'", "source: 's', goal: { kind: 'file-mode', path: '/etc/shadow', mode: 511 }"),
      'no evidence',
    ],
  ])('one that %s', async (_, text, reason) => {
    const found = await findings({ 'bad.ts': module('bad', text), 'good.ts': module('good', PASS) }, 0.5);
    expect(found.map(({ check, status }) => [check.id, status])).toEqual([
      ['site/bad', 'error'],
      ['site/good', 'pass'],
    ]);
    expect(found[0]?.reason).toMatch(reason);
    expect(found[0]?.reason).not.toContain('please report');
  });

  test.each([
    ['syntax that is none', 'export default {', /bad\.ts/],
    ['a module that loops', 'for (;;);', 'no answer'],
    ['a module that throws', `throw new Error('early');`, 'early'],
    ['no default export', 'export const a = 1;', 'no check'],
    ['an id of ours', module('x', PASS).replace('site/x', 'daemon/icc-disabled'), 'expected site/'],
    ['a fact that is none', module('x', PASS, `needs: ['nothing'],`).replace(`needs: ['containers'],`, ''), 'needs.0'],
    [
      'no judge',
      `export default { ...(${module('x', PASS).replace('export default', '').replace(/;$/, '')}), judge: 1 };`,
      'no function judge',
    ],
    ['an id twice', `const a = ${module('good', PASS).replace('export default', '')} export default a;`, 'already'],
    ['an id twice in one module', `const a = ${module('x', PASS).replace('export default', '')} export default [a, a];`, 'already'],
    ['files of the host', `import fs from 'node:fs'; void fs; ${module('x', PASS)}`, 'node:fs may not be loaded'],
    ['a module of elsewhere', `import '/tmp/elsewhere.js'; ${module('x', PASS)}`, /may not be loaded|Cannot find module/],
  ])('%s', async (_, text, reason) => {
    const found = await findings({ 'a-good.ts': module('good', PASS), 'bad.ts': text }, 1.5);
    expect(found.map(({ check, status }) => [check.id, status])).toEqual([
      ['site/good', 'pass'],
      ['site/bad', 'error'],
    ]);
    expect(found[1]?.reason).toMatch(reason);
  });

  test('one that had to be ended is not run again', async () => {
    const recording = await record({});
    await inSite({ 'a.ts': module('a', 'for (;;);') }, (directory) => {
      const [check] = loadSiteChecks({ siteChecks: { directory, timeout: 1 } });
      if (check === undefined) throw new Error('gone');
      judge(check, recording, '1.8.0');
      const begun = performance.now();
      expect(judge(check, recording, '1.8.0').reason).toContain('not run again');
      expect(performance.now() - begun).toBeLessThan(500);
    });
  });
});

describe('where others than root may write', () => {
  const cases: readonly (readonly [string, (directory: string) => void])[] = [
    ['the directory', (directory) => fs.chmodSync(directory, 0o775)],
    ['the file', (directory) => fs.chmodSync(path.join(directory, 'a.ts'), 0o666)],
    ['the file, by its group', (directory) => fs.chmodSync(path.join(directory, 'a.ts'), 0o664)],
    ['the file, which is theirs', (directory) => fs.chownSync(path.join(directory, 'a.ts'), 1000, 0)],
    ['a directory above', (directory) => fs.chownSync(path.dirname(directory), 1000, 1000)],
    [
      'where a link leads',
      (directory) => {
        const other = path.join(path.dirname(directory), 'other.ts');
        fs.writeFileSync(other, module('b', PASS));
        fs.chownSync(other, 1000, 1000);
        fs.symlinkSync(other, path.join(directory, 'b.ts'));
      },
    ],
  ];
  test.each(cases)('%s: nothing is done', async (_, spoil) => {
    await inSite({ 'a.ts': module('a', PASS) }, async (directory) => {
      spoil(directory);
      const config = path.join(directory, '../../config.yaml');
      fs.writeFileSync(config, `siteChecks:\n  directory: ${directory}\n`);
      const { code, stderr } = await hullguard(['checks', '--config', config]);
      expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('could change what hullguard does') });
    });
  });
});

test('the commands know them: audit, --check, --skip, checks', () =>
  inSite({ 'a.ts': module('a', PASS), 'b.js': module('b', `throw new Error('no');`) }, async (directory) => {
    const config = path.join(directory, '../../config.yaml');
    fs.writeFileSync(config, `siteChecks:\n  directory: ${directory}\nskip: [site/c*]\n`);
    expect((await hullguard(['checks', '--config', config])).stderr).toBe('');
    expect((await hullguard(['checks', 'site/a', '--config', config])).stdout).toContain('Because.');
    const unknown = await auditFacts({}, ['--config', config, '--check', 'site/a']);
    expect(unknown.stderr).toContain('no check is called site/c*');
    fs.writeFileSync(config, `siteChecks:\n  directory: ${directory}\nskip: [site/b]\n`);
    const report = JSON.parse((await auditFacts({}, ['--config', config, '--section', 'site', '--report', 'json'])).stdout);
    expect(report.findings).toMatchObject([{ check: 'site/a', section: 'site', status: 'pass' }]);
  }));

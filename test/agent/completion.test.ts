/** Completion, as the shells themselves do it. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hullguard, inScratch } from './hullguard.ts';

/** Prints what may follow the line, one a line. */
const drivers = {
  // What bash itself does before it calls: the words, parted at spaces and `=`.
  bash: (script: string, line: string) => `compopt() { :; }; . ${script}
    mapfile -t COMP_WORDS < <(grep -oE '=|[^ =]+' <<<'${line}'); [[ '${line}' == *' ' ]] && COMP_WORDS+=('')
    COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 )); _hullguard; printf '%s\\n' "\${COMPREPLY[@]}"`,
  // zsh completes in its editor alone, so what would be shown is caught.
  zsh: (script: string, line: string) => `
    compdef() { :; }
    compadd() { shift; print -l -- "$@"; }
    _describe() { print -l -- "\${(@)\${(P@)2}%%:*}"; }
    _files() { print -l -- *(N); }; _message() { :; }
    . ${script}
    words=(\${(z)\${:-'${line}'}}); [[ '${line}' == *' ' ]] && words+=('')
    CURRENT=$#words; PREFIX=$words[-1]; _hullguard`,
  fish: (script: string, line: string) => `set fish_complete_path; source ${script}; complete -C '${line}' | string replace -r '\\t.*' ''`,
} as const;

const rows = [
  { line: 'hullguard ', offers: ['audit', 'history', 'completion'], not: ['verify', 'help'] },
  { line: 'hullguard history ', offers: ['verify'], not: ['audit'] },
  { line: 'hullguard audit --', offers: ['--fail-on', '--save-facts'], not: ['--yes'] },
  { line: 'hullguard history verify --', offers: ['--head'], not: ['--limit'] },
  { line: 'hullguard audit --fail-on ', offers: ['critical', 'none'], not: ['audit'] },
  { line: 'hullguard checks daemon/i', offers: ['daemon/icc-disabled'], not: ['files/docker-socket-mode'] },
  { line: 'hullguard audit --check ', offers: ['container/no-privileged'], not: ['audit'] },
  { line: 'hullguard audit --report ', offers: ['text', 'json', 'html'], not: ['audit'] },
  { line: 'hullguard threats --report ', offers: ['text', 'json'], not: ['html'] },
  { line: 'hullguard schema ', offers: ['report', 'facts'], not: ['audit'] },
  { line: 'hullguard audit --facts ', offers: ['facts.json'], not: ['audit'] },
  { line: 'hullguard --quiet audit --benchmark ', offers: ['1.8.0'], not: ['audit'] },
] as const;

describe.each(Object.keys(drivers) as (keyof typeof drivers)[])('%s', (shell) => {
  const absent = ['/bin', '/usr/bin'].every((folder) => !existsSync(join(folder, shell)));
  if (absent) process.stderr.write(`\nSKIPPED: completion in ${shell}, which is not installed (test/run installs it)\n`);
  test.runIf(absent && process.env['CI'] === 'true')('is installed', () => expect.fail(`${shell} is not installed`));

  async function complete(line: string): Promise<string[]> {
    const { code, stdout } = await hullguard(['completion', shell]);
    expect(code).toBe(0);
    return inScratch((folder) => {
      mkdirSync(join(folder, 'cwd'));
      writeFileSync(join(folder, 'cwd/facts.json'), '');
      writeFileSync(join(folder, 'script'), stdout);
      const env = { PATH: '/usr/bin:/bin', HOME: folder, LC_ALL: 'C.UTF-8' };
      const args = ['-c', drivers[shell](join(folder, 'script'), line)];
      const result = spawnSync(shell, shell === 'zsh' ? ['-f', ...args] : args, { cwd: join(folder, 'cwd'), env, encoding: 'utf8' });
      expect(result.stderr).toBe('');
      return result.stdout.split('\n').filter((word) => word !== '');
    });
  }

  test.skipIf(absent).each(rows)('$line', async ({ line, offers, not }) => {
    const offered = await complete(line);
    expect(offered).toEqual(expect.arrayContaining([...offers]));
    for (const word of not) expect(offered).not.toContain(word);
  });

  test.skipIf(absent || shell === 'zsh')('takes --option=value', async () => {
    expect((await complete('hullguard plan --max-impact=re')).map((word) => word.replace(/^.*=/, ''))).toEqual(['reload', 'restart']);
  });
});

test('what a shell cannot be is told', async () => {
  const { code, stderr } = await hullguard(['completion', 'tcsh']);
  expect([code, stderr]).toEqual([2, expect.stringContaining('Allowed choices are bash, zsh, fish')]);
});

test('a checkout tells that it is one', async () => {
  expect((await hullguard(['about'])).stdout).toMatch(/^hullguard \d\S+\ncommit {2}unknown\nruns {4}as a checkout on Node \d+\./);
  for (const args of [['about', 'sbom'], ['--licenses']])
    expect(await hullguard(args)).toMatchObject({ code: 2, stderr: expect.stringContaining('npm run build:npm') });
});

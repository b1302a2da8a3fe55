/** The text report on a real terminal, in a pipe and in a file; the hosts are the recorded ones. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';

const launcher = join(import.meta.dirname, '../../agent/hullguard.cjs');
const facts = join(import.meta.dirname, '../hosts/trixie-insecure.facts.json');
const ESCAPE = '\u001b';

interface Run {
  readonly code: number;
  readonly stdout: string;
}

function run(command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Run> {
  const { NO_COLOR: _, ...inherited } = process.env;
  return new Promise((resolve) => {
    const [program = '', ...args] = command;
    execFile(program, args, { env: { ...inherited, TERM: 'xterm', ...env }, maxBuffer: 16 << 20 }, (error, stdout) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout });
    });
  });
}

const command = (...options: readonly string[]) => [process.execPath, launcher, 'audit', '--facts', facts, ...options];

/** On a terminal of so many columns, as script(1) makes one. */
function onTerminal(columns: number, options: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<Run> {
  const line = command(...options)
    .map((word) => `'${word}'`)
    .join(' ');
  return run(['script', '--quiet', '--return', '--command', `stty cols ${columns}; exec ${line}`, '/dev/null'], env);
}

/** Lines too long for that many columns, other than a single word, which cannot be broken. */
function tooLong(text: string, columns: number): string[] {
  const lines = stripVTControlCharacters(text).replaceAll('\r', '').split('\n');
  return lines.filter((line) => line.length > columns && line.trim().includes(' '));
}

describe('the text report', () => {
  test.each([80, 120])('fits a terminal of %i columns, in colour', async (columns) => {
    const { code, stdout } = await onTerminal(columns, ['--all']);
    expect(code).toBe(1);
    expect(stdout).toContain(ESCAPE);
    expect(tooLong(stdout, columns)).toEqual([]);
    expect(tooLong(stdout, columns - 20)).not.toEqual([]); // the width is used, too
  });

  test.each([
    ['NO_COLOR', [], { NO_COLOR: '1' }],
    ['TERM=dumb', [], { TERM: 'dumb' }],
    ['--no-color', ['--no-color'], {}],
  ] as const)('has no colour with %s', async (_, options, env) => {
    const { stdout } = await onTerminal(100, options, env);
    expect(stdout).not.toContain(ESCAPE);
    expect(stdout).toContain('Critical (');
  });

  test('is plain and 80 columns wide in a pipe, and says the same', async () => {
    const piped = await run(command('--all'));
    expect(piped.code).toBe(1);
    expect(piped.stdout).not.toContain(ESCAPE);
    expect(tooLong(piped.stdout, 80)).toEqual([]);
    const shown = await onTerminal(80, ['--all']);
    expect(stripVTControlCharacters(shown.stdout).replaceAll('\r', '')).toBe(piped.stdout);
  });

  test('is plain in a file, whatever the terminal', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hullguard-text-'));
    try {
      const file = join(folder, 'report.txt');
      await onTerminal(120, ['--report', `text=${file}`]);
      expect(await readFile(file, 'utf8')).not.toContain(ESCAPE);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('survives a reader that has seen enough', async () => {
    const line = command('--all')
      .map((word) => `'${word}'`)
      .join(' ');
    const { code, stdout } = await run(['bash', '-c', `set -o pipefail; ${line} | head -n 1`]);
    expect(stdout).toMatch(/^hullguard .*\n$/);
    expect(code).toBe(1); // the audit's own, not a broken pipe's
  });

  test('--quiet tells failures and the summary, --all what passed and what does not apply', async () => {
    const [quiet, usual, all] = await Promise.all([run(command('--quiet')), run(command()), run(command('--all'))]);
    const headings = (text: string) =>
      text
        .split('\n')
        .filter((line) => /^\S.* \(\d+\)$/.test(line))
        .map((line) => line.replace(/ \(\d+\)$/, ''));
    const failures = ['Critical', 'High', 'Medium', 'Low'];
    expect(headings(quiet.stdout)).toEqual(failures);
    expect(headings(usual.stdout)).toEqual([...failures, 'For a person to decide']);
    expect(headings(all.stdout)).toEqual([...failures, 'For a person to decide', 'Passed', 'Not applicable']);
    const summary = /\d+ failed, \d+ passed, \d+ for a person, \d+ not applicable, \d+ not judged\. Score \d+ % of \d+ judged\./;
    for (const { stdout } of [quiet, usual, all]) expect(stdout.replaceAll('\n', ' ')).toMatch(summary);
    expect(quiet.stdout).not.toContain('Next:');
  });
});

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { schemaTester } from '../../json-schema.ts';
import { labSuite } from '../../lab/suite.ts';
import { audit, type Ended, execute, hullguard } from './command.ts';
import { type Stage, setUp } from './stage.ts';

const quote = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(' ');

labSuite('what comes out of the command', () => {
  let stage: Stage;
  let command: readonly string[];

  beforeAll(async () => {
    stage = await setUp({ containers: [{ HostConfig: { Privileged: true } }], images: [{}] });
    command = [...hullguard, 'audit', '--root', stage.root, '--timeout', '60'];
  });

  afterAll(() => stage.strike());

  /** A shell's view: `HULLGUARD` stands for the command. */
  function shell(script: string, environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
    return execute(['bash', '-c', script.replace('HULLGUARD', quote(command))], { environment, directory: stage.scratch });
  }

  describe('a reader that goes away', () => {
    test('is no error, and does not change the exit status', async () => {
      const { code, stdout, stderr } = await shell('HULLGUARD | head -1; exit $PIPESTATUS');
      expect(stdout).toMatch(/^hullguard \d+\.\d+\.\d+: CIS Docker 1\.8\.0.*\n$/);
      expect([code, stderr]).toEqual([1, '']);
    });

    test('before anything is written', async () => {
      expect(await shell('HULLGUARD --report json | true; exit $PIPESTATUS')).toMatchObject({ code: 1, stderr: '' });
    });

    test('a slow one gets everything', async () => {
      const { stdout } = await shell('HULLGUARD --report json | (sleep 2; cat)');
      expect(JSON.parse(stdout)).toHaveProperty('findings');
    });
  });

  describe('a place that takes no more', () => {
    test('standard output on a full disk', async () => {
      const { code, stderr } = await shell('HULLGUARD > /dev/full');
      expect([code, stderr]).toEqual([3, 'hullguard: cannot write to standard output: ENOSPC: no space left on device, write\n']);
    });

    test('standard error, too', async () => {
      expect(await shell('HULLGUARD --check nonsense > /dev/full 2>&1')).toMatchObject({ code: 2 });
    });

    test('standard output that is closed', async () => {
      expect(await shell('HULLGUARD >&-')).toMatchObject({ code: 1, stderr: '' });
    });

    test('a full file system: named, nothing half-written is left, the report before stays, the others are written', async () => {
      const script = `
        mkdir -p small && mount -t tmpfs -o size=64k none small
        echo before > small/report.json
        head -c 1M /dev/zero > small/filler 2>/dev/null
        HULLGUARD --report json=small/report.json --report text --save-facts small/facts.json
        echo "exit $?"; ls -A small; cat small/report.json`;
      const { stdout, stderr } = await execute(['unshare', '--mount', 'bash', '-c', script.replace('HULLGUARD', quote(command))], {
        directory: stage.scratch,
      });
      expect(stdout).toContain('Containers run unprivileged');
      expect(stdout).toMatch(/\nexit 3\nfiller\nreport\.json\nbefore\n$/);
      expect(stderr).toMatch(
        /^hullguard: cannot write to small\/facts\.json: ENOSPC: .*\nhullguard: cannot write to small\/report\.json: ENOSPC: .*\n$/,
      );
    });

    test('a read-only file system', async () => {
      const script = 'mkdir -p fixed && mount -t tmpfs -o ro none fixed; HULLGUARD --report json=fixed/report.json --report text';
      const { code, stdout, stderr } = await execute(['unshare', '--mount', 'bash', '-c', script.replace('HULLGUARD', quote(command))], {
        directory: stage.scratch,
      });
      expect(code).toBe(3);
      expect(stdout).toContain('Score');
      expect(stderr).toMatch(/^hullguard: cannot write to fixed\/report\.json: EROFS: read-only file system.*\n$/);
    });

    test('a directory of another user', async () => {
      fs.mkdirSync(path.join(stage.scratch, 'private'), { mode: 0o755 });
      const { code, stderr } = await execute([...command, '--report', 'json=private/report.json'], {
        directory: stage.scratch,
        unprivileged: true,
      });
      expect(code).toBe(3);
      expect(stderr).toMatch(/^hullguard: cannot write to private\/report\.json: EACCES: permission denied/);
    });
  });

  describe('streams by name', () => {
    test('/dev/stderr takes a report, and is still what it was', async () => {
      const before = fs.readlinkSync('/dev/stderr');
      const { stdout, stderr } = await shell('(HULLGUARD --report json=/dev/stderr --report text) 2>report; cat report >&2');
      expect(JSON.parse(stderr)).toHaveProperty('findings');
      expect(stdout).toContain('Score');
      expect(fs.readlinkSync('/dev/stderr')).toBe(before);
    });

    test('a process of the shell takes one', async () => {
      await shell('HULLGUARD --report json=>(cat > piped.json) --report text=/dev/null');
      const piped = path.join(stage.scratch, 'piped.json');
      await expect.poll(() => fs.readFileSync(piped, 'utf8').endsWith('}\n')).toBe(true);
      expect(JSON.parse(fs.readFileSync(piped, 'utf8'))).toHaveProperty('findings');
    });
  });

  describe('a terminal', () => {
    /** What the command prints on a terminal of 60 columns. */
    async function onTerminal(args: string, environment: Readonly<Record<string, string>> = {}): Promise<string> {
      const line = `stty cols 60; ${quote(command)} ${args}`;
      const { stdout } = await execute(['script', '--quiet', '--return', '--command', line, '/dev/null'], {
        environment: { TERM: 'xterm', ...environment },
      });
      return stdout.replaceAll('\r\n', '\n');
    }

    test('gets colours, and lines of its width', async () => {
      const shown = await onTerminal('');
      expect(shown).toContain('\u001b[1m');
      for (const line of stripVTControlCharacters(shown).split('\n'))
        expect(line.length <= 60 || line.trim().split(' ').length <= 2, line).toBe(true);
    });

    test('is told what a slow audit waits for, and the line is gone before the report', async () => {
      stage.answers(() => ({ hang: 'before-headers' }));
      const shown = await onTerminal('--timeout 5');
      stage.answers(undefined);
      expect(shown).toContain('\r\u001b[Kcollecting engine …');
      expect(shown.split('\r\u001b[K').at(-1)).toMatch(/^\S*hullguard \d/);
      expect((await onTerminal('--quiet --timeout 60')).includes('collecting')).toBe(false);
    });

    test.each([
      ['--no-color', {}],
      ['', { NO_COLOR: '1' }],
      ['', { TERM: 'dumb' }],
    ])('gets none with %j %j', async (args, environment) => {
      expect(await onTerminal(args, environment)).not.toContain('\u001b[');
    });
  });

  describe('time', () => {
    test.each(['0.5', '0.3333', '0.001'])('--timeout %s ends in time, with a whole report', async (seconds) => {
      stage.answers(() => ({ hang: 'before-headers' }));
      try {
        const ended = await audit(['--root', stage.root, '--timeout', seconds]);
        expect(ended.code).toBe(3);
        expect(ended.report.durationMs).toBeLessThan(1500 + Number(seconds) * 1000);
        expect(ended.report.findings.length).toBeGreaterThan(118);
        expect(ended.stderr).toBe('');
      } finally {
        stage.answers(undefined);
      }
    });

    test('an audit that is interrupted ends at once, and leaves no file behind', async () => {
      stage.answers(() => ({ hang: 'before-headers' }));
      try {
        const folder = path.join(stage.scratch, 'interrupted');
        fs.mkdirSync(folder);
        const [program = '', ...args] = [...command, '--report', `json=${folder}/report.json`];
        const child = spawn(program, args, { stdio: 'ignore' });
        await expect.poll(() => stage.daemon.requests.some(({ path }) => path === '/info'), { timeout: 20_000 }).toBe(true);
        const begun = performance.now();
        child.kill('SIGINT');
        const signal = await new Promise((resolve) => child.once('exit', (_code, name) => resolve(name)));
        expect(signal).toBe('SIGINT');
        expect(performance.now() - begun).toBeLessThan(2000);
        expect(fs.readdirSync(folder)).toEqual([]);
      } finally {
        stage.answers(undefined);
      }
    });
  });

  describe('published schemas', () => {
    const schema = async (name: string): Promise<(value: unknown) => string | null> =>
      schemaTester((await execute([...hullguard, 'schema', name])).stdout);

    test('facts', async () => {
      const { code, stdout } = await execute([...command, '--save-facts', '-', '--report', 'json=/dev/null']);
      expect(code).toBe(1);
      expect((await schema('facts'))(JSON.parse(stdout))).toBeNull();
    });

    test('report, of one check as of all', async () => {
      const complaint = await schema('report');
      const [all, one] = [await audit(['--root', stage.root]), await audit(['--root', stage.root, '--check', '5.5'])];
      expect([complaint(all.report), complaint(one.report)]).toEqual([null, null]);
      expect(Object.keys(one.report)).toEqual(Object.keys(all.report));
      expect(one.report.findings).toEqual(all.report.findings.filter(({ control }) => control === '5.5'));
      expect(Object.keys(one.report.host)).toEqual(Object.keys(all.report.host));
    });

    test('configuration: the documented example, and nothing at all', async () => {
      const complaint = await schema('config');
      const example = fs.readFileSync(path.join(import.meta.dirname, '../../../docs/config.example.yaml'), 'utf8');
      expect(complaint(parse(example))).toBeNull();
      expect(complaint({})).toBeNull();
      expect(complaint({ failOn: 'never' })).toContain('failOn must be equal to one of the allowed values');
    });
  });

  test.each([
    ['where we look', "require('node:os').networkInterfaces = () => { throw new TypeError('made up \\u009b2J'); };"],
    // Not in a thread, which NODE_OPTIONS reaches, too.
    [
      'where nobody waits',
      "if (require('node:worker_threads').isMainThread) setTimeout(() => { throw new TypeError('made up \\u009b2J'); }, 50);",
    ],
  ])('a mistake of our own is told whole, and never looks like a finished audit: %s', async (_, mistake) => {
    const sabotage = path.join(stage.scratch, 'sabotage.cjs');
    fs.writeFileSync(sabotage, mistake);
    const { code, stderr } = await execute(command, { environment: { NODE_OPTIONS: `--require=${sabotage}` } });
    expect(code).toBe(3);
    expect(stderr).toMatch(/^hullguard: an error of its own, please report it\nhullguard: TypeError: made up \\u009b2J\nhullguard: {5}at /);
  });

  test('recorded facts are judged the same on another day, by anybody, without a host', async () => {
    const facts = path.join(stage.scratch, 'facts.json');
    const { report } = await audit(['--root', stage.root, '--save-facts', facts]);
    fs.chmodSync(facts, 0o644);
    const again = await audit(['--facts', facts], { unprivileged: true });
    expect(again.report.findings).toEqual(report.findings);
    expect(again.report.host).toEqual(report.host);
  });

  test('--verbose tells on standard error what is read, and nothing of it acts on the terminal', async () => {
    stage.answers(({ path }) => (path === '/images/json' ? { status: 500, body: '{"message":"\u009b2Jbroken\u202e"}' } : undefined));
    const { stdout, stderr } = await execute([...command, '--verbose', '--report', 'json']);
    stage.answers(undefined);
    expect(JSON.parse(stdout)).toHaveProperty('findings');
    expect(stderr).toMatch(/^debug: fact collected \{"fact":"\w+","milliseconds":\d+\}$/m);
    expect(stderr).toMatch(/^warn: fact not collected \{"fact":"images",.*\\u009b2Jbroken\\u202e/m);
    expect(stderr.replaceAll('\n', '')).not.toMatch(/\p{Cc}|\p{Cf}/u);
  });
});

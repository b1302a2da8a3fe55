/** Files of waivers: what they may hold, who may have written them, and what is added to them. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { noDecisions } from '../../../agent/decisions.ts';
import { UsageError } from '../../../agent/errors.ts';
import { addDecision, digestOf, followDecisions, readDecisions } from '../../../agent/state/decisions-file.ts';
import { inScratch } from '../hullguard.ts';

const valid = {
  id: 'w-1',
  check: 'container/no-privileged',
  reason: 'because',
  owner: 'anna',
  expires: '2027-01-31',
} as const;

/** A waiver in YAML, with these keys in place of its own; null leaves one out. */
function yaml(more: Readonly<Record<string, string | null>> = {}): string {
  const lines = Object.entries({ ...valid, ...more }).flatMap(([key, value]) => (value === null ? [] : [`${key}: ${value}`]));
  return `# site\nwaivers:\n  - ${lines.join('\n    ')}\n`;
}

/** What is read from a file with that content, or what is wrong with it, where the file is called FILE. */
function read(content: string, prepare: (file: string) => void = () => {}): Promise<unknown> {
  return inScratch((directory) => {
    const file = path.join(directory, 'waivers.yaml');
    fs.writeFileSync(file, content);
    prepare(file);
    try {
      const { decisions, problems } = readDecisions([file], false);
      return problems.length > 0 ? problems.map((problem) => problem.replaceAll(directory, 'DIR')) : decisions;
    } catch (error) {
      if (error instanceof UsageError) return error.message.replaceAll(file, 'FILE');
      throw error;
    }
  });
}

describe('a file', () => {
  test.each([
    ['that is empty', ''],
    ['of comments', '# nothing yet\n'],
    ['of empty lists', 'waivers:\nattestations: []\n'],
  ])('%s holds nothing', async (_what, content) => {
    expect(await read(content)).toEqual(noDecisions);
  });

  test.each<Readonly<Record<string, string>>>([
    {},
    { container: '"web-*"' },
    { label: 'com.example.team=ops=1' },
    { image: `sha256:${'a'.repeat(64)}` },
    { path: '/etc/docker/*.json' },
    { expires: '2028-02-29' },
    { id: 'TAPE.2_x' },
  ])('may hold %j', async (more) => {
    expect(await read(yaml(more))).toMatchObject({ waivers: [{ owner: 'anna' }] });
  });

  test.each<[string, Readonly<Record<string, string | null>>, string]>([
    ['no container after all', { container: '# web' }, 'FILE: line 8, column 16: waivers.0.container: expected string, received null'],
    ['no reason', { reason: null }, 'FILE: line 3, column 5: waivers.0.reason: expected string, received undefined'],
    ['no owner', { owner: '' }, 'FILE: line 6, column 12: waivers.0.owner: expected string, received null'],
    ['no expiry', { expires: null }, 'FILE: line 3, column 5: waivers.0.expires: expected string, received undefined'],
    ['a reason of nothing', { reason: '" "' }, 'FILE: line 5, column 13: waivers.0.reason: expected some words'],
    ['a day that is none', { expires: '2027-02-29' }, 'FILE: line 7, column 14: waivers.0.expires: expected a date such as 2027-01-31'],
    ['a time', { expires: '2027-02-01T10:00:00Z' }, 'FILE: line 7, column 14: waivers.0.expires: expected a date such as 2027-01-31'],
    [
      'an unknown check',
      { check: 'container/no-privilegd' },
      'FILE: line 4, column 12: waivers.0.check: no check has the id container/no-privilegd, did you mean container/no-privileged or container/no-new-privileges or container/exec-not-privileged?',
    ],
    [
      'a number for a check',
      { check: '"5.5"' },
      'FILE: line 4, column 12: waivers.0.check: no check has the id 5.5 (hullguard checks 5.5 tells the id)',
    ],
    ['a glob for a check', { check: 'container/*' }, 'FILE: line 4, column 12: waivers.0.check: no check has the id container/*'],
    [
      'an id that is none',
      { id: '"a b"' },
      'FILE: line 3, column 9: waivers.0.id: expected letters, digits, and . _ - among them, at most 64',
    ],
    [
      'two selectors',
      { container: 'a', path: '/b' },
      'FILE: line 9, column 11: waivers.0.path: expected one of container, label, image, path; there is container already',
    ],
    [
      'a label without a value',
      { label: 'team' },
      'FILE: line 8, column 12: waivers.0.label: expected KEY=VALUE, at most 255 characters of value',
    ],
    ['a tag for an image', { image: 'nginx:1' }, 'FILE: line 8, column 12: waivers.0.image: expected sha256: and 64 hexadecimal digits'],
    ['a path from nowhere', { path: 'etc/x' }, 'FILE: line 8, column 11: waivers.0.path: expected an absolute path'],
    ['another key', { resaon: 'x' }, 'FILE: line 8, column 5: unknown key waivers.0.resaon, did you mean reason?'],
    [
      'no configuration at all',
      { configurations: '[]' },
      'FILE: line 8, column 21: waivers.0.configurations: expected array to have >=1 items',
    ],
  ])('with %s is refused, with the place', async (_what, more, message) => {
    expect(await read(yaml(more))).toBe(message);
  });

  test.each([
    [
      'a second waiver of the same id',
      `${yaml()}  - ${JSON.stringify(valid)}\n`,
      'FILE: line 8, column 11: waivers.1.id: another waiver has the id w-1',
    ],
    ['a key twice', `${yaml()}waivers: []\n`, 'FILE: line 8, column 1: Map keys must be unique'],
    ['a list', '- a\n', 'FILE: line 1, column 1: the document: expected object, received array'],
    ['a tab', 'waivers:\n\t- a\n', 'FILE: line 2, column 1: Tabs are not allowed as indentation'],
    [
      'an attestation without a statement',
      'attestations:\n  - {check: host/hardened, by: a, at: b, expires: 2027-01-01}\n',
      'FILE: line 2, column 5: attestations.0.statement: expected string, received undefined',
    ],
  ])('with %s is refused, with the place', async (_what, content, message) => {
    expect(await read(content)).toBe(message);
  });

  test('that unfolds without end is refused', async () => {
    const levels = ['a: &a [x,x,x,x,x,x,x,x,x]'];
    for (const [index, letter] of [...'bcdefghi'].entries())
      levels.push(`${letter}: &${letter} [${Array(9).fill(`*${'abcdefgh'[index]}`).join()}]`);
    expect(await read(levels.join('\n'))).toMatch(
      /^FILE: line \d+, column \d+: aliases that multiply, to more than 100 copies or without end: write the values out$/,
    );
    expect(await read('['.repeat(2000))).toMatch(/^FILE: line 1, column \d+: /);
  });

  test('that is not there, or a directory, is refused', () =>
    inScratch((directory) => {
      expect(() => readDecisions([path.join(directory, 'no')], false)).toThrow(/cannot read the waivers file: ENOENT/);
      expect(() => readDecisions([directory], false)).toThrow(`${directory}: the waivers file must be a file`);
    }));

  test('and another one share no id, and count together', () =>
    inScratch((directory) => {
      const [one, two] = [path.join(directory, 'one'), path.join(directory, 'two')];
      fs.writeFileSync(one, yaml());
      fs.writeFileSync(two, yaml({ id: 'w-2' }));
      expect(readDecisions([one, two, one], false).decisions.waivers.map(({ id }) => id)).toEqual(['w-1', 'w-2']);
      fs.writeFileSync(two, yaml());
      expect(() => readDecisions([one, two], false)).toThrow(`${two}: ${one} has a waiver with the id w-1, too: give one of them another`);
    }));
});

describe.runIf(process.geteuid?.() === 0)('root does not take the word', () => {
  const foreign = (name: string): string =>
    `${name}: belongs to user 1000, who could change what hullguard does: give it to root (chown root ${name})`;
  const open = (name: string, who = 'everybody'): string =>
    `${name}: ${who} may write to it, and could change what hullguard does: chmod go-w ${name}`;
  test.each<[string, (file: string) => void, string]>([
    ['of another user', (file) => fs.chownSync(file, 1000, 0), foreign('DIR/waivers.yaml')],
    ['of everybody', (file) => fs.chmodSync(file, 0o646), open('DIR/waivers.yaml')],
    [
      'of a group',
      (file) => {
        fs.chmodSync(file, 0o664);
        fs.chownSync(file, 0, 5);
      },
      open('DIR/waivers.yaml', 'group 5'),
    ],
    ['of who could replace it', (file) => fs.chmodSync(path.dirname(file), 0o777), open('DIR')],
    ['of who owns where it lies', (file) => fs.chownSync(path.dirname(file), 1000, 0), foreign('DIR')],
    [
      'of who owns a link to it',
      (file) => {
        fs.renameSync(file, `${file}.real`);
        fs.symlinkSync(`${file}.real`, file);
        fs.lchownSync(file, 1000, 0);
      },
      foreign('DIR/waivers.yaml'),
    ],
    [
      'of who wrote what it is a link to',
      (file) => {
        fs.renameSync(file, `${file}.real`);
        fs.chownSync(`${file}.real`, 1000, 0);
        fs.symlinkSync(`${file}.real`, file);
      },
      foreign('DIR/waivers.yaml'),
    ],
  ])('%s', async (_whose, prepare, problem) => {
    expect(await read(yaml(), prepare)).toEqual([`DIR/waivers.yaml: no waiver in it counts: ${problem}`]);
  });

  test('but of its own group', async () => {
    expect(await read(yaml(), (file) => fs.chmodSync(file, 0o660))).toMatchObject({ waivers: [{ id: 'w-1' }] });
  });
});

describe('what is added', () => {
  const before = `# Ours; ask anna.
waivers:
  # the tape
  - id: w-0 # first
    check: container/no-privileged
    reason: tape
    owner: anna
    expires: 2027-01-01

# answers
attestations: []
`;

  test('comes last in its list; comments, order, mode and link stay', () =>
    inScratch((directory) => {
      const file = path.join(directory, 'waivers.yaml');
      const link = path.join(directory, 'link.yaml');
      fs.writeFileSync(file, before, { mode: 0o640 });
      fs.chmodSync(file, 0o640);
      fs.symlinkSync(file, link);
      addDecision(link, { waivers: { ...valid, reason: 'a: "b" # c\n- d' } });
      addDecision(link, { attestations: { check: 'host/hardened', statement: 's', by: 'b', at: 'now', expires: '2027-01-01' } });
      const text = fs.readFileSync(file, 'utf8');
      for (const line of before.replace(' []', '').split('\n')) expect(text).toContain(line);
      expect(text.indexOf('w-0')).toBeLessThan(text.indexOf('w-1'));
      expect(readDecisions([file], false).decisions).toMatchObject({
        waivers: [{}, { reason: 'a: "b" # c\n- d' }],
        attestations: [{ by: 'b' }],
      });
      expect(fs.statSync(file).mode & 0o777).toBe(0o640);
      expect(fs.lstatSync(link).isSymbolicLink()).toBe(true);
      expect(fs.readdirSync(directory).toSorted()).toEqual(['link.yaml', 'waivers.yaml']);
    }));

  test('makes the file and its directory', () =>
    inScratch((directory) => {
      const file = path.join(directory, 'deep', 'waivers.yaml');
      addDecision(file, { waivers: valid });
      expect(readDecisions([file], false).decisions.waivers).toEqual([valid]);
      expect(fs.statSync(file).mode & 0o777).toBe(0o644);
    }));

  test('is not, where the file would not be valid, or somebody else adds just now', () =>
    inScratch((directory) => {
      const file = path.join(directory, 'waivers.yaml');
      addDecision(file, { waivers: valid });
      const text = fs.readFileSync(file, 'utf8');
      expect(() => addDecision(file, { waivers: valid })).toThrow('another waiver has the id w-1');
      fs.writeFileSync(`${file}.new`, '');
      expect(() => addDecision(file, { waivers: { ...valid, id: 'w-2' } })).toThrow(
        /waivers\.yaml\.new exists: another command writes just now/,
      );
      expect(fs.readFileSync(file, 'utf8')).toBe(text);
      expect(fs.existsSync(`${file}.new`)).toBe(true);
    }));
});

describe('evidence', () => {
  test('counts while it is as it was', () =>
    inScratch((directory) => {
      const [file, evidence] = [path.join(directory, 'waivers.yaml'), path.join(directory, 'scan.pdf')];
      fs.writeFileSync(evidence, 'all well');
      const digest = digestOf(evidence);
      if ('problem' in digest) throw new Error(digest.problem);
      const about = { check: 'host/hardened', statement: 's', by: 'anna', at: 'now', expires: '2999-01-01' };
      addDecision(file, { attestations: { ...about, evidence: { file: evidence, ...digest } } });
      const problem = (): unknown => readDecisions([file], false).decisions.attestations[0]?.problem;
      expect(problem()).toBeUndefined();
      fs.appendFileSync(evidence, ', or not');
      expect(problem()).toBe(`its evidence ${evidence} has changed`);
      fs.rmSync(evidence);
      expect(problem()).toMatch(/^its evidence cannot be read: ENOENT/);
      fs.mkdirSync(evidence);
      expect(problem()).toBe(`its evidence cannot be read: ${evidence} is no file`);
    }));
});

describe('an agent', () => {
  test('follows the files, and counts none while one cannot be understood', () =>
    inScratch((directory) => {
      const file = path.join(directory, 'waivers.yaml');
      fs.writeFileSync(file, yaml());
      const follow = followDecisions([file]);
      expect(follow(true).decisions.waivers).toHaveLength(1);
      expect(follow(false)).toBe(follow(false));
      fs.writeFileSync(file, `${yaml()}oops: 1\n`);
      expect(follow(false)).toEqual({
        decisions: noDecisions,
        problems: [`no waiver counts: ${file}: line 8, column 1: unknown key oops`],
      });
      fs.rmSync(file);
      expect(follow(false).problems).toEqual([expect.stringMatching(/cannot read the waivers file: ENOENT/)]);
      fs.writeFileSync(file, `${yaml()}\n`);
      expect(follow(false)).toMatchObject({ decisions: { waivers: [{ id: 'w-1' }] }, problems: [] });
    }));
});

import { groupName, userName } from '../../facts/accounts.ts';
import type { FileFact, FileRole } from '../../facts/files.ts';
import type { Facts } from '../../facts/index.ts';
import {
  type About,
  type Check,
  defineCheck,
  type Evidence,
  type Judgement,
  passIf,
  type Severity,
  type Surface,
  unknown,
  type Verdict,
} from '../check.ts';

interface Row {
  readonly role: FileRole;
  /** What the titles call it. */
  readonly name: string;
  readonly path: string;
  readonly owner: string;
  readonly modeId: string;
  /** Widest mode: no bit outside it may be set. */
  readonly mode: number;
  readonly surface?: Surface;
  readonly severity?: Severity;
  /** The group, where it need not be root. */
  readonly group?: (facts: Pick<Facts, Needs>) => number | null;
  /** Who else may own it. */
  readonly ownedBy?: (facts: Facts['daemon']) => number;
}

type Needs = 'files' | 'accounts' | 'daemon';

/** One file's owner and its mode: two controls. Modes are compared by mask, links followed, parents that others can write to reported. */
export function fileAccess(row: Row): [Check<Needs>, Check<Needs>] {
  const about = (title: string, fix: string, id: string): About => ({
    id,
    title,
    fix,
    severity: row.severity ?? 'medium',
    stride: ['T', 'E'],
    surface: row.surface ?? 'host',
    rationale: `Whoever can change ${row.name} decides what the daemon does, as root.`,
    impact: 'none',
  });
  const owner = row.group === undefined ? 'root:root' : 'root:docker';
  const octal = format(row.mode);
  return [
    defineCheck({
      ...about(`${capital(row.name)} is owned by ${owner}`, `Run: chown ${owner} ${row.path}`, row.owner),
      needs: ['files', 'accounts', 'daemon'],
      judge: (facts) => judgeFiles(row, facts, (file) => judgeOwner(row, file, facts)),
    }),
    defineCheck({
      ...about(`${capital(row.name)} has mode ${octal} or tighter`, `Run: chmod ${octal.slice(1)} ${row.path}`, row.modeId),
      needs: ['files', 'accounts', 'daemon'],
      judge: (facts) => judgeFiles(row, facts, (file) => judgeMode(row, file)),
    }),
  ];
}

function judgeFiles(row: Row, facts: Pick<Facts, Needs>, judge: (file: FileFact) => Verdict & { expected: string }): Judgement {
  const there = facts.files[row.role].filter((file) => file.status !== 'missing');
  if (there.length === 0) return { notApplicable: `${row.path} is not on this host` };
  return there.map((file): Evidence => {
    const resource = file.target === file.path ? file.path : `${file.path} (→ ${file.target})`;
    if (file.status === 'unreadable') return { resource, expected: 'readable', source: 'stat', ...unknown(file.problem ?? 'not readable') };
    return { resource, source: 'stat', ...judge(file) };
  });
}

function judgeOwner(row: Row, file: FileFact, { files, accounts, daemon }: Pick<Facts, Needs>): Verdict & { expected: string } {
  const uid = row.ownedBy?.(daemon) ?? 0;
  const gids = new Set([0, row.group?.({ files, accounts, daemon }) ?? 0]);
  const actual = `${userName(accounts, file.uid)}:${groupName(accounts, file.gid)}`;
  const expected = [...gids].map((gid) => `${userName(accounts, uid)}:${groupName(accounts, gid)}`).join(' or ');
  const parents = file.writableParents.map(
    (parent) => `${parent.path} is ${format(parent.mode)} ${userName(accounts, parent.uid)}:${groupName(accounts, parent.gid)}`,
  );
  const replaceable = uid === 0 && parents.length > 0;
  const owned = file.uid === uid && (gids.has(file.gid) || uid !== 0);
  return {
    expected,
    ...passIf(owned && !replaceable, replaceable ? `${actual}, but others may replace it: ${parents.join(', ')}` : actual),
  };
}

function judgeMode(row: Row, file: FileFact): Verdict & { expected: string } {
  const named = (file.acl ?? []).filter((entry) => /w/.test(entry.slice(entry.lastIndexOf(':'))));
  // A private key at 0444 would meet a certificate's limit and be everybody's.
  const widest = file.path.endsWith('.key') ? row.mode & 0o400 : row.mode;
  const actual = named.length > 0 ? `${format(file.mode)}, access list lets ${named.join(', ')} write` : format(file.mode);
  return { expected: `${format(widest)} or tighter`, ...passIf((file.mode & ~widest) === 0 && named.length === 0, actual) };
}

/** 0o644 → "0644". */
function format(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

import { groupName, userName } from '../../facts/accounts.ts';
import { type FileFact, type FileRole, granted } from '../../facts/files.ts';
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
  /** How to reach it, where one chmod does not. */
  readonly modeFix?: string;
  readonly surface?: Surface;
  readonly severity?: Severity;
  /** Names of the groups that may own it beside root, the most fitting first: only the API's socket has any. */
  readonly groups?: (facts: Pick<Facts, Needs>, file: FileFact) => readonly string[];
  /** A setting of the daemon that must be known before one can say that there is no such file. */
  readonly dependsOn?: string;
}

type Needs = 'files' | 'accounts' | 'daemon' | 'units';
const NEEDS = ['files', 'accounts', 'daemon', 'units'] as const;

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
  const owner = row.groups === undefined ? 'root:root' : 'root:docker';
  const octal = format(row.mode);
  return [
    defineCheck({
      ...about(`${capital(row.name)} is owned by ${owner}`, `Run: chown ${owner} ${row.path}`, row.owner),
      goal: 'file-owner',
      needs: NEEDS,
      judge: (facts) =>
        row.groups !== undefined && facts.daemon.rootless
          ? { notApplicable: 'the daemon is rootless: its socket belongs to its user' }
          : judgeFiles(row, facts, (file) => judgeOwner(row, file, facts)),
    }),
    defineCheck({
      ...about(`${capital(row.name)} has mode ${octal} or tighter`, row.modeFix ?? `Run: chmod ${octal.slice(1)} ${row.path}`, row.modeId),
      goal: 'file-mode',
      needs: NEEDS,
      judge: (facts) => judgeFiles(row, facts, (file) => judgeMode(row, file)),
    }),
  ];
}

function judgeFiles(row: Row, facts: Pick<Facts, Needs>, judge: (file: FileFact) => Verdict & { expected: string }): Judgement {
  const there = facts.files[row.role].filter((file) => file.status !== 'missing');
  const decisive = row.dependsOn === undefined ? undefined : facts.daemon.settings[row.dependsOn];
  if (there.length === 0 && decisive?.origin === null) {
    return [
      {
        resource: row.name,
        expected: 'a known place',
        source: decisive.source,
        ...unknown(`whether there is any is unknown: ${decisive.source}`),
      },
    ];
  }
  if (there.length === 0) return { notApplicable: `${row.path} is not on this host` };
  return there.map((file): Evidence => {
    const resource = file.target === file.path ? file.path : `${file.path} (→ ${file.target})`;
    if (file.status === 'unreadable') return { resource, expected: 'readable', source: 'stat', ...unknown(file.problem ?? 'not readable') };
    return { resource, subject: { path: file.path }, source: 'stat', ...judge(file) };
  });
}

/** Root's, in rootless mode also the daemon's user's; in directories where nobody else could put another in its place. */
function judgeOwner(row: Row, file: FileFact, facts: Pick<Facts, Needs>): Verdict & { expected: string } {
  const { accounts, daemon } = facts;
  const user = daemon.rootless ? daemon.process?.uid : 0;
  if (user === undefined) return { expected: 'the daemon’s user', ...unknown(`that user is unknown: ${daemon.unseen}`) };
  const named = (row.groups?.(facts, file) ?? []).flatMap((name) => accounts.groups.find((group) => group.name === name)?.gid ?? []);
  const gids = new Set([0, ...named]);
  const describe = (uid: number, gid: number): string => `${userName(accounts, uid)}:${groupName(accounts, gid)}`;
  const strangers = file.writableParents.filter((parent) => user === 0 || parent.uid !== user);
  const parents = strangers.map((parent) => `${parent.path} is ${format(parent.mode)} ${describe(parent.uid, parent.gid)}`);
  const actual = describe(file.uid, file.gid);
  const owned = (file.uid === 0 && gids.has(file.gid)) || (user !== 0 && file.uid === user);
  const gid = gids.has(file.gid) ? file.gid : (named[0] ?? 0);
  return {
    expected: [...[...gids].map((gid) => describe(0, gid)), ...(user === 0 ? [] : [userName(accounts, user)])].join(' or '),
    ...passIf(owned && parents.length === 0, parents.length === 0 ? actual : `${actual}, but others may replace it: ${parents.join(', ')}`),
    // A parent directory that others can write to is mended by hand.
    ...(!owned && { goal: { kind: 'file-owner', path: file.target, uid: 0, gid } }),
  };
}

function judgeMode(row: Row, file: FileFact): Verdict & { expected: string } {
  // A private key at 0444 would meet a certificate's limit and be everybody's.
  const widest = file.path.endsWith('.key') ? row.mode & 0o400 : row.mode;
  // Whom the access list names may do what the limit lets a group do, except write.
  const forNamed = (widest >> 3) & 0o5;
  const named = (file.acl ?? []).filter((entry) => (granted(entry) & ~forNamed) !== 0);
  const actual = named.length > 0 ? `${format(file.mode)}, and its access list has ${named.join(', ')}` : format(file.mode);
  const mode = file.mode & widest;
  // The mode's bits for the group are the mask of the access list. What grants too much even so is for setfacl, in a person's hands.
  const mends = named.every((entry) => (granted(entry) & (mode >> 3) & ~forNamed) === 0);
  return {
    expected: `${format(widest)} or tighter`,
    ...passIf(mode === file.mode && named.length === 0, actual),
    ...(mode !== file.mode && mends && { goal: { kind: 'file-mode', path: file.target, mode } }),
  };
}

/** 0o644 → "0644". */
function format(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

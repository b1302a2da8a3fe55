/** Owners and modes. What a program would set back is told to that program as well. */
import { groupName, userName } from '../facts/accounts.ts';
import type { FileFact, FileRole } from '../facts/files.ts';
import type { Facts } from '../facts/index.ts';
import { isWithin, normalise } from '../facts/paths.ts';
import type { Access, Change } from './plan.ts';
import { type Answer, defineRemediation, type Effect } from './remediation.ts';

type Known = Pick<Facts, 'files' | 'units' | 'accounts' | 'daemon'>;
const NEEDS = ['files', 'units', 'accounts', 'daemon'] as const;

/** A file by its resolved path: the facts of every path that leads to it, and what it is to Docker. */
interface Target extends Access {
  readonly path: string;
  readonly files: readonly FileFact[];
  readonly roles: readonly FileRole[];
}

export const fileMode = defineRemediation('file-mode', {
  needs: NEEDS,
  plan: ({ path, mode }, facts) => plan(path, { mode }, facts, (target) => socketMode(target, facts)),
});

export const fileOwner = defineRemediation('file-owner', {
  needs: NEEDS,
  plan: ({ path, uid, gid }, facts) => plan(path, { uid, gid }, facts, (target) => socketOwner(target, facts)),
});

/** What systemd is to be told of a socket it makes; nothing where that is well already. */
type SocketAnswer = readonly string[] | { readonly refused: string };

function plan(path: string, wanted: Partial<Access>, facts: Known, socket: (target: Target) => SocketAnswer): Answer {
  const target = find(path, facts.files);
  if (target === null) return { refused: `${path}: it is not there any more` };
  const reason = obstacle(target, facts);
  if (reason !== null) return { refused: reason };
  const lines = socket(target);
  if ('refused' in lines) return lines;
  const { mode, uid, gid } = target;
  const before = { mode, uid, gid };
  const after = { ...before, ...wanted };
  const changes: Change[] = [
    { kind: 'access', path, before, after },
    ...(lines.length > 0 ? [{ kind: 'lines' as const, path: DROP_IN, lines: ['[Socket]', ...lines] }] : []),
  ];
  const effects = effectsOf(target, after, facts);
  return { changes, impact: 'none', ...(effects.length > 0 && { effects }) };
}

function find(path: string, files: Facts['files']): Target | null {
  const entries = Object.entries(files) as [FileRole, FileFact[]][];
  const found = entries.flatMap(([role, all]) =>
    all.filter(({ status, target }) => status === 'present' && target === path).map((file) => ({ role, file })),
  );
  const [first] = found;
  if (first === undefined) return null;
  const { mode, uid, gid } = first.file;
  return { path, mode, uid, gid, files: found.map(({ file }) => file), roles: found.map(({ role }) => role) };
}

const TLS: readonly FileRole[] = ['tls-ca', 'tls-cert', 'tls-key'];
/** Package managers that own every byte below: a change would be undone, or is not possible. */
const OTHERS = ['/nix/store', '/gnu/store', '/snap'];

function obstacle({ path, files, roles, uid }: Target, { daemon, accounts }: Known): string | null {
  if (daemon.rootless && uid !== 0)
    return `${path} belongs to ${userName(accounts, uid)}, and the daemon is rootless: whoever runs it has to change that`;
  const parent = files.flatMap(({ writableParents }) => writableParents)[0];
  if (parent !== undefined)
    return `${parent.path} is ${octal(parent.mode)} ${userName(accounts, parent.uid)}:${groupName(accounts, parent.gid)}, so others can put another file in the place of ${path}: mend the directory first`;
  const owner = OTHERS.find((directory) => isWithin(path, directory));
  if (owner !== undefined) return `${path} lies in ${owner}, whose own tool decides about it`;
  const link = files.find((file) => file.path !== path);
  if (link !== undefined && roles.some((role) => TLS.includes(role)))
    return `${link.path} is a link to ${path}, which another tool keeps and may share: have that tool set its owner and mode`;
  return null;
}

const DROP_IN = '/etc/systemd/system/docker.socket.d/50-hullguard.conf';
/** The widest mode of the Docker socket. */
const SOCKET_MODE = 0o660;

/** systemd makes the socket anew at each start of docker.socket, with the mode its unit says. */
function socketMode(target: Target, { units: { socket } }: Known): SocketAnswer {
  if (!isActivated(target, socket) || (socket.mode & ~SOCKET_MODE) === 0) return [];
  return unlessOutranked(socket, 'SocketMode', `SocketMode=${octal(SOCKET_MODE)}`);
}

/** A group that the unit names is a good one; it is what the check goes by. */
function socketOwner(target: Target, { units: { socket } }: Known): SocketAnswer {
  if (!isActivated(target, socket) || socket.user === 'root' || socket.user === '0') return [];
  return unlessOutranked(socket, 'SocketUser', 'SocketUser=root');
}

function isActivated({ files, path }: Target, { path: unit, listens }: Facts['units']['socket']): boolean {
  const addresses = listens
    .filter((address) => address.startsWith('/'))
    .map((address) => normalise(address).replace(/^\/var\/run\//, '/run/'));
  return unit !== null && [path, ...files.map((file) => file.path)].some((name) => addresses.includes(name));
}

/** Of two drop-ins the one whose name comes later has the last word. */
function unlessOutranked({ setBy }: Facts['units']['socket'], option: string, line: string): SocketAnswer {
  const file = setBy[option];
  const isDropIn = file !== undefined && /\.d\/[^/]+$/.test(file);
  if (isDropIn && nameOf(file) >= nameOf(DROP_IN))
    return {
      refused: `${file} sets ${option} and outranks a drop-in of hullguard's: write ${line} there, and run systemctl daemon-reload`,
    };
  return [line];
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Who notices. */
function effectsOf(target: Target, after: Access, { accounts }: Known): Effect[] {
  const { path, roles, mode, uid, gid } = target;
  const is = (...wanted: FileRole[]): boolean => roles.some((role) => wanted.includes(role));
  const group = groupName(accounts, gid);
  const lost = mode & ~after.mode;
  const groupLost = gid !== 0 && (after.gid !== gid ? (mode & 0o070) !== 0 : (lost & 0o070) !== 0);
  const effects: string[] = [];
  if (is('docker-sock') && (lost & 0o002) !== 0) effects.push(`only root and the group ${groupName(accounts, after.gid)} reach the engine`);
  if (is('docker-sock', 'containerd-sock') && uid !== 0 && after.uid !== uid)
    effects.push(`${userName(accounts, uid)} no longer reaches the engine as the socket's owner`);
  if (groupLost)
    effects.push(
      is(...TLS) ? `services that share it through the group ${group} can no longer read it` : `the group ${group} loses access`,
    );
  if (isWithin(path, '/usr/lib/systemd') || isWithin(path, '/lib/systemd'))
    effects.push(`its package sets owner and mode again at the next upgrade: ${statOverride(path, after, accounts)} keeps them on Debian`);
  if (is('containerd-sock') && (after.uid !== uid || after.gid !== gid))
    effects.push('containerd makes it anew at each start, owned as uid and gid in [grpc] of /etc/containerd/config.toml say');
  return effects.map((effect) => ({ effect, resources: [path] }));
}

/** dpkg knows a file by the name in its package, which may be the one below /lib. */
function statOverride(path: string, { mode, uid, gid }: Access, accounts: Facts['accounts']): string {
  const owner = `${userName(accounts, uid)} ${groupName(accounts, gid)}`;
  return `dpkg-statoverride --add ${owner} ${octal(mode)} ${path} (with the path as dpkg -S tells it)`;
}

/** 0o644 → "0644". */
function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

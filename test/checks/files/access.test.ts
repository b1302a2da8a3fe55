import type { Goal } from '../../../checks/check.ts';
import { access } from '../../../checks/files/access.ts';
import { type Row, type Rows, testCheck } from '../../check-tester.ts';
import type { FakeFile, HostLiteral } from '../../fake-host.ts';

interface Place {
  readonly path: string;
  /** The widest mode. */
  readonly limit: number;
  /** What the file is where it is good. */
  readonly file?: FakeFile;
  /** The host that has it. */
  readonly host?: HostLiteral;
  /** What has to go with it. */
  readonly without?: NonNullable<HostLiteral['files']>;
}

const tls = (flag: string): HostLiteral => ({ dockerd: { flags: ['-H', 'fd://', flag, '/certs/x.pem'] } });
const socket: FakeFile = { kind: 'socket' };

const places: Readonly<Record<string, Place>> = {
  'files/docker-service': { path: '/usr/lib/systemd/system/docker.service', limit: 0o644 },
  'files/docker-socket-unit': { path: '/usr/lib/systemd/system/docker.socket', limit: 0o644 },
  'files/etc-docker': { path: '/etc/docker', limit: 0o755, file: { kind: 'directory' }, without: { '/etc/docker/daemon.json': null } },
  'files/registry-certs': { path: '/etc/docker/certs.d/registry.example/ca.crt', limit: 0o444 },
  'files/tls-ca': { path: '/certs/x.pem', limit: 0o444, host: tls('--tlscacert') },
  'files/tls-cert': { path: '/certs/x.pem', limit: 0o444, host: tls('--tlscert') },
  'files/tls-key': { path: '/certs/x.pem', limit: 0o400, host: tls('--tlskey') },
  'files/docker-sock': { path: '/run/docker.sock', limit: 0o660, file: { ...socket, gid: 998 } },
  'files/daemon-json': { path: '/etc/docker/daemon.json', limit: 0o644, file: { content: '{}' } },
  'files/etc-default-docker': { path: '/etc/default/docker', limit: 0o644 },
  'files/etc-sysconfig-docker': { path: '/etc/sysconfig/docker', limit: 0o644 },
  'files/containerd-sock': { path: '/run/containerd/containerd.sock', limit: 0o660, file: socket },
};

/** A host whose file is like this. */
function placed(place: Place, file: FakeFile, rest: HostLiteral = {}): HostLiteral {
  return { ...place.host, ...rest, files: { [place.path]: { mode: place.limit, ...place.file, ...file }, ...rest.files } };
}

/** A host where a link leads to the file. */
function linked(place: Place, file: FakeFile): HostLiteral {
  const target: FakeFile = { mode: place.limit, ...place.file, ...file };
  return {
    ...place.host,
    files: { ...place.without, [place.path]: { kind: 'link', link: '/srv/target', mode: 0o777, uid: 7, gid: 7 }, '/srv/target': target },
  };
}

const acl = (entry: string): HostLiteral['commands'] => ({ getfacl: { stdout: entry } });
function listed(place: Place, entry: string): HostLiteral {
  return placed(place, {}, { commands: { ...acl(`# file: ${place.path}\nuser::rw-\n${entry}\nmask::rwx\n\n`) } });
}

function absences(place: Place): Rows {
  const above = place.path.slice(0, place.path.lastIndexOf('/'));
  return {
    'not there': {
      host: { ...place.host, files: { [place.path]: null, ...place.without } },
      status: 'not-applicable',
      says: 'not on this host',
    },
    'a link that leads nowhere': {
      host: { ...place.host, files: { ...place.without, [place.path]: { kind: 'link', link: '/nowhere' } } },
      status: 'not-applicable',
    },
    'D8 closed to us': {
      host: { ...place.host, files: { ...place.without, [above]: { kind: 'directory' }, [place.path]: { error: 'denied' } } },
      status: 'error',
      says: 'permission denied',
    },
  };
}

function owners(place: Place): Rows {
  const above = place.path.slice(0, place.path.lastIndexOf('/'));
  const parent = (directory: FakeFile): HostLiteral => placed(place, {}, { files: { [above]: { kind: 'directory', ...directory } } });
  // The socket keeps, or gets back, the group that is to use it; everything else is root's alone.
  const goal: Goal = { kind: 'file-owner', path: place.path, uid: 0, gid: place.file?.gid ?? 0 };
  return {
    'root’s': { host: placed(place, {}), status: 'pass', says: 'root:' },
    'another user’s': { host: placed(place, { uid: 1000 }), status: 'fail', says: 'alice:', goal },
    'another group’s': { host: placed(place, { gid: 100 }), status: 'fail', says: 'root:users', goal },
    'of a user without a name': { host: placed(place, { uid: 4711 }), status: 'fail', says: '4711:' },
    'A3 a link: the file behind it counts': { host: linked(place, {}), status: 'pass', says: `${place.path} (→ /srv/target)` },
    'A3 a link: the file behind it is another user’s': {
      host: linked(place, { uid: 1000 }),
      status: 'fail',
      says: '/srv/target',
      goal: { ...goal, path: '/srv/target' },
    },
    'A3 D5 anybody may replace it': {
      host: parent({ mode: 0o777 }),
      status: 'fail',
      says: `others may replace it: ${above} is 0777 root:root`,
    },
    'D5 a group may replace it': { host: parent({ mode: 0o775, gid: 100 }), status: 'fail', says: '0775 root:users' },
    'D5 another user may replace it': { host: parent({ uid: 1000 }), status: 'fail', says: 'alice' },
    'in a sticky directory root’s files are safe': { host: parent({ mode: 0o1777 }), status: 'pass' },
    ...absences(place),
  };
}

const bits = Array.from({ length: 12 }, (_, shift) => 1 << shift);
/** Modes that look smaller than the limit as numbers, and are not tighter. */
const disguised = [0o622, 0o606, 0o617, 0o577, 0o437, 0o422];

function modes(place: Place): Rows {
  const octal = (mode: number): string => mode.toString(8).padStart(4, '0');
  const row = (mode: number): Row => ({
    host: placed(place, { mode }),
    status: (mode & ~place.limit) === 0 ? 'pass' : 'fail',
    says: octal(mode),
    ...((mode & ~place.limit) !== 0 && { goal: { kind: 'file-mode', path: place.path, mode: mode & place.limit } }),
  });
  const every = [place.limit, 0, 0o400, 0o600, ...bits.map((bit) => place.limit | bit), ...bits.map((bit) => place.limit & ~bit)];
  return {
    ...Object.fromEntries(every.map((mode) => [octal(mode), row(mode)])),
    ...Object.fromEntries(disguised.map((mode) => [`A0.4 ${octal(mode)} is not tighter than ${octal(place.limit)}`, row(mode)])),
    'A3 a link has mode 0777, the file behind it counts': { host: linked(place, {}), status: 'pass' },
    'A3 a link to a file that is too open': { host: linked(place, { mode: 0o777 }), status: 'fail', says: '/srv/target' },
    'A3 D5 an access list that lets somebody write': { host: listed(place, 'user:bob:rw-'), status: 'fail', says: 'user:bob:rw-' },
    'an access list whose mask takes that away': { host: listed(place, 'user:bob:-w-\t#effective:---'), status: 'pass' },
    'an access list that grants nothing': { host: listed(place, 'group:ops:---'), status: 'pass' },
    ...absences(place),
  };
}

/** Rows of one table may describe one host: a mode that is a limit already. */
function distinct(rows: Rows): Rows {
  const first = Map.groupBy(Object.entries(rows), ([, { host }]) => JSON.stringify(host));
  return Object.fromEntries([...first.values()].flatMap(([entry]) => (entry === undefined ? [] : [entry])));
}

for (const check of access) {
  const place = places[check.id.replace(/-(owner|mode)$/, '')];
  if (place === undefined) throw new Error(`${check.id} has no place`);
  testCheck(check, distinct(check.id.endsWith('-owner') ? owners(place) : modes(place)));
}

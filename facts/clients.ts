/**
 * What the Docker clients of this host's users are told, and how it is kept. Homes belong to others: nothing in them is followed or trusted, and
 * of what may be secret only that it is there is known.
 */
import type { Accounts } from './accounts.ts';
import { parseClientConfig, parseContext } from './client-config.ts';
import { clientVariable, parseVariables } from './client-variables.ts';
import { defineCollector } from './collector.ts';
import { isWritableByOthers } from './files.ts';
import { type Confined, type Host, HostError, readIfThere, reasonOf } from './host.ts';
import type { Mounts } from './mounts.ts';
import { isWithin, resolvePath } from './paths.ts';
import * as z from './schema.ts';

/** `secret`: credentials and keys, for their owner alone; `trusted`: what nobody else may change. */
const file = z.object({ path: z.string(), holds: z.enum(['secret', 'trusted']), mode: z.int(), uid: z.int(), gid: z.int() });

const endpoint = z.object({ name: z.string(), host: z.string(), tls: z.enum(['verified', 'unverified', 'none']) });

const user = z.object({
  name: z.string(),
  uid: z.int(),
  home: z.string(),
  /** What could not be looked at, and why. */
  problems: z.array(z.string()),
  files: z.array(file),
  /** Registries whose credentials lie in the configuration, merely encoded. */
  clear: z.array(z.string()),
  contexts: z.array(endpoint),
  variables: z.array(clientVariable),
});

const schema = z.object({
  /** A docker command is installed. */
  installed: z.boolean(),
  /** Users in whose homes there is anything of Docker, or that could not be looked at. */
  users: z.array(user),
  /** Set for all users. */
  variables: z.array(clientVariable),
  /** Homes that were not looked at, since there are so many, or they lie on a server. */
  unseen: z.int(),
});

export type Clients = z.infer<typeof schema>;
export type ClientUser = z.infer<typeof user>;

const MOST_HOMES = 200;
const MOST_ENTRIES = 100;
const LIMIT = 256 << 10;
/** A server that does not answer must not hold up an audit. */
const FAR = /^(nfs|cifs|smb|fuse|afs|autofs|9p|ceph|gluster|lustre)/;
const PROGRAMS = ['/usr/bin/docker', '/usr/local/bin/docker', '/snap/bin/docker'];
const FOR_ALL = ['/etc/environment', '/etc/profile'];
const OWN = ['.profile', '.bash_profile', '.bashrc'];

export const clients = defineCollector<typeof schema, { accounts: Accounts }, { mounts: Mounts }>({
  describes: 'Docker clients: credentials, contexts, keys and variables in homes, without any secret',
  // What lies in homes is looked at with each full audit: others than root decide where a path in them leads.
  watch: { paths: ['/etc/passwd', '/etc/environment', '/etc/profile', '/etc/profile.d/*.sh'] },
  schema,
  needs: ['accounts'],
  after: ['mounts'],
  async collect(host, { accounts, mounts }) {
    const homes = [...Map.groupBy(accounts.users, ({ home }) => home)].flatMap(([home, [owner]]) =>
      owner !== undefined && /^\/[^/]/.test(home ?? '') ? [owner] : [],
    );
    const far = (mounts?.mounts ?? []).filter(({ filesystem }) => FAR.test(filesystem)).map(({ mountPoint }) => mountPoint);
    // Before anything is asked of a server that may be away.
    const near = homes.filter(({ home = '' }) => !far.some((mountPoint) => isWithin(home, mountPoint)));
    return {
      installed: PROGRAMS.some((path) => resolvePath(host, path).status !== null),
      users: near.slice(0, MOST_HOMES).flatMap((owner) => readUser(host, owner, far)),
      variables: [...FOR_ALL, ...profiles(host)].flatMap((path) => parseVariables(path, readIfThere(host, path, LIMIT) ?? '')),
      unseen: homes.length - Math.min(near.length, MOST_HOMES),
    };
  },
});

function profiles(host: Host): string[] {
  if (host.lstat('/etc/profile.d')?.kind !== 'directory') return [];
  return [...host.list('/etc/profile.d')]
    .filter((name) => name.endsWith('.sh'))
    .sort()
    .map((name) => `/etc/profile.d/${name}`);
}

function readUser(host: Host, { name, uid, home = '' }: Accounts['users'][number], far: readonly string[]): ClientUser[] {
  const problems: string[] = [];
  const found: ClientUser = { name, uid, home, problems, files: [], clear: [], contexts: [], variables: [] };
  try {
    const { path, status, parents } = resolvePath(host, home);
    if (status?.kind !== 'directory') return [];
    if (far.some((mountPoint) => isWithin(path, mountPoint))) problems.push(`${home} is on a network file system, which is not looked at`);
    else if (parents.some((parent) => isWritableByOthers(parent.status)))
      problems.push(`others than root can put another directory in the place of ${home}`);
    else readHome({ files: host.within(path), home, found });
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    problems.push(reasonOf(error));
  }
  return problems.length + found.files.length + found.variables.length > 0 ? [found] : [];
}

interface Home {
  readonly files: Confined;
  readonly home: string;
  readonly found: ClientUser;
}

/** Runs one look; what it cannot see is a problem that is told, and keeps the others from nothing. */
function attempt(found: ClientUser, look: () => void): void {
  try {
    look();
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    found.problems.push(reasonOf(error));
  }
}

function readHome(place: Home): void {
  const { files, home, found } = place;
  for (const path of OWN)
    attempt(found, () => void found.variables.push(...parseVariables(`${home}/${path}`, readIfThere(files, path, LIMIT) ?? '')));
  attempt(found, () => {
    const kind = files.lstat('.docker')?.kind;
    if (kind === 'link') found.problems.push(`${home}/.docker is a link, which is not followed`);
    if (kind !== 'directory') return;
    note(place, '.docker', 'trusted');
    readConfig(place);
    if (files.lstat('.docker/key.pem') !== null) note(place, '.docker/key.pem', 'secret');
    for (const name of entries(place, '.docker/cli-plugins')) note(place, `.docker/cli-plugins/${name}`, 'trusted');
    for (const id of entries(place, '.docker/contexts/meta')) attempt(found, () => readContext(place, id));
  });
}

/** Files, and directories that others could put files in. A link is its target's business: it is not followed. */
function note({ files, home, found }: Home, path: string, holds: 'secret' | 'trusted'): void {
  attempt(found, () => {
    const status = files.lstat(path);
    if (status === null || status.kind === 'link') return;
    found.files.push({ path: `${home}/${path}`, holds, mode: status.mode, uid: status.uid, gid: status.gid });
  });
}

function entries({ files }: Home, path: string): string[] {
  return files.lstat(path)?.kind === 'directory' ? [...files.list(path)].sort().slice(0, MOST_ENTRIES) : [];
}

function readConfig(place: Home): void {
  const { files, home, found } = place;
  const path = '.docker/config.json';
  const status = files.lstat(path);
  if (status === null) return;
  if (status.kind === 'link') {
    found.problems.push(`${home}/${path} is a link, which is not followed`);
    return;
  }
  note(place, path, 'secret');
  attempt(found, () => {
    const config = parseClientConfig(files.read(path, LIMIT));
    if (config === null) found.problems.push(`${home}/${path} is not what Docker writes`);
    else found.clear.push(...config.clear);
  });
}

function readContext(place: Home, id: string): void {
  const { files, found } = place;
  const text = readIfThere(files, `.docker/contexts/meta/${id}/meta.json`, LIMIT);
  const context = text === null ? null : parseContext(text);
  if (context === null) return;
  const keys = `.docker/contexts/tls/${id}/docker`;
  const material = entries(place, keys);
  if (material.includes('key.pem')) note(place, `${keys}/key.pem`, 'secret');
  found.contexts.push({
    name: context.name,
    host: context.host,
    tls: material.length === 0 ? 'none' : context.skip ? 'unverified' : 'verified',
  });
}

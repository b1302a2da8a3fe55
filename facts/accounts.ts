import { defineCollector } from './collector.ts';
import type { Files } from './files.ts';
import { type Host, hasCode } from './host.ts';
import * as z from './schema.ts';

const schema = z.object({
  users: z.array(z.object({ name: z.string(), uid: z.int(), gid: z.int(), home: z.optional(z.string()) })),
  groups: z.array(z.object({ name: z.string(), gid: z.int(), members: z.array(z.string()) })),
});

export type Accounts = z.infer<typeof schema>;

export const accounts = defineCollector<typeof schema, object, { files: Files }>({
  describes: 'users and groups, those of directory services included for the group that owns the Docker socket',
  watch: { paths: ['/etc/passwd', '/etc/group'] },
  schema,
  after: ['files'],
  async collect(host, { files }) {
    const sockets = (files?.['docker-sock'] ?? []).filter((file) => file.status === 'present');
    const named = sockets.flatMap(({ acl }) => acl ?? []).flatMap((entry) => /^group:([^:]+):/.exec(entry)?.[1] ?? []);
    // `getent group NAME` finds groups of a directory service that a plain listing may leave out.
    const groups = ['docker', ...sockets.map(({ gid }) => String(gid)), ...named];
    const [passwd, group] = await Promise.all([database(host, 'passwd', []), database(host, 'group', [...new Set(groups)])]);
    return { users: byName(parsePasswd(passwd)), groups: byName(parseGroup(group)) };
  },
});

/** The system's databases through NSS, then the plain file: getent is missing where another root is read, and silent where it fails. */
async function database(host: Host, name: 'passwd' | 'group', keys: readonly string[]): Promise<string> {
  const local = host.read(`/etc/${name}`);
  try {
    return `${(await host.run('getent', [name, ...keys])).stdout}\n${local}`;
  } catch (error) {
    if (!hasCode(error, 'missing')) throw error;
    return local;
  }
}

/** The first entry of each name, as NSS answers. */
function byName<T extends { readonly name: string }>(entries: readonly T[]): T[] {
  return [...Map.groupBy(entries, ({ name }) => name).values()].flatMap(([first]) => first ?? []);
}

export function parsePasswd(content: string): Accounts['users'] {
  return content.split('\n').flatMap((line) => {
    const [, name = '', uid, gid, home = ''] = /^([^:]+):[^:]*:(\d+):(\d+):(?:[^:]*:([^:]*))?/.exec(line) ?? [];
    return name === '' ? [] : [{ name, uid: Number(uid), gid: Number(gid), home }];
  });
}

export function parseGroup(content: string): Accounts['groups'] {
  return content.split('\n').flatMap((line) => {
    const [, name = '', gid, members = ''] = /^([^:]+):[^:]*:(\d+):(.*)$/.exec(line) ?? [];
    return name === '' ? [] : [{ name, gid: Number(gid), members: members.split(',').filter(Boolean) }];
  });
}

/** `root`, or the number where it has no name. */
export function userName(accounts: Accounts | undefined, uid: number): string {
  return accounts?.users.find((user) => user.uid === uid)?.name ?? (uid === 0 ? 'root' : String(uid));
}

export function groupName(accounts: Accounts | undefined, gid: number): string {
  return accounts?.groups.find((group) => group.gid === gid)?.name ?? (gid === 0 ? 'root' : String(gid));
}

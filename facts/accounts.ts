import { defineCollector } from './collector.ts';
import type { Files } from './files.ts';
import { type Host, hasCode } from './host.ts';
import * as z from './schema.ts';

const schema = z.object({
  users: z.array(z.object({ name: z.string(), uid: z.int(), gid: z.int() })),
  groups: z.array(z.object({ name: z.string(), gid: z.int(), members: z.array(z.string()) })),
});

export type Accounts = z.infer<typeof schema>;

export const accounts = defineCollector<typeof schema, { files: Files }>({
  describes: 'users and groups, those of directory services included for the group that owns the Docker socket',
  watch: { paths: ['/etc/passwd', '/etc/group'] },
  schema,
  after: ['files'],
  async collect(host, { files }) {
    const owners = (files?.['docker-sock'] ?? []).filter((file) => file.status === 'present').map((file) => String(file.gid));
    // `getent group NAME` finds groups of a directory service that a plain listing may leave out.
    const keys = [...new Set(['docker', ...owners])];
    const [passwd, group, local] = [await database(host, 'passwd', []), await database(host, 'group', keys), host.read('/etc/group')];
    const groups = [...parseGroup(group), ...parseGroup(local)];
    return {
      users: parsePasswd(passwd),
      groups: groups.filter((entry, index) => groups.findIndex(({ name }) => name === entry.name) === index),
    };
  },
});

/** The system's databases through NSS; the plain file where getent is missing or another root is read. */
async function database(host: Host, name: 'passwd' | 'group', keys: readonly string[]): Promise<string> {
  try {
    return (await host.run('getent', [name, ...keys])).stdout;
  } catch (error) {
    if (!hasCode(error, 'missing')) throw error;
    return host.read(`/etc/${name}`);
  }
}

export function parsePasswd(content: string): Accounts['users'] {
  return content.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    return name && gid !== undefined ? [{ name, uid: Number(uid), gid: Number(gid) }] : [];
  });
}

export function parseGroup(content: string): Accounts['groups'] {
  return content.split('\n').flatMap((line) => {
    const [name, , gid, members] = line.split(':');
    return name && members !== undefined ? [{ name, gid: Number(gid), members: members.split(',').filter(Boolean) }] : [];
  });
}

/** `root`, or the number where it has no name. */
export function userName(accounts: Accounts | undefined, uid: number): string {
  return accounts?.users.find((user) => user.uid === uid)?.name ?? (uid === 0 ? 'root' : String(uid));
}

export function groupName(accounts: Accounts | undefined, gid: number): string {
  return accounts?.groups.find((group) => group.gid === gid)?.name ?? (gid === 0 ? 'root' : String(gid));
}

import { groupName } from '../../facts/accounts.ts';
import { granted } from '../../facts/files.ts';
import type { Facts } from '../../facts/index.ts';
import { defineCheck, type Evidence, fail, pass, review } from '../check.ts';

export const trustedDockerGroup = defineCheck({
  id: 'host/trusted-docker-group',
  title: 'Only trusted users are in the group that owns the Docker socket',
  severity: 'high',
  stride: ['E', 'S'],
  surface: 'host',
  rationale: 'Whoever may write to the socket can start a container with the host’s files in it, and so is root.',
  fix: 'Remove users who need no root from the group (gpasswd -d USER docker); name the others in policy.trustedUsers.',
  impact: 'none',
  needs: ['accounts', 'files', 'daemon', 'policy'],
  judge({ accounts, files, daemon, policy }) {
    if (daemon.rootless) return { notApplicable: 'the daemon is rootless: its socket belongs to its user' };
    const gids = socketGroups({ accounts, files, daemon });
    const named = aclEntries(files, 'user');
    if (gids.length === 0 && named.length === 0) return { notApplicable: 'no user but root may use the Docker socket' };
    const ofGroups = gids.flatMap((gid): Evidence[] => {
      const group = groupName(accounts, gid);
      const source = 'getent group, getent passwd';
      const members = membersOf(accounts, gid);
      if (members.length === 0) {
        const known = accounts.groups.some((entry) => entry.gid === gid);
        const verdict = known ? pass('no members') : review('nobody here knows the group, so its members cannot be told');
        return [{ resource: `group ${group}`, expected: 'only trusted users', source, ...verdict }];
      }
      return members.map((name) => ({ ...judgeUser(name, `in group ${group}`, policy), source }));
    });
    return [...ofGroups, ...named.map((name) => ({ ...judgeUser(name, 'in the access list of the socket', policy), source: 'getfacl' }))];
  },
});

function judgeUser(name: string, place: string, policy: Facts['policy']): Omit<Evidence, 'source'> {
  const about = { resource: `user ${name}`, expected: `trusted, or not ${place}` };
  if (policy.trustedUsers === undefined) return { ...about, ...review(`${place}; policy.trustedUsers says nothing`) };
  return {
    ...about,
    ...(policy.trustedUsers.includes(name) ? pass(`${place} (by policy.trustedUsers)`) : fail(`${place}, and not in policy.trustedUsers`)),
  };
}

/** The groups that may use the socket; where there is none, the group it would get. */
function socketGroups({ accounts, files, daemon }: Pick<Facts, 'accounts' | 'files' | 'daemon'>): number[] {
  const owners = files['docker-sock'].filter((file) => file.status === 'present').map((file) => file.gid);
  const names = [...aclEntries(files, 'group'), ...(owners.length === 0 ? [daemon.settings['group']?.value ?? 'docker'] : [])];
  const named = accounts.groups.filter(({ name }) => names.includes(name)).map(({ gid }) => gid);
  return [...new Set([...owners, ...named])].filter((gid) => gid !== 0);
}

/** Users or groups that the socket's access list lets write, which is what connecting takes. */
function aclEntries(files: Facts['files'], kind: 'user' | 'group'): string[] {
  const entries = files['docker-sock'].flatMap(({ acl }) => acl ?? []).filter((entry) => (granted(entry) & 0o2) !== 0);
  return entries.flatMap((entry) => (entry.startsWith(`${kind}:`) ? [entry.split(':')[1] ?? ''] : []));
}

/** Supplementary members, and those whose primary group it is. */
function membersOf(accounts: Facts['accounts'], gid: number): string[] {
  const supplementary = accounts.groups.filter((group) => group.gid === gid).flatMap((group) => group.members);
  const primary = accounts.users.filter((user) => user.gid === gid && user.uid !== 0).map((user) => user.name);
  return [...new Set([...supplementary, ...primary])].filter((name) => name !== 'root').sort();
}

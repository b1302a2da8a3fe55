import { groupName } from '../../facts/accounts.ts';
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
    const gids = socketGroups({ accounts, files });
    if (gids.length === 0) return { notApplicable: 'only root owns the Docker socket, and there is no group docker' };
    return gids.flatMap((gid): Evidence[] => {
      const members = membersOf(accounts, gid);
      const base = { resource: `group ${groupName(accounts, gid)}`, expected: 'only trusted users', source: 'getent group, getent passwd' };
      if (members.length === 0) return [{ ...base, ...pass('no members') }];
      return members.map((name): Evidence => {
        const member = { ...base, resource: `user ${name}`, expected: `trusted, or not in group ${groupName(accounts, gid)}` };
        if (policy.trustedUsers === undefined) return { ...member, ...review('a member; policy.trustedUsers says nothing') };
        return { ...member, ...(policy.trustedUsers.includes(name) ? pass('a trusted member') : fail('a member who is not trusted')) };
      });
    });
  },
});

function socketGroups({ accounts, files }: Pick<Facts, 'accounts' | 'files'>): number[] {
  const owners = files['docker-sock'].filter((file) => file.status === 'present').map((file) => file.gid);
  const named = accounts.groups.filter((group) => group.name === 'docker').map((group) => group.gid);
  return [...new Set([...owners, ...named])].filter((gid) => gid !== 0);
}

/** Supplementary members, and those whose primary group it is. */
function membersOf(accounts: Facts['accounts'], gid: number): string[] {
  const supplementary = accounts.groups.filter((group) => group.gid === gid).flatMap((group) => group.members);
  const primary = accounts.users.filter((user) => user.gid === gid && user.uid !== 0).map((user) => user.name);
  return [...new Set([...supplementary, ...primary])].filter((name) => name !== 'root').sort();
}

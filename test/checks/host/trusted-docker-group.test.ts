import { trustedDockerGroup } from '../../../checks/host/trusted-docker-group.ts';
import { testCheck } from '../../check-tester.ts';
import type { HostLiteral } from '../../fake-host.ts';

const trusted = (...trustedUsers: readonly string[]): NonNullable<HostLiteral['policy']> => ({ trustedUsers: [...trustedUsers] });

/** Members of the group docker, as /etc/group has them. */
function members(names: string, rest: HostLiteral = {}): HostLiteral {
  return { ...rest, files: { '/etc/group': `root:x:0:\ndocker:x:998:${names}\nwheel:x:10:dave\n`, ...rest.files } };
}

const passwd = (line: string): string => `root:x:0:0:::\n${line}\n`;
const acl = (entries: string): NonNullable<HostLiteral['commands']> => ({
  getfacl: { stdout: `# file: /run/docker.sock\nuser::rw-\n${entries}\nmask::rw-\n\n` },
});

testCheck(trustedDockerGroup, {
  nobody: { host: {}, status: 'pass', says: 'no members' },
  'trusted users only': { host: members('alice,bob', { policy: trusted('alice', 'bob') }), status: 'pass' },
  'A1 without a word on who is trusted a person decides': {
    host: members('alice'),
    status: 'manual',
    says: 'policy.trustedUsers says nothing',
  },
  'nobody is trusted': { host: members('alice', { policy: trusted() }), status: 'fail', says: 'alice' },
  'A1 each of several doubtful users is named': {
    host: members('alice,bob,carol', { policy: trusted('bob') }),
    status: 'fail',
    says: /fail user alice.*pass user bob.*fail user carol/s,
  },
  'A1 a name within a trusted name is another name': {
    host: members('admin2', { policy: trusted('admin', 'admin23') }),
    status: 'fail',
    says: 'admin2',
  },
  'A1 a user whose primary group it is': {
    host: { files: { '/etc/passwd': passwd('eve:x:1001:998:::') }, policy: trusted() },
    status: 'fail',
    says: 'eve',
  },
  'root is root anyway': {
    host: members('root', { files: { '/etc/passwd': passwd('toor:x:0:998:::') }, policy: trusted() }),
    status: 'pass',
  },
  'A1 another group owns the socket': {
    host: members('', { files: { '/run/docker.sock': { kind: 'socket', gid: 10 } }, policy: trusted() }),
    status: 'fail',
    says: 'dave',
  },
  'members of a group docker that the socket does not belong to': {
    host: members('alice', { files: { '/run/docker.sock': { kind: 'socket', gid: 10 } }, policy: trusted('dave') }),
    status: 'pass',
  },
  'a group that nobody knows': {
    host: members('alice', { files: { '/run/docker.sock': { kind: 'socket', gid: 99 } }, policy: trusted() }),
    status: 'manual',
    says: 'its members cannot be told',
  },
  'A1 members of a group of the same number under another name': {
    host: { files: { '/etc/group': 'docker:x:998:\nops:x:998:alice\n' }, policy: trusted() },
    status: 'fail',
    says: 'alice',
  },
  'A1 other sockets': {
    host: members('', {
      dockerd: { flags: ['-H', 'fd://', '-H', 'unix:///srv/d.sock'] },
      files: { '/srv/d.sock': { kind: 'socket', gid: 10 } },
      policy: trusted(),
    }),
    status: 'fail',
    says: 'dave',
  },
  'A1 a user in the access list of the socket': { host: { commands: acl('user:bob:rw-'), policy: trusted() }, status: 'fail', says: 'bob' },
  'a trusted user in the access list of the socket': { host: { commands: acl('user:bob:rw-'), policy: trusted('bob') }, status: 'pass' },
  'a user who may only look at the socket cannot connect': { host: { commands: acl('user:bob:r--'), policy: trusted() }, status: 'pass' },
  'A1 a group in the access list of the socket': {
    host: members('', { commands: acl('group:wheel:rw-'), policy: trusted() }),
    status: 'fail',
    says: 'dave',
  },
  'members that only a directory service knows': {
    host: {
      commands: { 'getent group docker 998': { stdout: 'docker:*:998:ldapuser\n' }, 'getent passwd': { stdout: '' } },
      policy: trusted(),
    },
    status: 'fail',
    says: 'ldapuser',
  },
  'a directory service that hangs': { host: { commands: { getent: 'timeout' } }, status: 'error', says: 'timeout' },
  'only root owns the socket': {
    host: members('alice', { files: { '/run/docker.sock': { kind: 'socket' } }, policy: trusted() }),
    status: 'not-applicable',
    says: 'no user but root',
  },
  'no such group': { host: { dockerd: null, files: { '/run/docker.sock': null, '/etc/group': 'root:x:0:\n' } }, status: 'not-applicable' },
  'Docker is stopped: the group that the socket would get': {
    host: members('alice', { dockerd: null, files: { '/run/docker.sock': null }, policy: trusted() }),
    status: 'fail',
    says: 'alice',
  },
  'the group that dockerd is told to use': {
    host: members('', { dockerd: { flags: ['-G', 'wheel'] }, files: { '/run/docker.sock': null }, policy: trusted() }),
    status: 'fail',
    says: 'dave',
  },
  rootless: { host: { dockerd: { uid: 1000 }, info: { SecurityOptions: ['name=rootless'] } }, status: 'not-applicable', says: 'rootless' },
  'groups that cannot be read': { host: { files: { '/etc/group': { error: 'denied' } } }, status: 'error', says: '/etc/group' },
});

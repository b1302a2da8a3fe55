import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Accounts, accounts, groupName, parseGroup, parsePasswd, userName } from '../../facts/accounts.ts';
import type { FileFact, Files } from '../../facts/files.ts';
import { fakeHost, type HostLiteral } from '../fake-host.ts';

describe('parsers', () => {
  test.each([
    ['root:x:0:0:root:/root:/bin/bash\n', [{ name: 'root', uid: 0, gid: 0, home: '/root' }]],
    [
      'a:x:1:2:::\nb::3:4:::\n',
      [
        { name: 'a', uid: 1, gid: 2, home: '' },
        { name: 'b', uid: 3, gid: 4, home: '' },
      ],
    ],
    [
      'alice@example.org:*:1234567:998:Alice:/home/alice:/bin/sh',
      [{ name: 'alice@example.org', uid: 1_234_567, gid: 998, home: '/home/alice' }],
    ],
    ['+::::::\n# comment\n\n:x:0:0:::\nshort:x:1', []],
  ])('passwd %j', (content, users) => {
    expect(parsePasswd(content)).toEqual(users);
  });

  test.each([
    ['docker:x:998:\n', [{ name: 'docker', gid: 998, members: [] }]],
    ['docker:x:998:alice,bob', [{ name: 'docker', gid: 998, members: ['alice', 'bob'] }]],
    ['docker:*:998:alice,,bob,', [{ name: 'docker', gid: 998, members: ['alice', 'bob'] }]],
    ['+:::\n# comment\n\nshort:x', []],
  ])('group %j', (content, groups) => {
    expect(parseGroup(content)).toEqual(groups);
  });

  test('neither throws on any text', () => {
    fc.assert(fc.property(fc.string(), (text) => void expect([parsePasswd(text), parseGroup(text)]).toHaveLength(2)));
  });
});

test('names of users and groups; numbers where they have none', () => {
  const known: Accounts = { users: [{ name: 'alice', uid: 1000, gid: 1000 }], groups: [{ name: 'docker', gid: 998, members: [] }] };
  expect([userName(known, 1000), userName(known, 0), userName(known, 7), userName(undefined, 1000)]).toEqual([
    'alice',
    'root',
    '7',
    '1000',
  ]);
  expect([groupName(known, 998), groupName(known, 0), groupName(known, 7), groupName(undefined, 998)]).toEqual([
    'docker',
    'root',
    '7',
    '998',
  ]);
});

describe('collect', () => {
  const socket = { status: 'present', gid: 998, acl: ['group:ops:rw-', 'user:bob:rw-'] } as FileFact;
  const collect = (commands: HostLiteral['commands'], files = {}): Promise<Accounts> =>
    accounts.collect(fakeHost({ commands: commands ?? {}, files }), { files: { 'docker-sock': [socket] } as unknown as Files });

  test('NSS is asked for the groups that may use the socket, by number and by name', async () => {
    const found = await collect({
      'getent passwd': { stdout: 'root:x:0:0::/root:/bin/sh\ncarol:*:2000:998::/:/bin/sh\n' },
      'getent group docker 998 ops': { status: 2, stdout: 'docker:*:998:carol,dave\nops:*:5000:erin\n' },
    });
    expect(found.users.map(({ name }) => name)).toEqual(['root', 'carol', 'alice']);
    expect(found.groups.filter(({ gid }) => gid >= 998)).toEqual([
      { name: 'docker', gid: 998, members: ['carol', 'dave'] },
      { name: 'ops', gid: 5000, members: ['erin'] },
    ]);
  });

  test.each([
    ['is missing', 'missing' as const],
    ['fails without a word', { status: 3 }],
  ])('where getent %s, the plain files remain', async (_, answer) => {
    const found = await collect({ getent: answer }, { '/etc/group': 'docker:x:998:alice\n' });
    expect([found.users.map(({ name }) => name), found.groups]).toEqual([
      ['root', 'alice'],
      [{ name: 'docker', gid: 998, members: ['alice'] }],
    ]);
  });

  test('a directory service that hangs is an error: its members may be anybody', async () => {
    await expect(collect({ getent: 'timeout' })).rejects.toMatchObject({ code: 'timeout' });
  });
});

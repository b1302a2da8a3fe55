import { describe, expect, test } from 'vitest';
import type { Status } from '../../../agent/scan.ts';
import {
  healthcheck,
  isRootUser,
  minimalPackages,
  nonRootUser,
  noSetuid,
  scannedAndRebuilt,
  signedArtifacts,
  trustedBase,
} from '../../../checks/images/content.ts';
import { type Rows, testCheck } from '../../check-tester.ts';
import type { HostLiteral, Literal } from '../../fake-host.ts';
import { containerErrors, firstProcess, imageErrors, outOfSight, stopped } from '../rows.ts';

const root = ['', '0', '00', '+0', '0:0', '0:1000', 'root', 'root:root', 'root:1000', ':5', ':'];
const others = ['1000', '1000:0', 'nobody', 'rooter', '0x1', 'app:root', '10'];

describe('users', () => {
  test.each(root)('%j is root (A4 4.1)', (user) => expect(isRootUser(user)).toBe(true));
  test.each(others)('%j is not', (user) => expect(isRootUser(user)).toBe(false));
});

/** A running container whose first process the kernel describes, and whose configuration names this user. */
function process(uid: number, User: string): HostLiteral {
  return { containers: [{ Config: { User } }], files: firstProcess({ uid }) };
}

const { 'no containers': _containers, ...failingContainers } = containerErrors();
const { 'no images': _images, 'no engine answers': _engine, ...failingImages } = imageErrors();

function withImageUser(users: readonly string[], status: Rows[string]['status']): Rows {
  return Object.fromEntries(
    users.map((User) => [`an image with USER ${User || 'unset'}`, { host: { images: [{ Config: { User } }] }, status }]),
  );
}

testCheck(nonRootUser, {
  ...failingContainers,
  ...Object.fromEntries(Object.entries(failingImages).map(([name, row]) => [`images: ${name}`, row])),
  ...withImageUser(root, 'fail'),
  ...withImageUser(others, 'pass'),
  'an image without configuration': { host: { images: [{ Config: null }] }, status: 'fail', says: 'User not set, so root' },
  'nothing here': { host: {}, status: 'not-applicable', says: 'no containers and no images' },
  'a process that dropped root (A4 4.1)': { host: process(101_000, 'root'), status: 'pass', says: 'uid 1000 [/proc/4242/status]' },
  'a name that the image maps to root': { host: process(100_000, 'admin'), status: 'fail', says: 'uid 0' },
  'root in a user namespace is not root outside': {
    host: process(100_000, '0'),
    status: 'fail',
    says: 'uid 0; not root on the host, but uid 100000',
  },
  'root without a user namespace': {
    host: { ...process(0, ''), files: { ...firstProcess({ uid: 0 }), '/proc/4242/uid_map': '0 0 4294967295\n' } },
    status: 'fail',
    says: /fail container web: User not set, so root \[\/proc\/4242\/status/,
  },
  'a user whose mapping is out of sight': { host: process(65_534, '1000'), status: 'error', says: 'out of sight' },
  'running out of sight, a user set': { host: { containers: [{}], files: outOfSight }, status: 'pass', says: 'User=1000' },
  'running out of sight, none set': { host: { containers: [{ Config: { User: '' } }], files: outOfSight }, status: 'fail' },
  'stopped, root': {
    host: { containers: [{ State: stopped, Config: { User: '0:0' } }] },
    status: 'fail',
    says: 'User=0:0 (container is exited)',
  },
  'stopped, a user set': { host: { containers: [{ State: stopped }] }, status: 'pass' },
});

const digest = `@sha256:${'a'.repeat(64)}`;

/** An image with these names, and a policy that allows these registries. */
function from(allowedRegistries: readonly string[], RepoTags: readonly string[], RepoDigests: readonly string[] = []): HostLiteral {
  return { images: [{ RepoTags, RepoDigests }], policy: { allowedRegistries: [...allowedRegistries] } };
}

/** An image of an allowed registry with these labels, where bases are asked for. */
function onBase(Labels: Literal): HostLiteral {
  return {
    images: [{ RepoTags: ['r.example/app:1'], RepoDigests: [`r.example/app${digest}`], Config: { Labels } }],
    policy: { allowedRegistries: ['r.example/'], allowedBaseImages: ['docker.io/library/debian'] },
  };
}

testCheck(trustedBase, {
  ...imageErrors(),
  'no policy': { host: { images: [{}] }, status: 'manual', says: 'policy.allowedRegistries says nothing' },
  'an allowed registry': {
    host: from(['r.example/'], ['r.example/app:1'], [`r.example/app${digest}`]),
    status: 'pass',
    says: 'r.example/app:1',
  },
  'an allowed registry, named without slash': { host: from(['r.example'], [], [`r.example/app${digest}`]), status: 'pass' },
  'an allowed repository': { host: from(['docker.io/library/nginx'], ['nginx:1'], [`nginx${digest}`]), status: 'pass' },
  'the second of two allowed registries': { host: from(['quay.io', 'r.example'], [], [`r.example/app${digest}`]), status: 'pass' },
  'another registry': { host: from(['r.example/'], ['nginx:1'], [`nginx${digest}`]), status: 'fail', says: 'nginx:1' },
  'a look-alike registry': { host: from(['r.example'], [], [`r.example.evil/app${digest}`]), status: 'fail' },
  'a look-alike repository': { host: from(['r.example/ap'], [], [`r.example/app${digest}`]), status: 'fail' },
  'another port of the same host': { host: from(['r.example'], [], [`r.example:5000/app${digest}`]), status: 'fail' },
  'a user’s repository on Docker Hub': { host: from(['docker.io/library/'], ['alice/nginx:1'], [`alice/nginx${digest}`]), status: 'fail' },
  'pulled from elsewhere and tagged by hand': {
    host: from(['r.example/'], ['r.example/app:1'], [`evil${digest}`]),
    status: 'fail',
    says: 'evil@',
  },
  'built here, as localhost: anybody can give a tag': { host: from(['localhost/'], ['localhost/app:1']), status: 'manual' },
  'built here': { host: from(['r.example/'], ['app:1']), status: 'manual', says: 'built or loaded here' },
  'without a name, as old engines say it': { host: from(['r.example/'], ['<none>:<none>']), status: 'manual' },
  ...Object.fromEntries(
    [
      [
        'its label names an allowed base',
        'docker.io/library/debian:12',
        'pass',
        'built on docker.io/library/debian:12, by its label (by policy.allowedBaseImages)',
      ],
      ['its label names an allowed base in short', 'debian:12', 'pass', 'built on debian:12'],
      ['its label names another base', 'evil/debian:12', 'fail', 'built on evil/debian:12, by its label'],
      ['nothing says what it is built on', undefined, 'manual', 'what it is built on is unknown'],
    ].map(([name = '', base, status, says]) => [
      name,
      {
        host: onBase(base === undefined ? {} : { 'org.opencontainers.image.base.name': base }),
        status: status as Status,
        ...(says !== undefined && { says }),
      },
    ]),
  ),
  'an allowed base and another registry': {
    host: {
      ...onBase({ 'org.opencontainers.image.base.name': 'debian:12' }),
      policy: { allowedRegistries: ['quay.io/'], allowedBaseImages: ['docker.io/library/debian'] },
    },
    status: 'fail',
    says: 'built on debian:12',
  },
});

const checking = (Test: readonly string[] | null): HostLiteral => ({ images: [{ Config: { Healthcheck: Test && { Test } } }] });

testCheck(healthcheck, {
  ...imageErrors(),
  declared: { host: checking(['CMD-SHELL', 'curl -f http://localhost']), status: 'pass', says: 'declared' },
  none: { host: checking(null), status: 'fail', says: 'none' },
  'an empty test': { host: checking([]), status: 'fail' },
  'NONE (A4 4.6)': { host: checking(['NONE']), status: 'fail', says: 'switched off (NONE)' },
  'no configuration': { host: { images: [{ Config: null }] }, status: 'fail' },
  'an untagged image that a container runs': {
    host: { images: [{ RepoTags: [], RepoDigests: [], Config: { Healthcheck: null } }], containers: [{}] },
    status: 'fail',
    says: `image ${'1'.repeat(12)}`,
  },
});

for (const check of [minimalPackages, scannedAndRebuilt, noSetuid, signedArtifacts]) {
  testCheck(check, { 'a person has to answer': { host: {}, status: 'manual', says: 'nobody has attested' } });
}

import { clients } from '../../checks/clients.ts';
import { testCheck } from '../check-tester.ts';
import type { FakeFile, HostLiteral } from '../fake-host.ts';

const [filesPrivate, credentialsInHelper, engineOverTls, trustKept, versionCurrent] = clients;
if (!filesPrivate || !credentialsInHelper || !engineOverTls || !trustKept || !versionCurrent) throw new Error('gone');

const OWN = { uid: 1000, gid: 1000 };

/** Files in the home of alice, who owns them unless they say otherwise. */
function home(files: Readonly<Record<string, FakeFile | string>>, more: HostLiteral['files'] = {}): HostLiteral {
  const own = Object.entries(files).map(([path, file]) => [
    `/home/alice/${path}`,
    { ...OWN, mode: 0o600, ...(typeof file === 'string' ? { content: file } : file) },
  ]);
  return { files: { '/home/alice': { ...OWN, kind: 'directory', mode: 0o755 }, ...Object.fromEntries(own), ...more } };
}
const DIRECTORY = { kind: 'directory', mode: 0o755 } as const;
const config = (content: unknown, mode = 0o600): Record<string, FakeFile> => ({
  '.docker': DIRECTORY,
  '.docker/config.json': { content: typeof content === 'string' ? content : JSON.stringify(content), mode },
});
const KEYS = '.docker/contexts/tls/abc/docker';
const context = (Host: string, SkipTLSVerify = false): Record<string, FakeFile> => ({
  '.docker': DIRECTORY,
  '.docker/contexts/meta': DIRECTORY,
  '.docker/contexts/meta/abc': DIRECTORY,
  '.docker/contexts/meta/abc/meta.json': {
    content: JSON.stringify({ Name: 'far', Metadata: {}, Endpoints: { docker: { Host, SkipTLSVerify } } }),
  },
});
const tls = (mode = 0o600): Record<string, FakeFile> => ({
  [KEYS]: DIRECTORY,
  [`${KEYS}/ca.pem`]: {},
  [`${KEYS}/key.pem`]: { mode },
});

testCheck(filesPrivate, {
  'no client': { host: {}, status: 'not-applicable', says: 'no user' },
  'all is private': { host: home({ ...config({}), ...context('tcp://h:2376'), ...tls() }), status: 'pass', says: '0600' },
  'a configuration for all to read': { host: home(config({}, 0o644)), status: 'fail', says: 'config.json: 0644' },
  'a key for the group': {
    host: home({ ...config({}), ...context('tcp://h:2376'), ...tls(0o640) }),
    status: 'fail',
    says: `${KEYS}/key.pem: 0640`,
  },
  'a plugin that others may write': {
    host: home({ ...config({}), '.docker/cli-plugins': DIRECTORY, '.docker/cli-plugins/docker-x': { mode: 0o777 } }),
    status: 'fail',
    says: 'docker-x: 0777',
  },
  'somebody else’s configuration': {
    host: home({ ...config({}), '.docker/config.json': { content: '{}', uid: 1001 } }),
    status: 'fail',
    says: 'owned by uid 1001',
  },
  'a directory that is a link is not followed': {
    host: home({ '.docker': { kind: 'link', link: '/srv/docker' } }),
    status: 'error',
    says: '.docker is a link, which is not followed',
  },
  'a link is not followed': {
    host: home({ '.docker': DIRECTORY, '.docker/config.json': { kind: 'link', link: '/etc/shadow' } }),
    status: 'error',
    says: 'is a link, which is not followed',
  },
  'a home that others may replace': {
    host: home(config({}), { '/home': { kind: 'directory', mode: 0o777 } }),
    status: 'error',
    says: 'another directory in the place of /home/alice',
  },
  'a home on a server': {
    host: home(config({}), { '/proc/1/mountinfo': '1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:9 / /home rw - nfs4 server:/home rw\n' }),
    status: 'manual',
    says: '1 were not looked at: on network file systems',
  },
});

testCheck(credentialsInHelper, {
  'no client': { host: {}, status: 'not-applicable' },
  'kept by a helper': { host: home(config({ auths: { 'registry.example': {} }, credsStore: 'pass' })), status: 'pass', says: 'none in it' },
  'kept in the file': {
    host: home(config({ auths: { 'https://index.docker.io/v1/': { auth: 'dTpw' }, 'registry.example:5000': { identitytoken: 'x' } } })),
    status: 'fail',
    says: 'credentials of index.docker.io, registry.example:5000',
  },
  'left over beside a helper': { host: home(config({ auths: { a: { auth: 'dTpw' } }, credsStore: 'pass' })), status: 'fail' },
  'a file that is none': { host: home(config('{"auths": {"a": {"auth": "c2VjcmV0')), status: 'error', says: 'not what Docker writes' },
  'a file that is too large': { host: home(config(' '.repeat(300_000))), status: 'error', says: 'larger than' },
});

testCheck(engineOverTls, {
  'nobody names an engine': { host: {}, status: 'not-applicable' },
  'a context over plain TCP': { host: home(context('tcp://far.example:2375')), status: 'fail', says: 'tcp://far.example:2375 without TLS' },
  'a context with TLS': { host: home({ ...context('tcp://far.example:2376'), ...tls() }), status: 'pass', says: 'verified TLS' },
  'a context that verifies nothing': {
    host: home({ ...context('tcp://far.example:2376', true), ...tls() }),
    status: 'fail',
    says: 'not verified',
  },
  'a context over SSH': { host: home(context('ssh://bob@far.example')), status: 'pass', says: 'ssh://far.example' },
  'a variable of all users': {
    host: { files: { '/etc/environment': 'DOCKER_HOST=tcp://far.example:2375\n' } },
    status: 'fail',
    says: 'fail /etc/environment',
  },
  'a variable of all users, behind a link': {
    host: {
      files: { '/etc/profile.d': { kind: 'link', link: '/srv/profile.d' }, '/srv/profile.d/a.sh': 'DOCKER_HOST=tcp://far.example:2375\n' },
    },
    status: 'fail',
    says: 'fail /etc/profile.d/a.sh',
  },
  'a variable with TLS': {
    host: { files: { '/etc/profile.d/docker.sh': 'export DOCKER_HOST="tcp://far.example:2376"\nexport DOCKER_TLS_VERIFY=1\n' } },
    status: 'pass',
  },
  'a variable of one user': {
    host: home({ '.bashrc': 'export DOCKER_HOST=tcp://10.0.0.1:2375 # far\n' }),
    status: 'fail',
    says: '/home/alice/.bashrc',
  },
  'the last assignment counts': {
    host: home({ '.profile': 'DOCKER_HOST=tcp://10.0.0.1:2375\n#DOCKER_HOST=tcp://10.0.0.2:2375\nDOCKER_HOST=unix:///run/docker.sock\n' }),
    status: 'pass',
    says: 'unix:///run/docker.sock',
  },
  'this host itself': { host: home(context('tcp://127.0.0.1:2375')), status: 'pass' },
  'an address that is made by the shell': { host: home({ '.profile': 'DOCKER_HOST=$(cat host)\n' }), status: 'manual', says: 'not shown' },
});

testCheck(trustKept, {
  'nobody says anything': { host: {}, status: 'not-applicable' },
  'switched off by one user': {
    host: home({ '.bashrc': 'export DOCKER_CONTENT_TRUST=0\n' }),
    status: 'fail',
    says: 'DOCKER_CONTENT_TRUST=0',
  },
  'set again by one user': { host: home({ '.bashrc': 'export DOCKER_CONTENT_TRUST=1\n' }), status: 'pass' },
  'clients that ignore it': {
    host: { ...home({ '.bashrc': 'export DOCKER_CONTENT_TRUST=0\n' }), version: { Version: '29.0.0' } },
    status: 'not-applicable',
    says: '29',
  },
});

const installed = (packages: Readonly<Record<string, string>>): HostLiteral => ({
  files: {
    '/usr/bin/docker': { mode: 0o755 },
    '/var/lib/dpkg/status': Object.entries(packages)
      .map(([name, version]) => `Package: ${name}\nStatus: install ok installed\nVersion: ${version}\n`)
      .join('\n'),
  },
});

testCheck(versionCurrent, {
  'no client': { host: {}, status: 'not-applicable', says: 'no docker command' },
  'of the engine’s line': { host: installed({ 'docker-ce-cli': '5:28.5.2-1~debian.13~trixie' }), status: 'pass' },
  'older than the engine': { host: installed({ 'docker-cli': '26.1.5+dfsg1-9' }), status: 'fail', says: 'older than the engine' },
  'of a line that has ended': { host: installed({ 'docker-ce-cli': '5:24.0.9-1' }), status: 'fail', says: 'no fixes' },
  'of a line that a distribution may keep': {
    host: { ...installed({ 'docker.io': '20.10.24+dfsg1-1+deb12u1' }), version: { Version: '20.10.24+dfsg1' } },
    status: 'manual',
    says: 'whether the distribution keeps it',
  },
  'that no package tells of': { host: { files: { '/usr/local/bin/docker': { mode: 0o755 } } }, status: 'manual', says: 'no package tells' },
  'removed for one architecture, installed for another': {
    host: {
      files: {
        ...installed({}).files,
        '/var/lib/dpkg/status': [
          'Package: docker.io\nStatus: deinstall ok config-files\nArchitecture: i386\nVersion: 18.09.1\n',
          'Package: docker.io\nStatus: install ok installed\nArchitecture: amd64\nVersion: 28.5.2-1\n',
        ].join('\n'),
      },
    },
    status: 'pass',
  },
  'removed, its configuration kept': {
    host: { files: { '/var/lib/dpkg/status': 'Package: docker.io\nStatus: deinstall ok config-files\nVersion: 18.09.1\n' } },
    status: 'not-applicable',
  },
});

import { copyNotAdd, noSecrets, updateNotAlone, verifiedPackages } from '../../../checks/images/build.ts';
import { HostError } from '../../../facts/host.ts';
import { HISTORY_REQUESTS } from '../../../facts/images.ts';
import { type Rows, testCheck } from '../../check-tester.ts';
import type { HostLiteral } from '../../fake-host.ts';
import { built, IMAGE, imageErrors } from '../rows.ts';

const ROOT = '/bin/sh -c #(nop) ADD file:6df775300d76441aa33f31b22c1afce8dfe35c8f in / ';

/** Rows of the same status, each a build step on top of a base image. */
function steps(status: Rows[string]['status'], named: { readonly [name: string]: string }): Rows {
  return Object.fromEntries(Object.entries(named).map(([name, step]) => [name, { host: built('CMD ["web"]', step, ROOT), status }]));
}

const unread: HostLiteral = { images: [{}], api: { [`/images/${IMAGE}/history`]: new HostError('io', 'no layer') } };
const manual = { host: unread, status: 'manual', says: 'could not be read' } as const;

/** A base image, and one built on it with one more step. */
function inherited(base: readonly string[], ...own: readonly string[]): HostLiteral {
  const newestFirst = (all: readonly string[]) => all.toReversed().map((CreatedBy) => ({ CreatedBy }));
  const child = `sha256:${'2'.repeat(64)}`;
  return {
    images: [{ RepoTags: ['base:1'] }, { Id: child, RepoTags: ['app:1'] }],
    api: { [`/images/${IMAGE}/history`]: newestFirst(base), [`/images/${child}/history`]: newestFirst([...base, ...own]) },
  };
}

testCheck(updateNotAlone, {
  ...imageErrors(),
  ...steps('pass', {
    'update and install in one step': 'RUN /bin/sh -c apt-get update && apt-get install -y curl # buildkit',
    'a command with the word in it (A4 4.7)': 'RUN /bin/sh -c update-ca-certificates # buildkit',
    'update-alternatives (A4 4.7)': '/bin/sh -c update-alternatives --install /usr/bin/vi vi /usr/bin/vim 1',
    'a variable with the word in it': '/bin/sh -c #(nop)  ENV LAST_UPDATE=apt-get update',
    'apk add --update': 'RUN /bin/sh -c apk add --update curl # buildkit',
    'yum update is no index update': '/bin/sh -c yum -y update',
    'update and upgrade': 'RUN /bin/sh -c apk update && apk upgrade # buildkit',
  }),
  ...steps('fail', {
    'apt-get update, classic builder': '/bin/sh -c apt-get update',
    'apt-get update, BuildKit': 'RUN /bin/sh -c apt-get update # buildkit',
    'apt-get update, kaniko': 'RUN apt-get -qq update',
    'with build arguments': 'RUN |1 http_proxy= /bin/sh -c apt-get -o Acquire::Retries=3 update # buildkit',
    'an option in quotes': 'RUN /bin/sh -c apt-get -o "Acquire::Retries=3" update # buildkit',
    'and cleaned up': 'RUN /bin/sh -c apt-get update && rm -rf /var/lib/apt/lists/* # buildkit',
    'apk update': 'RUN /bin/sh -c apk --no-cache update # buildkit',
    'yum makecache': '/bin/sh -c yum -y makecache',
    'dnf makecache': '/bin/sh -c dnf makecache',
    'zypper refresh': '/bin/sh -c zypper -n refresh',
    'a long step, whose end docker history cuts off (A4 4.7)': `RUN /bin/sh -c ${'true && '.repeat(40)}apt-get update # buildkit`,
  }),
  'a step of the base image is the base image’s': {
    host: inherited([ROOT, 'RUN apt-get update'], 'RUN apt-get install -y curl'),
    status: 'fail',
    says: /pass image app:1: none[\s\S]*fail image base:1: 1 such step/,
  },
  'no history could be read': manual,
  'no history at all': { host: built(), status: 'manual', says: 'no build history' },
  'imported or squashed': { host: built(''), status: 'manual', says: 'imported or squashed' },
  'more images than histories are asked for': {
    host: {
      images: Array.from({ length: HISTORY_REQUESTS + 1 }, (_, index) => ({
        Id: `sha256:${String(index).repeat(64)}`,
        RepoTags: [`i:${index}`],
      })),
    },
    status: 'manual',
    says: 'could not be read',
  },
});

testCheck(copyNotAdd, {
  ...imageErrors(),
  ...steps('pass', {
    COPY: 'COPY app /app # buildkit',
    'ENV ADDRESS (A4 4.9)': 'ENV ADDRESS=192.0.2.1',
    'a command with the letters': 'RUN /bin/sh -c apk add ADD # buildkit',
    'a label with the word': '/bin/sh -c #(nop)  LABEL note=we ADD nothing',
  }),
  ...steps('fail', {
    'ADD, BuildKit': 'ADD app.tar.gz /app # buildkit',
    'ADD, classic builder': '/bin/sh -c #(nop) ADD file:0123 in /app ',
    'ADD, under a SHELL of its own': '/bin/bash -o pipefail -c #(nop) ADD file:0123 in /app ',
    'ADD from the network': 'ADD https://example.com/app.tgz /app # buildkit',
  }),
  'a base image begins with an ADD': { host: built('CMD ["sh"]', ROOT), status: 'pass' },
  'a base image that declares things before (Ubuntu)': {
    host: built(
      'CMD ["/bin/bash"]',
      ROOT,
      '/bin/sh -c #(nop)  LABEL org.opencontainers.image.version=24.04',
      '/bin/sh -c #(nop)  ARG RELEASE',
    ),
    status: 'pass',
  },
  'a base image that came otherwise (Debian)': {
    host: built('ADD app.tgz /app', "# debian.sh --arch 'amd64' out/ 'trixie'"),
    status: 'fail',
  },
  'a base image from the network': {
    host: built('ADD https://example.com/root.tgz / # buildkit'),
    status: 'fail',
    says: '1 from the network',
  },
  'an ADD right after a base image that is here (A4 4.9)': {
    host: inherited([ROOT, 'CMD ["sh"]'], 'ADD app.tgz /app'),
    status: 'fail',
    says: /fail image app:1: 1 ADD step[\s\S]*pass image base:1/,
  },
  'two, one of them from the network': {
    host: built('ADD a /a', 'ADD --chmod=755 https://example.com/b /b', ROOT),
    status: 'fail',
    says: '2 ADD steps, 1 from the network',
  },
  'no history could be read': manual,
  'imported or squashed': { host: built(''), status: 'not-applicable', says: 'imported or squashed' },
});

const labels = (Labels: { [name: string]: string }): HostLiteral => ({ images: [{ Config: { Labels } }] });
const env = (...Env: readonly string[]): HostLiteral => ({ images: [{ Config: { Env } }] });

testCheck(noSecrets, {
  ...imageErrors(),
  ...steps('pass', {
    'a build argument that is none': 'RUN |1 VERSION=1.2 /bin/sh -c make # buildkit',
    'a secret that is mounted': 'RUN /bin/sh -c TOKEN="$(cat /run/secrets/token)" npm ci # buildkit',
    'a build argument without value': 'ARG TOKEN',
    'where a secret will lie': 'ENV POSTGRES_PASSWORD_FILE=/run/secrets/db',
  }),
  ...steps('fail', {
    'a build argument, BuildKit': 'RUN |2 VERSION=1 NPM_TOKEN=abc /bin/sh -c npm ci # buildkit',
    'a build argument, classic builder': '|1 NPM_TOKEN=abc /bin/sh -c npm ci',
    'a build argument with a default': '/bin/sh -c #(nop)  ARG NPM_TOKEN=abc',
    'a variable that a later step takes back': 'ENV DB_PASSWORD=abc',
    'a literal in a command': 'RUN /bin/sh -c DB_PASSWORD=abc ./configure # buildkit',
  }),
  'a variable': { host: env('PATH=/bin', 'DB_PASSWORD=abc'), status: 'fail', says: 'named like secrets: DB_PASSWORD (values not read)' },
  'a variable whose value ends with an equals sign': { host: env('API_TOKEN=Zm9vYmFyIQ=='), status: 'fail', says: 'API_TOKEN' },
  'an empty variable': { host: env('DB_PASSWORD='), status: 'pass' },
  'a label': { host: labels({ 'com.example.api-key': 'abc' }), status: 'fail', says: 'com.example.api-key' },
  'a label without value': { host: labels({ 'com.example.api-key': '' }), status: 'pass' },
  'a label with a password in an address': { host: labels({ database: 'postgres://app:word@db' }), status: 'fail', says: 'database' },
  'a harmless label': { host: labels({ 'org.opencontainers.image.version': '1' }), status: 'pass' },
  'no configuration': { host: { images: [{ Config: null }] }, status: 'pass' },
  'no history could be read': manual,
  'no history could be read, but a variable': { host: { ...unread, ...env('DB_PASSWORD=abc') }, status: 'fail' },
});

testCheck(
  verifiedPackages,
  {
    ...imageErrors(),
    ...steps('fail', {
      'unauthenticated packages': 'RUN /bin/sh -c apt-get install -y --allow-unauthenticated curl # buildkit',
      'a repository trusted blindly': 'RUN /bin/sh -c echo "deb [trusted=yes] http://r.example ./" > /etc/apt/sources.list # buildkit',
      'no signature check': '/bin/sh -c yum install -y --nogpgcheck foo',
      'apk without signatures': 'RUN /bin/sh -c apk add --allow-untrusted /tmp/x.apk # buildkit',
      'no certificate check': 'RUN /bin/sh -c wget --no-check-certificate https://example.com/x # buildkit',
      'curl -k': 'RUN /bin/sh -c curl -fsSkL https://example.com/x -o /x # buildkit',
      'piped to a shell': 'RUN /bin/sh -c curl -fsSL https://example.com/setup | bash - # buildkit',
    }),
    'ordinary installation': { host: built('RUN apt-get install -y curl', ROOT), status: 'manual', says: 'attest the build process' },
    'no history could be read': manual,
    'imported or squashed': { host: built(''), status: 'manual' },
  },
  { never: ['pass'] },
);

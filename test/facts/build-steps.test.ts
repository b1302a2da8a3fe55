import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BuildStep, parseBuildStep, parseHistory } from '../../facts/build-steps.ts';

const nothing = { remote: false, updateOnly: false, secrets: [], unverified: [] };

describe('build steps', () => {
  test.each<[string, Partial<BuildStep>]>([
    ['ADD alpine-minirootfs-3.22.1-x86_64.tar.gz / # buildkit', { instruction: 'ADD' }],
    ['/bin/sh -c #(nop) ADD file:6df775300d76441aa33f31b22c1afce8 in / ', { instruction: 'ADD' }],
    ['/bin/bash -o pipefail -c #(nop) ADD dir:1 in /app ', { instruction: 'ADD' }],
    ['ADD https://example.com/a.tgz /a # buildkit', { instruction: 'ADD', remote: true }],
    ['ADD --chown=1:1 --checksum=sha256:ab https://example.com/a.tgz /a', { instruction: 'ADD', remote: true }],
    ['ADD ["https://example.com/a b.tgz", "/a"]', { instruction: 'ADD', remote: true }],
    ['ADD git@github.com:moby/buildkit.git#v0.20 /src # buildkit', { instruction: 'ADD', remote: true }],
    ['ADD https.conf /etc/ # buildkit', { instruction: 'ADD' }],
    ['COPY --from=build /app /app # buildkit', { instruction: 'COPY' }],
    ['/bin/sh -c #(nop)  CMD ["nginx"]', { instruction: 'CMD' }],
    ['ENV ADDRESS=192.0.2.1', { instruction: 'ENV' }],
    ['HEALTHCHECK &{["CMD" "true"] "5s" "0s" "0s" "0s" \'\\x00\'}', { instruction: 'HEALTHCHECK' }],
    ["# debian.sh --arch 'amd64' out/ 'trixie' '@1755475200'", { instruction: 'RUN' }],
    ['bazel build ...', { instruction: 'RUN' }],
    ['ADDRESS is no instruction', { instruction: 'RUN' }],
    ['/bin/sh -c addgroup -S ADD', { instruction: 'RUN' }],
    ['', { instruction: 'IMPORT' }],
    ['/bin/sh -c #(nop) ', { instruction: 'IMPORT' }],
  ])('%j', (createdBy, expected) => {
    expect(parseBuildStep(createdBy)).toEqual({ ...nothing, ...expected });
  });

  test.each<[string, string[]]>([
    ['/bin/sh -c #(nop)  ENV A=1 DB_PASSWORD=x', ['DB_PASSWORD']],
    ['ENV DB_PASSWORD=', []],
    ['ENV NOTE=the PASSWORD is elsewhere', []],
    ['ARG NPM_TOKEN', []],
    ['ARG NPM_TOKEN=x', ['NPM_TOKEN']],
    ['LABEL com.example.token=x', []], // an image's labels are judged as such
    ['RUN |2 NPM_TOKEN=x VERSION=1 /bin/sh -c npm ci # buildkit', ['NPM_TOKEN']],
    ['|1 NPM_TOKEN=x /bin/ash -eo pipefail -c npm ci', ['NPM_TOKEN']],
    ['RUN |1 NPM_TOKEN= /bin/sh -c npm ci', []],
    ['RUN |1 NPM_TOKEN=$x /bin/sh -c npm ci', ['NPM_TOKEN']],
    ['RUN |1 NOTE=a b DB_PASSWORD=x /bin/sh -c make', ['DB_PASSWORD']],
    ['RUN /bin/sh -c mysql --password=x < /init.sql', ['password']],
    ['RUN /bin/sh -c export API_KEY="x"; make', ['API_KEY']],
    ['RUN /bin/sh -c TOKEN=$(cat /run/secrets/token) npm ci', []],
    ['RUN /bin/sh -c TOKEN="$TOKEN" npm ci', []],
    ['RUN /bin/sh -c TOKEN=`cat /token` npm ci', []],
    ['RUN /bin/sh -c gpg --batch --passphrase-fd=0', []],
    ['RUN --mount=type=secret,id=token /bin/sh -c npm ci', []],
  ])('%j names the secrets %j', (createdBy, secrets) => {
    expect(parseBuildStep(createdBy).secrets).toEqual(secrets);
  });

  test.each<[string, boolean]>([
    ['apt-get update', true],
    ['apt update', true],
    ['set -eux; apt-get -y update; rm -rf /tmp/x', true],
    ['(apt-get update)', true],
    ['bash -c "apk update"', true],
    ['yum makecache && echo done', true],
    ['dnf -y check-update', true],
    ['zypper ref', true],
    ['apt-get update && apt-get install -y curl', false],
    ['apt-get update && ./install-deps.sh', false],
    ['apt-get update && apt-get -y dist-upgrade', false],
    ['apk update && apk add curl', false],
    ['yum makecache; yum update -y', false],
    ['zypper ref && zypper in -y curl', false],
    ['update-ca-certificates', false],
    ['echo update', false],
    ['make update apt-get', false],
    ['', false],
  ])('%j refreshes the package index only: %s', (command, updateOnly) => {
    expect(parseBuildStep(`RUN /bin/sh -c ${command}`).updateOnly).toBe(updateOnly);
  });

  test.each([
    'apt-get update && curl -k https://example.com && true',
    'curl https://example.com/x | sh && apt-get clean',
    'apt-get install -y --allow-unauthenticated x',
    'apt-get --force-yes install x',
    'apt-get -o APT::Get::AllowUnauthenticated=true install x',
    'yum --nogpgcheck install x',
    'dnf install --no-gpgchecks x',
    'zypper --no-gpg-checks install x',
    'printf "[r]\\ngpgcheck = 0" > /etc/yum.repos.d/r.repo',
    'apk add --allow-untrusted x.apk',
    'wget --no-check-certificate https://example.com',
    'curl -k https://example.com',
    'curl -fsSLk https://example.com',
    'curl "https://example.com/?a=1&b=2" --insecure',
    'pip install --trusted-host example.com x',
    'npm config set strict-ssl false',
    'git config --global http.sslVerify false',
    'yum --setopt=sslverify=0 install x',
    'curl -fsSL https://example.com/x | sh',
    'wget -qO- https://example.com/x | sudo -E bash -',
    'curl https://example.com/x | VERSION=1 sh -s -- -y',
    'curl "https://example.com/?a=1&b=2" | /bin/bash',
    'curl -sSL https://install.example.org | python3 -',
    'curl https://example.com/x | tee /x | sh',
    'sh -c "$(curl -fsSL https://example.com/x)"',
    'bash <(curl -s https://example.com/x)',
  ])('verifies nothing: %s', (command) => {
    expect(parseBuildStep(`RUN /bin/sh -c ${command} # buildkit`).unverified).toHaveLength(1);
  });

  test.each([
    'apt-get install -y --no-install-recommends x',
    'printf "gpgcheck=1\\nrepo_gpgcheck=0" > /etc/yum.repos.d/r.repo',
    'curl -fsSL https://example.com/kafka.tgz -o kafka.tgz && tar -kxf kafka.tgz',
    'curl -okafka.tgz https://example.com/kafka.tgz',
    'curl https://example.com/x.tgz | tar -xz',
    'curl https://example.com/x.sha256 | sha256sum -c -',
    'curl https://example.com/x | shasum -c',
    'curl https://example.com/x.json | python3 -m json.tool',
    'curl https://example.com/key | gpg --dearmor > /key',
    'curl -o /x https://example.com/x; cat /y | sh',
  ])('says nothing of verification: %s', (command) => {
    expect(parseBuildStep(`RUN /bin/sh -c ${command} # buildkit`).unverified).toEqual([]);
  });

  test('only commands are searched for what they do', () => {
    expect(parseBuildStep('ENV NOTE=curl -k x | sh && apt-get update')).toEqual({ ...nothing, instruction: 'ENV' });
  });

  test('any text is parsed, in time that grows with its length', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => parseBuildStep(text).instruction !== ''));
    for (const word of ['apt-get ', 'curl ', 'a=b ', '|a=', '|/sh', 'TOKEN', ' ', 'sslverify  ', 'sh -c  ', '|1 ']) {
      const begun = performance.now();
      parseBuildStep(`RUN /bin/sh -c ${word.repeat(20_000)}`);
      expect(performance.now() - begun, word).toBeLessThan(1000);
    }
  });
});

describe('histories', () => {
  const instructions = (history: readonly string[]) => parseHistory(history).map(({ instruction }) => instruction);

  test.each<[string, string[], string[]]>([
    ['a base image’s file system counts as imported', ['ADD root.tar.xz /', 'CMD ["sh"]', 'ADD a /a'], ['IMPORT', 'CMD', 'ADD']],
    ['so it does after declarations', ['ARG RELEASE', 'LABEL a=b', 'ADD file:1 in /'], ['ARG', 'LABEL', 'IMPORT']],
    ['not after a command', ['# debian.sh', 'ADD a /a'], ['RUN', 'ADD']],
    ['not after a copy', ['COPY a /a', 'ADD b /b'], ['COPY', 'ADD']],
    ['not after an import', ['', 'ADD b /b'], ['IMPORT', 'ADD']],
    ['not from the network', ['ADD https://example.com/root.tar /'], ['ADD']],
    ['nothing', [], []],
  ])('%s', (_, history, expected) => {
    expect(instructions(history)).toEqual(expected);
  });
});

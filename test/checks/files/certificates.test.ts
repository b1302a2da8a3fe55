import { type Rows, testCheck } from '../../check-tester.ts';
import { edited, silent, started } from '../../facts/effective.ts';
import type { FakeFile, HostLiteral } from '../../fake-host.ts';
import { find } from './find.ts';

const REGISTRIES = '/etc/docker/certs.d';
const registry = (files: { readonly [name: string]: FakeFile }): HostLiteral => ({
  files: Object.fromEntries(Object.entries(files).map(([name, file]) => [`${REGISTRIES}/${name}`, { mode: 0o444, ...file }])),
});
const nothing: Rows = {
  'no such directory': { host: {}, status: 'not-applicable', says: 'not on this host' },
  'A3 an empty directory is nothing, rather than passed': {
    host: { files: { [REGISTRIES]: { kind: 'directory' } } },
    status: 'not-applicable',
  },
  'a registry without files': { host: { files: { [`${REGISTRIES}/r.example`]: { kind: 'directory' } } }, status: 'not-applicable' },
  'D8 a directory closed to us': {
    host: { files: { [`${REGISTRIES}/r.example`]: { kind: 'directory', error: 'denied' } } },
    status: 'error',
    says: 'permission denied',
  },
};

testCheck(find('files/registry-certs-owner'), {
  ...nothing,
  'all root’s': { host: registry({ 'r.example/ca.crt': {}, 's.example:5000/client.key': {} }), status: 'pass' },
  'A3 one is another user’s': {
    host: registry({ 'r.example/ca.crt': {}, 's.example:5000/ca.crt': { uid: 1000 } }),
    status: 'fail',
    says: /pass .*r\.example.*fail .*s\.example:5000\/ca\.crt: alice/s,
  },
  'A3 the group counts, too': { host: registry({ 'r.example/ca.crt': { gid: 100 } }), status: 'fail', says: 'root:users' },
  'A3 a key is a certificate’s other half': { host: registry({ 'r.example/client.key': { uid: 1000 } }), status: 'fail' },
  'A3 so is what ends in .cert': { host: registry({ 'r.example/client.cert': { uid: 1000 } }), status: 'fail' },
  'A3 a path with a blank': { host: registry({ 'r example/ca 1.crt': { uid: 1000 } }), status: 'fail', says: 'r example/ca 1.crt' },
  'one fails, another cannot be read': {
    host: { files: { [`${REGISTRIES}/a/ca.crt`]: { uid: 1000 }, [`${REGISTRIES}/b/ca.crt`]: { error: 'denied' } } },
    status: 'fail',
    says: '1 of 2 could not be read',
  },
});

testCheck(find('files/registry-certs-mode'), {
  ...nothing,
  'all read-only': { host: registry({ 'r.example/ca.crt': {}, 'r.example/client.cert': { mode: 0o400 } }), status: 'pass' },
  'one that its owner may write': { host: registry({ 'r.example/ca.crt': { mode: 0o644 } }), status: 'fail', says: '0644' },
  'a private key that everybody may read': { host: registry({ 'r.example/client.key': { mode: 0o444 } }), status: 'fail', says: '0444' },
  'a private key that root alone may read': { host: registry({ 'r.example/client.key': { mode: 0o400 } }), status: 'pass' },
  'A0.4 0437 is not tighter than 0444': { host: registry({ 'r.example/ca.crt': { mode: 0o437 } }), status: 'fail' },
  'rootless: the user’s own': {
    host: {
      dockerd: { flags: [], uid: 1000, environment: 'HOME=/home/alice\0' },
      info: { SecurityOptions: ['name=rootless'] },
      files: {
        '/run/docker.sock': null,
        '/run/user/1000/docker.sock': { kind: 'socket', uid: 1000 },
        '/home/alice/.config/docker/certs.d/r/ca.crt': { mode: 0o644, uid: 1000 },
      },
    },
    status: 'fail',
    says: '/home/alice',
  },
});

/** What holds for each of the three: `key` names it in daemon.json and as a flag, `file` is its usual name. */
function named(key: string, file: string, bad: FakeFile): Rows {
  const at = (path: string, rest: HostLiteral, status: FakeFile = { mode: 0o400 }): HostLiteral => ({
    ...rest,
    files: { ...rest.files, [path]: status },
  });
  const usual = `/root/.docker/${file}`;
  return {
    'no TLS': { host: started('-H fd://'), status: 'not-applicable', says: 'not on this host' },
    'A3 as a flag, with a blank': { host: at('/c/x.pem', started(`--${key} /c/x.pem`), bad), status: 'fail', says: '/c/x.pem' },
    'as a flag, with an equals sign': { host: at('/c/x.pem', started(`--${key}=/c/x.pem`)), status: 'pass' },
    'in the file': { host: at('/c/x.pem', started('', { [key]: '/c/x.pem' }), bad), status: 'fail' },
    'in the file, written after dockerd started': {
      host: at('/c/x.pem', edited({ [key]: '/c/x.pem' }, started('-H fd://')), bad),
      status: 'fail',
    },
    'A3 a flag wins over the file': { host: at('/c/x.pem', started(`--${key}=/c/x.pem`, { [key]: '/other.pem' })), status: 'pass' },
    'A3 where dockerd looks when nobody has said': { host: at(usual, started('--tlsverify'), bad), status: 'fail', says: usual },
    'the same for --tls': { host: at(usual, started('--tls')), status: 'pass' },
    DOCKER_CERT_PATH: {
      host: at(`/d/${file}`, { dockerd: { flags: ['--tlsverify'], environment: 'DOCKER_CERT_PATH=/d\0' } }, bad),
      status: 'fail',
      says: `/d/${file}`,
    },
    'a file where nobody looks': { host: at(usual, started(''), bad), status: 'not-applicable' },
    'a path that starts nobody knows where': { host: started(`--${key}=x.pem`), status: 'error', says: 'it is not known from where' },
    'the daemon is out of sight, and so is what it uses': {
      host: { ...silent, dockerd: null },
      status: 'error',
      says: 'no dockerd process is visible',
    },
  };
}

const stranger: FakeFile = { mode: 0o400, uid: 1000 };
testCheck(find('files/tls-ca-owner'), named('tlscacert', 'ca.pem', stranger));
testCheck(find('files/tls-cert-owner'), named('tlscert', 'cert.pem', stranger));
testCheck(find('files/tls-key-owner'), named('tlskey', 'key.pem', stranger));
testCheck(find('files/tls-ca-mode'), named('tlscacert', 'ca.pem', { mode: 0o644 }));
testCheck(find('files/tls-cert-mode'), named('tlscert', 'cert.pem', { mode: 0o644 }));

const key = (mode: number, commands: HostLiteral['commands'] = {}): HostLiteral => ({
  ...started('--tlskey /c/key.pem'),
  files: { '/c/key.pem': { mode } },
  commands: commands ?? {},
});
testCheck(find('files/tls-key-mode'), {
  ...named('tlskey', 'key.pem', { mode: 0o600 }),
  'A3 stricter than asked for': { host: key(0), status: 'pass', says: '0000' },
  'root may write it': { host: key(0o600), status: 'fail', says: '0600' },
  'its group may read it': { host: key(0o440), status: 'fail' },
  'A3 an access list that lets somebody read it': {
    host: key(0o400, { getfacl: { stdout: '# file: /c/key.pem\nuser::r--\nuser:bob:r--\n\n' } }),
    status: 'fail',
    says: 'user:bob:r--',
  },
});

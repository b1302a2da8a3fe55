import { tls } from '../../../checks/daemon/tls.ts';
import { type Row, testCheck } from '../../check-tester.ts';
import { edited, silent, started } from '../../facts/effective.ts';
import type { FakeFile, HostLiteral, Literal } from '../../fake-host.ts';

const TCP = '-H tcp://0.0.0.0:2376';
const named = '--tlscacert /c/ca.pem --tlscert=/c/cert.pem --tlskey /c/key.pem';
const inFile = { tlscacert: '/c/ca.pem', tlscert: '/c/cert.pem', tlskey: '/c/key.pem' };

function certificates(directory: string): { readonly [path: string]: FakeFile } {
  return Object.fromEntries(['ca.pem', 'cert.pem', 'key.pem'].map((name) => [`${directory}/${name}`, { mode: 0o400 }]));
}

/** All certificates are where the command line or the file says, unless `files` differ. */
function on(words: string, daemonJson: Literal | string | null = null, rest: HostLiteral = {}): HostLiteral {
  return { ...started(words, daemonJson, rest), files: { ...certificates('/c'), ...rest.files } };
}

const warning = (url: string, what: string): HostLiteral => ({
  info: {
    Warnings: [
      'WARNING: bridge-nf-call-iptables is disabled',
      `[DEPRECATION NOTICE]: API is accessible on ${url} ${what}.\n         Access to the remote API is equivalent to root access.`,
    ],
  },
});

function each(lines: readonly string[], row: (words: string) => Row): { readonly [name: string]: Row } {
  return Object.fromEntries(lines.map((words) => [`dockerd ${words}`, row(words)]));
}

/** D1: a TCP listener without verified TLS, in every spelling. */
const open = [
  '-H tcp://0.0.0.0:2375',
  '-H=tcp://0.0.0.0:2375',
  '-Htcp://0.0.0.0:2375',
  '--host tcp://0.0.0.0:2375',
  '--host=tcp://0.0.0.0:2375',
  '-H tcp://127.0.0.1:2375',
  '-H tcp://[::]:2375',
  '-H tcp://',
  '-H 0.0.0.0:2375',
  '-H :2375',
  '-H fd:// -H tcp://0.0.0.0:2375',
  '-H unix:///var/run/docker.sock -H tcp://10.0.0.1:2375 -H tcp://10.0.0.2:2375',
  '-H tcp://0.0.0.0:2375 --tls=false',
  '-H tcp://0.0.0.0:2376 --tlsverify=false',
  `-H tcp://0.0.0.0:2376 --tls --tlsverify=false ${named}`,
  `-H tcp://0.0.0.0:2376 --tls --tlsverify=0 ${named}`,
  `-H tcp://0.0.0.0:2376 ${named}`,
  '-D -l info -H tcp://0.0.0.0:2375 --icc=false',
];

const closed = [
  `${TCP} --tlsverify ${named}`,
  `${TCP} --tlsverify=true ${named}`,
  `${TCP} --tlsverify=1 ${named}`,
  `-H fd:// -H=0.0.0.0:2376 --tlsverify ${named}`,
  `${TCP} -H tcp://10.0.0.1:2376 --tlsverify ${named}`,
  `${TCP} --tls ${named}`,
  `${TCP} --tls=false --tlsverify ${named}`,
  `--tlsverify ${named}`,
];

const local = [
  '',
  '-H fd://',
  '-H unix:///var/run/docker.sock',
  '--host=fd:// --host unix:///srv/d.sock',
  `-H fd:// ${named}`,
  '-H fd:// --tlsverify',
  '-H unix://tcp:/d.sock',
];

testCheck(tls, {
  ...each(open, (words) => ({ host: on(words), status: 'fail', says: 'anyone who reaches the port is root' })),
  ...each(closed, (words) => ({ host: on(words), status: 'pass', says: /listener tcp:.*(tlsverify|tls)=true \(flag\)/s })),
  ...each(local, (words) => ({ host: on(words), status: 'not-applicable', says: 'no TCP port' })),

  'A2 hosts in the file, on one line': {
    host: on('', '{"hosts": ["fd://", "tcp://0.0.0.0:2375"]}'),
    status: 'fail',
    says: 'tcp://0.0.0.0:2375',
  },
  'A2 hosts in the file, over several lines': {
    host: on('', '{\n  "hosts": [\n    "unix:///var/run/docker.sock",\n    "tcp://0.0.0.0:2375"\n  ]\n}\n'),
    status: 'fail',
  },
  'hosts in the file, without a scheme': { host: on('', { hosts: ['0.0.0.0:2375'] }), status: 'fail', says: 'listener tcp://0.0.0.0:2375' },
  'A2 tlsverify in the file': {
    host: on('', { hosts: ['tcp://0.0.0.0:2376'], tlsverify: true, ...inFile }),
    status: 'pass',
    says: 'tlsverify=true (file)',
  },
  'tls in the file verifies, too': {
    host: on('', { hosts: ['tcp://0.0.0.0:2376'], tls: true, ...inFile }),
    status: 'pass',
    says: 'tls=true (file)',
  },
  'A2 tlsverify in the file, but false: TLS without verification': {
    host: on('', { hosts: ['tcp://0.0.0.0:2376'], tlsverify: false, ...inFile }),
    status: 'fail',
    says: 'tlsverify=false',
  },
  'hosts as a flag, tlsverify in the file': { host: on(TCP, { tlsverify: true, ...inFile }), status: 'pass' },
  'hosts in the file, tlsverify as a flag': { host: on(`--tlsverify ${named}`, { hosts: ['tcp://0.0.0.0:2376'] }), status: 'pass' },

  'DOCKER_TLS_VERIFY in the environment has no effect since 20.10': {
    host: {
      dockerd: { flags: TCP.split(' '), environment: 'DOCKER_TLS_VERIFY=1\0DOCKER_CERT_PATH=/c\0' },
      daemonJson: null,
      files: certificates('/c'),
    },
    status: 'fail',
    says: 'DOCKER_TLS_VERIFY has no effect',
  },
  'DOCKER_CERT_PATH in the environment does': {
    host: { dockerd: { flags: [...TCP.split(' '), '--tlsverify'], environment: 'DOCKER_CERT_PATH=/d\0' }, files: certificates('/d') },
    status: 'pass',
  },
  'certificates where nobody has said': {
    host: { ...started(`${TCP} --tlsverify`), files: certificates('/root/.docker') },
    status: 'pass',
  },
  'no certificates where nobody has said': {
    host: started(`${TCP} --tlsverify`),
    status: 'fail',
    says: 'missing: /root/.docker/ca.pem, /root/.docker/cert.pem, /root/.docker/key.pem',
  },
  'a named certificate that is gone': {
    host: on(`${TCP} --tlsverify ${named}`, null, { files: { '/c/ca.pem': null } }),
    status: 'fail',
    says: 'missing: /c/ca.pem',
  },
  'certificates that cannot be looked at': {
    host: on(`${TCP} --tlsverify ${named}`, null, { files: { '/c': { kind: 'directory', error: 'denied' } } }),
    status: 'error',
    says: 'permission denied',
  },

  'A0.1 the engine itself says so': {
    host: on(`${TCP} --tlsverify ${named}`, null, warning('http://0.0.0.0:2376', 'without encryption')),
    status: 'fail',
    says: /listener http:\/\/0\.0\.0\.0:2376: .*without encryption\. \[docker info: Warnings/,
  },
  'the engine itself says that it verifies nobody': {
    host: { dockerd: null, ...warning('https://0.0.0.0:2376', 'without TLS client verification') },
    status: 'fail',
    says: 'without TLS client verification',
  },
  'the engine warns of other things': { host: { info: { Warnings: ['WARNING: No swap limit support'] } }, status: 'not-applicable' },
  'the API is closed to us: the command line tells': { host: { ...silent, ...on('-H fd:// -H tcp://0.0.0.0:2375') }, status: 'fail' },
  'the API is closed to us, and the only daemon listens elsewhere': { host: { ...silent, ...on('-H tcp://0.0.0.0:2375') }, status: 'fail' },

  'systemd listens on TCP in dockerd’s stead': {
    host: { files: { '/etc/systemd/system/docker.socket.d/tcp.conf': '[Socket]\nListenStream=2375\n' } },
    status: 'fail',
    says: 'docker.socket 2375',
  },
  'systemd listens on TCP, and dockerd verifies': {
    host: on(`-H fd:// --tlsverify ${named}`, null, {
      files: { '/etc/systemd/system/docker.socket.d/tcp.conf': '[Socket]\nListenStream=0.0.0.0:2376\n' },
    }),
    status: 'pass',
  },
  'a socket unit that dockerd does not use': {
    host: on('-H unix:///var/run/docker.sock', null, { files: { '/usr/lib/systemd/system/docker.socket': 'ListenStream=2375' } }),
    status: 'not-applicable',
  },
  'a socket unit with local addresses': {
    host: {
      files: { '/usr/lib/systemd/system/docker.socket': 'ListenStream=/run/docker.sock\nListenStream=@docker\nListenStream=vsock::1' },
    },
    status: 'not-applicable',
  },

  'D3 a listener written after dockerd started': { host: edited({ hosts: ['tcp://0.0.0.0:2375'] }), status: 'fail', says: 'no TLS' },
  'D3 tlsverify written after dockerd started': {
    host: {
      ...edited({ tlsverify: true, ...inFile }, started(TCP)),
      files: { ...edited({ tlsverify: true, ...inFile }).files, ...certificates('/c') },
    },
    status: 'fail',
    says: 'tlsverify=true is written, but not known to be in force: restart pending',
  },
  'D3 tls written after dockerd started': {
    host: edited({ tls: true }, started(TCP)),
    status: 'fail',
    says: 'tls=true is written, but not known to be in force',
  },
  'a file changed after dockerd started, which may have had tlsverify': {
    host: edited({}, started(TCP)),
    status: 'error',
    says: 'changed after dockerd started',
  },
  'a file changed after dockerd started, which may have had hosts': {
    host: edited({}),
    status: 'manual',
    says: 'no TCP listener, unless it was taken out of the file',
  },
  'a file with a mistake': {
    host: started('', '{\n  "hosts": ["tcp://0.0.0.0:2375"]\n  "tls": false\n}'),
    status: 'error',
    says: 'line 3, column 3: comma expected',
  },
  'a daemon that we do not see': { host: { dockerd: null }, status: 'error', says: 'no dockerd process is visible' },
  'units that cannot be read': {
    host: { files: { '/etc/systemd/system/docker.socket': { error: 'denied' } } },
    status: 'error',
    says: 'permission denied',
  },
});

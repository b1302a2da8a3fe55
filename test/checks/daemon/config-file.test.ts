import { configFileValid, settingsInForce } from '../../../checks/daemon/config-file.ts';
import { HostError } from '../../../facts/host.ts';
import { testCheck } from '../../check-tester.ts';
import { edited, started } from '../../facts/effective.ts';

const CONFIG = '/etc/docker/daemon.json';

testCheck(configFileValid, {
  valid: { host: {}, status: 'pass', says: 'valid' },
  'empty object': { host: started('', '{}'), status: 'pass' },
  'empty file': { host: started('', ''), status: 'pass' },
  'keys that we do not know': { host: started('', { 'of-the-future': true }), status: 'pass' },
  'no file': { host: started(''), status: 'not-applicable', says: 'does not exist' },
  'no file, though the command line names it': {
    host: started('--config-file=/srv/d.json'),
    status: 'fail',
    says: 'dockerd will not start',
  },
  'a mistake, with its place': {
    host: started('', '{\n  "icc": false,\n}'),
    status: 'fail',
    says: 'line 3, column 1: property name expected',
  },
  'a comment': { host: started('', '{ /* no */ }'), status: 'fail', says: 'line 1, column 3' },
  'a list': { host: started('', '[]'), status: 'fail', says: 'expected an object' },
  'an empty file, with which engine 20.10 does not start': {
    host: { version: { Version: '20.10.24' }, ...started('', '') },
    status: 'fail',
    says: 'line 1, column 1',
  },
  'a byte order mark, with which engine 20.10 does not start': {
    host: { version: { Version: '20.10.24' }, ...started('', '\ufeff{}') },
    status: 'fail',
  },
  'a switch in quotes': { host: started('', { icc: 'false' }), status: 'fail', says: 'icc: expected true or false' },
  'a directory': { host: { ...started(''), files: { [CONFIG]: { kind: 'directory' } } }, status: 'fail', says: 'it is a directory' },
  '5 MB': { host: started('', `{}${' '.repeat(5 << 20)}`), status: 'fail', says: 'larger than' },
  'what would exhaust our stack': { host: started('', `{"a":${'['.repeat(100_000)}`), status: 'fail', says: 'nested too deeply' },
  'closed to us': { host: { ...started(''), files: { [CONFIG]: { error: 'denied' } } }, status: 'error', says: 'permission denied' },
  'D4 a key that is a flag as well': {
    host: started('--icc=false', { icc: true }),
    status: 'fail',
    says: 'icc is also a flag (flag icc=false, file icc=true): dockerd will not start',
  },
  'D4 even with the same value': { host: started('-D', { debug: true }), status: 'fail', says: 'debug is also a flag' },
  'D4 hosts and -H fd://': {
    host: started('-H fd://', { hosts: ['unix:///var/run/docker.sock'] }),
    status: 'fail',
    says: 'hosts is also a flag',
  },
  'runtimes alone may be both': { host: started('--add-runtime a=/a', { runtimes: { b: { path: '/b' } } }), status: 'pass' },
  'a key given twice': { host: started('', '{"icc": true, "icc": false}'), status: 'fail', says: 'icc is given more than once' },
  'a singular name, which dockerd accepts and ignores': {
    host: started('', { 'insecure-registry': [] }),
    status: 'fail',
    says: 'insecure-registry is ignored: the key is insecure-registries',
  },
  'a secret in a key that is also a flag stays secret': {
    host: started('--http-proxy=http://u:p@x', { 'http-proxy': 'http://u:p@x' }),
    status: 'fail',
    says: 'flag http-proxy=(not shown)',
  },
});

testCheck(settingsInForce, {
  'all of it': { host: {}, status: 'pass', says: 'all of it is in force' },
  'no file': {
    host: {
      ...started(''),
      info: { SecurityOptions: ['name=seccomp,profile=builtin'], LiveRestoreEnabled: false, LoggingDriver: 'json-file' },
      networks: [],
    },
    status: 'not-applicable',
    says: 'does not exist',
  },
  'D3 written, but not in force': {
    host: started('', { 'live-restore': false }),
    status: 'fail',
    says: 'pending restart: live-restore=false from the next start on, live-restore=true now',
  },
  'written after dockerd started, and not reported by the engine': {
    host: edited({ 'userland-proxy': false }),
    status: 'fail',
    says: 'userland-proxy=false from the next start on, what runs now is unknown',
  },
  'D3 gone from the file': { host: edited({}), status: 'fail', says: 'icc=true from the next start on, icc=false now' },
  'D3 the file itself is gone': { host: started(''), status: 'fail', says: 'live-restore=false from the next start on' },
  'a flag overrules the file': {
    host: {
      ...started('--live-restore', { 'live-restore': false }),
      info: { SecurityOptions: [], LoggingDriver: 'json-file' },
      networks: [],
    },
    status: 'pass',
  },
  'another spelling of the same': {
    host: {
      ...started('', { 'live-restore': true, 'seccomp-profile': 'builtin', 'insecure-registries': ['127.0.0.0/8'] }),
      info: { SecurityOptions: ['name=seccomp,profile=builtin'], LoggingDriver: 'json-file' },
      networks: [],
    },
    status: 'pass',
  },
  'a file with a mistake': { host: started('', '{'), status: 'error', says: 'line 1, column 2' },
  'a daemon that we do not see may run with anything': { host: { dockerd: null }, status: 'error', says: 'what runs is unknown' },
  'a daemon that we do not see, but whose engine says otherwise': {
    host: { dockerd: null, daemonJson: { debug: true } },
    status: 'fail',
    says: 'debug=true from the next start on',
  },
  'D3 changed after dockerd started, which may have taken something out that still rules': {
    host: {
      ...edited({}),
      info: { SecurityOptions: ['name=seccomp,profile=builtin'], LiveRestoreEnabled: false, LoggingDriver: 'json-file' },
      networks: [],
    },
    status: 'manual',
    says: 'still rules: /etc/docker/daemon.json, changed after dockerd started',
  },
  'an engine that does not answer': {
    host: { api: { '/info': new HostError('unreachable', 'nobody listens') } },
    status: 'error',
    says: 'nobody listens',
  },
});

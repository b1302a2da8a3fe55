import { logLevel } from '../../../checks/daemon/log-level.ts';
import { daemonSettings } from '../../../checks/daemon/settings.ts';
import { testCheck } from '../../check-tester.ts';
import { edited, silent, started } from '../../facts/effective.ts';
import type { HostLiteral, Literal } from '../../fake-host.ts';

testCheck(logLevel, {
  unset: { host: started(''), status: 'pass', says: 'log-level=info (default)' },
  'info as a flag': { host: started('--log-level=info'), status: 'pass' },
  'info in the file': { host: started('', { 'log-level': 'info' }), status: 'pass' },
  'empty, which means info': { host: started('--log-level='), status: 'pass' },
  'null, which leaves the default': { host: started('', { 'log-level': null }), status: 'pass' },
  'A2 debug as a flag': {
    host: started('-l debug'),
    status: 'fail',
    says: 'log-level=debug (flag)',
    goal: { kind: 'daemon-setting', key: 'log-level', value: 'info' },
  },
  'A2 debug as a long flag, with a blank': { host: started('--log-level debug'), status: 'fail' },
  'less than info': { host: started('', { 'log-level': 'error' }), status: 'fail' },
  'A2 a word that contains info': { host: started('', { 'log-level': 'infos' }), status: 'fail' },
  'A2 debug mode, whatever the level': {
    host: { info: { Debug: true }, ...started('-D --log-level=info') },
    status: 'fail',
    says: 'debug=true (flag)',
    goal: { kind: 'daemon-setting', key: 'debug', value: false },
  },
  'A2 debug mode by the file': {
    host: { info: { Debug: true }, ...started('', { debug: true }) },
    status: 'fail',
    says: 'debug=true (file)',
  },
  'D3 debug mode from the next reload on': { host: started('', { debug: true }), status: 'fail', says: 'pending' },
  'debug mode, of which the file knows nothing': { host: { info: { Debug: true } }, status: 'fail', says: 'debug=true (api)' },
  'D3 a level written after dockerd started': { host: edited({ 'log-level': 'info' }), status: 'fail', says: 'restart pending' },
  'D3 a file that was changed after dockerd started': { host: edited({}), status: 'manual', says: 'a restart settles it' },
  'the API is closed to us': { host: { ...silent, ...started('-D') }, status: 'fail' },
  'a daemon that we do not see': { host: { dockerd: null }, status: 'error' },
  'a daemon that we do not see, in debug mode': { host: { dockerd: null, info: { Debug: true } }, status: 'fail' },
  'a file with a mistake': { host: started('', '{"log-level": info}'), status: 'error', says: 'line 1, column 15' },
});

function driver(name: string, rest: HostLiteral = {}): HostLiteral {
  return { info: { LoggingDriver: name }, ...started('', { 'log-driver': name }), ...rest };
}

const syslog = (options: Literal | null): HostLiteral => driver('syslog', started('', { 'log-driver': 'syslog', 'log-opts': options }));
const local = ['json-file', 'local', 'none', 'journald', 'syslog'];
const remote = ['fluentd', 'gelf', 'splunk', 'awslogs', 'gcplogs', 'logentries'];
const addresses = ['udp://192.0.2.1:514', 'tcp://logs.example:601', 'tcp+tls://[2001:db8::1]:6514', 'tcp://localhost.example:514'];
const homes = [
  'unixgram:///dev/log',
  'udp://127.0.0.1:514',
  'tcp://localhost',
  'tcp://localhost:601',
  'tcp+tls://[::1]:6514',
  'udp://',
  '',
];

testCheck(daemonSettings.remoteLogging, {
  ...Object.fromEntries(local.map((name) => [`A2 ${name} stays here`, { host: driver(name), status: 'fail', says: `log-driver=${name}` }])),
  ...Object.fromEntries(remote.map((name) => [`${name} leaves`, { host: driver(name), status: 'pass' }])),
  ...Object.fromEntries(
    addresses.map((address) => [`syslog to ${address}`, { host: syslog({ 'syslog-address': address }), status: 'pass' }]),
  ),
  ...Object.fromEntries(
    homes.map((address) => [
      `syslog to ${address || 'nowhere'} stays here`,
      { host: syslog({ 'syslog-address': address }), status: 'fail' },
    ]),
  ),
  'syslog by flags': {
    host: { info: { LoggingDriver: 'syslog' }, ...started('--log-driver=syslog --log-opt syslog-address=udp://192.0.2.1:514') },
    status: 'pass',
  },
  'syslog, in a daemon whose options we do not see': {
    host: driver('syslog', { dockerd: null, daemonJson: { 'log-driver': 'syslog' } }),
    status: 'error',
  },
  'journald, which somebody collects': { host: driver('journald', { policy: { remoteLogDrivers: ['journald'] } }), status: 'pass' },
  'syslog, which somebody collects': { host: driver('syslog', { policy: { remoteLogDrivers: ['syslog'] } }), status: 'pass' },
  unset: { host: { info: { LoggingDriver: 'json-file' }, ...started('') }, status: 'fail', says: 'log-driver=json-file (default)' },
  'empty, which leaves the default': {
    host: { info: { LoggingDriver: 'json-file' }, ...started('', { 'log-driver': '' }) },
    status: 'fail',
    says: 'log-driver=json-file (default)',
  },
  'A0.8 D3 written, but not in force': {
    host: driver('json-file', started('', { 'log-driver': 'fluentd' })),
    status: 'fail',
    says: 'log-driver=fluentd after a restart (pending)',
  },
  'D3 in force, but gone from the file': {
    host: driver('fluentd', edited({})),
    status: 'fail',
    says: 'log-driver=json-file after a restart (pending)',
  },
  'D3 syslog with its address, from the next start on': {
    host: {
      info: { LoggingDriver: 'fluentd' },
      ...edited({ 'log-driver': 'syslog', 'log-opts': { 'syslog-address': 'udp://192.0.2.1:514' } }),
    },
    status: 'pass',
  },
  'the API is closed to us': { host: { ...silent, ...started('--log-driver fluentd') }, status: 'pass' },
  'the API is closed to us, and so is the process': { host: { ...silent, dockerd: null }, status: 'error' },
});

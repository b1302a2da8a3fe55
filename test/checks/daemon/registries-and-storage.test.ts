import { daemonSettings } from '../../../checks/daemon/settings.ts';
import { HostError } from '../../../facts/host.ts';
import { testCheck } from '../../check-tester.ts';
import { edited, silent, started } from '../../facts/effective.ts';
import type { HostLiteral, Literal } from '../../fake-host.ts';

const always = ['127.0.0.0/8', '::1/128'];

function registries(InsecureRegistryCIDRs: readonly string[], IndexConfigs: Literal = {}, rest: HostLiteral = {}): HostLiteral {
  return { ...rest, info: { RegistryConfig: { InsecureRegistryCIDRs, IndexConfigs: { 'docker.io': { Secure: true }, ...IndexConfigs } } } };
}

const inFile = (...entries: readonly string[]): Literal => ({ 'insecure-registries': entries });

testCheck(daemonSettings.insecureRegistries, {
  'A2 loopback ranges, which the engine always adds': { host: registries(always), status: 'pass' },
  'as older engines have them': { host: registries(['127.0.0.0/8']), status: 'pass' },
  'a range': {
    host: registries([...always, '10.0.0.0/8']),
    status: 'fail',
    says: '10.0.0.0/8',
    goal: { kind: 'daemon-setting', key: 'insecure-registries', value: [] },
  },
  'a range that only begins like loopback': { host: registries([...always, '126.0.0.0/7']), status: 'fail' },
  'A2 a registry by name is in no range': {
    host: registries(always, { 'registry.example:5000': { Secure: false } }),
    status: 'fail',
    says: 'registry.example:5000',
  },
  'a name that begins with a loopback number': { host: registries(always, { '127.evil.example:5000': { Secure: false } }), status: 'fail' },
  'a registry named by its loopback address is named all the same': {
    host: registries(always, { '127.0.0.1:5000': { Secure: false } }),
    status: 'fail',
  },
  'a registry that is verified': { host: registries(always, { 'registry.example': { Secure: true } }), status: 'pass' },
  'A0.8 taken out of the file, but not out of the daemon': {
    host: registries([...always, '10.0.0.0/8'], {}, started('', inFile())),
    status: 'fail',
    says: 'after a restart (pending)',
  },
  'D3 written, but not in force': {
    host: registries(always, {}, started('', inFile('registry.example:5000'))),
    status: 'fail',
    says: 'pending',
  },
  'A2 a flag counts by what it does': {
    host: registries(always, { 'a:5000': { Secure: false } }, started('--insecure-registry a:5000')),
    status: 'fail',
    says: '(flag)',
  },
  'a plain mirror is another route': { host: registries(always, {}, started('--registry-mirror http://mirror.example')), status: 'pass' },
  'the API is closed to us, nothing is written': { host: { ...silent, ...started('') }, status: 'pass' },
  'the API is closed to us, a range is written': { host: { ...silent, ...started('', inFile('10.0.0.0/8')) }, status: 'fail' },
  'the API is closed to us, a loopback range is written': { host: { ...silent, ...started('', inFile('127.0.0.1/32')) }, status: 'pass' },
  'the singular key, which dockerd ignores': {
    host: registries(always, {}, started('', { 'insecure-registry': ['a:5000'] })),
    status: 'pass',
  },
  'a string for a list, with which dockerd does not start': {
    host: { ...silent, ...started('', { 'insecure-registries': 'a:5000' }) },
    status: 'error',
    says: 'expected a list',
  },
  'an engine that says nothing about registries, nor anybody else': {
    host: { info: { RegistryConfig: null }, dockerd: null },
    status: 'error',
  },
  'an answer of another shape: command line and file remain': {
    host: { info: { RegistryConfig: { InsecureRegistryCIDRs: 'all' } } },
    status: 'pass',
  },
});

for (const [check, name] of [
  [daemonSettings.noAufs, 'aufs'],
  [daemonSettings.noDevicemapper, 'devicemapper'],
] as const) {
  testCheck(check, {
    overlay2: { host: {}, status: 'pass', says: 'storage-driver=overlay2' },
    'A0.11 the snapshotter of engine 29': { host: { info: { Driver: 'overlayfs' }, version: { Version: '29.0.0' } }, status: 'pass' },
    'the driver in question': { host: { info: { Driver: name } }, status: 'fail', says: `storage-driver=${name}` },
    'D3 written for the next start': { host: started('', { 'storage-driver': name }), status: 'fail', says: 'pending' },
    'a driver of a similar name': { host: { info: { Driver: `${name}2` } }, status: 'pass' },
    'the API is closed to us, and nothing says which': { host: { ...silent, ...started('') }, status: 'error', says: 'unknown' },
    'the API is closed to us, a flag says': { host: { ...silent, ...started(`-s ${name}`) }, status: 'fail', says: '(flag)' },
    'the API is closed to us, the file says': { host: { ...silent, ...started('', { 'storage-driver': 'overlay2' }) }, status: 'pass' },
  });
}

const devicemapper: HostLiteral = { info: { Driver: 'devicemapper' } };
testCheck(daemonSettings.baseDeviceSize, {
  'A2 another driver is not concerned, rather than passed': { host: {}, status: 'not-applicable', says: 'overlay2' },
  'another driver, with the option left over': { host: started('--storage-opt dm.basesize=20G'), status: 'not-applicable' },
  unset: { host: { ...devicemapper, ...started('') }, status: 'pass' },
  'as a flag': { host: { ...devicemapper, ...started('--storage-opt dm.fs=xfs --storage-opt dm.basesize=20G') }, status: 'fail' },
  'in the file': { host: { ...devicemapper, ...started('', { 'storage-opts': ['dm.basesize=20G'] }) }, status: 'fail' },
  'other options': { host: { ...devicemapper, ...started('', { 'storage-opts': ['dm.fs=xfs'] }) }, status: 'pass' },
  'D3 written after dockerd started': {
    host: { ...devicemapper, ...edited({ 'storage-opts': [] }) },
    status: 'fail',
    says: 'restart pending',
  },
  'a driver that nobody tells': { host: { ...silent, ...started('--storage-opt dm.basesize=20G') }, status: 'fail' },
  'a daemon that we do not see': { host: { ...devicemapper, dockerd: null }, status: 'error' },
  'an engine that answers something else': {
    host: { dockerd: null, api: { '/info': new HostError('invalid', 'not what Docker sends') } },
    status: 'error',
  },
});

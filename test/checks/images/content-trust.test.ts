import { contentTrust } from '../../../checks/images/content-trust.ts';
import { HostError } from '../../../facts/host.ts';
import { testCheck } from '../../check-tester.ts';
import type { HostLiteral } from '../../fake-host.ts';

const environment = (content: string): HostLiteral => ({ files: { '/etc/environment': content } });

testCheck(contentTrust, {
  'on for every user': { host: environment('DOCKER_CONTENT_TRUST=1\n'), status: 'pass', says: '/etc/environment: DOCKER_CONTENT_TRUST=1' },
  'off for every user': {
    host: environment('DOCKER_CONTENT_TRUST=0\n'),
    status: 'fail',
    says: 'DOCKER_CONTENT_TRUST=0',
    goal: { kind: 'content-trust', path: '/etc/environment' },
  },
  'another value than 1': { host: environment('DOCKER_CONTENT_TRUST=yes\n'), status: 'fail' },
  'not set': {
    host: environment('LANG=C\n'),
    status: 'fail',
    says: 'not set for the users of this host',
    goal: { kind: 'content-trust', path: null },
  },
  'not set, on a site that signs its images': {
    host: { ...environment('LANG=C\n'), policy: { contentTrust: true } },
    status: 'fail',
    goal: { kind: 'content-trust', path: null },
  },
  'commented out': { host: environment('# DOCKER_CONTENT_TRUST=1\n'), status: 'fail' },
  'another variable that begins so': { host: environment('DOCKER_CONTENT_TRUST_SERVER=1\n'), status: 'fail' },
  'in a profile': {
    host: { files: { '/etc/environment': null, '/etc/profile.d/docker.sh': 'export DOCKER_CONTENT_TRUST="1"; true\n' } },
    status: 'pass',
    says: '/etc/profile.d/docker.sh',
  },
  'a profile that takes it back': { host: { files: { '/etc/profile.d/z.sh': 'export DOCKER_CONTENT_TRUST=0\n' } }, status: 'fail' },
  'a file that no shell reads': {
    host: { files: { '/etc/environment': '', '/etc/profile.d/old.bak': 'DOCKER_CONTENT_TRUST=1\n' } },
    status: 'fail',
  },
  'an engine whose clients ignore it (D29)': { host: { version: { Version: '29.0.0' } }, status: 'not-applicable', says: 'engine 29' },
  'the last engine before': { host: { version: { Version: '28.5.2' } }, status: 'pass' },
  'a file that is closed to us': { host: { files: { '/etc/environment': { error: 'denied' } } }, status: 'error', says: 'denied' },
  'no engine answers': { host: { api: { '/version': new HostError('unreachable', 'nobody listens') } }, status: 'error' },
});

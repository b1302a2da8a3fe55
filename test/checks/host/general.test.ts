import { describe, expect, test } from 'vitest';
import { judge } from '../../../agent/scan.ts';
import { general } from '../../../checks/host/general.ts';
import { HostError } from '../../../facts/host.ts';
import { collect, testCheck } from '../../check-tester.ts';

const [hardened, versionCurrent] = general;

describe('host/hardened', () => {
  test('is a question to a person, whatever the host', async () => {
    if (hardened === undefined) throw new Error('gone');
    expect(judge(hardened, await collect(hardened, {}), '1.8.0')).toMatchObject({ status: 'manual', control: '1.2.1' });
  });
});

if (versionCurrent !== undefined) {
  testCheck(versionCurrent, {
    'A1 a current engine is for a person to judge: nobody here knows its advisories': {
      host: {},
      status: 'manual',
      says: 'Engine 28.5.2, containerd 2.1.9, runc 1.3.6',
    },
    'A1 an old engine does not pass either': {
      host: { version: { Version: '20.10.24', Components: null } },
      status: 'manual',
      says: 'Engine 20.10.24',
    },
    ...Object.fromEntries(
      (
        [
          ['28.5.2', '28.5.2', 'pass'],
          ['28.5.2', '28.5.10', 'fail'],
          ['28.5.10', '28.5.9', 'pass'],
          ['29.0.0', '28.5.2', 'pass'],
          ['26.1.5+dfsg1', '26.1.5', 'pass'],
          ['26.1.5+dfsg1', '26.1.6', 'fail'],
          ['28.0.0-rc.1', '28.0.0', 'fail'],
          ['28.0.1-rc.1', '28.0.0', 'pass'],
          ['28.1', '28.1.0', 'pass'],
        ] as const
      ).map(([Version, engine, status]) => [
        `engine ${Version}, at least ${engine}`,
        { host: { version: { Version, Components: null }, policy: { minimumVersions: { engine } } }, status, says: Version },
      ]),
    ),
    'a version that cannot be compared': {
      host: { version: { Version: 'master', Components: null }, policy: { minimumVersions: { engine: '28.5.2' } } },
      status: 'manual',
      says: 'no version that can be compared',
    },
    'new enough, beside what the policy says nothing of': {
      host: { policy: { minimumVersions: { engine: '28.5.2' } } },
      status: 'manual',
      says: /pass engine: 28\.5\.2 .*\nreview engine: containerd 2\.1\.9, runc 1\.3\.6: compare/,
    },
    'all of it new enough': {
      host: { policy: { minimumVersions: { engine: '28.5.2', containerd: '2.1.9', runc: '1.3.6' } } },
      status: 'pass',
      says: 'pass runc: 1.3.6',
    },
    'an old runc': { host: { policy: { minimumVersions: { runc: '1.4.0' } } }, status: 'fail', says: 'fail runc: 1.3.6' },
    'an engine that does not answer': {
      host: { api: { '/version': new HostError('unreachable', 'nobody listens') } },
      status: 'error',
      says: 'nobody listens',
    },
    'an engine that answers something else': {
      host: { api: { '/version': { Version: 28 } } },
      status: 'error',
      says: 'not what Docker sends',
    },
  });
}

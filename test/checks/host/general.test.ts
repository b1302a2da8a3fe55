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

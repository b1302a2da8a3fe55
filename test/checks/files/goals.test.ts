/** Failing evidence that no change of owner or mode would mend has no goal. */
import { describe, expect, test } from 'vitest';
import { judge } from '../../../agent/scan.ts';
import type { Check, Goal } from '../../../checks/check.ts';
import { checks } from '../../../checks/index.ts';
import { collect } from '../../check-tester.ts';
import type { HostLiteral, Literal } from '../../fake-host.ts';
import { stopped } from '../rows.ts';

async function goalsOf(id: string, host: HostLiteral): Promise<(Goal | undefined)[]> {
  const check = checks.find((candidate) => candidate.id === id) as Check;
  const { status, evidence } = judge(check, await collect(check, host), '1.8.0');
  expect(status).toBe('fail');
  return evidence.filter(({ outcome }) => outcome === 'fail').map(({ goal }) => goal);
}

const DEFAULT = '/run/docker.sock';
/** The socket with this mode and this entry in its access list. */
const listed = (mode: number, entry: string): HostLiteral => ({
  files: { [DEFAULT]: { kind: 'socket', mode, gid: 998 } },
  commands: { getfacl: { stdout: `# file: ${DEFAULT}\nuser::rw-\n${entry}\nmask::rw-\n\n` } },
});
const swarmTask = (HostConfig: Literal): HostLiteral => ({
  containers: [{ Config: { Labels: { 'com.docker.swarm.task.id': 'x' } }, HostConfig }],
  policy: { containerLimits: { memoryMiB: 64, cpus: 1, pids: 100, restartAttempts: 5 } },
});

describe('what a program does not mend', () => {
  test.each<[string, string, HostLiteral]>([
    ['a parent that others can write to', 'files/daemon-json-owner', { files: { '/etc/docker': { kind: 'directory', mode: 0o777 } } }],
    ['an access list within the mode', 'files/docker-sock-mode', listed(0o660, 'user:bob:rw-')],
    ['an access list that a tighter mode does not cut', 'files/docker-sock-mode', listed(0o666, 'user:bob:rw-')],
    ['auditing that is off', 'host/audit-etc-docker', { commands: { 'auditctl -s': { stdout: 'enabled 0\npid 0\n' } } }],
    ['no task audited', 'host/audit-etc-docker', { commands: { 'auditctl -l': { stdout: '-a never,task\n' } } }],
    ['memory of a swarm task', 'container/memory-limit', swarmTask({ Memory: 0 })],
    ['CPU of a swarm task', 'container/cpu-shares', swarmTask({ NanoCpus: 0 })],
    ['processes of a swarm task', 'container/pids-limit', swarmTask({ PidsLimit: 0 })],
    ['a limit that the policy does not name', 'container/pids-limit', { containers: [{ HostConfig: { PidsLimit: 0 }, State: stopped }] }],
  ])('%s', async (_, id, host) => {
    expect(await goalsOf(id, host)).toEqual([undefined]);
  });
});

test('a mode that cuts the access list mends both', async () => {
  const path = '/etc/default/docker';
  const host: HostLiteral = {
    files: { [path]: { content: '', mode: 0o664 } },
    commands: { getfacl: { stdout: `# file: ${path}\nuser::rw-\nuser:bob:rw-\nmask::rw-\n\n` } },
  };
  expect(await goalsOf('files/etc-default-docker-mode', host)).toEqual([{ kind: 'file-mode', path, mode: 0o644 }]);
});

describe('the group that a socket is given', () => {
  const groups = 'root:x:0:\nwheel:x:10:\ndocker:x:998:\nops:x:997:\nusers:x:100:\n';
  const unit = '[Socket]\nListenStream=/run/docker.sock\nSocketGroup=ops\n';
  const socket = (gid: number): NonNullable<HostLiteral['files']> => ({
    '/etc/group': groups,
    [DEFAULT]: { kind: 'socket', mode: 0o660, uid: 1000, gid },
  });
  test.each<[string, HostLiteral, number]>([
    ['the one it has, where that is a good one', { files: socket(998) }, 998],
    ['that of dockerd', { dockerd: { flags: ['-G', 'wheel'] }, files: socket(100) }, 10],
    [
      'that of the socket unit, which makes it',
      { dockerd: { flags: ['-H', 'fd://', '-G', 'wheel'] }, files: { ...socket(100), '/usr/lib/systemd/system/docker.socket': unit } },
      997,
    ],
    ['root’s, where no such group exists', { files: { ...socket(100), '/etc/group': 'root:x:0:\n' } }, 0],
  ])('%s', async (_, host, gid) => {
    expect(await goalsOf('files/docker-sock-owner', host)).toEqual([{ kind: 'file-owner', path: DEFAULT, uid: 0, gid }]);
  });
});

/** Plans from literals, for the tests of what is made from them. */
import type { Plan } from '../../remediations/plan.ts';

/** A plan that does nothing, with differences. */
export function planOf(parts: Partial<Plan> = {}): Plan {
  return {
    schemaVersion: 1,
    tool: { name: 'hullguard', version: '0.1.0' },
    at: '2026-01-02T03:04:05.000Z',
    host: { hostname: 'testhost', engine: { version: '28.5.2', endpoint: 'unix:///run/docker.sock' } },
    maxImpact: 'reload',
    impact: 'none',
    fixes: [],
    changes: [],
    files: [],
    daemon: null,
    systemd: false,
    commands: [],
    effects: [],
    held: [],
    refused: [],
    byHand: [],
    waits: [],
    ...parts,
  };
}

export const fix = (check: string, resource: string, impact: Plan['impact'] = 'none') => ({ check, resource, impact });
export const mode = (path: string, before: number, after: number): Plan['changes'][number] => ({
  kind: 'access',
  path,
  before: { mode: before, uid: 0, gid: 0 },
  after: { mode: after, uid: 0, gid: 0 },
});
export const liveRestore = {
  path: '/etc/docker/daemon.json',
  before: 'a',
  after: 'b',
  diff: '--- /etc/docker/daemon.json\n+++ /etc/docker/daemon.json\n@@ -1,3 +1,4 @@\n {\n\t"icc": false,\n-\t"debug": true\n+\t"live-restore": true\n }\n',
};

/** Something of each kind. */
export const full: Partial<Plan> = {
  impact: 'reload',
  fixes: [
    fix('files/etc-docker-mode', '/etc/docker'),
    fix('container/pids-limit', 'container web'),
    fix('daemon/live-restore', 'dockerd', 'reload'),
  ],
  changes: [
    mode('/etc/docker', 0o777, 0o755),
    { kind: 'access', path: '/etc/default/docker', before: { mode: 0o644, uid: 1000, gid: 5 }, after: { mode: 0o644, uid: 0, gid: 0 } },
    { kind: 'audit-rule', rule: '-w /etc/docker -p wa -k docker' },
    {
      kind: 'limits',
      id: 'c0ffee',
      name: 'web',
      before: { PidsLimit: null, Memory: 0 },
      after: { PidsLimit: 100, Memory: 1024, MemorySwap: 2048, NanoCpus: 500_000_000 },
    },
    {
      kind: 'limits',
      id: 'beef',
      name: 'db',
      before: { RestartPolicy: { Name: 'always', MaximumRetryCount: 0 }, PidsLimit: 7 },
      after: { RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 5 }, PidsLimit: 5 },
    },
    { kind: 'setting', path: '/etc/docker/daemon.json', key: 'live-restore', after: true },
  ],
  files: [liveRestore],
  daemon: { action: 'reload', pid: 100, startedAt: 1, unit: 'docker.service' },
  commands: ['chmod 0755 /etc/docker', 'auditctl -w /etc/docker -p wa -k docker', 'kill -HUP 100'],
  effects: [
    { check: null, effect: 'stop while dockerd restarts', resources: ['container a', 'container b'] },
    { check: 'daemon/live-restore', effect: 'is refused', resources: ['docker swarm init'] },
  ],
  held: [fix('daemon/icc-disabled', 'dockerd', 'restart')],
  refused: [{ check: 'daemon/log-level-info', resource: 'dockerd', reason: 'log-level is a flag' }],
  byHand: [
    { check: 'host/separate-partition', resource: '/var/lib/docker', steps: ['Mount a file system there.'] },
    {
      check: 'container/no-privileged, container/no-host-pid',
      resource: 'container web',
      steps: ['docker stop web', 'docker run --detach \\', '  web:1'],
    },
  ],
  waits: [{ check: 'host/audit-etc-docker', resource: '/etc/docker', reason: 'takes effect after a reboot' }],
};

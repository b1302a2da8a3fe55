/** On whole hosts: people who log in, become root, and change things; an auditd of the release; the agent's question, asked by a program there. */
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Who } from '../../../agent/drift.ts';
import type { Stale } from '../../../agent/triggers/trigger.ts';
import { type LabHost, missingHost, startHost } from '../../lab/host.ts';
import { buildBundle } from '../bundle.ts';

const { CI } = process.env;
const reason = missingHost();
if (reason !== undefined) process.stderr.write(`\nSKIPPED: attribution: ${reason}\n`);
test.runIf(reason !== undefined && CI === 'true')('hosts can run here', () => expect.fail(reason));

interface Answer {
  readonly problem: string | null;
  readonly who: readonly Who[];
  readonly milliseconds: number;
}

describe.skipIf(reason !== undefined).each(['bookworm', 'trixie'] as const)('a host of %s', (suite) => {
  let host: LabHost;

  /** As root, on a terminal, behind a login of that user: what sudo makes of it. */
  async function as(uid: number, command: string): Promise<void> {
    const script = `echo ${uid} >/proc/self/loginuid; exec script --quiet --return --command ${quote(command)} /dev/null`;
    await host.sh(`bash -c ${quote(script)} </dev/null`);
  }

  async function ask(
    differences: readonly [check: string, resource: string][],
    marks: readonly Partial<Stale>[],
    more: object = {},
  ): Promise<Answer> {
    const question = JSON.stringify({ differences, marks, ...more });
    return JSON.parse(await host.sh(`node /lab/ask.cjs ${quote(question)}`)) as Answer;
  }

  const daemonJson = () =>
    ask(
      [['daemon/icc-disabled', 'dockerd']],
      [{ facts: ['files', 'daemon'], path: '/etc/docker/daemon.json', cause: 'file /etc/docker/daemon.json' }],
    );
  const container = (name: string, action: string) =>
    ask(
      [['container/privileged', `container ${name}`]],
      [{ facts: ['processes'], containers: ['x'], event: { type: 'container', action, id: 'x', name, exec: null } }],
    );
  const rules = () => ask([['host/audit-etc-docker', '/etc/docker']], [{ facts: ['audit'], cause: 'audit rules' }]);

  beforeAll(async () => {
    host = await startHost({ suite });
    await copyFile(await buildBundle(), join(host.share, 'hullguard.cjs'));
    await copyFile(await buildBundle('test/engine/agent/ask.ts'), join(host.share, 'ask.cjs'));
    await host.sh(
      'useradd --create-home --uid 1000 alice; useradd --create-home --uid 1001 --groups docker bob; mkdir -p /etc/docker; echo {} >/etc/docker/daemon.json',
    );
  });

  afterAll(() => host?.stop());

  test('without rules nobody is named, and it is said why', async () => {
    await as(1000, 'echo >>/etc/docker/daemon.json');
    const { problem, who } = await daemonJson();
    expect(problem).toMatch(/^no audit rule records changes of .* and \d+ more$/);
    expect(who).toEqual([{ status: 'unattributed', reason: 'no audit rule records changes of /etc/docker/daemon.json (no rule)' }]);
    expect((await container('x', 'start')).who).toEqual([
      { status: 'unattributed', reason: 'no audit rule records who connects to /run/docker.sock' },
    ]);
  });

  test('the rules that hullguard prints leave no gap', async () => {
    const print = 'node /lab/hullguard.cjs agent --audit-rules';
    await host.sh(`umask 027; ${print} >/etc/audit/rules.d/60-hullguard-who.rules; auditctl -R /etc/audit/rules.d/60-hullguard-who.rules`);
    expect((await daemonJson()).problem).toBeNull();
    expect(await host.run(print)).toEqual({ status: 0, stdout: '', stderr: 'All audit rules that name who made a change are in force.\n' });
  });

  test.each([
    ['echo "{}" >/etc/docker/daemon.json', '/usr/bin/dash'],
    ['chmod 600 /etc/docker/daemon.json', '/usr/bin/chmod'],
    ['cp /etc/docker/daemon.json /tmp/new && mv /tmp/new /etc/docker/daemon.json', '/usr/bin/mv'],
  ])('a file: %s', async (command, executable) => {
    await as(1000, command);
    const { who, milliseconds } = await quickest(daemonJson);
    expect(who).toMatchObject([{ status: 'known', login: 'alice', user: 'root', executable, terminal: 'pts/0' }]);
    expect(milliseconds).toBeLessThan(1000);
  });

  test('the last of several', async () => {
    await as(1000, 'chmod 640 /etc/docker/daemon.json');
    await as(1001, 'chmod 644 /etc/docker/daemon.json');
    expect((await daemonJson()).who).toMatchObject([{ login: 'bob', command: 'chmod 644 /etc/docker/daemon.json', directory: '/root' }]);
  });

  test('a user who becomes a member of the group docker', async () => {
    await as(1001, 'usermod --append --groups docker alice');
    const { who } = await ask(
      [['host/trusted-docker-group', 'group docker']],
      [{ facts: ['accounts'], path: '/etc/group', cause: 'file /etc/group' }],
    );
    expect(who).toMatchObject([{ status: 'known', login: 'bob', command: 'usermod --append --groups docker alice' }]);
  });

  test('a container is inferred from the client', async () => {
    await as(1001, 'su - bob -c "docker run --detach --name priv --privileged --env PASSWORD=hunter2 busybox:lab sleep 1000"');
    await host.sh('docker ps; docker inspect priv');
    const { who } = await container('priv', 'start');
    expect(who).toMatchObject([{ status: 'inferred', login: 'bob', user: 'bob', executable: '/usr/bin/docker', directory: '/home/bob' }]);
    expect(JSON.stringify(who)).toContain('docker run --detach --name priv --privileged --env (not shown) busybox:lab sleep 1000');
    await as(1000, 'docker update --memory 64m --memory-swap 64m priv');
    expect((await container('priv', 'update')).who).toMatchObject([
      { status: 'inferred', login: 'alice', user: 'root', terminal: 'pts/0' },
    ]);
  });

  test('an exec session is inferred from its client, and from no other', async () => {
    const event = { type: 'container', action: 'exec_create', id: 'x', name: 'priv', exec: 'e1'.padEnd(64, '0') };
    await as(1001, 'docker exec --privileged priv true');
    const { who } = await ask(
      [['container/exec-not-privileged', `container priv, exec session ${event.exec.slice(0, 12)}`]],
      [{ facts: [], sessions: [{ container: 'x', id: event.exec, over: false }], event }],
    );
    expect(who).toMatchObject([{ status: 'inferred', login: 'bob', command: 'docker exec --privileged priv (not shown)' }]);
  });

  test('what the engine does by itself is nobody’s', async () => {
    await host.sh('docker run --detach --name brief --restart on-failure:3 busybox:lab sh -c "sleep 1; false"; sleep 4');
    const { who } = await container('brief', 'health_status');
    expect(who).toMatchObject([{ status: 'unattributed', reason: expect.stringContaining('the engine does it by itself, too') }]);
  });

  test('several differences are one search', async () => {
    await as(1000, 'chmod 600 /etc/docker/daemon.json; usermod --append --groups docker bob');
    const differences: [string, string][] = [
      ['files/daemon-json-mode', '/etc/docker/daemon.json'],
      ['host/trusted-docker-group', 'group docker'],
      ['container/privileged', 'container other'],
    ];
    const marks = [
      { facts: ['files', 'daemon'] as const, path: '/etc/docker/daemon.json' },
      { facts: ['accounts'] as const, path: '/etc/group' },
    ];
    const { who } = await ask(differences, marks);
    expect(who.slice(0, 2)).toMatchObject([{ login: 'alice', command: expect.stringContaining('chmod') }, { login: 'alice' }]);
    expect(who[2]).toEqual({ status: 'unattributed', reason: 'nothing has told when it changed: it was seen by a full audit' });
  });

  test('nobody has told of it, but the file knows when it was', async () => {
    await as(1000, 'chmod 666 /etc/docker/daemon.json');
    const { who } = await ask([['files/daemon-json-mode', '/etc/docker/daemon.json']], [{ full: true, cause: 'start' }]);
    expect(who).toMatchObject([{ login: 'alice', command: 'chmod 666 /etc/docker/daemon.json' }]);
  });

  test('a rule that is taken away', async () => {
    await as(1000, 'auditctl -W /etc/group -p wa -k hullguard-who');
    expect((await rules()).who).toMatchObject([
      { status: 'known', login: 'alice', command: 'auditctl -W /etc/group -p wa -k hullguard-who', executable: '/usr/sbin/auditctl' },
    ]);
  });

  test('a log of many megabytes is not read whole, and answers in time', async () => {
    await host.sh(
      'for n in $(seq 150); do cat /var/log/audit/audit.log >>/root/many; done; head -c 20000000 /root/many | sed "s/audit([0-9]*/audit(1000000000/" >/root/log; cat /var/log/audit/audit.log >>/root/log; cat /root/log >/var/log/audit/audit.log',
    );
    await as(1000, 'chmod 600 /etc/docker/daemon.json');
    const { who, milliseconds } = await quickest(daemonJson);
    expect(who).toMatchObject([{ login: 'alice', command: 'chmod 600 /etc/docker/daemon.json' }]);
    expect(milliseconds).toBeLessThan(1500);
  });

  test.each([
    ['every process exempt', 'auditctl -a never,task', 'the rule "-a never,task" keeps every process out', 'auditctl -d never,task'],
    ['no ausearch', 'mv /usr/sbin/ausearch /root/', 'ausearch is not installed', 'mv /root/ausearch /usr/sbin/'],
    [
      'no auditd',
      'systemctl kill --signal=KILL auditd; sleep 1; systemctl stop auditd || true',
      'auditd does not run',
      'systemctl start auditd',
    ],
  ])('%s', async (_, breaking, problem, mending) => {
    await host.sh(breaking);
    const answer = await daemonJson();
    await host.run(mending);
    expect(answer.who).toEqual([{ status: 'unattributed', reason: expect.stringContaining(problem) }]);
  });

  test('locked rules that are not enough', async () => {
    await host.sh('auditctl -W /etc/passwd -p wa -k hullguard-who; auditctl -e 2');
    expect((await daemonJson()).problem).toBe('no audit rule records changes of /etc/passwd, and the rules are locked until the next boot');
  });
});

/** Of three answers, for other hosts run beside this one: what it costs at least is its cost. */
async function quickest(ask: () => Promise<Answer>): Promise<Answer> {
  const answers = [await ask(), await ask(), await ask()];
  return answers.reduce((best, answer) => (answer.milliseconds < best.milliseconds ? answer : best));
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

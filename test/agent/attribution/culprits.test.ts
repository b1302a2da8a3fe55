/** On records of two Debian releases, as ausearch gave them: a user who logged in as alice became root; bob is in the group docker. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Act, actOf } from '../../../agent/attribution/acts.ts';
import { culpritOfEvent } from '../../../agent/attribution/clients.ts';
import { culpritOfFile, culpritOfRules } from '../../../agent/attribution/files.ts';
import { parseRecords } from '../../../agent/attribution/records.ts';
import { whoOf } from '../../../agent/attribution/who.ts';
import type { EngineEvent } from '../../../agent/triggers/trigger.ts';

const accounts = {
  users: [
    { name: 'root', uid: 0, gid: 0 },
    { name: 'alice', uid: 1000, gid: 1000 },
  ],
  groups: [],
};

function sample(suite: string): string {
  return readFileSync(join(import.meta.dirname, 'samples', `${suite}.records`), 'latin1');
}

/** As auditd writes with log_format = RAW. */
function withoutNames(records: string): string {
  return records
    .split('\n')
    .map((line) => line.split('\x1d')[0])
    .join('\n');
}

function actsOf(records: string): Act[] {
  return parseRecords(records).flatMap((event) => actOf(event) ?? []);
}

/** What was known once this command had run, and not what came after it. */
function until(acts: readonly Act[], command: string): Act[] {
  const last = acts.findLastIndex(({ words }) => words.join(' ').startsWith(command));
  expect(last, command).toBeGreaterThanOrEqual(0);
  return acts.slice(0, last + 1);
}

const DAEMON_JSON = '/etc/docker/daemon.json';

describe.each(['bookworm', 'trixie'])('%s', (suite) => {
  describe.each([
    ['with names', sample(suite)],
    ['without names', withoutNames(sample(suite))],
  ])('%s', (_, records) => {
    const acts = actsOf(records);

    test.each<[string, string]>([
      ['sh -c cd /etc/docker && echo "{\\"icc\\": false}" > daemon.json', DAEMON_JSON],
      ['sh -c echo >> /etc/docker/daemon.json', DAEMON_JSON],
      ['sed -i s/false/true/ /etc/docker/daemon.json', DAEMON_JSON],
      ['mv /tmp/new /etc/docker/daemon.json', DAEMON_JSON],
      ['chmod 600 /etc/docker/daemon.json', DAEMON_JSON],
      ['chown bob /etc/docker/daemon.json', DAEMON_JSON],
      ['rm /etc/docker/daemon.json', DAEMON_JSON],
      ['sh -c cd /etc; echo {} > docker/daemon.json', DAEMON_JSON],
      ['touch /etc/docker/daemon.json', DAEMON_JSON],
      ['chmod 777 /etc/docker', '/etc/docker'],
      ['mkdir -p /etc/docker/certs.d reg:5000', '/etc/docker/certs.d/reg:5000'],
      ['sh -c mkdir -p', '/etc/docker/certs.d/reg:5000/ca crt'],
      ['usermod -aG docker alice', '/etc/group'],
      ['node -e', DAEMON_JSON],
      ['mv /etc/docker /etc/docker.old', DAEMON_JSON],
    ])('%s', (command, path) => {
      const act = culpritOfFile(until(acts, command), { path, inode: null });
      expect(act?.words.join(' ')).toMatch(new RegExp(`^${RegExp.escape(command)}`));
      if (act) expect(whoOf(act, 'known', accounts)).toMatchObject({ login: 'alice', user: 'root', terminal: 'pts/0' });
    });

    test('a file that was not touched has no culprit', () => {
      expect(culpritOfFile(acts, { path: '/etc/docker/key.json', inode: null })?.words[0]).toBe('mv'); // its directory was moved
      expect(culpritOfFile(until(acts, 'chmod 777'), { path: '/etc/docker/key.json', inode: null })).toBeNull();
      expect(culpritOfFile(acts, { path: '/etc/dock', inode: null })).toBeNull();
    });

    test('what failed, or only read, changed nothing', () => {
      const failed = acts.filter(({ succeeded }) => !succeeded);
      expect(failed.length).toBeGreaterThan(0);
      expect(culpritOfFile(failed, { path: DAEMON_JSON, inode: null })).toBeNull();
      expect(culpritOfFile(acts, { path: '/usr/bin/docker', inode: null })).toBeNull();
    });

    test('a service has no login', () => {
      const act = culpritOfFile(until(acts, 'bash /lab'), { path: '/etc/docker/other', inode: null });
      expect(act && whoOf(act, 'known', accounts)).toMatchObject({
        login: null,
        user: 'root',
        terminal: 'ttyS0',
        executable: '/usr/bin/bash',
      });
    });

    test.each(['auditctl -W /etc/passwd -p wa -k hullguard', 'auditctl -w /etc/shadow -p wa -k other', 'auditctl -e 0'])(
      '%s',
      (command) => {
        const act = culpritOfRules(until(acts, command));
        expect(act && whoOf(act, 'known', accounts)).toMatchObject({ login: 'alice', command });
      },
    );

    describe('what the engine was asked for', () => {
      const event = (action: string, more: Partial<EngineEvent> = {}): EngineEvent => ({
        type: 'container',
        action,
        id: '241c78ff1c19',
        name: 'priv',
        exec: null,
        ...more,
      });
      const connected = (command: string): number => until(acts, command).at(-1)?.at ?? 0;
      const asked = (asking: EngineEvent, at: number, self: number[] = []) => {
        const act = culpritOfEvent(acts, { event: asking, at }, ['/run/docker.sock'], self);
        return act === null ? null : whoOf(act, 'inferred', accounts);
      };

      test('by a client that was told to', () => {
        const at = connected('docker run');
        expect(asked(event('start'), at + 2500)).toMatchObject({
          status: 'inferred',
          login: suiteName(records, 'bob'),
          executable: '/usr/bin/docker',
          command: 'docker run -d --name priv --privileged -e (not shown) busybox:lab sleep 1000',
          directory: '/home/bob',
        });
        expect(asked(event('create'), at)?.status).toBe('inferred');
        expect(asked(event('connect', { type: 'network', name: 'bridge' }), at + 100)?.status).toBe('inferred');
      });

      test('by the one that fits, when another came later', () => {
        const at = connected('docker update');
        expect(asked(event('update'), at + 300)).toMatchObject({ command: 'docker update --memory 64m --memory-swap 64m priv' });
        expect(asked(event('start'), at + 300)).toMatchObject({ command: expect.stringMatching(/^docker run/) });
      });

      test('not by one that was told something else, or asked later, or long before', () => {
        const at = connected('docker update');
        expect(asked(event('exec_create'), at + 300)).toBeNull();
        expect(asked(event('health_status'), at + 300)).toBeNull();
        expect(asked(event('update'), at + 200_000)).toBeNull();
        expect(asked(event('create'), connected('docker run') - 1000)).toBeNull();
      });

      test('not by ourselves', () => {
        const { pid } = until(acts, 'docker update').at(-1) ?? { pid: 0 };
        expect(asked(event('update'), connected('docker update') + 100, [pid])).toBeNull();
      });
    });
  });
});

/** Where auditd writes no names, and the accounts have none, the number must do. */
function suiteName(records: string, name: string): string {
  return records.includes('AUID="bob"') ? name : '1001';
}

describe('programs that are not docker', () => {
  const act = (changes: Partial<Act>): Act => ({
    at: 1000,
    serial: 1,
    call: 'connect',
    succeeded: true,
    login: null,
    user: { uid: 0, name: null },
    pid: 5,
    executable: '/usr/bin/python3.13',
    words: ['python3', 'deploy.py'],
    terminal: null,
    directory: '/',
    touched: [{ path: '/var/run/docker.sock', inode: '9', how: 'read' }],
    config: null,
    ...changes,
  });
  const event = { type: 'container', action: 'start', id: 'abcdef', name: 'web', exec: null };
  const asked = (acts: Act[], at = 1500) => culpritOfEvent(acts, { event, at }, ['/run/docker.sock'], [])?.pid;

  test('are believed for a moment', () => {
    expect(asked([act({})])).toBe(5);
    expect(asked([act({})], 4000)).toBeUndefined();
  });

  test('of two the later one', () => {
    expect(asked([act({}), act({ pid: 6, at: 1100 })])).toBe(6);
    expect(asked([act({}), act({ pid: 6, at: 1600 })])).toBe(5);
  });

  test('less than docker itself, when that was told to', () => {
    const docker = act({ pid: 7, at: 900, executable: '/usr/bin/docker', words: ['docker', 'start', 'web'] });
    expect(asked([docker, act({})])).toBe(7);
    expect(asked([{ ...docker, words: ['docker', 'ps'] }, act({})])).toBe(5);
  });

  test('only those that connect to this engine', () => {
    expect(asked([act({ touched: [{ path: '/run/other.sock', inode: '9', how: 'read' }] })])).toBeUndefined();
    expect(asked([act({ succeeded: false })])).toBeUndefined();
  });

  test.each([
    [['docker', 'container', 'start', 'web'], true],
    [['docker', '--host', 'unix:///run/docker.sock', 'start', 'web'], true],
    [['docker', '-H=unix:///run/docker.sock', 'start', 'web'], true],
    [['/usr/bin/docker', 'compose', 'up'], true],
    [['docker', 'stack', 'deploy'], true],
    [['docker', 'logs', 'start'], false],
    [['docker'], true],
  ])('%j', (words, expected) => {
    const docker = act({ executable: '/usr/bin/docker', words });
    expect(asked([docker]) === 5).toBe(expected);
  });
});

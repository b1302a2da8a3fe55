import { describe, expect, test } from 'vitest';
import { actOf } from '../../../agent/attribution/acts.ts';
import { parseRecords } from '../../../agent/attribution/records.ts';

const head = 'msg=audit(1795267332.397:72)';

function fieldsOf(line: string): Record<string, string | null> {
  return Object.fromEntries(parseRecords(line)[0]?.records[0]?.fields ?? []);
}

describe('fields', () => {
  test.each<[string, string, Record<string, string | null>]>([
    [
      'numbers and quoted words',
      `type=SYSCALL ${head}: pid=1031 comm="sh" exe="/usr/bin/dash"`,
      { pid: '1031', comm: 'sh', exe: '/usr/bin/dash' },
    ],
    [
      'words in hexadecimal',
      `type=PATH ${head}: item=1 name=2F6574632F63612063727400 nametype=CREATE`,
      { name: '/etc/ca crt\0', nametype: 'CREATE' },
    ],
    ['numbers that look like hexadecimal', `type=SYSCALL ${head}: a0=4005 a1=FF pid=1031`, { a0: '4005', a1: 'FF', pid: '1031' }],
    ['words of a program', `type=EXECVE ${head}: argc=2 a0="docker" a1=612062`, { argc: '2', a0: 'docker', a1: 'a b' }],
    ['what is not known', `type=PATH ${head}: item=0 name=(null) inode=7`, { name: null, inode: '7' }],
    ['names that auditd adds', `type=SYSCALL ${head}: auid=1000\x1dARCH=x86_64 AUID="alice"`, { auid: '1000', AUID: 'alice' }],
    [
      'messages of programs',
      `type=USER_AUTH ${head}: pid=1074 auid=1001 msg='op=PAM:authentication acct="bob" exe="/usr/bin/su" hostname=? terminal=/dev/pts/0 res=success'`,
      { pid: '1074', op: 'PAM:authentication', acct: 'bob', exe: '/usr/bin/su', hostname: null, terminal: '/dev/pts/0', res: 'success' },
    ],
    [
      'changes of the audit system',
      `type=CONFIG_CHANGE ${head}: op=set audit_enabled=0 old=1 auid=1000 res=1`,
      { op: 'set', audit_enabled: '0' },
    ],
    ['the name of another host', `node=web-1 type=CWD ${head}: cwd="/root"`, { cwd: '/root' }],
  ])('%s', (_, line, expected) => {
    expect(fieldsOf(line)).toMatchObject(expected);
  });

  test('what is no record is left out', () => {
    expect(parseRecords('----\ntime->Sat Nov 21\n<no matches>\ntype=SYSCALL msg=audit(x): pid=1\n\n')).toEqual([]);
  });

  test('records of one event belong together, events are in order of time', () => {
    const later = 'msg=audit(1795267332.398:73)';
    const events = parseRecords(
      `type=SYSCALL ${later}: pid=2\ntype=SYSCALL ${head}: pid=1\ntype=CWD ${later}: cwd="/"\ntype=CWD ${head}: cwd="/root"\n`,
    );
    expect(events.map(({ serial, records }) => [serial, records.map(({ type }) => type)])).toEqual([
      [72, ['SYSCALL', 'CWD']],
      [73, ['SYSCALL', 'CWD']],
    ]);
    expect(events[0]?.at).toBe(1_795_267_332_397);
  });
});

describe('acts', () => {
  const syscall = (fields: string): string =>
    `type=SYSCALL ${head}: arch=c000003e syscall=257 success=yes exit=3 a0=ffffff9c a1=5 a2=241 a3=1b6 items=1 pid=7 auid=1000 uid=0 euid=0 tty=pts0 comm="sh" exe="/bin/sh" ${fields}`;
  const act = (...lines: string[]) => actOf(parseRecords(lines.join('\n'))[0] ?? { at: 0, serial: 0, records: [] });

  test.each([
    ['auid=4294967295', null],
    ['auid=-1', null],
    ['auid=0', { uid: 0, name: null }],
    ['auid=1000\x1dAUID="alice"', { uid: 1000, name: 'alice' }],
    ['auid=1000\x1dAUID="unknown(1000)"', { uid: 1000, name: null }],
  ])('%s', (text, login) => {
    expect(act(`type=SYSCALL ${head}: arch=c000003e syscall=90 success=yes pid=7 uid=0 euid=0 ${text}`)?.login).toEqual(login);
  });

  test('a name without a directory is below the working directory', () => {
    const [touched] =
      act(syscall(''), `type=CWD ${head}: cwd="/etc"`, `type=PATH ${head}: item=0 name="../etc/docker/daemon.json" inode=9 nametype=NORMAL`)
        ?.touched ?? [];
    expect(touched).toEqual({ path: '/etc/docker/daemon.json', inode: '9', how: 'changed' });
  });

  test('a name below a descriptor stays as it is', () => {
    const below = syscall('').replace('a0=ffffff9c', 'a0=4');
    const [touched] =
      act(below, `type=CWD ${head}: cwd="/etc"`, `type=PATH ${head}: item=0 name="daemon.json" inode=9 nametype=NORMAL`)?.touched ?? [];
    expect(touched?.path).toBe('daemon.json');
  });

  test.each([
    ['reading', '80000', 'read'],
    ['writing', '1', 'changed'],
    ['reading and writing', '2', 'changed'],
    ['emptying', '200', 'changed'],
  ])('opened for %s', (_, flags, how) => {
    const opened = syscall('').replace('a2=241', `a2=${flags}`);
    expect(act(opened, `type=PATH ${head}: item=0 name="/a" inode=9 nametype=NORMAL`)?.touched[0]?.how).toBe(how);
  });

  test('calls are known by number on x86-64 and arm64, by name elsewhere', () => {
    const call = (text: string) => act(`type=SYSCALL ${head}: ${text} success=yes pid=7 uid=0`)?.call;
    expect(call('arch=c000003e syscall=59')).toBe('execve');
    expect(call('arch=c00000b7 syscall=221')).toBe('execve');
    expect(call('arch=c0000015 syscall=11\x1dSYSCALL=execve')).toBe('execve');
    expect(call('arch=c0000015 syscall=11')).toBeNull();
  });

  test('what a program was started with is put together from its parts', () => {
    const lines = [syscall(''), `type=EXECVE ${head}: argc=3 a0="docker" a1_len=8 a1[0]="ab" a1[1]="cd" a2="x"`];
    expect(act(...lines)?.words).toEqual(['docker', 'abcd', 'x']);
  });

  test('without a title, the name of the process must do', () => {
    expect(act(syscall(''))?.words).toEqual(['sh']);
    expect(act(syscall(''), `type=PROCTITLE ${head}: proctitle="bash"`)?.words).toEqual(['bash']);
    expect(act(syscall(''), `type=PROCTITLE ${head}: proctitle=7368002D6300`)?.words).toEqual(['sh', '-c']);
  });

  test('a change of rules may come without a call', () => {
    const changed = act(`type=CONFIG_CHANGE ${head}: auid=1000 ses=18 op=remove_rule key="x" list=4 res=1\x1dAUID="alice"`);
    expect(changed).toMatchObject({ config: 'remove_rule', login: { uid: 1000, name: 'alice' }, succeeded: true, pid: 0 });
  });

  test('messages of programs are no acts', () => {
    expect(act(`type=USER_AUTH ${head}: pid=1 uid=0 auid=1 msg='op=x res=success'`)).toBeNull();
  });
});

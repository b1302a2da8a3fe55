import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { LogFormat, LogLevel } from '../../agent/choices.ts';
import { OutputError } from '../../agent/errors.ts';
import { type AgentLog, openAgentLog } from '../../agent/log.ts';
import { inScratch } from './hullguard.ts';

async function written(work: (log: AgentLog) => void, format: LogFormat = 'text', level: LogLevel = 'debug'): Promise<string> {
  const lines: string[] = [];
  work(await openAgentLog({ format, level }, { print: (text) => void lines.push(text) }));
  return lines.join('');
}

describe('a record as text', () => {
  test('has the priority that journald reads', async () => {
    const log = await written((to) => {
      for (const level of ['crit', 'error', 'warn', 'notice', 'info', 'debug'] as const) to[level](level);
    });
    expect(log).toBe('<2>crit\n<3>error\n<4>warn\n<5>notice\n<6>info\n<7>debug\n');
  });

  test.each([
    ['a word', 'web-1', 'web-1'],
    ['a path', '/etc/docker/daemon.json', '/etc/docker/daemon.json'],
    ['a number', 5, '5'],
    ['nothing', null, 'null'],
    ['an empty text', '', '""'],
    ['a text with blanks', 'docker run', '"docker run"'],
    ['what looks like another field', 'x user=root', '"x user=root"'],
    ['quotes', 'a"b', '"a\\"b"'],
    ['a line break', 'a\n<0>b', '"a\\n<0>b"'],
    ['what acts on a terminal', '\u001b[2Ja\u202eb', '"\\u001b[2Ja\\u202eb"'],
    ['a list', ['a', 'b c'], '["a","b c"]'],
    ['an object', { a: 1 }, '{"a":1}'],
    ['an error', new Error('no such file'), '"no such file"'],
    ['what JSON cannot hold', 5n, '5'],
  ])('shows %s', async (_what, value, shown) => {
    expect(await written((log) => log.info('seen', { value }))).toBe(`<6>seen value=${shown}\n`);
  });

  test('leaves out fields that have no value', async () => {
    expect(await written((log) => log.info('seen', { a: undefined, b: 1 }))).toBe('<6>seen b=1\n');
  });

  test('ends for an object that holds itself', async () => {
    const loop: Record<string, unknown> = { name: 'x' };
    loop['self'] = loop;
    expect(await written((log) => log.info('seen', { loop }))).toContain('[object Object]');
  });
});

describe('a record as JSON', () => {
  test('is an object a line, behind its priority', async () => {
    const log = await written((to) => to.warn('drift', { resource: 'a\n\u202e"b', count: 1, pass: null, list: ['x'] }), 'json');
    expect(log).toMatch(/^<4>\{[^\n\u202e]*\}\n$/);
    const { time, ...fields } = JSON.parse(log.slice(3)) as { time: string };
    expect(fields).toEqual({ level: 'warn', message: 'drift', resource: 'a\n\u202e"b', count: 1, pass: null, list: ['x'] });
    expect(Math.abs(Date.parse(time) - Date.now())).toBeLessThan(10_000);
  });
});

test.each(['text', 'json'] as const)('no secret stands in a record as %s', async (format) => {
  const log = await written((to) => {
    to.info('a', { password: 'hunter2', token: 'hunter2', 'api-key': 'hunter2', url: 'https://me:hunter2@example.com/' });
    to.info('b', { nested: { DB_PASSWORD: 'hunter2' }, list: [{ secret: 'hunter2' }], problem: new Error('at https://me:hunter2@host/') });
  }, format);
  expect(log).not.toContain('hunter2');
  expect(log).toContain('(not shown)');
});

test('what is less urgent than the level is left out, and both can change', async () => {
  const log = await written(
    (to) => {
      to.info('one');
      to.notice('two');
      to.adopt({ level: 'info', format: 'json' });
      to.info('three');
      to.debug('four');
      to.adopt({ level: 'crit', format: 'text' });
      to.error('five');
      to.crit('six');
    },
    'text',
    'notice',
  );
  expect(log).toMatch(/^<5>two\n<6>\{[^\n]*"message":"three"\}\n<2>six\n$/);
});

test('a standard output that takes nothing does not end the agent', async () => {
  const log = await openAgentLog(
    { format: 'text', level: 'info' },
    {
      print() {
        throw new OutputError('cannot write to standard output: no space left on device');
      },
    },
  );
  expect(() => {
    log.info('one');
    log.info('two');
  }).not.toThrow();
});

/** As journald takes a service's output: a stream socket, which is read late here. */
async function throughSocket(end: string): Promise<string> {
  return inScratch(async (directory) => {
    const script = path.join(directory, 'script.mjs');
    const source = path.join(import.meta.dirname, '../..');
    fs.writeFileSync(
      script,
      `import { openAgentLog } from '${source}/agent/log.ts';
       import { terminal } from '${source}/agent/output.ts';
       process.stdout.on('error', () => undefined); // touched, so that it is non-blocking
       const log = await openAgentLog({ format: 'text', level: 'info' }, terminal({}));
       for (let count = 0; count < 5000; count += 1) log.info('record', { count, text: 'x'.repeat(100) });
       ${end}`,
    );
    let text = '';
    const server = net.createServer((socket) => {
      socket.pause();
      socket.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      void sleep(300).then(() => socket.resume());
    });
    const address = path.join(directory, 'socket');
    await new Promise<void>((resolve) => server.listen(address, resolve));
    const closed = new Promise<void>((resolve) => server.once('connection', (socket) => socket.once('close', () => resolve())));
    const client = net.connect(address);
    await new Promise((resolve) => client.once('connect', resolve));
    const child = spawn(process.execPath, [script], { stdio: ['ignore', client, 'ignore'] });
    client.destroy();
    await Promise.all([new Promise((resolve) => child.once('exit', resolve)), closed]);
    server.close();
    return text;
  });
}

test.each([
  ['process.exit', 'process.exit(0);'],
  ['an exception', "throw new Error('bug');"],
  ['SIGKILL', "process.kill(process.pid, 'SIGKILL');"],
])('nothing is lost at %s, however slow the reader', { timeout: 30_000 }, async (_what, end) => {
  const lines = (await throughSocket(end)).trimEnd().split('\n');
  expect(lines.length).toBe(5000);
  expect(lines.at(-1)).toBe(`<6>record count=4999 text=${'x'.repeat(100)}`);
});

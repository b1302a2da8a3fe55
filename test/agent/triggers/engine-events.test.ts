import { expect, test } from 'vitest';
import { EVENT_QUERY, merge, parseEvent, staleBy } from '../../../agent/triggers/engine-events.ts';

const SESSION = 'e1'.padEnd(64, '0');
const OTHER = 'e2'.padEnd(64, '0');

interface Parts {
  readonly type?: string;
  readonly attributes?: Readonly<Record<string, string>> | null;
  readonly more?: object;
}

function line(action: string, { type = 'container', attributes = { name: 'web' }, more = {} }: Parts = {}): string {
  const nano = { time: 1_795_267_332, timeNano: 1_795_267_332_397_123 };
  return JSON.stringify({
    Type: type,
    Action: action,
    Actor: { ID: 'abc123def456789', Attributes: attributes },
    scope: 'local',
    ...nano,
    ...more,
  });
}

test.each<[string, string, object]>([
  ['a container', line('start'), { facts: ['processes'], containers: ['abc123def456789'], cause: 'event container start web' }],
  [
    'a session, without its command, which may hold a secret',
    line('exec_create: sh -c "mysql -psecret"', { attributes: { name: 'web', execID: SESSION } }),
    {
      facts: [],
      sessions: [{ container: 'abc123def456789', id: SESSION, over: false }],
      cause: 'event container exec_create web',
      event: { type: 'container', action: 'exec_create', id: 'abc123def456789', name: 'web', exec: SESSION },
    },
  ],
  [
    'the end of a session',
    line('exec_die', { attributes: { name: 'web', execID: SESSION, exitCode: '0' } }),
    { sessions: [{ container: 'abc123def456789', id: SESSION, over: true }] },
  ],
  [
    'a container with a label that would make a session of it',
    line('start', { attributes: { name: 'web', execID: SESSION } }),
    { facts: ['processes'], containers: ['abc123def456789'], event: { exec: null } },
  ],
  [
    'a session whose label is a path of the API',
    line('exec_create: sh', { attributes: { name: 'web', execID: '../containers/web/export?' } }),
    { containers: ['abc123def456789'], event: { exec: null } },
  ],
  ['a health', line('health_status: unhealthy'), { cause: 'event container health_status web' }],
  ['a container without a name', line('die', { attributes: null }), { cause: 'event container die abc123def456' }],
  ['an image', line('tag', { type: 'image' }), { facts: ['images'], cause: 'event image tag web' }],
  ['a network', line('create', { type: 'network', attributes: { name: 'net' } }), { facts: ['engine'] }],
  [
    'a container that joins a network',
    line('connect', { type: 'network', attributes: { name: 'net', container: 'c1' } }),
    { facts: ['processes'], containers: ['c1'], cause: 'event network connect net' },
  ],
  ['a reload', line('reload', { type: 'daemon' }), { facts: ['daemon', 'engine'] }],
  ['a node', line('update', { type: 'node' }), { facts: ['swarm'] }],
])('%s', (_, text, expected) => {
  const event = parseEvent(text);
  expect(event && staleBy(event)).toMatchObject(expected);
});

test.each([
  ['no JSON', '{'],
  ['no object', '[]'],
  ['no event', '{"Type":"container"}'],
  ['a time that is none', line('start', { more: { time: 1e300, timeNano: undefined } })],
  ['use, not change', line('attach')],
  ['a volume in use', line('mount', { type: 'volume' })],
  ['a kind of its own', line('create', { type: 'plugin' })],
  ['an action that is a property of every object', line('start', { type: 'constructor' })],
])('%s is left aside', (_, text) => {
  expect(parseEvent(text)).toBeNull();
});

test('times are read to the nanosecond, and may be missing', () => {
  expect(parseEvent(line('start').replace('1795267332397123', '1795267332397123456'))?.time).toBe(1_795_267_332_397_123_456n);
  const untimed = parseEvent(line('start', { more: { time: undefined, timeNano: undefined } }));
  expect(untimed && Math.abs(staleBy(untimed).at - Date.now())).toBeLessThan(1000);
});

test('events of one kind about one thing are one, sessions are not', () => {
  const events = [
    line('start'),
    line('die'),
    line('start'),
    line('exec_create: a', { attributes: { execID: SESSION } }),
    line('exec_create: a', { attributes: { execID: OTHER } }),
  ].flatMap((text) => parseEvent(text) ?? []);
  expect(merge(events).map(({ action, exec }) => `${action} ${exec}`)).toEqual([
    'start null',
    'die null',
    `exec_create ${SESSION}`,
    `exec_create ${OTHER}`,
  ]);
});

test('the engine is asked for what matters, and nothing else', () => {
  const filters = JSON.parse(decodeURIComponent(EVENT_QUERY.replace('filters=', ''))) as { type: string[]; event: string[] };
  expect(filters.type).toContain('container');
  expect(filters.event).toContain('exec_create');
  expect(filters.event).not.toContain('exec_start');
  expect(filters.event).not.toContain('mount');
});

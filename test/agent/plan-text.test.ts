import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { type PlanView, renderPlan } from '../../agent/reporters/plan.ts';
import type { Plan } from '../../remediations/plan.ts';
import { fix, full, liveRestore, mode, planOf } from './plans.ts';

const view: PlanView = { all: false, quiet: false, color: false, width: 100 };

function shown(parts: Partial<Plan>, options: Partial<PlanView> = {}): string {
  return renderPlan(planOf(parts), { ...view, ...options });
}

test('what is about to be done is not said to be left undone', () => {
  expect(shown(full, { applying: true })).not.toMatch(/Nothing was changed|Next:/);
  expect(shown({}, { applying: true })).toContain('Nothing was changed.');
});

test('everything in its order, to act on', () => {
  expect(shown(full)).toBe(`hullguard 0.1.0: would mend 3 failures on testhost (Docker 28.5.2 at unix:///run/docker.sock), with
  a reload of dockerd; 1 held back, 1 with something in the way, 2 for a person, 1 to wait for.

At no cost to the host (2)
  files/etc-docker-mode: /etc/docker
  container/pids-limit: container web

With a reload of dockerd (1)
  daemon/live-restore: dockerd

Edit of /etc/docker/daemon.json
  --- /etc/docker/daemon.json
  +++ /etc/docker/daemon.json
  @@ -1,3 +1,4 @@
   {
  \t"icc": false,
  -\t"debug": true
  +\t"live-restore": true
   }

Changes (5)
  chmod 0755 /etc/docker (was 0777)
  chown 0:0 /etc/default/docker (was 1000:5)
  auditctl -w /etc/docker -p wa -k docker
  docker update --memory 1024 --memory-swap 2048 --cpus 0.5 --pids-limit 100 web (was none)
  docker update --pids-limit 5 --restart on-failure:5 db (was restart always, PidsLimit 7)

Then run
  kill -HUP 100

What will break or change
  container a, b: stop while dockerd restarts
  docker swarm init: is refused  [daemon/live-restore]

Held back: needs --max-impact restart (1)
  daemon/icc-disabled: dockerd
  hullguard apply daemon/icc-disabled --max-impact restart

Stands in the way (1)
  log-level is a flag
      daemon/log-level-info: dockerd

By hand (2)
  /var/lib/docker  [host/separate-partition]
    Mount a file system there.
  container web  [container/no-privileged, container/no-host-pid]
    docker stop web
    docker run --detach \\
      web:1

Waits (1)
  takes effect after a reboot
      host/audit-etc-docker: /etc/docker

Nothing was changed. Next: hullguard apply files/etc-docker-mode container/pids-limit daemon/live-restore --max-impact reload
`);
});

describe('a plan with nothing to do', () => {
  test('says so in one line', () => {
    expect(shown({})).toBe(
      'hullguard 0.1.0: nothing to apply on testhost (Docker 28.5.2 at unix:///run/docker.sock).\n\nNothing was changed.\n',
    );
    expect(shown({ host: { hostname: 'x', engine: null } }, { quiet: true })).toBe('hullguard 0.1.0: nothing to apply on x.\n');
  });

  test('and still what is held back, refused and left to a person', () => {
    const { held = [], refused = [], byHand = [] } = full;
    const text = shown({ held, refused, byHand });
    expect(text).toMatch(
      /^hullguard 0\.1\.0: nothing to apply on testhost .*; 1\s+held\s+back, 1 with something in the way, 2 for a person\.$/ms,
    );
    for (const part of ['Held back', 'Stands in the way', 'By hand', 'hullguard apply daemon/icc-disabled --max-impact restart'])
      expect(text).toContain(part);
    expect(text).not.toContain('Next:');
  });
});

test('with --quiet what would be changed, and nothing else', () => {
  const text = shown(full, { quiet: true });
  expect(text).toContain('Then run');
  expect(text).not.toMatch(/Held back|Stands in|By hand|Waits|Next:/);
});

test('of the past it says what was done', () => {
  const text = shown(full, { past: true });
  expect(text).toMatch(/^hullguard 0\.1\.0: mended 3 failures on testhost .*, with a\s+reload of dockerd\.$/ms);
  expect(text).not.toMatch(/would|Held back|By hand|Next:|Nothing was changed/);
});

test.each<[Plan['impact'], string]>([
  ['none', 'at no cost to the host'],
  ['reload', 'with a reload of dockerd'],
  ['restart', 'with a restart of dockerd'],
])('the cost %s is told', (impact, words) => {
  expect(shown({ impact, fixes: [fix('a/b', 'dockerd', impact)] }).replaceAll(/\s+/g, ' ')).toContain(
    `1 failure on testhost (Docker 28.5.2 at unix:///run/docker.sock), ${words}.`,
  );
});

test('a new file is called one', () => {
  expect(shown({ files: [{ ...liveRestore, before: null }] })).toContain('New file /etc/docker/daemon.json');
});

test('mode and owner of one file go together', () => {
  const changes: Plan['changes'] = [
    { kind: 'access', path: '/x', before: { mode: 0o666, uid: 5, gid: 6 }, after: { mode: 0o4, uid: 0, gid: 0 } },
  ];
  expect(shown({ changes })).toContain('  chown 0:0 /x && chmod 0004 /x (was 5:6, 0666)');
});

describe('colours', () => {
  test('only on a terminal, and nothing else differs', () => {
    const colored = shown(full, { color: true });
    expect(shown(full)).not.toContain('\u001b');
    expect(stripVTControlCharacters(colored)).toBe(shown(full));
    expect(colored).toContain('\u001b[32m  +\t"live-restore": true\u001b[39m');
    expect(colored).toContain('\u001b[31m  -\t"debug": true\u001b[39m');
  });
});

const evil = '\u001b[2Jevil\n\u202e\u0007';

test('nothing of the host acts on the terminal', () => {
  const text = shown(
    {
      host: { hostname: evil, engine: { version: evil, endpoint: evil } },
      fixes: [fix(evil, evil)],
      changes: [mode(evil, 1, 2), { kind: 'audit-rule', rule: evil }, { kind: 'limits', id: evil, name: evil, before: {}, after: {} }],
      files: [{ path: evil, before: null, after: '', diff: `--- ${evil}\n+++ ${evil}\n+${evil}\r\n` }],
      commands: [evil],
      effects: [{ check: evil, effect: evil, resources: [evil] }],
      held: [fix(evil, evil, 'restart')],
      refused: [{ check: evil, resource: evil, reason: evil }],
      byHand: [
        { check: evil, resource: evil, steps: [evil, evil] },
        { check: evil, resource: evil, steps: [evil] },
      ],
      waits: [{ check: evil, resource: evil, reason: evil }],
    },
    { all: true },
  );
  expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}|\p{Cf}/u);
  expect(text.match(/\\x1b\[2Jevil\\n/g)?.length).toBeGreaterThan(20);
});

const many = Array.from({ length: 10_000 }, (_, number) => `container worker-${number}`);
const crowd: Partial<Plan> = {
  fixes: many.map((resource) => fix('container/pids-limit', resource)),
  changes: many.map((name) => ({ kind: 'limits', id: name, name, before: {}, after: { PidsLimit: 5 } })),
  commands: many.map((name) => `echo ${name}`),
  effects: many.map((resource) => ({ check: 'container/pids-limit', effect: 'may be killed', resources: [resource] })),
  held: many.map((resource) => fix('container/memory-limit', resource, 'restart')),
  refused: many.map((resource) => ({ check: 'container/memory-limit', resource, reason: 'uses more' })),
  byHand: [
    ...many.map((resource) => ({ check: 'container/healthy', resource, steps: ['Mend it.'] })),
    ...many.map((resource) => ({ check: 'container/no-privileged', resource, steps: ['docker stop', resource] })),
  ],
  waits: many.map((resource) => ({ check: 'x/y', resource, reason: 'a reboot' })),
};

describe('10,000 of a kind', () => {
  test('are counted', () => {
    const text = shown(crowd);
    expect(text.split('\n').length).toBeLessThan(100);
    const words = text.replaceAll(/\s+/g, ' ');
    expect(words).toContain('container/pids-limit: container worker-0, worker-1, worker-2, worker-3, worker-4 and 9995 more');
    expect(words).toContain('and 9995 more: may be killed [container/pids-limit]');
    expect(words).toContain('and 9980 more changes (--all shows them)');
    expect(words).toContain('and 9980 more commands (--all shows them)');
    expect(words).toContain('and the steps for 9997 more (--all shows them)');
    expect(words).toContain('By hand (20000)');
  });

  test('are all there with --all, and it does not take long', () => {
    const from = performance.now();
    const text = shown(crowd, { all: true });
    expect(performance.now() - from).toBeLessThan(5000);
    expect(text).toContain('worker-9999');
    expect(text).not.toContain('--all shows');
  });

  test('of different reasons and effects are cut, too', () => {
    const apart = (words: string) => many.map((resource, number) => ({ check: 'a/b', resource, reason: `${words} ${number}` }));
    const text = shown({
      refused: apart('in the way'),
      waits: apart('a reboot'),
      effects: many.map((resource, number) => ({ check: null, effect: `uses ${number}`, resources: [resource] })),
    });
    expect(text.split('\n').length).toBeLessThan(120);
    expect(text).toContain('and 9980 more');
  });
});

test('many checks need no names in the command', () => {
  const fixes = Array.from({ length: 7 }, (_, number) => fix(`a/${number}`, 'dockerd'));
  expect(shown({ fixes, maxImpact: 'restart' })).toContain('Next: hullguard apply --max-impact restart\n');
});

test.each([40, 80, 120])('at %i columns no line is longer, but for what is to be copied', (width) => {
  const { changes: _changes, byHand: _byHand, files: _files, commands: _commands, held: _held, ...rest } = full;
  for (const line of shown(rest, { width })
    .split('\n')
    .filter((text) => !text.startsWith('Nothing was changed'))) {
    expect(line.length <= width || line.trim().split(' ').length <= 2, line).toBe(true);
    expect(line).toBe(line.trimEnd());
  }
});

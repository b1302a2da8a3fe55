import { describe, expect, test } from 'vitest';
import { stopped } from '../checks/rows.ts';
import type { Literal } from '../fake-host.ts';
import { bareWith, optionsOf, privileged, stepsOf } from './containers.ts';

test('a running container is put aside, and kept until the new one has proved itself', async () => {
  expect(
    await stepsOf(bareWith({ HostConfig: { Privileged: true, RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 } } })),
  ).toEqual([
    'docker stop web',
    'docker rename web web-before',
    'docker run --detach \\',
    '  --name web \\',
    '  --restart on-failure:3 \\',
    '  web:1',
    '# to go back: docker rm --force web && docker rename web-before web && docker start web',
    '# once the new one has proved itself: docker rm web-before',
  ]);
});

test('a stopped one stays stopped', async () => {
  expect(await stepsOf(bareWith({ State: stopped }))).toEqual([
    'docker rename web web-before',
    'docker create \\',
    '  --name web \\',
    '  web:1',
    '# to go back: docker rm --force web && docker rename web-before web',
    '# once the new one has proved itself: docker rm web-before',
  ]);
});

test('one that always comes back does not come back beside the new one', async () => {
  const steps = await stepsOf(bareWith({ HostConfig: { RestartPolicy: { Name: 'always', MaximumRetryCount: 0 } } }));
  expect(steps).toContain('docker update --restart no web-before');
  expect(steps.join('\n')).toContain('docker rename web-before web && docker update --restart always web && docker start web');
});

test('from one started with --rm there is no way back', async () => {
  const Mounts = [{ Type: 'volume', Name: 'ab'.repeat(32), Source: '/v', Destination: '/data', RW: true }];
  const steps = await stepsOf(bareWith({ HostConfig: { AutoRemove: true }, Mounts }));
  expect(steps).toEqual([
    '# anonymous volume at /data: its content is not carried over',
    '# it was started with --rm: stopping it removes it and its anonymous volumes, and there is no way back to it',
    'docker stop web',
    'docker run --detach \\',
    '  --name web \\',
    '  --rm \\',
    '  --mount type=volume,target=/data \\',
    '  web:1',
  ]);
});

test('in several networks it starts when it is in all of them', async () => {
  const Networks = {
    front: { Aliases: ['www', 'web', 'c0ffee000000'], IPAMConfig: { IPv4Address: '10.0.0.2', IPv6Address: 'fd00::2' } },
    back: { Aliases: ['db'], Links: ['mail:smtp'], IPAMConfig: { IPv4Address: '10.1.0.2' } },
  };
  const steps = await stepsOf({
    ...bareWith({ HostConfig: { NetworkMode: 'front' } }),
    NetworkSettings: { Networks: { ...Networks, frontend: {} } },
  });
  expect(steps.slice(2)).toEqual([
    'docker create \\',
    '  --name web \\',
    '  --network front \\',
    '  --network-alias www \\',
    '  --ip 10.0.0.2 \\',
    '  --ip6 fd00::2 \\',
    '  web:1',
    'docker network connect frontend web',
    'docker network connect --alias db --link mail:smtp --ip 10.1.0.2 back web',
    'docker start web',
    expect.stringMatching(/^# to go back/),
    expect.stringMatching(/^# once/),
  ]);
});

test('another network is made first, and takes the place of the old one', async () => {
  const literal = bareWith({ NetworkSettings: { Networks: { bridge: { Aliases: ['old'] }, frontend: {} } } });
  const steps = await stepsOf(literal, [{ HostConfig: { NetworkMode: 'web-net' } }]);
  expect(steps[0]).toBe('docker network create web-net');
  expect(steps).toContain('  --network web-net \\');
  expect(steps.join('\n')).not.toMatch(/bridge|old/);
  const there = await stepsOf(literal, [{ HostConfig: { NetworkMode: 'web-net' } }], {
    networks: [{ Name: 'web-net', Driver: 'bridge', Scope: 'local', Ingress: false, Options: {} }],
  });
  expect(there[0]).toBe('docker stop web');
});

const V = 'ab'.repeat(32);
const mount = (rest: Literal): Literal => ({
  Type: 'bind',
  Name: '',
  Source: '/srv',
  Destination: '/data',
  RW: true,
  Propagation: 'rprivate',
  ...rest,
});

describe('what is not recorded is said', () => {
  test.each<[string, Literal, RegExp]>([
    [
      'values of variables',
      bareWith({ Config: { Env: ['B=x', 'A=y'] } }),
      /^# values of variables are not recorded: export B, A .*\.Config\.Env/,
    ],
    [
      'words of the command',
      bareWith({ Config: { Cmd: ['--password', 'x'] } }),
      /^# words and labels that may hold a secret are not recorded/,
    ],
    ['labels', bareWith({ Config: { Labels: { 'app.token': 'x' } } }), /^# words and labels that may hold a secret are not recorded/],
    ['the end of a long label', bareWith({ Config: { Labels: { a: 'x'.repeat(300) } } }), /^# long labels/],
    [
      'a seccomp profile',
      bareWith({ HostConfig: { SecurityOpt: ['seccomp={"defaultAction":"SCMP_ACT_ERRNO"}'] } }),
      /^# its seccomp profile is not recorded/,
    ],
    [
      'devices by id',
      bareWith({ HostConfig: { DeviceRequests: [{ Driver: 'cdi', Count: 0, Capabilities: [] }] } }),
      /^# devices that it asks for by id/,
    ],
    [
      'a nameless volume is taken over',
      bareWith({ Mounts: [mount({ Type: 'volume', Name: V })] }),
      /^# anonymous volume at \/data: the new container takes it over/,
    ],
  ])('%s', async (_, literal, note) => {
    expect(await stepsOf(literal)).toContainEqual(expect.stringMatching(note));
  });

  test('a health check that is not the image’s', async () => {
    const literal = bareWith({ Config: { Healthcheck: { Test: ['CMD', 'x'] } } });
    const note = expect.stringMatching(/^# its health check is not recorded/);
    expect(await stepsOf(literal, [privileged], { images: [{ Config: { Healthcheck: null } }] })).toContainEqual(note);
    expect(await stepsOf(literal, [privileged], { images: [{}] })).not.toContainEqual(note);
  });

  test('no value of a variable, no hidden word', async () => {
    const text = (
      await stepsOf(
        bareWith({ Config: { Env: ['A=hunter2'], Cmd: ['--password=hunter2', 'sh -c "X=hunter2 y"'], Labels: { secret: 'hunter2' } } }),
      )
    ).join('\n');
    expect(text).not.toContain('hunter2');
    expect(text).toContain("web:1 '(not shown)' '(not shown)'");
  });
});

test('one that joins another is told its name', async () => {
  const other = { Id: 'b'.repeat(64), Name: '/vpn', State: { Pid: 4300 } };
  const literal = bareWith({ HostConfig: { NetworkMode: `container:${other.Id}`, PidMode: `container:${other.Id}` } });
  expect(await optionsOf(literal, [privileged], { containers: [other] })).toEqual([
    '--network container:vpn',
    '--pid container:vpn',
    'web:1',
  ]);
});

test('advice comes first, once, with the container’s name', async () => {
  const advice = 'docker diff NAME tells';
  expect(await stepsOf(bareWith({ Name: '/a b' }), [{ advice }, { advice }])).toEqual(["# docker diff 'a b' tells"]);
});
